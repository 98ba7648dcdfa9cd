"""
What happens to an order becomes a complaint, an incident, a clock that runs or stops. Runs after the act was committed,
and may run again. What this app has promised for a time is done here as well.
"""

from datetime import datetime

from django.utils import timezone

from audit.models import Outbox
from audit.subscribers import subscribe, when_due
from orders.models import Order, OrderStep
from safety import services
from safety.lifecycle import ALARM, FLAG, REPORT, AlarmStatus, FlagStatus, ReportStatus
from safety.models import Alarm, Incident, SafetyTimer
from safety.words import ACTIONS


def subscribe_all() -> None:
    subscribe("orders.objected", open_complaint)
    subscribe("orders.settled", close_complaint)
    subscribe("orders.aborted", report_abort)
    subscribe("orders.visit_overran", report_overrun)
    subscribe("orders.checked_in", arm_the_clock)
    for event in ("orders.finished", "orders.aborted"):
        subscribe(event, stop_the_clock)
    subscribe("safety.alarm_closed", watch_again)
    for event in ("orders.finished", "orders.aborted", "orders.cancelled", "orders.missed", "orders.given_back"):
        subscribe(event, free_the_recorder)
    when_due("alarm.escalate", carry_further)
    when_due("safety.timer", ask_for_a_sign)
    when_due("safety.silent", miss_a_sign)
    when_due("flag.expire", expire_flag)
    when_due("report.close", close_report)


def teach_the_trace() -> None:
    """The trace stands on a floor below: it is told which of our rows belong to an order, and what our steps mean."""
    from orders import rowwords, trace

    rowwords.learn("safety.alarmstep", ALARM, AlarmStatus)
    rowwords.learn("safety.riskflagstep", FLAG, FlagStatus)
    rowwords.learn("safety.reportstep", REPORT, ReportStatus)
    trace.ACTIONS.update(ACTIONS)
    trace.belongs(Alarm)


def open_complaint(event: Outbox) -> None:
    order = _order(event)
    said = _last(order, "object")
    services.open_complaint(order=order, text=said.reason, opened_by_id=said.taken_by_id, now=said.taken_at)


def close_complaint(event: Outbox) -> None:
    """The settlement may be delivered before the objection that it answers; then both are written now."""
    open_complaint(event)
    order = _order(event)
    settled = _last(order, "settle")
    services.close_complaint(order=order, answer=settled.reason, closed_by_id=settled.taken_by_id, now=settled.taken_at)


def report_abort(event: Outbox) -> None:
    order = _order(event)
    stopped = _last(order, "abort")
    services.open_incident(order=order, kind=Incident.Kind.ABORTED, text=stopped.reason, now=stopped.taken_at)


def report_overrun(event: Outbox) -> None:
    order = _order(event)
    due = timezone.localtime(order.planned_end)
    services.open_incident(
        order=order,
        kind=Incident.Kind.OVERRUN,
        text=f"预计 {due:%H:%M} 结束，超过一小时仍未登记服务结束，请联系护士确认安全。",
        now=event.created_at,
    )


def arm_the_clock(event: Outbox) -> None:
    services.arm(order=_order(event), now=event.created_at)


def stop_the_clock(event: Outbox) -> None:
    order = _order(event)
    because = SafetyTimer.Ended.FINISHED if order.finished_at else SafetyTimer.Ended.ABORTED
    services.stop(order=order, because=because, now=event.created_at)


def watch_again(event: Outbox) -> None:
    services.watch_again(alarm=Alarm.objects.get(pk=event.object_id), now=event.created_at)


def free_the_recorder(event: Outbox) -> None:
    services.put_back(order=_order(event), now=event.created_at)


def carry_further(due, now) -> None:
    services.escalate(alarm_id=int(due.object_id), level=due.payload["level"], now=now)


def ask_for_a_sign(due, now) -> None:
    services.ask_for_a_sign(timer_id=int(due.object_id), until=_until(due), now=now)


def miss_a_sign(due, now) -> None:
    services.miss_a_sign(timer_id=int(due.object_id), until=_until(due), now=now)


def expire_flag(due, now) -> None:
    services.expire_flag(flag_id=int(due.object_id), until=_until(due), now=now)


def close_report(due, now) -> None:
    services.close_report(report_id=int(due.object_id), version=due.payload["version"], now=now)


def _until(due) -> datetime:
    return datetime.fromisoformat(due.payload["until"])


def _order(event) -> Order:
    return Order.objects.get(pk=event.object_id)


def _last(order, name) -> OrderStep:
    return OrderStep.objects.filter(order=order, name=name).order_by("-pk")[:1].get()
