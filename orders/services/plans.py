"""
A day's plan: asked for, computed by the worker, and then applied by a person, line by line (000 五(十六)).

Nothing of a plan holds before it is applied, and applying it offers every order through its own door, where it is
judged again. A computation whose worker died is found by a due row and said to have failed; it has changed nothing.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from math import ceil

from django.db import transaction
from django.utils import timezone

from accounts.models import Organization
from audit.services import promise
from institutions import selectors as institutions
from kernel.actors import Actor, system
from kernel.refusals import Invalid, NotNow, Refusal, Refused, Unmet
from nurses.models import Nurse
from orders import daywork
from orders.doors import PLANS
from orders.lifecycle import PLAN_RUNNING, PlanStatus
from orders.models import DayPlan, DayPlanLine, Order, PlanProgress
from orders.planning import validator
from orders.planning.plan import Budget, plan
from orders.planning.proposal import Proposal
from orders.planning.replanning import replan
from orders.services import dispatch

log = logging.getLogger(__name__)

FAR = 31  # days ahead that may be planned
LOOK_AFTER = timedelta(seconds=10)  # how often a running computation is looked after
SILENT = timedelta(seconds=20)  # without a sign of life for so long, it is dead
PATIENCE = timedelta(minutes=3)  # so long a computation may wait for a worker
REPAIR_SECONDS = 1
FULL_DAY = 40  # visits; a smaller day is searched through long before the whole time is over
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
    today = timezone.localdate(now)
    if not today <= day <= today + timedelta(days=FAR):
        raise Invalid(Refusal("plan.day", f"只能为今天起 {FAR} 天内的日子排班。", field="day"))
    centre = Organization.objects.get(pk=centre_id)
    touched = [
        {"nurse": pk, "why": why} for why, ids in (("absent", absent), ("late", late)) for pk in sorted(set(ids))
    ]
    kind = DayPlan.Kind.REPAIR if touched else DayPlan.Kind.DAY
    seconds = REPAIR_SECONDS if touched else institutions.settings_of(centre, day)["plan.seconds"]
    with transaction.atomic():
        for old in DayPlan.objects.filter(centre=centre, day=day, status=PlanStatus.READY).order_by("pk"):
            discard_plan(plan_id=old.pk, by=by, now=now, reason="重新计算")
        row = DayPlan(
            centre=centre, day=day, kind=kind, asked_by_id=by.user_id, asked_at=now, touched=touched, seconds=seconds,
            seed=DayPlan.objects.filter(centre=centre, day=day).count() + 1,
        )  # fmt: skip

        def change(saved, entry):
            entry.data.update({"day": day.isoformat(), "touched": touched})
            _look_after(saved.pk, now)

        inputs = {"centre": centre_id, "day": day, "touched": touched}
        return PLANS.create("ask", row, by=by, now=now, change=change, receipt=receipt, inputs=inputs)


def discard_plan(*, plan_id, by: Actor, now: datetime, reason: str = "", **seen) -> DayPlan:
    """Throw a proposal away, or stop its computation: the engine asks once a second."""
    return PLANS.take("discard", plan_id, by=by, now=now, reason=reason, **seen)


def compute(plan_id: int, *, clock: Callable[[], datetime] = timezone.now) -> None:
    """
    Find a proposal and write it down, at once and whole. Only the worker calls this.

    :raises kernel.refusals.NotNow: somebody else computes it, or it was discarded meanwhile
    """
    from orders.planning import engine  # here, so that web processes never load NumPy and Numba

    engine.make_ready()
    row = PLANS.take("begin", plan_id, by=system("plan.compute"), now=clock(), change=_begin)
    try:
        absent = [one["nurse"] for one in row.touched if one["why"] == "absent"]
        late = [one["nurse"] for one in row.touched if one["why"] == "late"]
        work = daywork.of_centre(row.centre, row.day, clock(), absent=absent, late=late)
        found = _search(row, work, _Heart(row.pk, clock))
        broken = set(validator.breaches(work.problem, found)) - _broken_before(work)
    except Exception:
        log.exception("a day could not be planned", extra={"plan_id": plan_id})
        fail(plan_id=plan_id, outcome="计算时出现了错误，管理员会看到。没有任何订单被改动，请稍后再试。", now=clock())
        return
    if found.cancelled:
        return
    if broken:
        log.error("a plan breaks rules", extra={"plan_id": plan_id, "breaches": sorted(broken)[:20]})
        fail(plan_id=plan_id, outcome="算出的排法没有通过独立核对，已作废。没有任何订单被改动。", now=clock())
        return
    PLANS.take(
        "propose", plan_id, by=system("plan.compute"), now=clock(), change=lambda plan, entry: _write(plan, work, found)
    )


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
    if row.status == PlanStatus.WAITING:
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
        list(Order.objects.select_for_update().filter(pk__in=[one.order_id for one in rows]).order_by("pk"))
        list(Nurse.objects.select_for_update().filter(pk__in={one.nurse_id for one in rows}).order_by("pk"))
        sent = _send(rows, by, now)
        entry.data.update({"sent": sent, "refused": len(rows) - sent})
        left.extend(one for one in unsettled if not one.outcome)

    left = []
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


# --- computing --------------------------------------------------------------------------------------------------------


class _Heart:
    """Writes down how far the engine is, once a second, and hears whether it should stop."""

    def __init__(self, plan_id, clock):
        self.plan_id, self.clock = plan_id, clock
        self.beaten_at = clock()
        self.stopped = False

    def progress(self, share: float, cost: float) -> None:
        now = self.clock()
        if now - self.beaten_at >= timedelta(seconds=1):
            self.beaten_at = now
            PlanProgress.objects.filter(plan=self.plan_id).update(share=min(share, 1.0), at=now)
            running = DayPlan.objects.filter(pk=self.plan_id, status=PlanStatus.COMPUTING)
            self.stopped = not running.exists()

    def cancelled(self) -> bool:
        return self.stopped


def _begin(row, entry):
    PlanProgress.objects.update_or_create(plan=row, defaults={"share": 0.0, "at": timezone.now()})


def _search(row, work, heart) -> Proposal:
    share = min(1.0, len(work.problem.visits) / FULL_DAY)
    budget = Budget(seconds=max(1, ceil(row.seconds * share)))
    if work.touched:
        return replan(work.problem, work.standing, work.touched, budget=budget, seed=row.seed)
    return plan(work.problem, budget=budget, seed=row.seed, progress=heart.progress, cancelled=heart.cancelled)


def _broken_before(work) -> set[str]:
    """What the day as it stands breaks already (an overruled way that is too long): the plan is not to blame for it."""
    return set(validator.breaches(work.problem, work.standing))


def _write(plan, work, found):
    lines = [_line(plan, work, one, order) for one, order in daywork.changed(work, found)]
    for one in found.unserved:
        lines.append(_unserved(plan, work.orders[one.visit], one.reason, one.sentence))
    for pk, (reason, sentence) in work.left_out.items():
        lines.append(_unserved(plan, work.orders[pk], reason, sentence))
    DayPlanLine.objects.bulk_create(lines)
    plan.result = {
        "now": asdict(work.figures),
        "plan": asdict(found.figures),
        "nurses": len(work.problem.nurses),
        "with_own_nurse": sum(bool(visit.preferred & visit.eligible) for visit in work.problem.visits),
        "rounds": found.rounds,
        "cpu_seconds": round(found.cpu_seconds, 2),
    }


def _line(plan, work, one, order):
    starts_at = work.moment(one.start)
    visit = next(visit for visit in work.problem.visits if visit.id == one.visit)
    return DayPlanLine(
        plan=plan,
        order=order,
        order_version=order.version,
        kind=DayPlanLine.Kind.MOVE if order.nurse_id else DayPlanLine.Kind.SEND,
        nurse_id=one.nurse,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=order.minutes),
        travel_minutes=ceil(one.travel_before),
        late_percent=round(100 * one.lateness_risk),
        is_own=one.nurse in visit.preferred,
        was_nurse_id=order.nurse_id,
        was_start=order.planned_start,
    )


def _unserved(plan, order, reason, sentence):
    return DayPlanLine(
        plan=plan,
        order=order,
        order_version=order.version,
        kind=DayPlanLine.Kind.UNSERVED,
        was_nurse_id=order.nurse_id,
        was_start=order.planned_start,
        reason=reason,
        sentence=sentence[:300],
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
        .order_by("starts_at", "pk")
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
                _settle(one, DayPlanLine.Outcome.REFUSED, now, [_plain(reason) for reason in no.reasons])
            break
        left = [one for one, _ in refused]
    return sent


def _send_one(one, by, now) -> Refused | None:
    act = {"order_id": one.order_id, "nurse_id": one.nurse_id, "planned_start": one.starts_at, "by": by, "now": now}
    try:
        if one.kind == DayPlanLine.Kind.MOVE:
            dispatch.move(reason="护士临时不能按时上门，重新安排", version=one.order_version, **act)
        else:
            dispatch.offer(version=one.order_version, **act)
    except Refused as no:
        return no
    _settle(one, DayPlanLine.Outcome.SENT, now, [])
    return None


def _settle(one, outcome, now, refusals):
    one.outcome, one.settled_at, one.refusals = outcome, now, refusals
    one.save(update_fields=["outcome", "settled_at", "refusals"])


def _plain(reason):
    return {"code": reason.code, "sentence": reason.sentence, "clause": reason.clause}
