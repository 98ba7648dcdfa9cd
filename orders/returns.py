"""Reads around the return visit: which items a request is about, and whether a visit brings the results in time."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from catalog.models import Item
from orders import returning
from orders.days import beginning
from orders.lifecycle import NEVER_BEGUN, SERVED_BY_ORDERS, WAITING, OrderStatus
from orders.models import Order, ServiceRequest


def items_of(row: ServiceRequest) -> list[Item]:
    """What was prescribed, else what was wished for."""
    if row.prescription_id:
        return list(Item.objects.filter(pk__in=row.prescription.lines.values("item")))
    return list(row.wished_items.all())


def may_be_set(row: ServiceRequest) -> bool:
    return row.status in WAITING | SERVED_BY_ORDERS


def brought_in_time(row: ServiceRequest, last: date, besides: int | None = None) -> bool:
    """Whether some visit of the request takes a specimen by that day."""
    visits = Order.objects.filter(
        request=row, lines__item__takes_specimen=True, window_end__lt=beginning(last) + timedelta(days=1)
    )
    return visits.exclude(pk=besides).exclude(status__in=NEVER_BEGUN | {OrderStatus.ABORTED}).exists()


def of_request(row: ServiceRequest, settings: Mapping[str, Any], now: datetime) -> tuple[str, bool] | None:
    """The desk's note beside a request; its wished items come along."""
    if row.status not in WAITING:
        return None
    day = timezone.localdate(row.wished_to)
    return returning.note(day, row.return_on, row.wished_items.all(), timezone.localdate(now), settings)


def of_order(row: Order, settings: Mapping[str, Any], now: datetime) -> tuple[str, bool] | None:
    """The desk's note beside a visit that has not begun; ``return_on`` comes with the lists."""
    return_on = row.return_on if hasattr(row, "return_on") else row.request.return_on
    if row.arrived_at is not None or row.status in NEVER_BEGUN:
        return None
    day = timezone.localdate(row.planned_start or row.window_end)
    return returning.note(day, return_on, (line.item for line in row.lines.all()), timezone.localdate(now), settings)
