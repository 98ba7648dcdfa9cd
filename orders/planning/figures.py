"""A plan in numbers, whoever made it: the engine, a rule of thumb or a person."""

import random
from math import log, sqrt
from statistics import pstdev

from orders.planning import travel
from orders.planning.problem import Problem
from orders.planning.proposal import Assignment, Figures, Rest

DAYS = 40
GRACE = 10
TRAVEL_VARIES, WORK_VARIES = 0.25, 0.15


def tours(assignments: tuple[Assignment, ...]) -> dict:
    """The assignments of each nurse in the order of their beginnings."""
    found = {}
    for one in sorted(assignments, key=lambda one: one.start):
        found.setdefault(one.nurse, []).append(one)
    return found


def road(problem: Problem, assignments: tuple[Assignment, ...]) -> tuple[dict, dict]:
    """Return the minutes of road before each seat, as {(visit, seat): minutes}, and of each nurse's whole day."""
    place = {visit.id: visit.place for visit in problem.visits}
    ends = {nurse.id: (nurse.start, nurse.end) for nurse in problem.nurses}
    name = problem.settings.travel
    before, whole = {}, {}
    for nurse, tour in tours(assignments).items():
        at, home = ends.get(nurse, (None, None))
        whole[nurse] = 0.0
        for one in tour:
            before[one.visit, one.seat] = travel.between(name, at, place[one.visit])
            whole[nurse] += before[one.visit, one.seat]
            at = place[one.visit]
        whole[nurse] += travel.between(name, at, home)
    return before, whole


def of(problem: Problem, assignments: tuple[Assignment, ...], risks: dict, whole: dict) -> Figures:
    """Add a plan up. ``risks`` comes from :func:`lateness`, ``whole`` from :func:`road`."""
    first = {one.visit: one for one in assignments if one.seat == 0}
    seats = {}
    for one in assignments:
        seats.setdefault(one.visit, []).append((one.seat, one.nurse, one.start))
    served = [visit for visit in problem.visits if len(seats.get(visit.id, ())) == visit.seats]
    on_duty = {nurse.id for nurse in problem.nurses}
    owned = [visit for visit in problem.visits if visit.preferred & visit.eligible & on_duty]
    kept = sum(visit.id in first and first[visit.id].nurse in visit.preferred for visit in owned)
    work = {}
    for one in assignments:
        work[one.nurse] = work.get(one.nurse, 0) + one.minutes
    shares = [
        100 * (work.get(nurse.id, 0) + whole.get(nurse.id, 0)) / sum(b - a for a, b in nurse.shifts)
        for nurse in problem.nurses
    ]
    overdue = [
        max(0.0, start - visit.due)
        for visit in problem.visits
        if visit.due is not None
        for _, _, start in seats.get(visit.id, ())
    ]
    return Figures(
        visits=len(problem.visits),
        served=100 * len(served) / max(1, len(problem.visits)),
        own=100 * kept / max(1, len(owned)),
        travel_per_visit=sum(whole.values()) / max(1, len(served)),
        load_spread=pstdev(shares) if shares else 0.0,
        late=100 * sum(risks.values()) / max(1, len(risks)),
        overdue=sum(overdue),
        worst_overdue=max(overdue, default=0.0),
        changed=sum(has_changed(visit, seats.get(visit.id, ()), problem.settings.steady) for visit in problem.visits),
    )


def has_changed(visit, seats, steady) -> bool:
    """Tell whether a visit's seats, as (seat, nurse, start), are no longer those of its earlier plan."""
    if not visit.earlier:
        return False
    now = [(nurse, start) for _, nurse, start in sorted(seats)]
    was = [(seat.nurse, seat.start) for seat in visit.earlier]
    return len(now) != len(was) or any(
        a[0] != b[0] or abs(a[1] - b[1]) > steady + 0.5 for a, b in zip(now, was, strict=True)
    )


def lateness(problem: Problem, assignments: tuple[Assignment, ...], rests: tuple[Rest, ...], before: dict) -> dict:
    """
    Live the plan on 40 days on which roads and visits take longer or shorter than planned (log-normal around the plan).

    Return {(visit, seat): share of days begun more than ten minutes after the window}. Nurses go on as soon as they can
    and wait for the window and for each other.
    """
    visits = {visit.id: visit for visit in problem.visits}
    on = {nurse.id: nurse.shifts[0][0] for nurse in problem.nurses}
    events = [(one.start, 0, str(one.visit), one.seat, one) for one in assignments]
    events += [(rest.start, 1, str(rest.nurse), 0, rest) for rest in rests]
    events.sort(key=lambda event: event[:4])
    late = dict.fromkeys(((one.visit, one.seat) for one in assignments), 0)
    rnd = random.Random(5)
    for _ in range(DAYS):
        clock, begun = dict(on), {}
        for start, is_rest, _, _, one in events:
            if is_rest:
                clock[one.nurse] = max(clock[one.nurse], start) + one.minutes
                continue
            visit = visits[one.visit]
            arrival = clock.get(one.nurse, start) + before[one.visit, one.seat] * _factor(rnd, TRAVEL_VARIES)
            work = one.minutes * _factor(rnd, WORK_VARIES)
            if one.seat == 0:
                now = max(arrival, _window(visit, one.start)[0])
                begun[one.visit] = (now, one, work)
            else:
                now = arrival
                if one.visit in begun:
                    first, other, other_work = begun[one.visit]
                    now = max(now, first + visit.second.gap[0])
                    waits = now - visit.second.gap[1] - first
                    if waits > 0 and clock[other.nurse] == first + other_work:
                        clock[other.nurse] += waits
            clock[one.nurse] = now + work
            closes = _window(visit, one.start)[1] + (visit.second.gap[1] if one.seat else 0)
            late[one.visit, one.seat] += now > closes + GRACE
    return {seat: count / DAYS for seat, count in late.items()}


def _window(visit, start):
    """The window in which the visit is planned to begin."""
    return next((span for span in visit.windows if start <= span[1] + 0.5), visit.windows[-1])


def _factor(rnd, varies):
    width = sqrt(log(1 + varies**2))
    return rnd.lognormvariate(-(width**2) / 2, width)
