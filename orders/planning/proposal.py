"""What a planner answers. Nothing of it holds until a person applies it."""

from dataclasses import dataclass

from orders.planning.problem import Id


@dataclass(frozen=True, slots=True)
class Assignment:
    """
    One nurse at one visit; ``seat`` is 0, or 1 for the second nurse. ``travel_before`` are the minutes of road to it,
    ``lateness_risk`` is the share of simulated days on which she begins more than ten minutes after the window.
    """

    visit: Id
    seat: int
    nurse: Id
    start: float
    minutes: float
    travel_before: float = 0
    lateness_risk: float = 0


@dataclass(frozen=True, slots=True)
class Rest:
    """A nurse's break, or the time between her shifts."""

    nurse: Id
    start: float
    minutes: float


@dataclass(frozen=True, slots=True)
class Unserved:
    """
    A visit that nobody was found for. ``reason`` is one of ``reasons.WORDS``; ``skills`` and ``hours`` say what is
    short: the visit's demands, and the span in which it may begin. ``sentence`` says it to the dispatcher.
    """

    visit: Id
    reason: str
    skills: tuple[str, ...]
    hours: tuple[float, float]
    sentence: str


@dataclass(frozen=True, slots=True)
class Figures:
    """
    A plan in numbers: shares in per cent, times in minutes.

    ``own`` counts visits with an own nurse who could come; ``load_spread`` is the standard deviation of the nurses'
    share of the shift spent on visits and on the road; ``late`` is simulated, ``overdue`` is planned after ``due``;
    ``changed`` counts visits of the earlier plan with another nurse, another time or none.
    """

    visits: int
    served: float
    own: float
    travel_per_visit: float
    load_spread: float
    late: float
    overdue: float
    worst_overdue: float
    changed: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """A day's plan, the reasons for what it leaves out, and how it was come by."""

    assignments: tuple[Assignment, ...]
    rests: tuple[Rest, ...]
    unserved: tuple[Unserved, ...]
    figures: Figures
    cost: float = 0
    rounds: int = 0
    cpu_seconds: float = 0
    cancelled: bool = False
