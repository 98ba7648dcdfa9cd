"""Keeping the counts of days: which days wait, making them anew, and proving that they equal the rows."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import partial

from django.db import connection, transaction
from django.db.models import Min
from django.utils import timezone

from accounts.models import Organization
from accounts.selectors import members_of_district
from audit.models import Outbox
from audit.services import recording
from indicators import access, counting, months, wake
from indicators.models import DayCount, StaleDay
from indicators.rollups import COUNTS
from indicators.services.signals import prove_signals
from kernel.actors import Actor, system

AT_ONCE = 100  # days in one go
UNTOLD = 2000  # events that wait to be told
LATELY, AHEAD = timedelta(days=62), timedelta(days=31)
LINES = 2000  # lines written by one statement
# Whoever counts single days holds this together with others of the kind, whoever proves many days holds it alone: a
# proof that began before a day moved would otherwise write its older count over the newer one.
COUNTING = 0x524F4C4C

_WAITS = """
    INSERT INTO indicators_staleday (centre_id, day, since) SELECT %s, day, %s FROM unnest(%s::date[]) AS day
    ON CONFLICT (centre_id, day) DO NOTHING RETURNING id, day
"""


def mark(*, centre_id: int, days: Iterable[date], now: datetime) -> None:
    """
    Note that the counts of these days have to be made anew; whoever notes a day first wakes the worker for it, once for
    all centres.

    A day that is being counted at this moment is waited for, and noted again: its rows may have been read already.
    """
    with connection.cursor() as cursor:
        cursor.execute(_WAITS, [centre_id, now, sorted(set(days))])
        noted = cursor.fetchall()
    if noted:
        transaction.on_commit(partial(_wake_for, noted), robust=True)


def _wake_for(noted: list[tuple[int, date]]) -> None:
    """
    Wake the worker, unless somebody was woken for an earlier centre of the day and has not begun with it.

    A row that is being counted is locked and counts for nothing here: its worker has read the rows before this one.
    """
    with transaction.atomic():
        waiting = StaleDay.objects.select_for_update(skip_locked=True, no_key=True)
        called = all(waiting.filter(day=day, pk__lt=pk).first() for pk, day in noted)
    if not called:
        wake.freshen()


def freshen(*, now: datetime) -> int:
    """
    Make the counts of days that wait for it anew; how many days of centres were done.

    Each day is a transaction of its own, so whatever ends this process leaves every other day as it was, still waiting.
    In a busy hour events wait for their turn: what they moved is counted already, and again when they are told.
    """
    stale = StaleDay.objects.order_by().values("day").annotate(first=Min("since")).order_by("first", "day")
    days = list(stale.values_list("day", flat=True)[:AT_ONCE])
    beside: dict[date, set[int]] = defaultdict(set)
    for centre_id, moved in counting.touched(_untold()).items():
        for day in moved:
            beside[day].add(centre_id)
    days += sorted(beside.keys() - set(days))
    return sum(_anew(day, beside[day]) for day in days[:AT_ONCE])


def _untold():
    """What the latest events are about of which nobody has been told yet."""
    waiting = Outbox.objects.filter(done_at__isnull=True, object_type__in=sorted(counting.SOURCES))
    return waiting.order_by("-pk").values_list("object_type", "object_id")[:UNTOLD]


def _anew(day: date, beside: set[int]) -> int:
    """
    A waiting day is taken away before its rows are read: what moves meanwhile puts it back.

    One after the other for each day: whoever read earlier must not write later.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        if not _asked("SELECT pg_try_advisory_xact_lock_shared(%s)"):
            return 0  # a proof is at work; the day goes on waiting
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [COUNTING, day.toordinal()])
        rows = list(StaleDay.objects.select_for_update(skip_locked=True).filter(day=day))
        StaleDay.objects.filter(pk__in=[row.pk for row in rows]).delete()
        centres = {row.centre_id for row in rows} | beside
        if centres:
            _replace(sorted(centres), day, day)
    return len(centres)


def reconcile(*, district: Organization, first: date, last: date, by: Actor, now: datetime) -> int:
    """
    Prove the counts of a district's days against the rows, and put right what differs; how many lines did.

    It is also how the counts of days from before are made. Doing it again changes nothing.
    """
    access.demand_over(by, district, what="这个区的日汇总")
    centres = _providers(district)
    with recording("indicators.rollups_proved", target=district, by=by, now=now, organisation_id=district.pk) as entry:
        _asked("SELECT pg_advisory_xact_lock(%s)")
        wrong = _replace(centres, first, last)
        entry.data.update({"first": first, "last": last, "wrong": wrong})
    return wrong


def prove_lately(*, now: datetime) -> int:
    """
    Each night: prove the last two months of every district against the rows, and the year that warnings compare with;
    how many lines differed.
    """
    today, by, wrong = timezone.localdate(now), system("rollups.prove"), 0
    for district in Organization.objects.filter(kind=Organization.Kind.COMMISSION).order_by("pk"):
        wrong += reconcile(district=district, first=today - LATELY, last=today + AHEAD, by=by, now=now)
        wrong += prove_signals(centres=_providers(district), last=months.month_of(today))
    return wrong


def _replace(centres: list[int], first: date, last: date) -> int:
    """Write the lines that differ from the rows, delete those behind which there is none; how many there were."""
    kept = {
        (row.centre_id, row.town_id, row.day): row
        for row in DayCount.objects.select_for_update().filter(centre__in=centres, day__gte=first, day__lte=last)
    }
    ought = counting.counted(centres=centres, first=first, last=last)
    gone = [row.pk for key, row in kept.items() if key not in ought]
    changed = [
        DayCount(centre_id=key[0], town_id=key[1], day=key[2], **counts)
        for key, counts in ought.items()
        if key not in kept or any(getattr(kept[key], name) != counts[name] for name in COUNTS)
    ]
    DayCount.objects.filter(pk__in=gone).delete()
    DayCount.objects.bulk_create(
        changed, update_conflicts=True, unique_fields=["centre", "day", "town"], update_fields=list(COUNTS),
        batch_size=LINES,
    )  # fmt: skip
    return len(gone) + len(changed)


def _providers(district: Organization) -> list[int]:
    rows = members_of_district(root_id=district.pk).filter(kind__in=Organization.PROVIDERS)
    return list(rows.values_list("pk", flat=True))


def _asked(lock: str):
    with connection.cursor() as cursor:
        cursor.execute(lock, [COUNTING])
        return cursor.fetchone()[0]
