"""Reads of indicators and tasks, complete for their pages: no query per row."""

import statistics
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import QuerySet

from accounts.models import Organization
from accounts.selectors import members_of_district
from indicators import access, months
from indicators.definitions import DEFINITIONS, Definition
from indicators.lifecycle import OPEN, TaskStatus
from indicators.models import Snapshot, Task
from kernel.actors import Actor
from kernel.refusals import hidden

YEAR = 12
SOON = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Spread:
    """Where others stand: how many, the median, and the middle half."""

    n: int
    low: Decimal
    median: Decimal
    high: Decimal


def spread(values: list[Decimal]) -> Spread | None:
    """Median and quartiles of some values; nothing of none."""
    if not values:
        return None
    if len(values) == 1:
        return Spread(1, values[0], values[0], values[0])
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return Spread(len(values), low, middle, high)


def definition(code: str) -> Definition:
    """:raises kernel.refusals.Hidden: no such indicator"""
    if code not in DEFINITIONS:
        raise hidden("这项指标")
    return DEFINITIONS[code]


def organisations(*, actor: Actor) -> QuerySet[Organization]:
    """The district, its lead hospitals and centres, as this actor oversees them, from the top down."""
    rows = Organization.objects.filter(pk__in=actor.orgs_as(*access.READERS))
    return rows.exclude(kind=Organization.Kind.PLATFORM).order_by("parent__parent", "parent", "short_name", "pk")


def organisation(*, actor: Actor, pk: int | None) -> Organization:
    """
    The organisation that is asked for, else the district.

    :raises kernel.refusals.Hidden: not there, or not overseen by this actor
    """
    rows = organisations(actor=actor)
    found = rows.filter(pk=pk).first() if pk else rows.filter(kind=Organization.Kind.COMMISSION).first()
    if found is None:
        raise hidden("这家机构")
    return found


def centres_below(organisation: Organization) -> list[int]:
    """The providers whose rows make up an organisation's figures: its own, or those below it."""
    rows = members_of_district(root_id=organisation.pk).filter(kind__in=Organization.PROVIDERS)
    return list(rows.values_list("pk", flat=True))


def values_of(*, organisation: Organization, month: date) -> dict[str, dict[date, Snapshot]]:
    """Every indicator of an organisation in this month and the one before, by code, in one query."""
    rows = Snapshot.objects.filter(organisation=organisation, month__in=[month, months.before(month)])
    found: dict[str, dict[date, Snapshot]] = {}
    for row in rows:
        found.setdefault(row.code, {})[row.month] = row
    return found


def peers(*, actor: Actor, organisation: Organization, month: date) -> dict[str, Spread]:
    """How the organisations of the same kind stand in this month, by code, in one query."""
    kinds = Organization.PROVIDERS if organisation.kind in Organization.PROVIDERS else (organisation.kind,)
    if organisation.kind == Organization.Kind.COMMISSION:
        kinds = Organization.PROVIDERS  # a district has no peer here; what is shown is how its centres stand
    rows = access.snapshots_visible_to(actor).filter(month=month, organisation__kind__in=kinds, value__isnull=False)
    found: dict[str, list[Decimal]] = {}
    for code, value in rows.values_list("code", "value"):
        found.setdefault(code, []).append(Decimal(value or 0))
    return {code: one for code, values in found.items() if (one := spread(values))}


def past(*, organisation: Organization, code: str, month: date) -> list[tuple[date, Snapshot | None]]:
    """An organisation's own last twelve months, the oldest first, in one query."""
    wanted = [months.before(month, back) for back in range(YEAR - 1, -1, -1)]
    rows = Snapshot.objects.filter(organisation=organisation, code=code, month__in=wanted)
    kept = {row.month: row for row in rows.select_related("recorded_by", "batch")}
    return [(one, kept.get(one)) for one in wanted]


def among(*, actor: Actor, code: str, month: date) -> QuerySet[Snapshot]:
    """This month's values of every centre and hospital overseen, by name: nobody is ranked by a bare number."""
    rows = access.snapshots_visible_to(actor).filter(code=code, month=month)
    rows = rows.exclude(organisation__kind=Organization.Kind.COMMISSION)
    return rows.select_related("organisation__parent").order_by("organisation__short_name", "organisation_id")


# --- tasks ---

STATES = {
    "ongoing": "推进中",
    "due": "即将到期",
    "late": "已超时限",
    "done": "已完成",
    "dropped": "已撤销",
}


def state_of(task: Task, today: date) -> str:
    """On-going, due within thirty days, late, done or dropped: reckoned from the deadline, never kept."""
    if task.status not in OPEN:
        return str(task.status)
    if task.due_on is None or task.due_on - today > SOON:
        return "ongoing"
    return "late" if task.due_on < today else "due"


def tasks(*, actor: Actor) -> QuerySet[Task]:
    """The board: what is due first, then what has no date, in the order of the plan."""
    return access.tasks_visible_to(actor).order_by("due_on", "number")


def counts(rows: list[Task], today: date) -> dict[str, int]:
    found = dict.fromkeys(STATES, 0)
    for row in rows:
        found[state_of(row, today)] += 1
    return found


def unreviewed(rows: list[Task], today: date) -> list[Task]:
    """Tasks under way whose half-yearly review of the half that ended last has not been written (001 三(三))."""
    last = months.last_half(today)
    return [
        row for row in rows if row.status in OPEN and row.reviewed_half < last and months.half_of(row.added_on) <= last
    ]


def task(*, actor: Actor, pk: int) -> Task:
    """:raises kernel.refusals.Hidden: not there, or not for this actor"""
    row = access.tasks_visible_to(actor).prefetch_related("steps__taken_by").filter(pk=pk).first()
    if row is None:
        raise hidden("这项任务")
    return row


def words_of(status: str) -> str:
    return TaskStatus(status).label
