"""
What has to be noticed at a time: an offer nobody answers, a nurse who is not there, a door at which nobody rang.

Each is a due row with a key of its own, written with the act that starts the clock (002 五(六)2). When it comes up, the
order is looked at again: one that moved on meanwhile is left alone.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from audit import services as audit
from audit.services import promise
from kernel.actors import system
from kernel.refusals import NotNow, Refusal
from orders.lifecycle import ORDER, UNARRANGED
from orders.models import Order
from orders.offers import Wait

WORTH_A_REMINDER = timedelta(minutes=20)  # a shorter time to answer needs none


def watch_offer(row: Order, *, version: int, deadline: datetime, now: datetime) -> None:
    watch_answer("order", f"{row.pk}:{version}", row.pk, deadline=deadline, now=now, payload={"version": version})


def watch_answer(
    what: str, key: str, object_id: object, *, deadline: datetime, now: datetime, payload: dict | None = None
) -> None:
    """Remind the nurse when half the time to answer is over, and take the question back when all of it is."""
    times = {"expire": deadline}
    if deadline - now >= WORTH_A_REMINDER:
        times["remind"] = now + (deadline - now) / 2
    for name, due_at in times.items():
        kind = f"{what}.{name}"
        promise(kind=kind, key=f"{kind}:{key}", object_id=object_id, due_at=due_at, payload=payload)


def watch_visit(row: Order, settings: Mapping[str, Any]) -> None:
    """Notice when nobody has arrived some time after the agreed hour: first as late, then as missed."""
    start = row.planned_start
    assert start is not None  # the database holds this of every seated visit
    for kind in ("visit.late", "visit.missed"):
        promise(
            kind=kind,
            key=f"{kind}:{row.pk}:{start:%Y%m%d%H%M}",
            object_id=row.pk,
            due_at=start + timedelta(minutes=settings[f"{kind}_minutes"]),
            payload={"planned_start": start.isoformat()},
        )


def watch_window(row: Order, settings: Mapping[str, Any], now: datetime) -> None:
    """Before the wished time begins, look whether a nurse has said yes by then: the family should not wait in vain."""
    due_at = row.window_start - timedelta(minutes=settings["order.accept_by_minutes"])
    if due_at > now:
        promise(
            kind="visit.unarranged",
            key=f"visit.unarranged:{row.pk}:{row.window_start:%Y%m%d%H%M}",
            object_id=row.pk,
            due_at=due_at,
            payload={"window_start": row.window_start.isoformat()},
        )


def note_unarranged(*, order_id, window_start: datetime, now: datetime) -> Order:
    """
    Tell the family and the desk that the wished time comes and no nurse has said yes.

    :raises kernel.refusals.NotNow: somebody has, it was moved or called off, or the family knows from the waiting list
    """
    with transaction.atomic():
        row = _locked(order_id)
        waits = row.status in UNARRANGED and not Wait.objects.filter(order=row, left_at__isnull=True).exists()
        if row.window_start != window_start or not waits:
            raise _moved_on()
        return _said(row, now, event="orders.visit_unarranged")


def remind(*, order_id, version: int, now: datetime) -> Order:
    """Tell the nurse that an offer still waits. :raises kernel.refusals.NotNow: it was answered, or its time is over"""
    with transaction.atomic():
        row = _locked(order_id)
        waits = row.version == version and row.status in ORDER["accept"].from_
        if not waits or row.accept_by is None or row.accept_by <= now:
            raise _moved_on()
        return _said(row, now, event="orders.offer_reminded")


def note_late(*, order_id, planned_start: datetime, now: datetime) -> Order:
    """Tell the desk and the family that the agreed hour has passed. :raises kernel.refusals.NotNow: somebody came"""
    return _note(order_id, planned_start, now, event="orders.visit_late")


def note_missed(*, order_id, planned_start: datetime, now: datetime) -> Order:
    """Tell the desk and the centre's administrator that nobody came. :raises kernel.refusals.NotNow: somebody came"""
    return _note(order_id, planned_start, now, event="orders.visit_missed")


def _note(order_id, planned_start, now, *, event):
    with transaction.atomic():
        row = _locked(order_id)
        if row.arrived_at or row.planned_start != planned_start or row.status not in ORDER["miss"].from_:
            raise _moved_on()
        return _said(row, now, event=event)


def _said(row, now, *, event):
    with audit.recording(event, target=row, by=system(event), now=now) as entry:
        entry.payload["nurse"] = row.nurse.user_id if row.nurse else None
    return row


def _locked(order_id) -> Order:
    return Order.objects.select_for_update(of=("self",), no_key=True).select_related("nurse").get(pk=order_id)


def _moved_on() -> NotNow:
    return NotNow(Refusal("timer.moved_on", "这张订单已有新的进展。"))
