"""
A centre's own figures month by month, reckoned from the same rows from which its district's are, so that both read the
same numbers; each figure leads to its rows.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Count, DateField, ExpressionWrapper, F, FloatField, QuerySet, Sum
from django.db.models.functions import TruncMonth

from accounts.models import Organization
from accounts.roles import Role
from indicators import access, measures, months
from indicators.definitions import COMPUTED, COUNT, DEFINITIONS, MEAN, Definition
from indicators.measures import MEASURES, Measure
from indicators.selectors import YEAR
from kernel.actors import Actor
from kernel.refusals import hidden
from orders.models import Rating

READERS = (Role.CENTRE_ADMIN, *access.READERS)


@dataclass(frozen=True, slots=True)
class Figure:
    """One month of one indicator: the two parts and what they come to, or nothing where nothing happened."""

    month: date
    numerator: Decimal
    denominator: Decimal
    value: Decimal | None


def satisfaction(start, end, now) -> QuerySet:
    """Each rating counts once, with the mean of its four answers."""
    rows = Rating.objects.filter(rated_at__gte=start, rated_at__lt=end)
    mean = ExpressionWrapper(
        (F("on_time") + F("explained") + F("asked") + F("observed")) / 4.0, output_field=FloatField()
    )
    return rows.annotate(site=F("centre"), at=F("rated_at"), about=F("order__number"), amount=mean)


VISITS = Definition(
    code="visits", name="上门护理次数", group="", kind=COUNT, numerator="当月结束的上门次数", denominator="", unit="次",
    direction="up", source=COMPUTED, clause="003 附件-23",
)  # fmt: skip
SATISFACTION = Definition(
    code="satisfaction", name="服务满意度", group="", kind=MEAN, numerator="每份评价四项的平均分之和",
    denominator="当月收到的评价数", unit="分", direction="up", source=COMPUTED, clause="000 二(三)",
    target=DEFINITIONS["rated_on_time"].target,
)  # fmt: skip
OWN: dict[str, tuple[Definition, Measure]] = {
    "visits": (VISITS, Measure(measures.finished)),
    **{code: (DEFINITIONS[code], MEASURES[code]) for code in ("to_door", "on_time", "acceptance", "unmet")},
    "satisfaction": (SATISFACTION, Measure(satisfaction, unit="分")),
}


def definition(code: str) -> Definition:
    """:raises kernel.refusals.Hidden: no such figure"""
    if code not in OWN:
        raise hidden("这项数据")
    return OWN[code][0]


def year(*, actor: Actor, centre: Organization, last: date, now: datetime) -> dict[str, list[Figure]]:
    """
    Twelve months of every figure up to ``last``, the oldest first, in one query for each figure.

    :raises kernel.refusals.Hidden: neither run nor overseen by this actor
    """
    _demand(actor, centre)
    wanted = [months.before(last, back) for back in range(YEAR - 1, -1, -1)]
    start, end = months.ends(wanted[0])[0], months.ends(last)[1]
    found = {}
    for code, (meant, measure) in OWN.items():
        rows = measure.rows(start, end, now).filter(site=centre.pk).order_by()
        by_month = rows.annotate(month=TruncMonth("at", output_field=DateField())).values("month")
        kept = {row["month"]: row for row in by_month.annotate(n=Count("pk"), total=Sum("amount"))}
        found[code] = [_figure(meant, month, kept.get(month)) for month in wanted]
    return found


def behind(*, actor: Actor, centre: Organization, code: str, month: date, now: datetime) -> QuerySet:
    """
    The rows that one month of a figure counts, the newest first.

    :raises kernel.refusals.Hidden: no such figure, or another's centre
    """
    _demand(actor, centre)
    definition(code)
    rows = OWN[code][1].rows(*months.ends(month), now).filter(site=centre.pk).order_by("-at", "-pk")
    return rows.values("at", "about", "amount")


def _figure(meant: Definition, month: date, row: dict | None) -> Figure:
    if row is None:
        zero = Decimal(0)
        return Figure(month, zero, zero, zero if meant.kind == COUNT else None)
    numerator, denominator = Decimal(str(round(row["total"], 4))), Decimal(row["n"])
    return Figure(month, numerator, denominator, meant.reckon(numerator, denominator))


def _demand(actor: Actor, centre: Organization) -> None:
    if centre.pk not in actor.orgs_as(*READERS):
        raise hidden("这家机构")
