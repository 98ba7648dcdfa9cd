"""
What a planner is given. Times are minutes after midnight of the day, durations and weights are minutes, places are
(longitude, latitude) in WGS-84 degrees. Identities are whatever the caller hands in: numbers or strings.
"""

from collections.abc import Hashable
from dataclasses import dataclass, field

Id = Hashable
Place = tuple[float, float]
Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Seat:
    """One nurse at one visit, from ``start`` on."""

    nurse: Id
    start: float


@dataclass(frozen=True, slots=True)
class Second:
    """The second nurse of a two-nurse visit: begins ``gap`` = (at least, at most) minutes after the first."""

    eligible: frozenset[Id]
    minutes: float
    gap: Span = (0, 0)


@dataclass(frozen=True, slots=True)
class Visit:
    """
    One visit to one patient.

    ``windows`` are the spans within which it may begin, in order; ``eligible`` are the nurses whom the platform's own
    rules let do it; ``preferred`` are the patient's own nurses; ``pinned`` are seats that were accepted and stay as
    they are; ``earlier`` are the seats of the plan before, for which a change costs. ``due`` is a time after which a
    later beginning costs, within the windows. ``skills`` are the words for what it demands, shown when nobody can be
    found.
    """

    id: Id
    minutes: float
    windows: tuple[Span, ...]
    place: Place
    eligible: frozenset[Id]
    priority: float = 2
    preferred: frozenset[Id] = frozenset()
    second: Second | None = None
    pinned: tuple[Seat, ...] = ()
    earlier: tuple[Seat, ...] = ()
    due: float | None = None
    skills: tuple[str, ...] = ()
    centre: Id = None

    def __post_init__(self):
        _in_order(self.windows, f"the windows of visit {self.id}")

    @property
    def seats(self) -> int:
        return 2 if self.second else 1

    def eligible_for(self, seat: int) -> frozenset[Id]:
        return self.second.eligible if seat and self.second else self.eligible

    def minutes_of(self, seat: int) -> float:
        return self.second.minutes if seat and self.second else self.minutes


@dataclass(frozen=True, slots=True)
class Break:
    """A rest of ``minutes`` that begins between ``earliest`` and ``latest``, taken wherever the nurse is."""

    earliest: float
    latest: float
    minutes: float


@dataclass(frozen=True, slots=True)
class Nurse:
    """
    One nurse's day. ``shifts`` are spans in order: she leaves ``start`` (or a door nearby, None) not before the first
    begins and is at ``end`` when the last ends; between two shifts she neither works nor travels. ``load`` is the work
    in minutes that she carries already in the period over which work is shared out.
    """

    id: Id
    shifts: tuple[Span, ...]
    start: Place | None
    end: Place | None
    breaks: tuple[Break, ...] = ()
    max_visits: int | None = None
    load: float = 0
    centre: Id = None

    def __post_init__(self):
        _in_order(self.shifts, f"the shifts of nurse {self.id}")

    @property
    def rests(self) -> tuple[Break, ...]:
        """Every span without work: the breaks, and the time between two shifts."""
        between = (Break(a[1], a[1], b[0] - a[1]) for a, b in zip(self.shifts, self.shifts[1:], strict=False))
        return tuple(sorted((*self.breaks, *between), key=lambda rest: (rest.earliest, rest.latest)))


@dataclass(frozen=True, slots=True)
class Settings:
    """
    What the planner weighs, everything in minutes of travel.

    ``unserved`` times priority for a visit left out; ``not_own`` for a patient's visit by somebody else than an own
    nurse who could come; ``balance`` for the square of a nurse's hours, at eight hours of shift; ``late`` for each
    minute after ``due`` and ``latest`` for each minute of the worst one; ``other_nurse`` and ``moved`` (a minute) for a
    change against the earlier plan, in which a time counts as changed that differs by more than ``steady`` minutes;
    ``lent`` for a nurse of another centre, where the caller lets one be eligible.
    ``travel`` names the function in ``travel.NAMED``; between two visits of one nurse lie at least ``least`` minutes,
    however near they are. Visits begin on whole minutes unless ``exact``.
    """

    travel: str = "haversine"
    least: float = 0
    unserved: float = 400
    not_own: float = 28
    balance: float = 3
    road: float = 1
    late: float = 1
    latest: float = 1
    other_nurse: float = 40
    lent: float = 20
    moved: float = 0.2
    steady: float = 0
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """One day to plan, for one centre or for several that may lend each other nurses."""

    visits: tuple[Visit, ...]
    nurses: tuple[Nurse, ...]
    settings: Settings = field(default_factory=Settings)


def _in_order(spans, what):
    """Refuse spans that the engine would misread: none at all, backwards, or touching one another."""
    flat = [moment for span in spans for moment in span]
    after = all(a[1] < b[0] for a, b in zip(spans, spans[1:], strict=False))
    if not spans or flat != sorted(flat) or not after:
        raise ValueError(f"{what} are missing or not in order: {spans}")
