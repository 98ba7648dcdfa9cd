"""The counts of days straight from the rows: what the roll-ups are made of, and what they are proved against."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, timedelta

from django.db.models import Count, ExpressionWrapper, F, Func, IntegerField, Model, Q
from django.db.models import Sum as Total
from django.db.models.functions import TruncDate
from django.utils import timezone

from indicators.measures import LATE
from indicators.rollups import COUNTS
from orders.days import beginning
from orders.models import Order, Rating, ServiceRequest
from orders.selectors import STOPPED

Key = tuple[int, str, date]  # centre, town, day

_due = ExpressionWrapper(F("planned_start") + LATE, output_field=Order._meta.get_field("planned_start"))
_waited = Func(
    F("assessment__arrived_at"), F("submitted_at"), arg_joiner=" - ", output_field=IntegerField(),
    template="ROUND(EXTRACT(EPOCH FROM (%(expressions)s)) / 60)::bigint",
)  # fmt: skip
_stars = F("on_time") + F("explained") + F("asked") + F("observed")


def sources():
    """(rows, the moment that decides the day, the way to the town, what is counted)."""
    return (
        (ServiceRequest.objects.all(), "submitted_at", "address__town", {"requests": Count("pk")}),
        (Order.objects.all(), "planned_start", "address__town", {"visits": Count("pk")}),
        (Order.objects.alias(due=_due), "arrived_at", "address__town",
         {"arrived": Count("pk"), "on_time": Count("pk", filter=Q(arrived_at__lte=F("due")))}),
        (Order.objects.all(), "finished_at", "address__town", {"finished": Count("pk")}),
        (Order.objects.filter(STOPPED), "status_since", "address__town", {"stopped": Count("pk")}),
        (ServiceRequest.objects.all(), "assessment__arrived_at", "address__town",
         {"assessed": Count("pk"), "assessed_minutes": Total(_waited)}),
        (Rating.objects.all(), "rated_at", "order__address__town",
         {"rated": Count("pk"), "rated_points": Total(_stars)}),
    )  # fmt: skip


def counted(*, centres: Collection[int], first: date, last: date) -> dict[Key, dict[str, int]]:
    """Every count of these centres from one day to another, the last one included; one query for each source."""
    found: dict[Key, dict[str, int]] = defaultdict(lambda: dict.fromkeys(COUNTS, 0))
    start, end = beginning(first), beginning(last + timedelta(days=1))
    here = timezone.get_current_timezone()
    for rows, moment, town, counts in sources():
        rows = rows.filter(centre__in=centres, **{f"{moment}__gte": start, f"{moment}__lt": end}).order_by()
        days = rows.annotate(roll_day=TruncDate(moment, tzinfo=here), roll_town=F(town))
        totals = {f"n_{name}": count for name, count in counts.items()}
        for row in days.values("centre_id", "roll_town", "roll_day").annotate(**totals):
            key = (row["centre_id"], row["roll_town"], row["roll_day"])
            for name in counts:
                found[key][name] += int(row[f"n_{name}"] or 0)
    return dict(found)


# Whose days an event moves, and the moments by which they are counted; of an offer's hour too, which it has left.
SOURCES: dict[str, tuple[type[Model], str]] = {
    "orders.order": (Order, "pk"),
    "orders.rating": (Order, "rating__pk"),
    "orders.servicerequest": (ServiceRequest, "pk"),
    "clinical.assessment": (ServiceRequest, "assessment__pk"),
}
MOMENTS: dict[type[Model], tuple[str, ...]] = {
    Order: ("planned_start", "arrived_at", "finished_at", "status_since", "rating__rated_at", "offers__planned_start"),
    ServiceRequest: ("submitted_at", "assessment__arrived_at"),
}


def touched(objects: Iterable[tuple[str, str]]) -> dict[int, set[date]]:
    """
    Return, for each centre, the days in whose counts these orders and requests stand, now or before they were moved.

    One query for each type, however many objects; of other types nothing is counted.
    """
    asked, found = defaultdict(set), defaultdict(set)
    for object_type, object_id in objects:
        if object_type in SOURCES:
            asked[SOURCES[object_type]].add(object_id)
    for (model, key), ids in asked.items():
        rows = model._default_manager.filter(**{f"{key}__in": ids})
        for centre, *moments in rows.values_list("centre_id", *MOMENTS[model]):
            found[centre] |= {timezone.localdate(at) for at in moments if at is not None}
    return dict(found)
