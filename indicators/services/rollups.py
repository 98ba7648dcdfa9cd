"""Keeping the counts of days: which days wait, making them anew, and proving that they equal the rows."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.db.models import Min
from django.utils import timezone

from accounts.models import Organization
from accounts.selectors import members_of_district
from audit.services import recording
from indicators import access, counting, months, wake
from indicators.models import DayCount, StaleDay
from indicators.rollups import COUNTS
from indicators.services.signals import prove_signals
from kernel.actors import Actor, system

AT_ONCE = 100  # days in one go
LATELY, AHEAD = timedelta(days=62), timedelta(days=31)
LINES = 2000  # lines written by one statement
# Whoever counts single days holds this together with others of the kind, whoever proves many days holds it alone: a
# proof that began before a day moved would otherwise write its older count over the newer one.
COUNTING = 0x524F4C4C

_WAITS = """
    INSERT INTO indicators_staleday (centre_id, day, since) SELECT %s, day, %s FROM unnest(%s::date[]) AS day
    ON CONFLICT (centre_id, day) DO NOTHING
"""


def mark(*, centre_id: int, days: Iterable[date], now: datetime) -> None:
    """
    Note that the counts of these days have to be made anew; whoever notes a day first wakes the worker for it.

    A day that is being counted at this moment is waited for, and noted again: its rows may have been read already.
    """
    with connection.cursor() as cursor:
        cursor.execute(_WAITS, [centre_id, now, sorted(set(days))])
        first = cursor.rowcount > 0
    if first:
        transaction.on_commit(wake.freshen, robust=True)


def freshen(*, now: datetime) -> int:
    """
    Make the counts of days that wait for it anew; how many days of centres were done.

    Each day is a transaction of its own, so whatever ends this process leaves every other day as it was, still waiting.
    """
    waiting = StaleDay.objects.order_by().values("day").annotate(first=Min("since")).order_by("first", "day")
    return sum(_anew(day) for day in waiting.values_list("day", flat=True)[:AT_ONCE])


def _anew(day: date) -> int:
    """A waiting day is taken away before its rows are read: what moves meanwhile puts it back."""
    with transaction.atomic():
        if not _asked("SELECT pg_try_advisory_xact_lock_shared(%s)"):
            return 0  # a proof is at work; the day goes on waiting
        rows = list(StaleDay.objects.select_for_update(skip_locked=True).filter(day=day))
        StaleDay.objects.filter(pk__in=[row.pk for row in rows]).delete()
        if rows:
            _replace([row.centre_id for row in rows], day, day)
    return len(rows)


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
