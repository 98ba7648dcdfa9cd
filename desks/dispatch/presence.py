"""Where the nurse is, for the desk: the last place, its age, the way as a drawing, and what showed that she arrived."""

from datetime import datetime

from orders import arrival, geo, whereabouts
from orders.models import Order

WIDTH, HEIGHT, MARGIN = 320, 180, 16
OLD_SECONDS = 300


def card(order: Order, now: datetime) -> dict | None:
    """None before the nurse sets out, and where neither her way nor her arrival left anything."""
    way = whereabouts.way(order)
    proofs = list(order.arrival_proofs.all())
    under_way = whereabouts.is_under_way(order)
    if not (way or proofs or under_way):
        return None
    last = way[-1] if way and under_way else None
    return {
        "under_way": under_way,
        "shares": order.shares_place,
        "last": last,
        "old": last is not None and (now - last.at).total_seconds() > OLD_SECONDS,
        "metres": whereabouts.metres_left(last, order.address),
        "minutes": whereabouts.minutes_left(last, order.address) if whereabouts.is_coming(order) else None,
        "map": map_of(last) if last else "",
        "drawing": drawing(way, order.address) if len(way) > 1 else None,
        "places": len(way),
        "proofs": arrival.described(proofs),
        "proven": arrival.best(proofs) is not None,
        "arrived": order.arrived_at is not None,
    }


def map_of(place) -> str:
    """A Chinese map with one point on it and no name."""
    lon, lat = geo.to_gcj02(place.lon, place.lat)
    return f"https://uri.amap.com/marker?position={lon:.6f},{lat:.6f}&coordinate=gaode&callnative=1"


def drawing(way, address) -> dict:
    """The way as points of an SVG, north up; the home is drawn where its coordinates are known."""
    home = (address.lon, address.lat) if address.lon is not None and address.lat is not None else None
    points = [(place.lon, place.lat) for place in way]
    seen = [*points, *([home] if home else [])]
    west, south = min(lon for lon, _ in seen), min(lat for _, lat in seen)
    shrink = geo.distance_m(west, south, west + 0.01, south) / geo.distance_m(west, south, west, south + 0.01)
    wide = (max(lon for lon, _ in seen) - west) * shrink
    tall = max(lat for _, lat in seen) - south
    scale = min((WIDTH - 2 * MARGIN) / (wide or 1e-6), (HEIGHT - 2 * MARGIN) / (tall or 1e-6), 1e6)

    def at(point):
        right, up = (point[0] - west) * shrink * scale, (point[1] - south) * scale
        return round(MARGIN + right, 1), round(HEIGHT - MARGIN - up, 1)

    drawn = [at(point) for point in points]
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "points": " ".join(f"{x},{y}" for x, y in drawn),
        "last": drawn[-1],
        "home": at(home) if home else None,
    }
