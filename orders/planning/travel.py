"""How long the way takes, in minutes. A road matrix replaces the default by adding its own name."""

from collections.abc import Callable
from math import asin, cos, radians, sin, sqrt

from orders.planning.problem import Place

EARTH_KM = 6371.0088
DETOUR = 1.4
KM_AN_HOUR = 25.0


def haversine(a: Place, b: Place) -> float:
    """The great circle, 1.4 times as long, at 25 km/h: a nurse on an electric bicycle or a bus in the city."""
    lat_a, lat_b = radians(a[1]), radians(b[1])
    h = sin((lat_b - lat_a) / 2) ** 2 + cos(lat_a) * cos(lat_b) * sin(radians(b[0] - a[0]) / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(min(1.0, h))) * DETOUR / KM_AN_HOUR * 60


NAMED: dict[str, Callable[[Place, Place], float]] = {"haversine": haversine}


def between(name: str, a: Place | None, b: Place | None) -> float:
    """Minutes from one place to another; a nurse without a start or end place is where she is needed."""
    return 0.0 if a is None or b is None or a == b else NAMED[name](a, b)
