"""
When is somebody free? The first day on which a nurse who may be sent has time left, and why nobody has at an hour.

The answers are told to families, so they come from the same rules that an offer is judged by.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta

from django.utils import timezone

from institutions import selectors as institutions
from nurses import rules
from nurses import selectors as nurses
from nurses.rules import Candidate, Visit
from orders import eligibility, gates
from orders.days import beginning
from orders.models import Order
from orders.offers import Wait

DAYS = 14
OF_THE_HOUR = frozenset({"nurse.shift", "nurse.overlap", "nurse.daily_cap"})  # what another hour could change


def first_day(order: Order, now: datetime) -> date | None:
    """
    Return the first of fourteen days, from the wished one on, on which at least one nurse could come; or nothing.

    The same queries for each day, whatever the number of nurses. A day after the prescription's end is none.
    """
    today = timezone.localdate(now)
    first = max(today, timezone.localdate(order.window_start))
    length = timedelta(minutes=order.minutes)
    known = None
    for day in (first + timedelta(days=n) for n in range(DAYS)):
        if day > order.prescription.valid_until:
            return None
        if gates.may_be_visited(order, day):
            continue
        settings = institutions.settings_of(order.centre, day)
        begins = beginning(day)
        known = known or eligibility.visit_of(order, begins, begins + length, settings)
        visit = replace(known, starts_at=begins, ends_at=begins + length, settings=settings)
        earliest = max(begins, now + timedelta(minutes=settings["order.accept_by_minutes"]))
        bookings = eligibility.bookings(eligibility.stops(None, day))
        if any(first_start(one, visit, earliest) for one in nurses.candidates(order.centre_id, day, bookings)):
            return day
    return None


def first_start(candidate: Candidate, visit: Visit, earliest: datetime) -> datetime | None:
    """
    Return the first moment of the visit's day at which every rule lets this nurse begin; pure.

    A free stretch can only begin where a shift begins, a leave ends, or a visit has ended and the way is made.
    """
    length = visit.ends_at - visit.starts_at
    travel = timedelta(minutes=visit.settings["nurse.travel_minutes"])
    moments = {earliest}
    moments |= {start for start, _ in candidate.shifts} | {end for _, end in candidate.leaves}
    moments |= {end + travel for _, end, _ in candidate.bookings}
    for start in sorted(moments):
        if start < earliest or timezone.localdate(start) != visit.day:
            continue
        if not rules.why_not(candidate, replace(visit, starts_at=start, ends_at=start + length)):
            return start
    return None


def why_nobody(answers: Iterable[dict]) -> str:
    """Return which kind of want it is, from what :func:`orders.eligibility.answers` said of everybody; pure."""
    barred = [{refusal.code for refusal in answer["refusals"]} for answer in answers]
    fit = [codes for codes in barred if codes <= OF_THE_HOUR]
    if not fit:
        return Wait.Reason.SKILL
    if all("nurse.shift" in codes for codes in fit):
        return Wait.Reason.HOURS
    return Wait.Reason.FULL
