"""A plan after one nurse fell ill or gave a visit back: as little as possible is changed for everybody else."""

from collections.abc import Iterable
from dataclasses import replace

from orders.planning import plan as planning
from orders.planning.plan import Budget, Found
from orders.planning.problem import Id, Problem, Seat
from orders.planning.proposal import Proposal

SECONDS = 1.0
OTHERS = 0.05
# The earlier plan is good: what is looked for lies near it.
HOT = 8.0


def replan(
    problem: Problem,
    previous: Proposal,
    touched: Iterable[Id],
    *,
    budget: Budget | None = None,
    seed: int = 1,
    others: float = OTHERS,
) -> Proposal:
    """
    Repair ``previous`` for ``problem``, in which the nurses ``touched`` are gone or no longer eligible for something.

    Free to change are their visits and those that were unserved; of the others in the same centres at most the share
    ``others`` gets another nurse, another time or none, and nobody begins before the time that was told. Other centres
    stay as they are. The figures' ``changed`` counts against ``previous``. Takes one CPU second by default.
    """
    touched = set(touched)
    known = {visit.id for visit in problem.visits}
    was = {}
    for one in sorted(previous.assignments, key=lambda one: one.seat):
        was.setdefault(one.visit, []).append(Seat(one.nurse, one.start))
    visits = tuple(replace(visit, earlier=tuple(was.get(visit.id, ()))) for visit in problem.visits)
    problem = replace(problem, visits=visits)
    free = {visit for visit, seats in was.items() if visit in known and touched & {seat.nurse for seat in seats}}
    hit = {visit.centre for visit in visits if visit.id in free}
    hit |= {nurse.centre for nurse in problem.nurses if nurse.id in touched}
    free |= {visit.id for visit in visits if visit.id not in was}
    here = replace(
        problem,
        visits=tuple(visit for visit in visits if visit.centre in hit),
        nurses=tuple(nurse for nurse in problem.nurses if nurse.centre in hit),
    )
    settled = sum(visit.id not in free for visit in here.visits)
    found = planning.search(
        here,
        budget=budget or Budget(seconds=SECONDS),
        seed=seed,
        touched=frozenset(free),
        most_changed=int(settled * others),
        hot=HOT,
    )
    inside = {nurse.id for nurse in here.nurses} | touched
    elsewhere = {nurse.id for nurse in problem.nurses} - inside
    kept = (one for one in previous.assignments if one.visit in known and one.nurse in elsewhere)
    return planning.proposal(
        problem,
        Found(
            seats=found.seats + tuple(_seat(one) for one in kept),
            rests=found.rests + tuple(rest for rest in previous.rests if rest.nurse in elsewhere),
            cost=found.cost,
            rounds=found.rounds,
            cpu_seconds=found.cpu_seconds,
        ),
    )


def _seat(one):
    return one.visit, one.seat, one.nurse, one.start
