"""By when something that waits should be taken up: pure, from the district's own settings (no document names them)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from orders.lifecycle import OrderStatus, RequestStatus

_REQUESTS = {
    RequestStatus.SUBMITTED: "queue.receive_minutes",
    RequestStatus.RECEIVED: "queue.plan_minutes",
}
_ORDERS = {
    OrderStatus.AWAITING_CONSENT: "queue.sign_minutes",
    OrderStatus.AWAITING_DISPATCH: "queue.dispatch_minutes",
    OrderStatus.DISPUTED: "queue.settle_minutes",
}


def of_request(status: str, since: datetime, settings: Mapping[str, Any]) -> datetime | None:
    """Return by when a request in this status should be taken up; ``None`` where nobody at the desk is waited for."""
    key = _REQUESTS.get(RequestStatus(status))
    return since + timedelta(minutes=settings[key]) if key else None


def of_order(
    status: str,
    since: datetime,
    *,
    window_start: datetime,
    planned_start: datetime | None,
    accept_by: datetime | None,
    settings: Mapping[str, Any],
) -> datetime | None:
    """
    Return by when an order in this status should move on.

    What has to be sent out is due early enough for a nurse to answer before the wished time; an offer at its accept-by
    time; an accepted visit when it is to begin.
    """
    status = OrderStatus(status)
    if status == OrderStatus.OFFERED:
        return accept_by
    if status in (OrderStatus.ACCEPTED, OrderStatus.EN_ROUTE):
        return planned_start
    key = _ORDERS.get(status)
    if key is None:
        return None
    due = since + timedelta(minutes=settings[key])
    if status == OrderStatus.AWAITING_DISPATCH:
        return min(due, window_start - timedelta(minutes=settings["order.accept_by_minutes"]))
    return due


def of_row(order: Any, settings: Mapping[str, Any]) -> datetime | None:
    """The same of an order as it lies."""
    return of_order(
        order.status, order.status_since, window_start=order.window_start, planned_start=order.planned_start,
        accept_by=order.accept_by, settings=settings,
    )  # fmt: skip
