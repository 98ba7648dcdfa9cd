"""After the past was written: what fell due in it is done at its own hour, and what has to follow an act follows."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from audit import delivery, wake
from audit.models import Due, Outbox
from audit.subscribers import subscribers_of
from notifications.subscribers import tell
from orders.live import nudge

NEWS = timedelta(hours=36)  # older acts are no news to anybody


class Unsettled(Exception):
    """Something that fell due could not be done; the log says what."""


@contextmanager
def nobody_waiting() -> Iterator[None]:
    """
    Write the past without calling the worker for each of its acts: this process hands them over itself.

    Twenty thousand calls to the broker would only find their work done.
    """
    with _stand_in(wake, "deliver", lambda outbox_id: None):
        yield


def do_what_fell_due(now: datetime) -> int:
    """Run every due row at the hour it names, so that a silent confirmation of last month is dated last month."""
    done = 0
    waiting = Due.objects.filter(done_at__isnull=True, due_at__lte=now).order_by("due_at", "pk")
    while row := waiting.first():
        if row.attempts:
            raise Unsettled(row.key)
        done += delivery.run_due(now=row.due_at)
    return done


def hand_over(now: datetime) -> int:
    """
    Deliver everything that waits, and what that brings about, except to those for whom it comes too late.

    No page is open that could be nudged, and people are told only of the last day and a half.
    """
    old = set(Outbox.objects.filter(done_at__isnull=True, created_at__lt=now - NEWS).values_list("pk", flat=True))
    in_hand = 0

    def who_still_listens(event_type: str) -> tuple[Callable, ...]:
        return tuple(
            handle
            for handle in subscribers_of(event_type)
            if handle is not nudge and not (handle is tell and in_hand in old)
        )

    handed = 0
    with _stand_in(delivery, "subscribers_of", who_still_listens):
        while waiting := list(
            Outbox.objects.filter(done_at__isnull=True).order_by("pk").values_list("pk", flat=True)[:5000]
        ):
            for in_hand in waiting:
                handed += delivery.deliver(outbox_id=in_hand) == "delivered"
    return handed


@contextmanager
def _stand_in(module: Any, name: str, other: Callable) -> Iterator[None]:
    usual = getattr(module, name)
    setattr(module, name, other)
    try:
        yield
    finally:
        setattr(module, name, usual)
