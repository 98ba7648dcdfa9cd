"""A finished visit becomes a plan, and what was promised for a time is done. Runs after the commit, maybe again."""

from audit.models import Outbox
from audit.subscribers import subscribe, when_due
from followups import services
from followups.lifecycle import GREEN, PLAN, TASK, GreenStatus, PlanStatus, TaskStatus
from followups.models import FollowUp, FollowUpPlan, GreenCase
from kernel.actors import system


def subscribe_all() -> None:
    subscribe("orders.finished", plan_after_visit)
    when_due("followup.due", fall_due)
    when_due("followup.missed", miss)
    when_due("green.late", carry_further)
    when_due("green.unfinished", remind)


def teach_the_trace() -> None:
    """The trace stands on a floor below: it is told which of our rows belong to an order, and what our steps mean."""
    from orders import rowwords, trace

    rowwords.learn("followups.followupplanstep", PLAN, PlanStatus)
    rowwords.learn("followups.followupstep", TASK, TaskStatus)
    rowwords.learn("followups.greencasestep", GREEN, GreenStatus)
    for model in (FollowUpPlan, FollowUp, GreenCase):
        trace.belongs(model)


def plan_after_visit(event: Outbox) -> None:
    services.plan_after_visit(order_id=int(event.object_id), by=system("followups.after_visit"), now=event.created_at)


def fall_due(due, now) -> None:
    services.fall_due(follow_up_id=int(due.object_id), now=now)


def miss(due, now) -> None:
    services.miss(follow_up_id=int(due.object_id), now=now)


def carry_further(due, now) -> None:
    # What was promised before cases could be given back names no version: it was the first.
    version = due.payload.get("version", 1)
    services.note_green_late(case_id=int(due.object_id), level=due.payload["level"], version=version, now=now)


def remind(due, now) -> None:
    asked = {"time": due.payload["time"], "version": due.payload["version"]}
    services.remind_green(case_id=int(due.object_id), now=now, **asked)
