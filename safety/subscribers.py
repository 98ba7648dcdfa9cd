"""What happens to an order becomes a complaint or an incident. Runs after the act was committed, and may run again."""

from django.utils import timezone

from audit.models import Outbox
from audit.subscribers import subscribe
from orders.models import Order, OrderStep
from safety import services
from safety.models import Incident


def subscribe_all() -> None:
    subscribe("orders.objected", open_complaint)
    subscribe("orders.settled", close_complaint)
    subscribe("orders.aborted", report_abort)
    subscribe("orders.visit_overran", report_overrun)


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


def _order(event) -> Order:
    return Order.objects.get(pk=event.object_id)


def _last(order, name) -> OrderStep:
    return OrderStep.objects.filter(order=order, name=name).order_by("-pk")[:1].get()
