"""
Supply against demand: the visits that were wanted, those that were served in the wished time, and why the others not.

One visit counts once in each figure; in the lines it counts under each of its items. The wished time decides the day.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from accounts.roles import Role
from kernel.actors import Actor
from orders import access
from orders.days import beginning
from orders.lifecycle import ORDER, OrderStatus
from orders.models import Order
from orders.offers import Offer, Wait
from patients.models import Group

MONTH = timedelta(days=30)
READERS = (Role.CENTRE_ADMIN, Role.SUPERVISOR, Role.QC_INSPECTOR)
REASONS = {
    Wait.Reason.SKILL.value: Wait.Reason.SKILL.label,
    Wait.Reason.HOURS.value: Wait.Reason.HOURS.label,
    Wait.Reason.FULL.value: Wait.Reason.FULL.label,
    "missed": "失约或中止",
    "other": "其他",
}
FIGURES = {
    "wanted": "希望上门",
    "served": "已服务",
    "in_time": "按时服务",
    "unmet": "未按时满足",
    "waiting": "正在排队",
}
COUNTS = (*FIGURES, *REASONS)


@dataclass(frozen=True, slots=True)
class Line:
    """One place, item and town with its counts; ``names`` say where and what."""

    names: tuple[str, ...]
    counts: dict[str, int]


def wanted(*, actor: Actor, start: date, end: date) -> QuerySet[Order]:
    """
    The visits wished for from one day to another, at the places this actor runs or oversees.

    Who called off before the wished time began no longer wanted it.
    """
    rows = access.orders_visible_to(actor).filter(
        centre__in=actor.orgs_as(*READERS),
        window_start__gte=beginning(start),
        window_start__lt=beginning(end + timedelta(days=1)),
    )
    return rows.exclude(status=OrderStatus.CANCELLED, status_since__lt=F("window_start"))


def totals(*, actor: Actor, start: date, end: date, now: datetime) -> dict[str, int]:
    """One count of each kind, in one query."""
    rows = _judged(wanted(actor=actor, start=start, end=end))
    return rows.aggregate(**_counts(now))


def by_centre(*, actor: Actor, start: date, end: date, now: datetime) -> list[Line]:
    """Group (the lead hospital above) and centre, in one query."""
    return _grouped(actor, start, end, now, ("centre__parent__short_name", "centre__short_name"))


def by_people(*, actor: Actor, start: date, end: date, now: datetime) -> list[Line]:
    """The groups of people that are served (002 五(三)), in one query."""
    labels = dict(Group.choices)
    found = _grouped(actor, start, end, now, ("patient__group",))
    return [Line((labels.get(line.names[0], line.names[0]),), line.counts) for line in found]


def by_item_and_town(*, actor: Actor, start: date, end: date, now: datetime) -> list[Line]:
    """Group, centre, item and town, what is least served first, in one query."""
    names = ("centre__parent__short_name", "centre__short_name", "lines__item__name", "address__town__name")
    return _grouped(actor, start, end, now, names)


def causes(*, centre_id: int, now: datetime) -> list[tuple[str, int]]:
    """How often nurses of a centre said no in the last thirty days, by cause, the most frequent first."""
    counts = dict(
        Offer.objects.filter(centre=centre_id, ended=Offer.Ended.DECLINED, ended_at__gte=now - MONTH)
        .order_by()
        .values_list("cause")
        .annotate(n=Count("pk"))
    )
    found = [(cause.label, counts.get(cause.value, 0)) for cause in Offer.Cause]
    return sorted(found, key=lambda one: -one[1])


def no_shows(*, actor: Actor, start: date, end: date) -> dict[str, int]:
    """Who did not keep the appointment, as it stands after appeals."""
    rows = wanted(actor=actor, start=start, end=end).exclude(failed_by="").order_by()
    return defaultdict(int, rows.values_list("failed_by").annotate(n=Count("pk")))


def table(lines: list[Line]) -> list[list[str]]:
    """The lines as a table for a spreadsheet, with its head."""
    head = ["医联体", "机构", "护理项目", "街镇", *(label for _, label in columns())]
    return [head, *([*line.names, *(str(line.counts[key]) for key in COUNTS)] for line in lines)]


def columns() -> list[tuple[str, str]]:
    """What each count is called on the page and in the table."""
    return [*FIGURES.items(), *REASONS.items()]


def _judged(rows):
    newest = Wait.objects.filter(order=OuterRef("pk")).order_by("-pk")
    return rows.order_by().annotate(
        wait_reason=Subquery(newest.values("reason")[:1]), wait_left=Subquery(newest.values("left_at")[:1])
    )


def _grouped(actor, start, end, now, names):
    rows = _judged(wanted(actor=actor, start=start, end=end)).values(*names).annotate(**_counts(now))
    found = [Line(tuple(row[name] or "" for name in names), {key: row[key] for key in COUNTS}) for row in rows]
    return sorted(found, key=lambda line: (-line.counts["unmet"], line.names))


def _counts(now):
    """A visit is met when somebody came before its wished time was over; until then an open one is not unmet."""
    came = Q(arrived_at__lte=F("window_end"))
    late = Q(arrived_at__gt=F("window_end"))
    over = Q(arrived_at__isnull=True) & (Q(window_end__lt=now) | Q(status__in=sorted(ORDER.final)))
    unmet = late | over
    failed = Q(status__in=[OrderStatus.NO_SHOW, OrderStatus.ABORTED])
    listed = Q(wait_reason__isnull=False)
    return {
        "wanted": Count("pk"),
        "served": Count("pk", filter=Q(finished_at__isnull=False)),
        "in_time": Count("pk", filter=came),
        "unmet": Count("pk", filter=unmet),
        "waiting": Count("pk", filter=listed & Q(wait_left__isnull=True)),
        **{
            key: Count("pk", filter=unmet & Q(wait_reason=key))
            for key in (Wait.Reason.SKILL.value, Wait.Reason.HOURS.value, Wait.Reason.FULL.value)
        },
        "missed": Count("pk", filter=unmet & ~listed & failed),
        "other": Count("pk", filter=unmet & ~listed & ~failed),
    }


def span_of(start: date | None, end: date | None, today: date | None = None) -> tuple[date, date]:
    """The asked days, at most a year; the last thirty days where nothing sensible was asked."""
    today = today or timezone.localdate()
    if start is None or end is None or end < start or end - start > timedelta(days=366):
        return today - MONTH + timedelta(days=1), today
    return start, end
