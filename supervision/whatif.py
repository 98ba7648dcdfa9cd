"""
What a changed rule would have done to the last month: the same visits judged again, once as the district's choice
stood and once as it would stand. Pure reading: nothing is written, and nobody is refused by it.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F
from django.utils import timezone

from accounts.models import Organization
from clinical.models import Prescription
from institutions import selectors as institutions
from institutions.settings import SETTINGS
from nurses import rules
from nurses import selectors as nurses
from orders import eligibility
from orders.models import Order
from orders.offers import Offer

MONTH = timedelta(days=30)
MOST = 3000  # visits that one question looks at: the newest

# Which rule of a nurse's eligibility hangs on which choice.
OF_NURSES = {
    "nurse.min_years": rules.years,
    "nurse.min_title": rules.title,
    "nurse.affiliation": rules.post,
    "nurse.insurance": rules.insurance,
    "nurse.daily_cap": rules.daily_cap,
    "nurse.travel_minutes": rules.overlap,
}
OF_PAPERS = ("assessment.validity_days", "prescription.max_days", "consent.validity_days")
KEYS = (*OF_NURSES, *OF_PAPERS)


@dataclass(frozen=True, slots=True)
class Line:
    """One centre: how many were asked about, and how many more would have been refused (or fewer)."""

    centre: Organization
    asked: int
    refused_now: int
    refused_then: int

    @property
    def more(self) -> int:
        return self.refused_then - self.refused_now


def judge(*, district: Organization, places, key: str, value: Any, now: datetime) -> list[Line]:
    """
    Judge the last month anew, centre by centre.

    :raises KeyError: nobody can ask about this choice
    """
    asked, before, after = (
        _of_nurses(district, places, key, value, now)
        if key in OF_NURSES
        else _of_papers(district, places, key, value, now)
    )
    centres = Organization.objects.in_bulk(asked)
    return sorted(
        (Line(centres[pk], n, before[pk], after[pk]) for pk, n in asked.items()),
        key=lambda line: (-line.more, line.centre.short_name, line.centre.pk),
    )


def _of_nurses(district, places, key, value, now):
    """Every offer of the month, with the nurse as she stood on the day and the visits that she had then."""
    rule = OF_NURSES[key]
    offers = list(
        Offer.objects.filter(centre__in=places, offered_at__gte=now - MONTH, offered_at__lte=now)
        .select_related("order__centre", "order__patient", "centre")
        .prefetch_related("order__lines__item__demands__kind")
        .order_by("-pk")[:MOST]
    )
    taken = _taken(offers)
    by_day = defaultdict(list)
    for offer in offers:
        by_day[offer.centre_id, timezone.localdate(offer.planned_start)].append(offer)
    asked, before, after = Counter(), Counter(), Counter()
    for (centre_id, day), rows in by_day.items():
        held = institutions.settings_on(district.pk, day)
        known = {one.nurse_id: one for one in nurses.candidates(centre_id, day, taken)}
        for offer in rows:
            candidate = known.get(offer.nurse_id)
            if candidate is None:
                continue  # her post has ended since: the rule that is asked about is not the one that bars her
            asked[centre_id] += 1
            for counted, settings in ((before, held), (after, {**held, key: value})):
                visit = eligibility.visit_of(offer.order, offer.planned_start, offer.planned_end, settings)
                counted[centre_id] += bool(rules.why_not(candidate, visit, rules=(rule,)))
    return asked, before, after


def _taken(offers) -> dict[int, tuple]:
    """The visits that were held by each nurse, as the rules ask for them."""
    found = defaultdict(list)
    for offer in offers:
        if not offer.ended:
            found[offer.nurse_id].append((offer.planned_start, offer.planned_end, offer.order.number))
    return {nurse: tuple(rows) for nurse, rows in found.items()}


def _of_papers(district, places, key, value, now):
    """Papers of the month whose age on the day would have been too great."""
    asked, before, after = Counter(), Counter(), Counter()
    chosen: dict = {}
    for centre_id, at, age in _papers(places, key, now):
        day = timezone.localdate(at)
        if day not in chosen:
            chosen[day] = institutions.settings_on(district.pk, day)[key]
        asked[centre_id] += 1
        before[centre_id] += age > timedelta(days=chosen[day])
        after[centre_id] += age > timedelta(days=value)
    return asked, before, after


def _papers(places, key, now):
    """(centre, the day's moment, how old the paper was, or for how long it was given)"""
    if key == "consent.validity_days":
        rows = Order.objects.filter(centre__in=places, arrived_at__range=(now - MONTH, now), consent__isnull=False)
        found = rows.annotate(age=F("arrived_at") - F("consent__signed_at"))
        return found.order_by("-pk").values_list("centre", "arrived_at", "age")[:MOST]
    rows = Prescription.objects.filter(centre__in=places, signed_at__range=(now - MONTH, now)).order_by("-pk")
    if key == "assessment.validity_days":
        found = rows.filter(assessment__signed_at__isnull=False).annotate(
            age=F("signed_at") - F("assessment__signed_at")
        )
        return found.values_list("centre", "signed_at", "age")[:MOST]
    return [
        (centre, at, until - timezone.localdate(at))
        for centre, at, until in rows.values_list("centre", "signed_at", "valid_until")[:MOST]
    ]


def choices() -> list[tuple[str, str]]:
    """What may be asked about, with its name."""
    return [(key, SETTINGS[key].label) for key in KEYS]
