"""The end of a request: nothing open, and nothing left to order."""

from datetime import datetime

from django.utils import timezone

from clinical.lifecycle import OVER
from kernel.actors import system
from kernel.refusals import Refusal, Unmet
from orders.doors import REQUESTS
from orders.lifecycle import OPEN, SERVED_BY_ORDERS
from orders.models import Order, ServiceRequest


def close(*, request_id, now: datetime) -> ServiceRequest:
    """End a served request: nothing open, and nothing left to order."""

    def change(row, entry):
        if not can_close(row, now):
            raise Unmet(Refusal("request.open", "还有未完成的订单或可用次数，申请不能结束。"))

    return REQUESTS.take("close", request_id, by=system("orders.close"), now=now, change=change)


def can_close(row: ServiceRequest, now: datetime) -> bool:
    """No order open, and no times left or the prescription no longer holds."""
    if row.orders.filter(status__in=OPEN).exists():
        return False
    prescription = row.prescription
    if prescription is None:
        return False
    over = prescription.valid_until < timezone.localdate(now) or prescription.status in OVER
    return over or prescription.times_left == 0


def close_request_if_done(row: Order, now: datetime) -> None:
    """After an order's end: close its request when nothing is open and nothing is left."""
    _close_if_done(ServiceRequest.objects.filter(pk=row.request_id), now)


def close_request_of(*, prescription_id, now: datetime) -> None:
    """After a prescription's end: close its request unless a visit is still open."""
    _close_if_done(ServiceRequest.objects.filter(prescription=prescription_id), now)


def _close_if_done(rows, now):
    request = rows.select_related("prescription").first()
    if request is not None and request.status in SERVED_BY_ORDERS and can_close(request, now):
        close(request_id=request.pk, now=now)
