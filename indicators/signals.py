"""
Complications and adverse events of visits: the rows themselves, and how many of them each item of a centre had.

What counts: a visit that was stopped and other adverse events, a red value for which a doctor was called, a red answer
at a follow-up. Violence, overrun visits and what she pricked herself with are about the nurse's safety and stand
elsewhere.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, F, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce

from catalog.models import Item
from clinical.models import CallBack
from followups.models import GreenCase
from indicators import early, months
from indicators.early import Tally
from indicators.models import SignalCount
from orders.models import Order
from safety.models import Incident

ALL = 0  # instead of an item's number: the centre's visits together, those without an order as well
ELSEWHERE = (Incident.Kind.OVERRUN, Incident.Kind.VIOLENCE, Incident.Kind.SHARP)
KINDS = tuple(kind for kind in Incident.Kind if kind not in ELSEWHERE)
Key = tuple[int, int]  # centre, item's number


@dataclass(frozen=True, slots=True)
class Source:
    """One kind of row: its words, and the way from it to its order."""

    label: str
    rows: QuerySet
    order: str

    def within(self, month: date) -> QuerySet:
        start, end = months.ends(month)
        rows = self.rows.filter(opened_at__gte=start, opened_at__lt=end)
        return rows.annotate(
            site=F("centre"), at=F("opened_at"), about=F(f"{self.order}__number"), kind_label=Value(self.label)
        )


def sources() -> tuple[Source, ...]:
    return (
        Source("不良事件", Incident.objects.filter(kind__in=KINDS), "order"),
        Source("危急值请医生回电", CallBack.objects.all(), "record__order"),
        Source("随访红色异常", GreenCase.objects.all(), "order"),
    )


def counted(*, centres: Collection[int], month: date) -> dict[Key, tuple[int, int]]:
    """Visits that ended and events of a month, by centre and item; two queries for each source."""
    start, end = months.ends(month)
    visits = Order.objects.filter(centre__in=centres, finished_at__gte=start, finished_at__lt=end)
    found: dict[Key, list[int]] = defaultdict(lambda: [0, 0])
    for key, n in _grouped(visits, "lines__item__number"):
        found[key][0] = n
    for source in sources():
        for key, n in _grouped(source.within(month).filter(centre__in=centres), f"{source.order}__lines__item__number"):
            found[key][1] += n
    return {key: (visits, events) for key, (visits, events) in found.items()}


def _grouped(rows, item):
    rows = rows.order_by()
    for centre, n in rows.values_list("centre").annotate(n=Count("pk")):
        yield (centre, ALL), n
    by_item = rows.filter(**{f"{item}__isnull": False}).values_list("centre", item)
    for centre, number, n in by_item.annotate(n=Count("pk", distinct=True)):
        yield (centre, number), n


def tallies(*, centres: Collection[int], month: date, least: int = 0) -> dict[Key, Tally]:
    """A month beside the twelve before it, by centre and item, in one query."""
    first = months.before(month, early.BACK)
    rows = SignalCount.objects.filter(centre__in=centres, month__range=(first, month)).order_by()
    here = {"month": month}
    totals = rows.values("centre", "item_number").annotate(
        now_events=_sum("events", **here), now_visits=_sum("visits", **here), all_events=_sum("events"),
        all_visits=_sum("visits"),
    )  # fmt: skip
    return {
        (row["centre"], row["item_number"]): Tally(
            row["now_events"], row["now_visits"], row["all_events"] - row["now_events"],
            row["all_visits"] - row["now_visits"],
        )
        for row in totals.filter(now_events__gte=least)
    }  # fmt: skip


def _sum(column, **only):
    return Coalesce(Sum(column, filter=Q(**only) if only else None), 0)


def warnings(*, centres: Collection[int], month: date) -> dict[Key, Tally]:
    """Where somebody should look, the furthest above its own past first."""
    found = tallies(centres=centres, month=month, least=early.LEAST)
    hot = [(key, tally) for key, tally in found.items() if early.warns(tally)]
    return dict(sorted(hot, key=lambda one: (one[1].limit - one[1].events, one[0])))


def course(*, centre: int, item_number: int, month: date) -> list[tuple[date, int, int]]:
    """Thirteen months of one item of one centre, the oldest first: month, visits, events."""
    wanted = [months.before(month, back) for back in range(early.BACK, -1, -1)]
    rows = SignalCount.objects.filter(centre=centre, item_number=item_number, month__in=wanted)
    kept = {row.month: row for row in rows}
    return [(one, kept[one].visits, kept[one].events) if one in kept else (one, 0, 0) for one in wanted]


def behind(*, centre: int, item_number: int, month: date) -> QuerySet:
    """The rows of a month, whatever their kind, the newest first."""
    parts = []
    for source in sources():
        rows = source.within(month).filter(centre=centre).order_by()
        if item_number != ALL:
            lines = {f"{source.order}__lines__item__number": item_number}
            rows = rows.filter(**lines).distinct()
        parts.append(rows.values("at", "about", kind_of=F("kind_label")))
    first, *others = parts
    return first.union(*others, all=True).order_by("-at")


def item_names(numbers: Collection[int]) -> dict[int, str]:
    """What the items are called, by the newest edition that has them; ``ALL`` is the centre as a whole."""
    rows = Item.objects.filter(number__in=numbers).order_by("edition__effective_from", "pk")
    return {ALL: "全部项目"} | dict(rows.values_list("number", "name"))
