"""
The judge of a plan: what it breaks, in words.

Plain Python that shares no line with the engine, so that a mistake in one is not a mistake in both. It reads the
problem and the proposal and believes nothing else.
"""

import math

from orders.planning import travel
from orders.planning.problem import Problem
from orders.planning.proposal import Proposal

SLACK = 0.05


def breaches(problem: Problem, proposal: Proposal) -> list[str]:
    """Return everything that the proposal breaks, a sentence each; nothing means that it may be applied."""
    visits = {visit.id: visit for visit in problem.visits}
    nurses = {nurse.id: nurse for nurse in problem.nurses}
    found = []
    seats, days = {}, {nurse: [] for nurse in nurses}
    for one in proposal.assignments:
        if one.visit not in visits or one.nurse not in nurses:
            found.append(f"visit {one.visit} or nurse {one.nurse} is not part of this day")
            continue
        if one.seat in seats.setdefault(one.visit, {}):
            found.append(f"visit {one.visit} has its seat {one.seat} twice")
        seats[one.visit][one.seat] = one
        days[one.nurse].append(one)
    left_out = {one.visit for one in proposal.unserved}
    for visit in problem.visits:
        found += _of_visit(visit, seats.get(visit.id, {}), visit.id in left_out)
    rests = {nurse: [] for nurse in nurses}
    for rest in proposal.rests:
        rests.setdefault(rest.nurse, []).append(rest)
    for nurse in problem.nurses:
        tour = sorted(days[nurse.id], key=lambda one: one.start)
        found += _of_breaks(nurse, rests[nurse.id])
        found += _of_day(nurse, tour, rests[nurse.id], visits, problem.settings)
    return found


def _of_visit(visit, seats, is_left_out):
    """Seats, eligibility, windows, the gap between two nurses, pins."""
    wanted = set(range(visit.seats))
    pinned = len(visit.pinned)
    if not wanted <= set(seats) and not is_left_out:
        yield f"visit {visit.id} is neither served nor named among the unserved"
    if wanted <= set(seats) and is_left_out:
        yield f"visit {visit.id} is named among the unserved although it is served"
    if set(seats) - wanted:
        yield f"visit {visit.id} has more nurses than it needs"
    if seats and not wanted <= set(seats) and len(seats) > pinned:
        yield f"visit {visit.id} has half of its nurses"
    for number, one in sorted(seats.items()):
        if number >= visit.seats:
            continue
        if one.nurse not in (visit.second.eligible if number == 1 else visit.eligible):
            yield f"nurse {one.nurse} is not eligible for visit {visit.id}"
        if abs(one.minutes - (visit.second.minutes if number == 1 else visit.minutes)) > SLACK:
            yield f"visit {visit.id} is planned with another length than it has"
    if 0 in seats and not any(a - SLACK <= seats[0].start <= b + SLACK for a, b in visit.windows):
        yield f"visit {visit.id} begins outside of its windows"
    if 0 in seats and 1 in seats and visit.second:
        if seats[0].nurse == seats[1].nurse:
            yield f"visit {visit.id} has the same nurse twice"
        gap = seats[1].start - seats[0].start
        if not visit.second.gap[0] - SLACK <= gap <= visit.second.gap[1] + SLACK:
            yield f"the two nurses of visit {visit.id} begin {gap:.0f} minutes apart"
    for number, pin in enumerate(visit.pinned):
        one = seats.get(number)
        if one is None or one.nurse != pin.nurse or abs(one.start - pin.start) > SLACK:
            yield f"the pinned seat {number} of visit {visit.id} was not kept"


def _of_breaks(nurse, rests):
    """Every break is taken once, in time and long enough."""
    wanted = [(rest.earliest, rest.latest, rest.minutes) for rest in nurse.breaks]
    for (_, ends), (begins, _) in zip(nurse.shifts, nurse.shifts[1:], strict=False):
        wanted.append((ends, ends, begins - ends))
    free = sorted(rests, key=lambda rest: rest.start)
    for earliest, latest, minutes in sorted(wanted, key=lambda one: one[1]):
        match = next(
            (r for r in free if earliest - SLACK <= r.start <= latest + SLACK and r.minutes >= minutes - SLACK), None
        )
        if match is None:
            yield f"nurse {nurse.id} does not get the break of {minutes:.0f} minutes"
        else:
            free.remove(match)


def _of_day(nurse, tour, rests, visits, settings):
    """Number of visits, shifts, overlap with visits and breaks, and enough time for every way."""
    if nurse.max_visits is not None and len(tour) > nurse.max_visits:
        yield f"nurse {nurse.id} has {len(tour)} visits, more than {nurse.max_visits}"
    for one in tour:
        ends = one.start + one.minutes
        if not any(on - SLACK <= one.start and ends <= off + SLACK for on, off in nurse.shifts):
            yield f"nurse {nurse.id} is at visit {one.visit} outside of her shifts"
    spans = [(one.start, one.start + one.minutes, f"visit {one.visit}") for one in tour]
    spans += [(rest.start, rest.start + rest.minutes, "her break") for rest in rests]
    spans.sort()
    for before, after in zip(spans, spans[1:], strict=False):
        if after[0] < before[1] - SLACK:
            yield f"{before[2]} and {after[2]} of nurse {nurse.id} overlap"
    if not tour:
        return
    stops = [(nurse.shifts[0][0], nurse.shifts[0][0], nurse.start, "the start of her shift")]
    stops += [(o.start, o.start + o.minutes, visits[o.visit].place, f"visit {o.visit}") for o in tour]
    stops += [(nurse.shifts[-1][1], nurse.shifts[-1][1], nurse.end, "the end of her shift")]
    for number, (before, after) in enumerate(zip(stops, stops[1:], strict=False)):
        there = after[0] - before[1]
        resting = sum(r.minutes for r in rests if before[1] - SLACK <= r.start and r.start < after[0])
        needed = _minutes(settings.travel, before[2], after[2])
        if 0 < number < len(tour):
            needed = max(needed, settings.least)
        if there - resting < needed - SLACK:
            has = there - resting
            yield f"nurse {nurse.id} has {has:.0f} minutes from {before[3]} to {after[3]} and needs {needed:.0f}"


def _minutes(name, a, b):
    """The way between two places; the default written out again, a road matrix asked."""
    if a is None or b is None or a == b:
        return 0.0
    if name != "haversine":
        return travel.NAMED[name](a, b)
    lon_a, lat_a, lon_b, lat_b = map(math.radians, (*a, *b))
    cosine = math.sin(lat_a) * math.sin(lat_b) + math.cos(lat_a) * math.cos(lat_b) * math.cos(lon_b - lon_a)
    kilometres = 6371.0088 * math.acos(max(-1.0, min(1.0, cosine)))
    return kilometres * 1.4 / 25 * 60
