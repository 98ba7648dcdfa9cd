"""
A district's day: every centre is a problem of its own, because a nurse serves her own centre only.

Threads, not processes: the compiled search works without Python's lock, so that two threads use two cores with one copy
of the code, also inside a worker of Celery, which may not start processes of its own.
"""

from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from math import ceil
from threading import Event

from orders.planning import plan as planning
from orders.planning.plan import Budget, Cancelled, Found, Progress
from orders.planning.problem import Problem
from orders.planning.proposal import Proposal

LOOK_EVERY = 0.1


def by_centre(row) -> Hashable:
    return row.centre


def split(problem: Problem, group: Callable = by_centre) -> dict[Hashable, Problem]:
    """One problem for each group of visits and nurses, in a fixed order."""
    names = {group(visit): None for visit in problem.visits}
    return {
        name: replace(
            problem,
            visits=tuple(visit for visit in problem.visits if group(visit) == name),
            nurses=tuple(nurse for nurse in problem.nurses if group(nurse) == name),
        )
        for name in names
    }


def plan(
    problem: Problem,
    *,
    budget: Budget,
    seed: int,
    workers: int = 2,
    group: Callable = by_centre,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> Proposal:
    """
    Plan every centre apart and put the plans together.

    The budget's CPU seconds, or rounds, are shared out by visits and spent by ``workers`` threads at once. Progress is
    reported, and cancellation asked for, by the calling thread.
    """
    parts = list(split(problem, group).values())
    stop = Event()
    shares, costs = [0.0] * len(parts), [0.0] * len(parts)
    total = max(1, len(problem.visits))

    def solve(number: int) -> Found:
        part = parts[number]

        def note(share, cost):
            shares[number], costs[number] = share, cost

        return planning.search(
            part,
            budget=_part(budget, len(part.visits) / total),
            seed=seed + number,
            progress=note,
            cancelled=stop.is_set,
        )

    def report():
        if progress is not None:
            progress(sum(s * len(part.visits) for s, part in zip(shares, parts, strict=True)) / total, sum(costs))

    # The large ones first: the last ones to end are then small.
    order = sorted(range(len(parts)), key=lambda number: -len(parts[number].visits))
    with ThreadPoolExecutor(max_workers=workers) as pool:
        futures = {number: pool.submit(solve, number) for number in order}
        waiting = set(futures.values())
        try:
            while waiting:
                _, waiting = wait(waiting, timeout=LOOK_EVERY)
                report()
                if cancelled is not None and cancelled():
                    stop.set()
        except BaseException:
            stop.set()
            raise
    found = [futures[number].result() for number in range(len(parts))]
    # Nurses of a centre without visits take their breaks all the same.
    return planning.proposal(
        problem,
        Found(
            seats=tuple(seat for one in found for seat in one.seats),
            rests=tuple(rest for one in found for rest in one.rests) + _idle(problem, parts),
            cost=sum(one.cost for one in found),
            rounds=sum(one.rounds for one in found),
            cpu_seconds=sum(one.cpu_seconds for one in found),
            cancelled=any(one.cancelled for one in found),
        ),
    )


def _idle(problem, parts):
    planned = {nurse.id for part in parts for nurse in part.nurses}
    return planning.rests_of(nurse for nurse in problem.nurses if nurse.id not in planned)


def _part(budget, share):
    if budget.rounds is not None:
        return Budget(rounds=max(1, ceil(budget.rounds * share)))
    return Budget(seconds=budget.seconds * share)
