"""
The rows behind each computed indicator: one query per indicator, from which the figure is reckoned and which a page
lists. A row has ``site`` (the centre), ``amount`` (what it adds to the numerator), ``at`` and the ``number`` of the
order or request it is about; every row counts one in the denominator. Rows without an amount do not count.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial

from django.apps import apps
from django.db.models import (
    Case,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    FloatField,
    Func,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.utils.module_loading import import_string

from clinical.models import RecordVersion
from indicators import months
from orders.lifecycle import ORDER, OrderStatus
from orders.models import EligibilityAnswer, Order, Rating, RequestStep, ServiceRequest
from orders.offers import Offer
from patients.models import Patient
from safety.models import Alarm

LATE = timedelta(minutes=15)
DAY = timedelta(hours=24)
ANSWERED = ("receive", "decline")  # the desk's first word to a family
TAKEN_OR_NOT = (Offer.Ended.DECLINED, Offer.Ended.EXPIRED)

Rows = Callable[[datetime, datetime, datetime], QuerySet]


@dataclass(frozen=True, slots=True)
class Measure:
    """``about`` says what a row is called by: ``orders``, ``requests``, or nothing where it has no page to lead to."""

    rows: Rows
    about: str = "orders"
    unit: str = ""
    parts: Callable[[QuerySet], dict] | None = None


def spent(later, earlier, seconds: int) -> Func:
    """The time between two moments, in units of so many seconds; none where a clock ran the other way."""
    template = f"GREATEST(0, EXTRACT(EPOCH FROM (%(expressions)s)) / {seconds}.0)::double precision"
    return Func(later, earlier, template=template, arg_joiner=" - ", output_field=FloatField())


def yes(condition) -> Case:
    return Case(When(condition, then=Value(1.0)), default=Value(0.0), output_field=FloatField())


# --- from the wish to the door ---


def first_contact(start, end, now) -> QuerySet:
    answer = RequestStep.objects.filter(request=OuterRef("pk"), name__in=ANSWERED).order_by()
    heard = answer.values("request").annotate(first=Min("taken_at")).values("first")
    rows = _submitted(start, end).annotate(heard=Subquery(heard)).filter(heard__isnull=False)
    return rows.annotate(amount=spent(F("heard"), F("submitted_at"), 3600))


def to_assessment(start, end, now) -> QuerySet:
    rows = _submitted(start, end).filter(assessment__arrived_at__isnull=False)
    return rows.annotate(amount=spent(F("assessment__arrived_at"), F("submitted_at"), 3600))


def to_door(start, end, now) -> QuerySet:
    came = Order.objects.filter(request=OuterRef("pk"), arrived_at__isnull=False).order_by()
    first = came.values("request").annotate(first=Min("arrived_at")).values("first")
    rows = _submitted(start, end).annotate(came=Subquery(first)).filter(came__isnull=False)
    return rows.annotate(amount=spent(F("came"), F("submitted_at"), 3600))


def _submitted(start, end):
    rows = ServiceRequest.objects.filter(submitted_at__gte=start, submitted_at__lt=end)
    return rows.annotate(site=F("centre"), at=F("submitted_at"), about=F("number"))


# --- visits ---


def on_time(start, end, now) -> QuerySet:
    due = ExpressionWrapper(F("planned_start") + LATE, output_field=Order._meta.get_field("planned_start"))
    return _orders("arrived_at", start, end).alias(due=due).annotate(amount=yes(Q(arrived_at__lte=F("due"))))


def same_nurse(start, end, now) -> QuerySet:
    """Whoever was on record twice is one person: a visit follows the one before, under whichever record."""
    person = OuterRef(OuterRef("person"))
    records = Patient.objects.filter(Q(pk=person) | Q(merged_into=person)).values("pk")
    before = Order.objects.filter(patient__in=records, finished_at__lt=OuterRef("finished_at"))
    last = before.order_by("-finished_at", "-pk").values("nurse")[:1]
    rows = _orders("finished_at", start, end).alias(person=Coalesce("patient__merged_into", "patient"))
    rows = rows.annotate(last_nurse=Subquery(last)).filter(last_nurse__isnull=False)
    return rows.annotate(amount=yes(Q(nurse=F("last_nurse"))))


def finished(start, end, now) -> QuerySet:
    return _orders("finished_at", start, end).annotate(amount=Value(1.0, FloatField()))


def unmet(start, end, now) -> QuerySet:
    """As in :mod:`orders.shortfall`: who called off before the wished time began no longer wanted it."""
    rows = _orders("window_start", start, end)
    rows = rows.exclude(status=OrderStatus.CANCELLED, status_since__lt=F("window_start"))
    late = Q(arrived_at__gt=F("window_end"))
    over = Q(arrived_at__isnull=True) & (Q(window_end__lt=now) | Q(status__in=sorted(ORDER.final)))
    return rows.annotate(amount=yes(late | over))


def record_24h(start, end, now) -> QuerySet:
    due = ExpressionWrapper(F("finished_at") + DAY, output_field=Order._meta.get_field("finished_at"))
    rows = _orders("finished_at", start, end).alias(due=due)
    return rows.annotate(amount=yes(Q(visit_record__closed_at__lte=F("due"))))


def corrected(start, end, now) -> QuerySet:
    later = RecordVersion.objects.filter(record=OuterRef("visit_record"))
    return _orders("visit_record__closed_at", start, end).annotate(amount=yes(Exists(later)))


def _orders(moment, start, end):
    rows = Order.objects.filter(**{f"{moment}__gte": start, f"{moment}__lt": end})
    return rows.annotate(site=F("centre"), at=F(moment), about=F("number"))


# --- offers ---


def acceptance(start, end, now) -> QuerySet:
    rows = _offers("offered_at", start, end).filter(Q(accepted_at__isnull=False) | Q(ended__in=TAKEN_OR_NOT))
    return rows.annotate(amount=yes(Q(accepted_at__isnull=False)))


def declines(start, end, now) -> QuerySet:
    rows = _offers("ended_at", start, end).filter(ended=Offer.Ended.DECLINED)
    return rows.annotate(amount=Value(1.0, FloatField()))


def causes(rows: QuerySet) -> dict[int, dict[str, int]]:
    """How often each cause was given, by centre."""
    found: dict[int, dict[str, int]] = {}
    for place, cause, n in rows.order_by().values_list("site", "cause").annotate(n=Count("pk")):
        found.setdefault(place, {})[Offer.Cause(cause).label] = n
    return found


def _offers(moment, start, end):
    rows = Offer.objects.filter(**{f"{moment}__gte": start, f"{moment}__lt": end})
    return rows.annotate(site=F("centre"), at=F(moment), about=F("order__number"))


# --- rules, ratings, calls for help ---


def refusals(start, end, now) -> QuerySet:
    rows = EligibilityAnswer.objects.filter(at__gte=start, at__lt=end, eligible=False)
    return rows.annotate(site=F("order__centre"), about=F("order__number"), amount=Value(1.0, FloatField()))


def clauses(rows: QuerySet) -> dict[int, dict[str, int]]:
    """How many answers rest on each clause, by centre; an answer counts once for a clause, whatever its reasons."""
    found: dict[int, dict[str, int]] = {}
    for place, reasons in rows.order_by().values_list("site", "refusals").iterator():
        here = found.setdefault(place, {})
        for clause in {reason.get("clause") or "本区自定" for reason in reasons}:
            here[clause] = here.get(clause, 0) + 1
    return found


def rated(column: str, start, end, now) -> QuerySet:
    rows = Rating.objects.filter(rated_at__gte=start, rated_at__lt=end)
    amount = ExpressionWrapper(F(column) * 1.0, output_field=FloatField())
    return rows.annotate(site=F("centre"), at=F("rated_at"), about=F("order__number"), amount=amount)


def sos_answer(start, end, now) -> QuerySet:
    rows = Alarm.objects.filter(raised_at__gte=start, raised_at__lt=end, acknowledged_at__isnull=False)
    rows = rows.annotate(site=F("centre"), at=F("raised_at"), about=F("order__number"))
    return rows.annotate(amount=spent(F("acknowledged_at"), F("raised_at"), 60))


MEASURES: dict[str, Measure] = {
    "first_contact": Measure(first_contact, "requests", "小时"),
    "to_assessment": Measure(to_assessment, "requests", "小时"),
    "to_door": Measure(to_door, "requests", "小时"),
    "on_time": Measure(on_time),
    "same_nurse": Measure(same_nurse),
    "acceptance": Measure(acceptance),
    "declines": Measure(declines, parts=causes),
    "unmet": Measure(unmet),
    "refusals": Measure(refusals, parts=clauses),
    "record_24h": Measure(record_24h),
    "corrected": Measure(corrected),
    "rated_on_time": Measure(partial(rated, "on_time"), unit="分"),
    "rated_explained": Measure(partial(rated, "explained"), unit="分"),
    "rated_asked": Measure(partial(rated, "asked"), unit="分"),
    "rated_observed": Measure(partial(rated, "observed"), unit="分"),
    "sos_answer": Measure(sos_answer, unit="分钟"),
    "annex_23": Measure(finished),
}

# What another app will count, when it is there: app, the function of (start, end, now) that gives rows as above, and
# what its rows are called by.
HOOKS = {
    "follow_up": ("followups", "followups.selectors.indicator_rows", "orders"),
    "annex_21": ("followups", "followups.selectors.discharged_indicator_rows", "orders"),
    "annex_20": ("referrals", "referrals.selectors.referred_down_indicator_rows", ""),
}


def measure_of(code: str) -> Measure | None:
    """How the code is reckoned here; nothing for one that is not, or whose app does not count it yet."""
    if code in MEASURES:
        return MEASURES[code]
    if code not in HOOKS:
        return None
    app, path, about = HOOKS[code]
    if not apps.is_installed(app):
        return None
    try:
        return Measure(import_string(path), about)
    except ImportError:
        return None


@dataclass(frozen=True, slots=True)
class Part:
    """What one centre adds in one month."""

    numerator: Decimal
    denominator: Decimal
    parts: dict[str, int]


def sums(code: str, *, month: date, now: datetime) -> dict[int, Part]:
    """Numerator and denominator of every centre for which there is a row in the month, in one or two queries."""
    measure = measure_of(code)
    if measure is None:
        return {}
    rows = measure.rows(*months.ends(month), now)
    parts = measure.parts(rows) if measure.parts else {}
    counted = rows.order_by().values("site").annotate(n=Count("pk"), total=Sum("amount"))
    return {
        row["site"]: Part(Decimal(str(round(row["total"], 4))), Decimal(row["n"]), parts.get(row["site"], {}))
        for row in counted
    }


def behind(code: str, *, month: date, places, now: datetime) -> QuerySet | None:
    """The rows that make up the figure of these centres, the newest first; nothing where none are kept here."""
    measure = measure_of(code)
    if measure is None:
        return None
    rows = measure.rows(*months.ends(month), now).filter(site__in=places).order_by("-at", "-pk")
    return rows.values("at", "about", "amount", "site")
