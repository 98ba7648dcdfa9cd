"""
A day's plan: asked for, computed by the worker, and then applied by a person, line by line (000 五(十六)).

Nothing of a plan holds before it is applied, and applying it offers every order through its own door, where it is
judged again. A computation whose worker died is found by a due row and said to have failed; it has changed nothing.
"""

import logging
from collections.abc import Iterable, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import Organization
from audit import services as audit
from audit.services import promise
from institutions import selectors as institutions
from kernel.actors import Actor, system
from kernel.refusals import Invalid, NotNow, Refusal, Refused, Unmet
from nurses.models import Nurse
from orders.doors import PLANS
from orders.lifecycle import PLAN_QUEUED, PLAN_RUNNING, PlanStatus
from orders.models import DayPlan, DayPlanLine, Order
from orders.services import companions, dispatch, in_step

log = logging.getLogger(__name__)

FAR = 31  # days ahead that may be planned
LOOK_AFTER = timedelta(seconds=10)  # how often a running computation is looked after
SILENT = timedelta(seconds=20)  # without a sign of life for so long, it is dead
PATIENCE = timedelta(minutes=3)  # so long a computation may wait for a worker
REPAIR_SECONDS = 1
WORKLOAD = "000 五(十六)"


def ask_plan(
    *, centre_id: int, day: date, by: Actor, now: datetime, absent: Sequence[int] = (), late: Sequence[int] = (),
    receipt=None,
) -> DayPlan:  # fmt: skip
    """
    Ask for a plan of one day, or, with nurses who are ``absent`` or ``late``, for the least change of the day as it is.

    A proposal of the same day that nobody has settled is discarded.

    :raises kernel.refusals.Refused: the day is over or too far away, or a plan of it is being computed
    """
    centre = _to_plan(centre_id, day, now)
    because = (("absent", absent), ("late", late))
    touched = [{"nurse": pk, "why": why} for why, ids in because for pk in sorted(set(ids))]
    kind = DayPlan.Kind.REPAIR if touched else DayPlan.Kind.DAY
    seconds = REPAIR_SECONDS if touched else institutions.settings_of(centre, day)["plan.seconds"]
    row = _asked(centre, day, kind, seconds, touched, by, now)
    with _in_place_of_older(row, by, now):
        return PLANS.create("ask", row, by=by, now=now, change=_announce, receipt=receipt, inputs=_inputs(row))


def ask_lending(*, alliance_id: int, day: date, by: Actor, now: datetime, receipt=None) -> DayPlan:
    """
    Ask what the day of an alliance would be, were nurses lent between its centres: a report for the commission, which
    nobody can apply (002 三(二), 五(二)2).

    :raises kernel.refusals.Refused: the day is over or too far away, or it is being computed
    """
    alliance = _to_plan(alliance_id, day, now)
    seconds = 2 * institutions.settings_of(alliance, day)["plan.seconds"]
    row = _asked(alliance, day, DayPlan.Kind.LENDING, seconds, [], by, now)
    with _in_place_of_older(row, by, now):
        return PLANS.create("ask", row, by=by, now=now, change=_announce, receipt=receipt, inputs=_inputs(row))


def _to_plan(place_id, day, now):
    today = timezone.localdate(now)
    if not today <= day <= today + timedelta(days=FAR):
        raise Invalid(Refusal("plan.day", f"只能为今天起 {FAR} 天内的日子排班。", field="day"))
    return Organization.objects.get(pk=place_id)


def _asked(place, day, kind, seconds, touched, by, now):
    return DayPlan(
        centre=place, day=day, kind=kind, asked_by_id=by.user_id, asked_at=now, touched=touched, seconds=seconds,
        seed=DayPlan.objects.filter(centre=place, day=day).count() + 1,
    )  # fmt: skip


@contextmanager
def _in_place_of_older(row, by, now):
    """Discard a proposal of the same day that nobody has settled, in the transaction that asks for the new one."""
    with transaction.atomic():
        for old in DayPlan.objects.filter(centre=row.centre, day=row.day, status=PlanStatus.READY).order_by("pk"):
            discard_plan(plan_id=old.pk, by=by, now=now, reason="重新计算")
        yield


def _announce(row, entry):
    entry.data.update({"day": row.day.isoformat(), "touched": row.touched})
    _look_after(row.pk, row.asked_at)


def _inputs(row):
    return {"centre": row.centre_id, "day": row.day, "kind": str(row.kind), "touched": row.touched}


def discard_plan(*, plan_id, by: Actor, now: datetime, reason: str = "", **seen) -> DayPlan:
    """Throw a proposal away, or stop its computation: the engine asks once a second."""
    return PLANS.take("discard", plan_id, by=by, now=now, reason=reason, **seen)


def fail(*, plan_id, outcome: str, now: datetime) -> DayPlan:
    def change(row, entry):
        row.outcome = outcome

    return PLANS.take("fail", plan_id, by=system("plan.watch"), now=now, change=change, reason=outcome)


def look_after(*, plan_id, now: datetime) -> None:
    """
    See whether a computation is alive; taken by a due row as long as it runs.

    :raises kernel.refusals.NotNow: it has ended
    """
    row = DayPlan.objects.select_related("progress").get(pk=plan_id)
    if row.status not in PLAN_RUNNING:
        raise NotNow(Refusal("plan.over", "这份排班建议已有结果。"))
    if row.status in PLAN_QUEUED:
        if now - row.asked_at > PATIENCE:
            fail(plan_id=plan_id, outcome="没有计算程序接手，请联系管理员。没有任何订单被改动。", now=now)
            return
        wake(plan_id)
    elif now - max(row.progress.at, row.status_since) > SILENT:
        fail(plan_id=plan_id, outcome="计算程序中途停止了。没有任何订单被改动，请重新计算。", now=now)
        return
    _look_after(plan_id, now)


def wake(plan_id: int) -> None:
    """Call the worker once the transaction has ended. The broker may be down: the due row calls again."""
    from orders.tasks import plan_day  # the task module is the worker's side

    def send():
        try:
            plan_day.apply_async(kwargs={"plan_id": plan_id}, retry=False)
        except Exception as lost:  # any broker failure; what was asked for is committed and stays
            log.warning("a plan waits for a worker", extra={"plan_id": plan_id, "cause": type(lost).__name__})

    transaction.on_commit(send, robust=True)


def apply_plan(*, plan_id, by: Actor, now: datetime, lines: Iterable[int] | None = None, **seen) -> DayPlan:
    """
    Offer the orders of the chosen lines, or of all; each is judged again by its own door, and a refused one is kept
    with its reasons. All in one transaction: a process that dies has offered nothing.

    :raises kernel.refusals.Refused: the plan is not the actor's, is settled, or nothing was chosen
    """
    chosen = None if lines is None else sorted({int(pk) for pk in lines})

    def change(row, entry):
        unsettled = list(_open(row))
        rows = [one for one in unsettled if chosen is None or one.pk in chosen]
        if not rows:
            raise Unmet(Refusal("plan.nothing", "请至少选择一行还没有派出的安排。", WORKLOAD, "lines"))
        # Orders before nurses, each in one order, as an offer does it: two desks cannot wait for each other.
        list(Order.objects.select_for_update(no_key=True).filter(pk__in=[one.order_id for one in rows]).order_by("pk"))
        list(Nurse.objects.select_for_update(no_key=True).filter(pk__in={one.nurse_id for one in rows}).order_by("pk"))
        sent = _send(rows, by, now)
        entry.data.update({"sent": sent, "refused": len(rows) - sent})
        left.extend(one for one in unsettled if not one.outcome)

    left: list[DayPlanLine] = []
    return PLANS.take(
        "apply",
        plan_id,
        by=by,
        now=now,
        change=change,
        inputs={"lines": chosen},
        to=lambda: PlanStatus.READY if left else PlanStatus.APPLIED,
        **seen,
    )


def _look_after(plan_id, now):
    at = now + LOOK_AFTER
    promise(kind="plan.watch", key=f"plan.watch:{plan_id}:{at:%Y%m%d%H%M%S}", object_id=plan_id, due_at=at)


# --- applying ---------------------------------------------------------------------------------------------------------


def _open(row):
    return (
        row.lines.filter(outcome="")
        .exclude(kind=DayPlanLine.Kind.UNSERVED)
        .select_related("order")
        .order_by("starts_at", "order", "seat")
    )


def _send(rows, by, now) -> int:
    """
    Offer what is chosen, in rounds: a visit that is refused because somebody else still sits there is tried again once
    that one has moved. Returns how many were offered.
    """
    left, sent = list(rows), 0
    while left:
        refused = [(one, no) for one in left if (no := _send_one(one, by, now)) is not None]
        sent += len(left) - len(refused)
        if len(refused) == len(left):
            for one, no in refused:
                _settle(one, DayPlanLine.Outcome.REFUSED, now, [dispatch.plain(reason) for reason in no.reasons])
            break
        left = [one for one, _ in refused]
    return sent


def _send_one(one, by, now) -> Refused | None:
    act = {"order_id": one.order_id, "nurse_id": one.nurse_id, "planned_start": one.starts_at, "by": by, "now": now}
    try:
        if one.seat:
            _send_second(one, by, now)
        elif one.kind == DayPlanLine.Kind.MOVE:
            dispatch.move(reason="护士临时不能按时上门，重新安排", version=one.order_version, **act)
        else:
            dispatch.offer(version=one.order_version, **act)
    except Refused as no:
        return no
    _settle(one, DayPlanLine.Outcome.SENT, now, [])
    return None


def _send_second(one, by, now):
    """Ask the second nurse, in the place of another one if need be; the first must have been offered this very hour."""
    order = Order.objects.get(pk=one.order_id)
    if order.planned_start != one.starts_at:
        raise Unmet(Refusal("plan.first_seat", "请先派出同一次上门的第一位护士。", WORKLOAD))
    try:
        with transaction.atomic():
            for beside in in_step.seats(order):
                companions.release(companion_id=beside.pk, reason="重新安排同行护士", by=by, now=now)
            companions.offer_companion(order_id=order.pk, nurse_id=one.nurse_id, by=by, now=now)
    except Refused as no:
        no.recorded = False  # what was written inside went with the transaction
        audit.refused(action="orders.companion_offered", no=no, by=by, now=now, target=order)
        raise


def _settle(one, outcome, now, refusals):
    one.outcome, one.settled_at, one.refusals = outcome, now, refusals
    one.save(update_fields=["outcome", "settled_at", "refusals"])
