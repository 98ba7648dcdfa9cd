"""The training centre of a district: who holds which post, and its meetings. No query per row."""

from datetime import date

from django.db.models import Case, Q, QuerySet, Value, When

from accounts.models import Organization
from education.models import Expert, TrainingMeeting, TrainingSeat
from kernel.refusals import hidden

RANKS = [When(kind=kind, then=Value(n)) for n, kind in enumerate(TrainingSeat.Kind.values)]


def training_seats(district: Organization, on: date) -> QuerySet[TrainingSeat]:
    """Every post that was given: those that are held today by rank, then those that are over, the latest first."""
    rows = TrainingSeat.objects.filter(district=district).select_related("expert")
    over = Case(When(ends_on__lte=on, then=Value(1)), default=Value(0))
    return rows.alias(over=over, rank=Case(*RANKS)).order_by("over", "rank", "-starts_on", "pk")


def training_pool(district: Organization, on: date) -> list[Expert]:
    """Who is in the pool today, for choices."""
    return list(pool(district, on).order_by("field", "pk"))


def pool(district: Organization, on: date | None) -> QuerySet[Expert]:
    """Who was in the pool that day; without a day, who has not left it."""
    rows = Expert.objects.filter(district=district)
    if on is None:
        return rows.filter(ends_on__isnull=True)
    return rows.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on), starts_on__lte=on)


def training_meetings(district: Organization) -> QuerySet[TrainingMeeting]:
    rows = TrainingMeeting.objects.filter(district=district).select_related("recorded_by")
    return rows.prefetch_related("experts").order_by("-held_on", "-pk")


def training_meeting(*, district: Organization, pk: int) -> TrainingMeeting:
    """:raises kernel.refusals.Hidden: not there, or another district's"""
    row = training_meetings(district).filter(pk=pk).first()
    if row is None:
        raise hidden("这次会议")
    return row
