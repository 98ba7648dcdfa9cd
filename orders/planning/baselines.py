"""
What a planner is measured against: how people, and simple rules, give out the visits of a day one by one.

None of them breaks a rule; none of them moves a visit to another nurse once it is given out.
"""

from math import ceil

from orders.planning import plan as planning
from orders.planning import travel
from orders.planning.plan import Found
from orders.planning.problem import Nurse, Problem, Visit
from orders.planning.proposal import Proposal, Rest

RULES = ("person", "nearest", "insertion")


def plan(problem: Problem, rule: str) -> Proposal:
    """
    Give the visits out by one rule.

    ``person``: in the order in which they were asked for, to the patient's own nurse or else to the least busy one, as
    early as possible. ``nearest``: in the order of their windows, to the nurse who is nearest when her last visit is
    done. ``insertion``: in the order asked, wherever it costs least.
    """
    if rule not in RULES:
        raise ValueError(f"the rules are {', '.join(RULES)}")
    diaries = {nurse.id: Diary(problem, nurse) for nurse in problem.nurses}
    visits = list(problem.visits)
    if rule == "nearest":
        visits.sort(key=lambda visit: (visit.windows[0][0], visit.windows[-1][1]))
    visits.sort(key=lambda visit: not visit.pinned)
    for visit in visits:
        _give_out(visit, diaries, rule)
    seats, rests = [], []
    for nurse, diary in diaries.items():
        for item, start in zip(diary.items, diary.earliest(), strict=True):
            if item.visit is None:
                rests.append(Rest(nurse, start, item.minutes))
            else:
                seats.append((item.visit, item.seat, nurse, start))
    return planning.proposal(problem, Found(seats=tuple(seats), rests=tuple(rests)))


class Item:
    """A visit's seat or a break in one nurse's diary, to begin between ``opens`` and ``closes``."""

    def __init__(self, minutes, opens, closes, place=None, visit=None, seat=0):
        self.minutes, self.opens, self.closes = minutes, opens, closes
        self.place, self.visit, self.seat = place, visit, seat


class Diary:
    """One nurse's day as it fills: an order of visits whose times may still move within their windows."""

    def __init__(self, problem: Problem, nurse: Nurse):
        self.nurse, self.settings = nurse, problem.settings
        self.items = [Item(rest.minutes, rest.earliest, rest.earliest) for rest in nurse.rests]
        self.work, self.count = 0.0, 0

    def way(self, a, b):
        minutes = travel.between(self.settings.travel, a, b)
        return minutes if self.settings.exact else ceil(minutes - 1e-3)

    def earliest(self):
        found, t, at = [], self.nurse.shifts[0][0], self.nurse.start
        for item in self.items:
            place = item.place if item.visit is not None else at
            t = max(t + self.way(at, place), item.opens)
            found.append(t)
            t, at = t + item.minutes, place
        return found

    def _places(self):
        """Where the nurse is before each item, and at last."""
        found = [self.nurse.start]
        for item in self.items:
            found.append(item.place if item.visit is not None else found[-1])
        return found

    def slots(self, item):
        """Every (position, earliest, latest, extra road, road to it) at which the item fits."""
        nurse, places, first = self.nurse, self._places(), self.earliest()
        last, t = [0.0] * len(self.items), nurse.shifts[-1][1]
        after = nurse.end
        for p in range(len(self.items) - 1, -1, -1):
            one = self.items[p]
            last[p] = min(one.closes, t - self.way(places[p + 1], after) - one.minutes)
            t, after = last[p], places[p + 1]
        for p in range(len(self.items) + 1):
            free = first[p - 1] + self.items[p - 1].minutes if p else nurse.shifts[0][0]
            r, blocked = p, nurse.shifts[-1][1]
            resting = 0.0
            while r < len(self.items) and self.items[r].visit is None:
                # The breaks that follow are taken at this visit's place.
                blocked = min(blocked, self.items[r].closes - resting)
                resting += self.items[r].minutes
                r += 1
            until, following = (last[r], places[r + 1]) if r < len(self.items) else (nurse.shifts[-1][1], nurse.end)
            there = self.way(places[p], item.place)
            earliest = max(free + there, item.opens)
            latest = min(item.closes, until - self.way(item.place, following) - resting - item.minutes)
            if r > p:
                latest = min(latest, blocked - item.minutes)
            if earliest <= latest:
                more = there + self.way(item.place, following) - self.way(places[p], following)
                yield p, earliest, latest, more, there

    def put(self, position, item):
        self.items.insert(position, item)
        self.work += item.minutes
        self.count += 1

    @property
    def hours(self):
        return sum(b - a for a, b in self.nurse.shifts) / 60


def _give_out(visit: Visit, diaries, rule):
    if visit.pinned:
        for seat, pin in enumerate(visit.pinned):
            if pin.nurse in diaries:
                diary = diaries[pin.nurse]
                item = Item(visit.minutes_of(seat), pin.start, pin.start, visit.place, visit.id, seat)
                starts = diary.earliest()
                diary.put(sum(start < pin.start for start in starts), item)
        return
    for window in visit.windows:
        item = Item(visit.minutes, *window, visit.place, visit.id)
        for _, diary, slots in _ranked(visit, 0, item, diaries, rule):
            if not visit.second:
                position = min(slots, key=lambda slot: slot[1] if rule == "person" else slot[3])[0]
                diary.put(position, item)
                return
            if _two(visit, window, diary, slots, diaries, rule):
                return


def _two(visit, window, diary, slots, diaries, rule):
    """Find the second nurse and the earliest time that suits both; both times are then agreed."""
    low, high = visit.second.gap
    item = Item(visit.second.minutes, window[0] + low, window[1] + high, visit.place, visit.id, 1)
    others = {name: one for name, one in diaries.items() if one is not diary}
    for _, other, places in _ranked(visit, 1, item, others, rule):
        best = None
        for p, e1, l1, *_ in slots:
            for q, e2, l2, *_ in places:
                first = max(e1, e2 - high)
                second = max(e2, first + low)
                if first <= l1 and second <= l2 and second - first <= high and (best is None or first < best[0]):
                    best = first, second, p, q
        if best:
            first, second, p, q = best
            diary.put(p, Item(visit.minutes, first, first, visit.place, visit.id, 0))
            other.put(q, Item(visit.second.minutes, second, second, visit.place, visit.id, 1))
            return True
    return False


def _ranked(visit, seat, item, diaries, rule):
    """The nurses who could take it, best first by the rule, as (rank, diary, slots)."""
    found = []
    for name, diary in diaries.items():
        if name not in visit.eligible_for(seat):
            continue
        if diary.nurse.max_visits is not None and diary.count >= diary.nurse.max_visits:
            continue
        slots = list(diary.slots(item))
        if rule == "nearest":
            slots = [slot for slot in slots if slot[0] == len(diary.items)]
        if not slots:
            continue
        is_own = seat == 0 and name in visit.preferred
        if rule == "nearest":
            rank = (min(slot[4] for slot in slots),)
        elif rule == "insertion":
            not_own = 30 if seat == 0 and visit.preferred & set(diaries) and not is_own else 0
            rank = (min(slot[3] for slot in slots) + not_own + 0.04 * diary.work * 8 / diary.hours,)
        else:
            rank = (not is_own, diary.count, diary.work, min(slot[3] for slot in slots))
        found.append((rank, diary, slots))
    return sorted(found, key=lambda one: one[0])
