"""Reads of a nurse's way: for the desk while it lasts and some days after, for the family in minutes only."""

from math import ceil

from orders import geo
from orders.lifecycle import COMING, UNDER_WAY
from orders.models import Order, Whereabout
from orders.planning import travel
from patients.models import Address

MOST = 400  # places on one page; a visit of six hours has fewer


def way(order: Order) -> list[Whereabout]:
    """Every place of one visit that is still kept, in order of time."""
    return list(Whereabout.objects.filter(order=order).order_by("at")[:MOST])


def last(order: Order) -> Whereabout | None:
    """Where she is now; of a visit that is over, nobody is told."""
    if order.status not in UNDER_WAY:
        return None
    return Whereabout.objects.filter(order=order).order_by("-at").first()


def is_coming(order: Order) -> bool:
    return order.status in COMING


def is_under_way(order: Order) -> bool:
    return order.status in UNDER_WAY


def minutes_left(place: Whereabout | None, address: Address) -> int | None:
    """About how long the rest of the way takes, in whole minutes, at least one."""
    if place is None or address.lon is None or address.lat is None:
        return None
    return max(1, ceil(travel.haversine((place.lon, place.lat), (address.lon, address.lat))))


def metres_left(place: Whereabout | None, address: Address) -> float | None:
    if place is None or address.lon is None or address.lat is None:
        return None
    return geo.distance_m(place.lon, place.lat, address.lon, address.lat)
