"""
The map of a day as one drawing: addresses as points, each tour as a line, scale and north.

Web Mercator, so that street tiles fit under it where a source of tiles is configured; without one the ground is a plain
grid and nothing is asked of anybody. Pure: places in, numbers for the SVG out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import asinh, cos, floor, log2, pi, radians, sin, tan

WIDTH, HEIGHT, MARGIN = 720, 440, 52
TILE = 256
NEAREST, FARTHEST = 15, 8  # zoom levels
EQUATOR_M = 40_075_016.686
BARS = (100, 200, 500, 1000, 2000, 5000, 10_000, 20_000)  # metres of the scale
BAR_PX = 150
SPREAD = 17  # px between points of one address

Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Tour:
    """One person's visits in order: ``key`` is the letter on the map."""

    key: str
    name: str
    stops: tuple["Stop", ...]
    look: int = 0


@dataclass(frozen=True, slots=True)
class Stop:
    place: Place
    label: str
    words: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Drawing:
    zoom: int
    base: tuple[float, float] | None
    tours: tuple[dict, ...]
    waiting: tuple[dict, ...]
    columns: tuple[float, ...]
    rows: tuple[float, ...]
    tiles: tuple[dict, ...]
    bar_px: float
    bar_words: str
    width: int = WIDTH
    height: int = HEIGHT


def draw(tours: Sequence[Tour], waiting: Sequence[Stop], base: Place | None, tiles_url: str = "") -> Drawing | None:
    """Return the drawing, or nothing when there is no place to show."""
    places = [stop.place for tour in tours for stop in tour.stops] + [stop.place for stop in waiting]
    if not places:
        return None
    known = [*places, base] if base else places
    zoom = fitting(known)
    xs, ys = zip(*(pixel(place, zoom) for place in known), strict=True)
    left, top = (min(xs) + max(xs) - WIDTH) / 2, (min(ys) + max(ys) - HEIGHT) / 2
    taken: dict[tuple[int, int], int] = {}

    def at(place):
        x, y = pixel(place, zoom)
        return _round(x - left), _round(y - top)

    def beside(place):
        """Several visits in one house, or in a town of which no more is known, stand beside each other."""
        x, y = at(place)
        n = taken[round(x), round(y)] = taken.get((round(x), round(y)), -1) + 1
        if not n:
            return x, y
        turn, ring = (n - 1) % 6, (n - 1) // 6 + 1
        return _round(x + ring * SPREAD * 1.25 * cos(turn * pi / 3)), _round(
            y + ring * SPREAD * 1.25 * sin(turn * pi / 3)
        )

    start = at(base) if base else None
    drawn = []
    for tour in tours:
        points = [{"x": x, "y": y, "stop": stop} for stop in tour.stops for x, y in [beside(stop.place)]]
        line = ([start] if start else []) + [(p["x"], p["y"]) for p in points]
        drawn.append({"tour": tour, "points": points, "line": " ".join(f"{x:g},{y:g}" for x, y in line)})
    metres = metres_a_pixel((places[0][1]), zoom)
    length = max((bar for bar in BARS if bar / metres <= BAR_PX), default=BARS[0])
    step = length / metres
    return Drawing(
        zoom=zoom,
        base=start,
        tours=tuple(drawn),
        waiting=tuple({"x": x, "y": y, "stop": stop} for stop in waiting for x, y in [beside(stop.place)]),
        columns=tuple(_round(n * step) for n in range(1, floor(WIDTH / step) + 1)),
        rows=tuple(_round(n * step) for n in range(1, floor(HEIGHT / step) + 1)),
        tiles=tuple(tiles(tiles_url, zoom, left, top)) if tiles_url else (),
        bar_px=_round(step),
        bar_words=f"{length // 1000} 公里" if length >= 1000 else f"{length} 米",
    )


def pixel(place: Place, zoom: int) -> tuple[float, float]:
    """Web Mercator, in pixels of the whole world at this zoom."""
    lon, lat = place
    world = TILE * 2**zoom
    return (lon + 180) / 360 * world, (1 - asinh(tan(radians(lat))) / pi) / 2 * world


def fitting(places: Sequence[Place]) -> int:
    """Return the nearest zoom at which every place lies inside the margins."""
    xs, ys = zip(*(pixel(place, 0) for place in places), strict=True)
    room = min(
        (WIDTH - 2 * MARGIN) / max(max(xs) - min(xs), 1e-9), (HEIGHT - 2 * MARGIN) / max(max(ys) - min(ys), 1e-9)
    )
    return max(FARTHEST, min(NEAREST, floor(log2(room))))


def metres_a_pixel(lat: float, zoom: int) -> float:
    return EQUATOR_M * cos(radians(lat)) / (TILE * 2**zoom)


def tiles(url: str, zoom: int, left: float, top: float):
    """The street tiles under the drawing; ``url`` holds {z}, {x} and {y}."""
    for column in range(floor(left / TILE), floor((left + WIDTH) / TILE) + 1):
        for row in range(floor(top / TILE), floor((top + HEIGHT) / TILE) + 1):
            address = url.replace("{z}", str(zoom)).replace("{x}", str(column)).replace("{y}", str(row))
            yield {"href": address, "x": _round(column * TILE - left), "y": _round(row * TILE - top), "size": TILE}


def _round(number: float) -> float:
    return round(number, 1)
