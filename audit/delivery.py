"""Hand over what was committed, and do what is due. Safe to run in several processes at once."""

import logging
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Least
from django.utils import timezone

from audit.models import Due, Outbox
from audit.services import promise
from audit.subscribers import carriers, daily, handler_of, subscribers_of
from kernel.refusals import Refused

log = logging.getLogger(__name__)
MANY = 12  # failed tries after which somebody should look at it
LONGEST_WAIT = timedelta(minutes=10)
COUNTED = 32_000  # the column is a small number, and nothing is given up


def clock() -> datetime:
    """
    Say what time it is, by the one clock that all processes share: the database's.

    A worker whose own clock runs ahead would otherwise do things too early, and nobody could do them again in time.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


def tick() -> dict[str, int]:
    """Look at all that waits: what the day brings, what is due, what a crash left, what has to leave the house."""
    now = clock()
    _promise_the_day(now)
    done = {"due": run_due(now=now), "swept": sweep(), "carried": 0}
    for carry in carriers():
        try:
            done["carried"] += carry(now)
        except (OperationalError, InterfaceError):
            raise  # the database is away: whoever calls decides how to wait
        except Exception:  # a broken way out must not stop what is due
            log.exception("what waits to leave could not be carried")
    return done


def deliver(*, outbox_id: int) -> str:
    """Hand one committed event to its subscribers, once."""
    with transaction.atomic():
        row = Outbox.objects.select_for_update(skip_locked=True).filter(pk=outbox_id, done_at__isnull=True).first()
        if row is None:
            return "nothing to do"
        for handle in subscribers_of(row.event_type):
            handle(row)
        row.done_at = timezone.now()
        row.save(update_fields=["done_at"])
    return "delivered"


def sweep(*, older_than: timedelta = timedelta(seconds=5), limit: int = 200) -> int:
    """
    Deliver what a crash or a silent broker left behind, oldest first. Returns how many were handed over.

    What fails is tried again later and later, but never given up.
    """
    now = clock()
    waiting = (
        Outbox.objects.filter(_worth_a_try(now), done_at__isnull=True, created_at__lt=now - older_than)
        .order_by("pk")
        .values_list("pk", "attempts")[:limit]
    )
    done = 0
    for pk, failed in list(waiting):
        try:
            done += deliver(outbox_id=pk) == "delivered"
        except Exception as broken:  # one poisoned row must not stop those behind it
            log.exception("outbox row could not be delivered", extra={"outbox_id": pk})
            _count_a_failure(Outbox, pk, failed, now, last_error=type(broken).__name__)
    return done


def run_due(*, now: datetime, limit: int = 200) -> int:
    """
    Do everything that is due at ``now``, each once, oldest first. Returns how many were done.

    A refusal from the verb means that the world moved on (the offer was accepted in time): done, with the code kept.
    What fails is tried again later and later, but never given up: an alarm still goes out once the fault is repaired.
    """
    done = 0
    waiting = (
        Due.objects.filter(_worth_a_try(now), done_at__isnull=True, due_at__lte=now)
        .order_by("due_at", "pk")
        .values_list("pk", "attempts")[:limit]
    )
    for pk, failed in list(waiting):
        try:
            done += _do(pk, now)
        except Exception:
            log.exception("due row could not be done", extra={"due_id": pk})
            _count_a_failure(Due, pk, failed, now)
    return done


def often_failed() -> dict[str, int]:
    """Count what has failed twelve times or more and still waits, for whoever watches the server."""
    return {
        "due": Due.objects.filter(done_at__isnull=True, due_at__lte=clock(), attempts__gte=MANY).count(),
        "outbox": Outbox.objects.filter(done_at__isnull=True, attempts__gte=MANY).count(),
    }


def pause(failures: int) -> timedelta:
    """Say how long to wait after so many failures: two seconds, then twice as long each time, at most ten minutes."""
    return min(timedelta(seconds=2 ** min(failures, 12)), LONGEST_WAIT)


def make_partitions_ahead(*, months: int = 3) -> None:
    """Make the trace's coming monthly partitions; harmless when they exist."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit.make_partitions_ahead(%s)", [months])


def _promise_the_day(now) -> None:
    """Each daily kind has one row a day, made by whichever tick comes first; its key keeps it one."""
    local = timezone.localtime(now)
    for kind, at in daily():
        if local.time() >= at:
            promise(kind=kind, key=f"{kind}:{local:%Y-%m-%d}", object_id=f"{local:%Y-%m-%d}", due_at=now)


def _do(pk, now) -> bool:
    with transaction.atomic():
        row = Due.objects.select_for_update(skip_locked=True).filter(pk=pk, done_at__isnull=True).first()
        if row is None:
            return False
        handle = handler_of(row.kind)
        if handle is None:
            raise LookupError(f"nobody handles due rows of kind {row.kind}")
        try:
            with transaction.atomic():
                handle(row, now)
            row.outcome = "done"
        except Refused as no:
            row.outcome = no.code[:40]
        row.done_at = now
        row.save(update_fields=["done_at", "outcome"])
    return True


def _worth_a_try(now) -> Q:
    return Q(try_after__isnull=True) | Q(try_after__lte=now)


def _count_a_failure(model, pk, failed, now, **said):
    counted = Least(F("attempts") + 1, COUNTED)
    model.objects.filter(pk=pk).update(attempts=counted, try_after=now + pause(failed + 1), **said)
