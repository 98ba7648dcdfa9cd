"""Where things stand on a day's board: pure, in minutes since midnight and in shares of the board's width."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from orders.days import beginning

OPENS, CLOSES = 8 * 60, 18 * 60  # the board shows at least these hours
DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Scale:
    """The hours that a board shows, ``first`` and ``last`` in minutes since midnight."""

    first: int
    last: int

    def x(self, minute: float) -> str:
        """Where a minute stands, as SVG takes it; what lies outside stands at the edge."""
        return _percent((min(max(minute, self.first), self.last) - self.first) / (self.last - self.first))

    def width(self, begins: float, ends: float) -> str:
        inside = min(max(ends, self.first), self.last) - min(max(begins, self.first), self.last)
        return _percent(max(inside, 0) / (self.last - self.first))

    def shows(self, minute: float) -> bool:
        return self.first <= minute <= self.last

    @property
    def hours(self) -> list[int]:
        return list(range(self.first // 60, self.last // 60 + 1))


@dataclass(frozen=True, slots=True)
class Gap:
    """The way to a visit, in minutes: hatched before it. ``late`` when the time between two visits is too short."""

    begins: float
    ends: float
    minutes: float
    late: bool


def minute_of(moment: datetime, day: date) -> int:
    """Return the minute of the day, 0 for anything before it and 1440 for anything after."""
    return min(max(int((moment - beginning(day)) / timedelta(minutes=1)), 0), DAY)


def clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def scale(spans: Iterable[tuple[int, int]]) -> Scale:
    """Return whole hours that hold every span, and the usual hours in any case."""
    first, last = OPENS, CLOSES
    for begins, ends in spans:
        first, last = min(first, begins), max(last, ends)
    return Scale(first // 60 * 60, min(-(-last // 60) * 60, DAY))


def levels(spans: Sequence[tuple[int, int]]) -> list[int]:
    """Return a level for each span, so that no two of one level overlap; ``spans`` come by their beginning."""
    ends_at: list[int] = []
    found = []
    for begins, ends in spans:
        level = next((n for n, taken in enumerate(ends_at) if taken <= begins), len(ends_at))
        if level == len(ends_at):
            ends_at.append(ends)
        else:
            ends_at[level] = ends
        found.append(level)
    return found


def gaps(stops: Sequence[tuple[int, int, tuple]], base: tuple | None, travel: Callable) -> list[Gap]:
    """
    Return the ways of one day: ``stops`` are (begins, ends, place) in order, ``base`` is where the day begins.

    A way stands right before the visit it leads to; between two visits it takes no more room than there is.
    """
    found: list[Gap] = []
    come_from, free_at = base, None
    for begins, ends, place in stops:
        if come_from is not None:
            minutes = travel(come_from, place)
            room = minutes if free_at is None else begins - free_at
            if minutes >= 1:
                found.append(Gap(begins - max(min(minutes, room), 0), begins, minutes, minutes > room + 0.5))
        come_from, free_at = place, max(ends, free_at or 0)
    return found


def rooms(
    spans: Sequence[tuple[int, int]], levels: Sequence[int], ways: Sequence[float], last: int, most: int
) -> list[float]:
    """Return how far to the right the words of each span may reach: to the next span or way, and ``most`` minutes."""
    found = []
    for n, (begins, ends) in enumerate(spans):
        taken = [other for m, (other, _) in enumerate(spans) if m > n and levels[m] == levels[n]]
        taken += [way for way in ways if way >= ends]
        found.append(max(ends, min([*taken, last, begins + most])))
    return found


def _percent(share: float) -> str:
    return f"{share * 100:.3f}".rstrip("0").rstrip(".") + "%"
