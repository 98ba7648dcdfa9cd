"""Reads around the return visit: which items a request is about, and whether a visit brings the results in time."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from catalog.models import Item
from orders import returning
from orders.days import beginning
from orders.lifecycle import NEVER_BEGUN, SERVED_BY_ORDERS, WAITING, OrderStatus
from orders.models import Order, ServiceRequest

NOTHING_TAKEN = NEVER_BEGUN | {OrderStatus.ABORTED}


def items_of(row: ServiceRequest) -> list[Item]:
    """What was prescribed, else what was wished for."""
    if row.prescription_id:
        return list(Item.objects.filter(pk__in=row.prescription.lines.values("item")))
    return list(row.wished_items.all())


def may_be_set(row: ServiceRequest) -> bool:
    return row.status in WAITING | SERVED_BY_ORDERS


def _bringing(request) -> QuerySet[Order]:
    """Visits of the request that take a specimen for its return: not those over before the day was written down."""
    asked = Coalesce("request__return_asked_at", "request__submitted_at")
    taken = Q(finished_at__isnull=True) | Q(finished_at__gte=asked)
    visits = Order.objects.filter(taken, request=request, lines__item__takes_specimen=True)
    return visits.exclude(status__in=NOTHING_TAKEN)


def brought_in_time(row: ServiceRequest, last: date, besides: int | None = None) -> bool:
    """Whether some other visit of the request takes a specimen by that day."""
    in_time = _bringing(row.pk).filter(window_end__lt=beginning(last) + timedelta(days=1))
    return in_time.exclude(pk=besides).exists()


def with_return(rows: QuerySet[Order]) -> QuerySet[Order]:
    """Orders with the day of return, and when the first visit for it is: what ``of_order`` reads in a list."""
    first = _bringing(OuterRef("request")).order_by("window_end").values("window_end")[:1]
    return rows.annotate(
        return_on=Subquery(ServiceRequest.objects.filter(pk=OuterRef("request")).values("return_on")[:1]),
        first_bringing=Subquery(first),
    )


def of_request(row: ServiceRequest, settings: Mapping[str, Any], now: datetime) -> tuple[str, bool] | None:
    """The desk's note beside a request; its wished items come along."""
    if row.status not in WAITING:
        return None
    day = timezone.localdate(row.wished_to)
    return returning.note(day, row.return_on, row.wished_items.all(), timezone.localdate(now), settings)


def of_order(row: Order, settings: Mapping[str, Any], now: datetime) -> tuple[str, bool] | None:
    """The desk's note beside a visit that has not begun; lists bring what it needs by ``with_return``."""
    return_on = row.return_on if hasattr(row, "return_on") else row.request.return_on
    if return_on is None or row.arrived_at is not None or row.status in NOTHING_TAKEN:
        return None
    if hasattr(row, "first_bringing"):
        first = row.first_bringing
    else:
        first = _bringing(row.request_id).order_by("window_end").values_list("window_end", flat=True).first()
    day = timezone.localdate(row.planned_start or row.window_end)
    items, earliest = (line.item for line in row.lines.all()), timezone.localdate(first) if first else None
    return returning.note(day, return_on, items, timezone.localdate(now), settings, earliest)
