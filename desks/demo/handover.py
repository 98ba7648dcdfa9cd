"""After the past was written: what fell due in it is done at its own hour, and what has to follow an act follows."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import connection

from audit import delivery
from audit.models import Due, Outbox
from audit.subscribers import subscribers_of
from notifications.subscribers import tell
from orders.live import nudge

NEWS = timedelta(hours=36)  # older acts are no news to anybody


class Unsettled(Exception):
    """Something that fell due could not be done; the log says what."""


def calls_waiting() -> int:
    """How many calls the open transaction will make when it commits."""
    return len(connection.run_on_commit)


def drop_calls(since: int) -> None:
    """
    Do not call the worker for each act of the past: this process hands them over itself.

    Twenty thousand calls to the broker would only find their work done, and each refusal would sort through them.
    """
    del connection.run_on_commit[since:]


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
    with _asking(who_still_listens):
        while waiting := list(
            Outbox.objects.filter(done_at__isnull=True).order_by("pk").values_list("pk", flat=True)[:5000]
        ):
            for in_hand in waiting:
                handed += delivery.deliver(outbox_id=in_hand) == "delivered"
    return handed


@contextmanager
def _asking(who_listens: Callable) -> Iterator[None]:
    """Let deliveries ask this instead of the register of subscribers."""
    usual = delivery.subscribers_of
    delivery.subscribers_of = who_listens
    try:
        yield
    finally:
        delivery.subscribers_of = usual
