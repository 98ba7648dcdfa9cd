"""The one door to the engine: a problem in, a proposal out."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from orders.planning import figures, reasons
from orders.planning.problem import Problem
from orders.planning.proposal import Assignment, Proposal, Rest

Progress = Callable[[float, float], None]
Cancelled = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Budget:
    """
    How long to search: ``seconds`` of the processor, or ``rounds``, with which the same seed gives the same plan.

    Either ends the search; the best plan so far is the answer.
    """

    seconds: float | None = None
    rounds: int | None = None

    def __post_init__(self):
        if (self.seconds is None) == (self.rounds is None):
            raise ValueError("a budget is either seconds or rounds")


def plan(
    problem: Problem,
    *,
    budget: Budget,
    seed: int,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> Proposal:
    """
    Propose a day.

    ``progress`` hears (share done, cost of the best plan in minutes) about fifty times; ``cancelled`` is asked as often
    and ends the search when it answers yes. Pinned seats stay. The budget counts this thread's CPU time, without the
    seconds of the first call in which the engine is loaded or compiled.
    """
    found = search(problem, budget=budget, seed=seed, progress=progress, cancelled=cancelled)
    return proposal(problem, found)


@dataclass(frozen=True, slots=True)
class Found:
    """What a search came to: ``seats`` are (visit, seat, nurse, start)."""

    seats: tuple
    rests: tuple[Rest, ...]
    cost: float = 0
    rounds: int = 0
    cpu_seconds: float = 0
    cancelled: bool = False


def search(problem, *, budget, seed, touched=None, progress=None, cancelled=None, **tuning) -> Found:
    """Plan from nothing or, with the visits that were ``touched``, from the earlier seats."""
    from orders.planning import engine  # here, so that web processes never load NumPy and Numba

    engine.make_ready()
    begun = time.thread_time()
    day = engine.Day(problem, touched)
    was_cancelled = day.solve(
        seconds=None if budget.seconds is None else max(0.01, budget.seconds - (time.thread_time() - begun)),
        rounds=budget.rounds,
        seed=seed,
        progress=progress,
        cancelled=cancelled,
        **tuning,
    )
    seats, breaks = day.answer()
    return Found(
        seats=tuple((problem.visits[v].id, seat, problem.nurses[k].id, start) for v, seat, k, start in seats),
        rests=tuple(Rest(problem.nurses[k].id, start, rest.minutes) for k, rest, start in breaks),
        cost=day.cost,
        rounds=day.rounds,
        cpu_seconds=time.thread_time() - begun,
        cancelled=was_cancelled,
    )


def rests_of(nurses) -> tuple[Rest, ...]:
    """The breaks of nurses who have no visits."""
    return tuple(Rest(nurse.id, rest.earliest, rest.minutes) for nurse in nurses for rest in nurse.rests)


def proposal(problem: Problem, found: Found) -> Proposal:
    """Write a search's outcome down with everything that follows from it."""
    visits = {visit.id: visit for visit in problem.visits}
    bare = tuple(
        Assignment(visit, seat, nurse, start, visits[visit].minutes_of(seat))
        for visit, seat, nurse, start in found.seats
    )
    before, whole = figures.road(problem, bare)
    risks = figures.lateness(problem, bare, found.rests, before)
    assignments = tuple(
        replace(one, travel_before=before[one.visit, one.seat], lateness_risk=risks[one.visit, one.seat])
        for one in sorted(bare, key=lambda one: (str(one.nurse), one.start))
    )
    return Proposal(
        assignments=assignments,
        rests=found.rests,
        unserved=reasons.of(problem, assignments),
        figures=figures.of(problem, assignments, risks, whole),
        cost=found.cost,
        rounds=found.rounds,
        cpu_seconds=found.cpu_seconds,
        cancelled=found.cancelled,
    )
