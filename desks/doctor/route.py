"""A doctor's day as a way: how far it is from each door to the next, and whether there is time for it."""

from collections.abc import Iterable
from dataclasses import dataclass

from clinical.models import Assessment
from orders import eligibility, ranking
from orders.geo import distance_m


@dataclass(frozen=True, slots=True)
class Leg:
    """The way to one door: from where, how far by street, how long, and whether the visit before leaves the time."""

    start: str
    metres: float
    minutes: int
    tight: bool = False


def legs(visits: Iterable[Assessment]) -> dict[int, Leg]:
    """
    Return the way to each visit by its id; ``visits`` are one doctor's and stand in order of time.

    An address whose place is unknown counts as its town's; from a centre whose place is unknown no way is told.
    """
    found: dict[int, Leg] = {}
    before: Assessment | None = None
    for visit in visits:
        here = eligibility.centre_place(visit.centre) if before is None else _place(before)
        if here is not None:
            there = _place(visit)
            minutes = round(ranking.travel_minutes(here, there))
            found[visit.pk] = Leg(
                start="从中心出发" if before is None else "从上一家出发",
                metres=distance_m(*here, *there) * ranking.DETOUR,
                minutes=minutes,
                tight=before is not None and (visit.planned_start - before.planned_end).total_seconds() < minutes * 60,
            )
        before = visit
    return found


def _place(visit: Assessment) -> ranking.Place:
    address = visit.request.address
    if address.lon is not None and address.lat is not None:
        return address.lon, address.lat
    return address.town.lon, address.town.lat
