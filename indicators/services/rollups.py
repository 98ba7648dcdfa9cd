"""Keeping the counts of days: which days wait, making them anew, and proving that they equal the rows."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import Organization
from accounts.selectors import district_of, members_of_district
from audit.services import promise, recording
from indicators import access, counting
from indicators.models import DayCount, StaleDay
from indicators.rollups import COUNTS
from kernel.actors import Actor, system
from orders.days import beginning

AT_ONCE = 200  # days of centres in one go
LATELY, AHEAD = timedelta(days=62), timedelta(days=31)
NIGHT = timedelta(hours=3)
PAUSE = 30  # seconds: what moves within them is counted once


def mark(*, centre_id: int, days: Iterable[date], now: datetime) -> None:
    """Note that the counts of these days have to be made anew, and promise that somebody does it."""
    rows = [StaleDay(centre_id=centre_id, day=day, since=now) for day in sorted(set(days))]
    StaleDay.objects.bulk_create(rows, ignore_conflicts=True)
    _soon(now)


def freshen(*, now: datetime) -> int:
    """
    Make the counts of days that wait for it anew; how many days were done.

    A waiting day is taken away before its rows are read: what moves meanwhile puts it back, and is counted next time.
    """
    with transaction.atomic():
        waiting = list(StaleDay.objects.select_for_update(skip_locked=True).order_by("since", "pk")[:AT_ONCE])
        StaleDay.objects.filter(pk__in=[row.pk for row in waiting]).delete()
        for row in waiting:
            _replace([row.centre_id], row.day, row.day)
        if len(waiting) == AT_ONCE:
            _soon(now)
    return len(waiting)


def reconcile(*, district: Organization, first: date, last: date, by: Actor, now: datetime) -> int:
    """
    Prove the counts of a district's days against the rows, and put right what differs; how many lines did.

    It is also how the counts of days from before are made. Doing it again changes nothing.
    """
    access.demand_over(by, district, what="这个区的日汇总")
    centres = list(
        members_of_district(root_id=district.pk).filter(kind__in=Organization.PROVIDERS).values_list("pk", flat=True)
    )
    with recording("indicators.rollups_proved", target=district, by=by, now=now, organisation_id=district.pk) as entry:
        wrong = _replace(centres, first, last)
        entry.data.update({"first": first, "last": last, "wrong": wrong})
    return wrong


def prove_lately(*, district_id: int, now: datetime) -> int:
    """Each night: prove the last two months against the rows, and promise the next night."""
    district = Organization.objects.get(pk=district_id)
    today = timezone.localdate(now)
    _each_night(district_id, today + timedelta(days=1))
    return reconcile(
        district=district, first=today - LATELY, last=today + AHEAD, by=system("rollups.prove"), now=now
    )  # fmt: skip


def expect_proof(*, centre_id: int, now: datetime) -> None:
    """Promise that the counts are proved the coming night."""
    district = district_of(Organization.objects.select_related("parent__parent").get(pk=centre_id))
    _each_night(district.pk, timezone.localdate(now) + timedelta(days=1))


def _each_night(district_id: int, day: date) -> None:
    key = f"rollups.prove:{district_id}:{day:%Y%m%d}"
    promise(kind="rollups.prove", key=key, object_id=district_id, due_at=beginning(day) + NIGHT)


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
        changed, update_conflicts=True, unique_fields=["centre", "day", "town"], update_fields=list(COUNTS)
    )
    return len(gone) + len(changed)


def _soon(now: datetime) -> None:
    """One row for all that happens within half a minute."""
    slot = int(now.timestamp()) // PAUSE + 1
    due_at = now + timedelta(seconds=slot * PAUSE - now.timestamp())
    promise(kind="rollups.freshen", key=f"rollups.freshen:{slot}", object_id=slot, due_at=due_at)
