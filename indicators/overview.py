"""A day, a week or a month of a district, an alliance or a centre, read from the roll-ups: a handful of queries."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import Min, QuerySet
from django.db.models import Sum as Total

from accounts.models import Organization
from indicators import months
from indicators.access import READERS
from indicators.models import DayCount, StaleDay
from indicators.rollups import COUNTS
from kernel.actors import Actor
from kernel.refusals import hidden

SPANS = {"day": "一天", "week": "一周", "month": "一个月"}
BACK = 30  # days of the chart of volume


@dataclass(frozen=True, slots=True)
class Scope:
    """Which days and whose: the span, the one before it to compare with, and the centres in it."""

    span: str
    first: date
    last: date
    before_first: date
    before_last: date
    centres: tuple[int, ...]


def days_of(span: str, on: date) -> tuple[date, date, date, date]:
    """The day, week or month around a day, and the one before."""
    if span == "month":
        first = months.month_of(on)
        return first, months.after(first) - timedelta(days=1), months.before(first), first - timedelta(days=1)
    if span == "week":
        first = on - timedelta(days=on.weekday())
        return first, first + timedelta(days=6), first - timedelta(days=7), first - timedelta(days=1)
    return on, on, on - timedelta(days=7), on - timedelta(days=7)  # a Sunday is compared with a Sunday


def providers(*, actor: Actor) -> QuerySet[Organization]:
    rows = Organization.objects.filter(pk__in=actor.orgs_as(*READERS), kind__in=Organization.PROVIDERS)
    return rows.select_related("parent").order_by("short_name", "pk")


def alliances(*, actor: Actor) -> QuerySet[Organization]:
    rows = Organization.objects.filter(pk__in=actor.orgs_as(*READERS), kind=Organization.Kind.HOSPITAL)
    return rows.order_by("short_name", "pk")


def scope(
    *, rows: Collection[Organization], span: str, on: date, alliance: int | None = None, centre: int | None = None
) -> Scope:
    """
    The asked days and centres, among those that may be seen.

    :raises kernel.refusals.Hidden: no centre that is overseen is in it
    """
    span = span if span in SPANS else "day"
    inside = [row.pk for row in rows if alliance in (None, row.parent_id) and centre in (None, row.pk)]
    if not inside and (alliance or centre):
        raise hidden("这家机构")
    return Scope(span, *days_of(span, on), tuple(inside))


def counts(*, centres: Collection[int], first: date, last: date) -> dict[str, int]:
    """One sum of each count over these days."""
    rows = DayCount.objects.filter(centre__in=centres, day__gte=first, day__lte=last)
    return {name: n or 0 for name, n in rows.aggregate(**{name: Total(name) for name in COUNTS}).items()}


def grouped(by: str, *, centres: Collection[int], first: date, last: date) -> dict:
    """The same sums by ``town``, ``centre`` or ``day``, in one query."""
    column = {"town": "town_id", "centre": "centre_id", "day": "day"}[by]
    rows = DayCount.objects.filter(centre__in=centres, day__gte=first, day__lte=last).order_by()
    found = rows.values(column).annotate(**{f"n_{name}": Total(name) for name in COUNTS})
    return {row[column]: {name: row[f"n_{name}"] for name in COUNTS} for row in found}


def waiting(*, centres: Collection[int]):
    """Since when something has moved that is not counted yet, or nothing."""
    return StaleDay.objects.filter(centre__in=centres).aggregate(since=Min("since"))["since"]


def share(part: int, whole: int) -> Decimal | None:
    return None if not whole else (Decimal(part) * 100 / whole).quantize(Decimal("0.1"), ROUND_HALF_UP)


def days_to_assessment(found: dict[str, int]) -> Decimal | None:
    return _per(found["assessed_minutes"], found["assessed"] * 1440)


def stars(found: dict[str, int]) -> Decimal | None:
    """The mean of the four questions."""
    return None if not found["rated"] else (Decimal(found["rated_points"]) / (found["rated"] * 4)).quantize(
        Decimal("0.01"), ROUND_HALF_UP
    )  # fmt: skip


def _per(part: int, whole: int) -> Decimal | None:
    return None if not whole else (Decimal(part) / whole).quantize(Decimal("0.1"), ROUND_HALF_UP)
