"""
How much was done, by nurse, centre, item and town: visits, minutes at bedsides and on the way, and a score that weighs
difficulty. The score never stands without the hours. The formula is open: its weights are the district's settings,
each with the day from which it holds, and a visit is weighed as on its own day (000 五(十六), 五(十七)).

A visit and its minutes are reckoned as on the nurse's own page (:mod:`orders.workload`); a test proves that they agree.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import (
    Case,
    Count,
    F,
    FloatField,
    Func,
    IntegerField,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models import Sum as Total
from django.utils import timezone

from accounts.models import User
from catalog.models import Item
from indicators.access import READERS
from institutions import settings as declared
from institutions.models import Setting
from kernel.actors import Actor
from orders.days import beginning
from orders.lifecycle import ALONG_SERVED
from orders.models import Companion, Order, OrderLine

MONTH = timedelta(days=30)
LONGEST = timedelta(days=366)
RISKS = (Item.Risk.LOW, Item.Risk.MEDIUM, Item.Risk.HIGH)
KEYS = {
    0: "workload.weight_low",
    1: "workload.weight_medium",
    2: "workload.weight_high",
    "travel": "workload.weight_travel",
}
BY = {"nurse": "按护士", "centre": "按机构", "item": "按护理项目", "town": "按街镇"}
HEAD = ["上门次数", "同行次数", "护理分钟", "路途分钟", "合计小时", "难度积分", "每小时积分"]


@dataclass(frozen=True, slots=True)
class Formula:
    """The weights that hold from one day to another, the last one included; percent of an hour."""

    first: date
    last: date
    weights: tuple[int, int, int]
    travel: int


@dataclass(slots=True)
class Line:
    """One nurse, centre, item or town: what was done, and the hours beside it."""

    names: tuple[str, ...]
    visits: int = 0
    along: int = 0
    bedside: int = 0
    travel: int = 0
    points: Decimal = Decimal(0)  # percent-minutes

    @property
    def hours(self) -> Decimal:
        return (Decimal(self.bedside + self.travel) / 60).quantize(Decimal("0.1"), ROUND_HALF_UP)

    @property
    def score(self) -> Decimal:
        return (self.points / 6000).quantize(Decimal("0.1"), ROUND_HALF_UP)

    @property
    def per_hour(self) -> Decimal | None:
        minutes = self.bedside + self.travel
        return (self.points / 100 / minutes).quantize(Decimal("0.01"), ROUND_HALF_UP) if minutes else None

    def cells(self) -> list[str]:
        figures = [self.visits, self.along, self.bedside, self.travel, self.hours, self.score, self.per_hour]
        return [*self.names, *("" if one is None else str(one) for one in figures)]


def span_of(start: date | None, end: date | None, today: date | None = None) -> tuple[date, date]:
    """The asked days, at most a year; the last thirty days where nothing sensible was asked."""
    today = today or timezone.localdate()
    if start is None or end is None or end < start or end - start >= LONGEST:
        return today - MONTH + timedelta(days=1), today
    return start, end


def formulas(*, district_id: int, start: date, end: date) -> list[Formula]:
    """The versions of the formula that hold in a span of days, each with its own days; in one query."""
    chosen = Setting.objects.filter(district=district_id, key__in=list(KEYS.values()), effective_on__lte=end)
    rows = list(chosen.order_by("effective_on").values_list("key", "effective_on", "value"))
    begins = sorted({start, *(day for _, day, _ in rows if day > start)})
    found = []
    for first, following in zip(begins, [*begins[1:], end + timedelta(days=1)], strict=True):
        held = {key: declared.SETTINGS[key].default for key in KEYS.values()}
        held |= {key: value for key, day, value in rows if day <= first}
        weights = tuple(held[KEYS[n]] for n in range(3))
        found.append(Formula(first, following - timedelta(days=1), weights, held[KEYS["travel"]]))
    return found


def lines(*, actor: Actor, by: str, start: date, end: date, district_id: int, centre: int | None = None) -> list[Line]:
    """What was done in these days at the places this actor oversees, by name; a few queries, however many rows."""
    found: dict[tuple, Line] = {}
    for formula in formulas(district_id=district_id, start=start, end=end):
        for row in _visits(actor, formula, by, centre):
            line = _line(found, row)
            line.visits += row["visits"]
            line.bedside += int(row["bedside"] or 0)
            line.travel += int(row["travel"] or 0)
            line.points += _points(formula, row["risk"], row["bedside"]) + _travelled(formula, row["travel"])
        for row in _seats(actor, formula, by, centre):
            line = _line(found, row)
            line.along += row["visits"]
            line.bedside += int(row["bedside"] or 0)
            line.points += _points(formula, row["risk"], row["bedside"])
    if by == "nurse":
        _name(found)
    return sorted(found.values(), key=lambda line: line.names)


def total(rows: Iterable[Line]) -> Line:
    """All lines as one; of nurses, centres or towns, in which each visit stands once."""
    whole = Line(("合计",))
    for row in rows:
        whole.visits += row.visits
        whole.along += row.along
        whole.bedside += row.bedside
        whole.travel += row.travel
        whole.points += row.points
    return whole


def table(rows: list[Line], by: str) -> list[list[str]]:
    """The lines as a table for a spreadsheet, with its head."""
    first = {"nurse": ["机构", "护士"], "centre": ["医联体", "机构"], "item": ["护理项目"], "town": ["街镇"]}[by]
    return [[*first, *HEAD], *(row.cells() for row in rows)]


# --- the queries ---

NAMES = {
    "nurse": ("centre__short_name", "nurse__user_id"),
    "centre": ("centre__parent__short_name", "centre__short_name"),
    "town": ("address__town__name",),
}


def minutes(later, earlier) -> Func:
    """Whole minutes between two moments, rounded to the even one as Python does; nothing where one is missing."""
    template = "GREATEST(0, ROUND(EXTRACT(EPOCH FROM (%(expressions)s))::double precision / 60))"
    return Func(F(later), F(earlier), template=template, arg_joiner=" - ", output_field=FloatField())


def _rank(column: str) -> Case:
    whens = [When(Q(**{column: risk}), then=Value(n)) for n, risk in enumerate(RISKS)]
    return Case(*whens, default=Value(0), output_field=IntegerField())


def _hardest(order: str) -> Subquery:
    """How hard the hardest item of a visit is."""
    of_it = OrderLine.objects.filter(order=OuterRef(order)).order_by().values("order")
    return Subquery(of_it.annotate(top=Max(_rank("item__risk"))).values("top"))


def _within(actor: Actor, formula: Formula, centre: int | None, prefix: str = "") -> dict:
    places = actor.orgs_as(*READERS)
    return {
        f"{prefix}centre__in": places & {centre} if centre else places,
        f"{prefix}finished_at__gte": beginning(formula.first),
        f"{prefix}finished_at__lt": beginning(formula.last + timedelta(days=1)),
    }


def _visits(actor, formula, by, centre) -> QuerySet:
    if by == "item":
        return _by_item(actor, formula, centre)
    rows = Order.objects.filter(**_within(actor, formula, centre)).annotate(risk=_hardest("pk")).order_by()
    return rows.values(*NAMES[by], "risk").annotate(
        visits=Count("pk"),
        bedside=Total(minutes("finished_at", "arrived_at")),
        travel=Total(minutes("arrived_at", "departed_at")),
    )


def _by_item(actor, formula, centre) -> QuerySet:
    """A visit of several items stands under each; its way is nobody's, so that no minute on it counts twice."""
    rows = OrderLine.objects.filter(**_within(actor, formula, centre, "order__")).order_by()
    return rows.annotate(risk=_rank("item__risk")).values("item__name", "risk").annotate(
        visits=Count("pk"),
        bedside=Total(minutes("order__finished_at", "order__arrived_at")),
        travel=Value(0, IntegerField()),
    )  # fmt: skip


def _seats(actor, formula, by, centre) -> QuerySet | tuple:
    """The second nurse's share: the hours are those of the visit, and her way is not on record."""
    if by == "item":
        return ()
    names = {"nurse": ("centre__short_name", "nurse__user_id")}.get(by, [f"order__{name}" for name in NAMES[by]])
    rows = Companion.objects.filter(**_within(actor, formula, centre, "order__"), status__in=sorted(ALONG_SERVED))
    rows = rows.annotate(risk=_hardest("order_id")).order_by()
    return rows.values(*names, "risk").annotate(
        visits=Count("pk"), bedside=Total(minutes("order__finished_at", "order__arrived_at"))
    )


def _line(found: dict, row: dict) -> Line:
    names = tuple(
        value if value is not None else ""
        for key, value in row.items()
        if key not in ("risk", "visits", "bedside", "travel")
    )
    return found.setdefault(names, Line(names))


def _name(found: dict[tuple, Line]) -> None:
    """Names of people rest sealed: they are read once, for all lines."""
    people = User.objects.in_bulk([names[1] for names in found])
    for names, line in found.items():
        line.names = (names[0], people[names[1]].display_name)


def _points(formula: Formula, risk: int | None, bedside) -> Decimal:
    return Decimal(int(bedside or 0)) * formula.weights[risk or 0]


def _travelled(formula: Formula, travel) -> Decimal:
    return Decimal(int(travel or 0)) * formula.travel
