"""Reads of a course: the visits that a prescription still has to give, as its dates and the visits so far suggest."""

from datetime import datetime, timedelta

from django.db.models import Max
from django.db.models.functions import Coalesce
from django.utils import timezone

from clinical import course
from clinical.course import Left, Visit
from clinical.lifecycle import TIMES_MAY_BE_TAKEN
from clinical.models import Prescription, PrescriptionLine
from institutions import holidays
from orders.lifecycle import NEVER_BEGUN
from orders.models import OrderLine

MOST = 12  # so many visits are proposed and booked in one go


def proposal(prescription: Prescription, now: datetime) -> list[Visit]:
    """Return the next visits from tomorrow on, never more than the times left, in two queries."""
    if prescription.status not in TIMES_MAY_BE_TAKEN:
        return []
    visits = OrderLine.objects.filter(prescription_line__prescription=prescription)
    visits = visits.exclude(order__status__in=sorted(NEVER_BEGUN)).values("prescription_line")
    when = Coalesce("order__planned_start", "order__window_start")
    latest = dict(visits.annotate(last=Max(when)).values_list("prescription_line", "last"))
    left = [
        Left(line.pk, line.times_left, line.frequency, _day(latest.get(line.pk)))
        for line in PrescriptionLine.objects.filter(prescription=prescription).order_by("pk")
    ]
    tomorrow = timezone.localdate(now) + timedelta(days=1)
    return course.propose(left, earliest=tomorrow, until=prescription.valid_until, works=holidays.is_working_day)[:MOST]


def _day(moment):
    return timezone.localdate(moment) if moment else None
