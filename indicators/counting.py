"""The counts of days straight from the rows: what the roll-ups are made of, and what they are proved against."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, timedelta

from django.db.models import Count, ExpressionWrapper, F, Func, IntegerField, Q
from django.db.models import Sum as Total
from django.db.models.functions import TruncDate
from django.utils import timezone

from indicators.measures import LATE
from indicators.rollups import COUNTS
from orders.days import beginning
from orders.lifecycle import OrderStatus
from orders.models import Order, Rating, ServiceRequest

STOPPED = (OrderStatus.NO_SHOW, OrderStatus.ABORTED)
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
        (Order.objects.filter(status__in=STOPPED), "status_since", "address__town", {"stopped": Count("pk")}),
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


def touched(object_type: str, object_id: str) -> tuple[int, set[date]] | None:
    """The centre and the days that the counts of an order or a request stand in, now or before it was moved."""
    if object_type == "orders.order":
        return _of_order(Order.objects.filter(pk=object_id))
    if object_type == "orders.rating":
        return _of_order(Order.objects.filter(rating__pk=object_id))
    if object_type == "orders.servicerequest":
        return _of_request(ServiceRequest.objects.filter(pk=object_id))
    if object_type == "clinical.assessment":
        return _of_request(ServiceRequest.objects.filter(assessment__pk=object_id))
    return None


def _of_order(rows):
    moments = ("planned_start", "arrived_at", "finished_at", "status_since", "rating__rated_at")
    found = list(rows.values_list("centre_id", *moments, "offers__planned_start"))
    return _days(found)


def _of_request(rows):
    return _days(list(rows.values_list("centre_id", "submitted_at", "assessment__arrived_at")))


def _days(found):
    if not found:
        return None
    return found[0][0], {timezone.localdate(at) for row in found for at in row[1:] if at is not None}
