"""The worker's part of a day's plan: read the day, search, ask the independent judge, and write the proposal down."""

import logging
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from math import ceil

from django.utils import timezone

from kernel.actors import system
from orders import daywork, lending
from orders.doors import PLANS
from orders.lifecycle import PlanStatus
from orders.models import DayPlan, DayPlanLine, PlanProgress
from orders.planning.plan import Budget, plan
from orders.planning.proposal import Proposal
from orders.planning.replanning import replan
from orders.services.plans import fail

Write = Callable[[DayPlan], None]
log = logging.getLogger(__name__)

FULL_DAY = 40  # visits; a smaller day is searched through long before the whole time is over
NOT_SOUND = "算出的排法没有通过独立核对，已作废。没有任何订单被改动。"
BROKE = "计算时出现了错误，管理员会看到。没有任何订单被改动，请稍后再试。"


def compute(plan_id: int, *, clock: Callable[[], datetime] = timezone.now) -> None:
    """
    Find a proposal and write it down, at once and whole. Only the worker calls this.

    :raises kernel.refusals.NotNow: somebody else computes it, or it was discarded meanwhile
    """
    from orders.planning import engine  # here, so that web processes never load NumPy and Numba

    engine.make_ready()
    row = PLANS.take("begin", plan_id, by=system("plan.compute"), now=clock(), change=_begin)
    heart = _Heart(row.pk, clock)
    try:
        write = (_compared if row.kind == DayPlan.Kind.LENDING else _proposed)(row, heart)
    except daywork.NotSound as broken:
        log.error("a plan breaks rules", extra={"plan_id": plan_id, "breaches": broken.args[0]})
        fail(plan_id=plan_id, outcome=NOT_SOUND, now=clock())
        return
    except Exception:
        log.exception("a day could not be planned", extra={"plan_id": plan_id})
        fail(plan_id=plan_id, outcome=BROKE, now=clock())
        return
    if write is not None:
        PLANS.take("propose", plan_id, by=system("plan.compute"), now=clock(), change=lambda plan, entry: write(plan))


def _proposed(row, heart) -> Write | None:
    """Plan one centre's day, or its least change; nothing when it was stopped."""
    absent = [one["nurse"] for one in row.touched if one["why"] == "absent"]
    late = [one["nurse"] for one in row.touched if one["why"] == "late"]
    work = daywork.of_centre(row.centre, row.day, heart.clock(), absent=absent, late=late)
    found = _search(row, work, heart)
    daywork.demand_sound(work.problem, found, work)
    return None if found.cancelled else lambda plan: _write(plan, work, found)


def _compared(row, heart) -> Write | None:
    """Plan an alliance's day with and without lending; nothing when it was stopped."""
    result = lending.compare(
        row.centre, row.day, heart.clock(), seconds=row.seconds, seed=row.seed, heard=heart.progress,
        stopped=heart.cancelled,
    )  # fmt: skip

    def write(plan):
        plan.result = result

    return None if result is None else write


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


def _write(plan, work, found):
    own = {visit.id: visit.preferred for visit in work.problem.visits}
    lines = [_line(plan, work, one, order, own[one.visit]) for one, order in daywork.changed(work, found)]
    for one in found.unserved:
        if one.visit in work.orders:
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


def _line(plan, work, one, order, own):
    starts_at = work.moment(one.start)
    beside = work.companions.get(order.pk)
    held_by = (beside.nurse_id if beside else None) if one.seat else order.nurse_id
    return DayPlanLine(
        plan=plan,
        order=order,
        order_version=order.version,
        seat=one.seat,
        kind=DayPlanLine.Kind.MOVE if held_by else DayPlanLine.Kind.SEND,
        nurse_id=one.nurse,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=order.minutes),
        travel_minutes=ceil(one.travel_before),
        late_percent=round(100 * one.lateness_risk),
        is_own=not one.seat and one.nurse in own,
        was_nurse_id=held_by,
        was_start=order.planned_start if held_by else None,
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
