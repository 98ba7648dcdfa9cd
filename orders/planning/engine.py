"""From a problem to the tables of the compiled search and back. Imported by the first plan, never by web processes."""

import threading
import time
from math import ceil

import numpy as np

from orders.planning import travel
from orders.planning.problem import Nurse, Problem, Second, Visit
from orders.planning.routes import (
    BALANCE,
    BEGIN,
    CARRIED,
    CLOSE,
    COST,
    DROP,
    DUE,
    FAR,
    FROM,
    LEAD,
    LEN,
    LOCK,
    LONG,
    MATE,
    MORE,
    MOST,
    OFF,
    ON,
    OPEN,
    PLACE,
    SOUND,
    TO,
    USED,
    WAS,
    WAS_WITH,
    WHO,
    WORST,
    put_in,
    settle,
    take_out,
)
from orders.planning.search import BEST, ROUNDS, search

# How many minutes of road a worse plan may cost at first and at last, to be taken with a fair chance.
HOT, COLD = 60.0, 1.0
REMOVED = 10.0
NEIGHBOURS = 100
NEVER = 1e18


class Day:
    """
    One problem as tables: a row for each seat of each visit, then one for each break.

    ``touched`` are the visits that may change freely when the search begins from the seats of the earlier plan: no
    other visit begins before the time that was told. None is a plan from nothing.
    """

    def __init__(self, problem: Problem, touched: frozenset | None = None):
        self.problem = problem
        self.touched = touched
        self.nurse_index = {nurse.id: k for k, nurse in enumerate(problem.nurses)}
        self.seats = [(v, s) for v, visit in enumerate(problem.visits) for s in range(visit.seats)]
        self.rests = [(k, rest) for k, nurse in enumerate(problem.nurses) for rest in nurse.rests]
        self._travel()
        self._tasks()
        self._nurses()
        self._prices()
        self._neighbours()
        settings = problem.settings
        weights = np.array([settings.road, settings.late, settings.latest, settings.moved, settings.steady + 0.5])
        size = max(1, len(self.seats))
        self.tables = (self.road, self.hours, self.T, self.TI, self.N, self.NI, self.windows, self.gaps)
        self.tables += (self.price, self.R, weights)
        pile = 2 * size + 4
        self.scratch = (
            np.zeros(size),
            np.zeros(size + 1, np.int64),
            np.zeros(pile, np.int64),
            np.zeros(pile, np.int64),
            np.zeros(pile, np.int64),
            np.zeros(pile),
        )
        self._seat_what_stands()
        out = sum(self.T[i, DROP] for i in range(len(self.seats)) if self.TI[i, LEAD] and self.TI[i, WHO] < 0)
        cost = self.N[:, COST].sum() + out + settings.latest * self.N[:, WORST].max(initial=0)
        self.state = np.array([cost, cost, 0.0, out])
        self.kept = (self.T.copy(), self.TI.copy(), self.NI.copy(), self.R.copy())

    # --- tables -----------------------------------------------------------------------------------------------------

    def _travel(self):
        problem = self.problem
        least, places = problem.settings.least, {}
        for visit in problem.visits:
            # Two visits at one address are two places when something has to lie between them.
            places.setdefault((visit.place, visit.id) if least else visit.place, len(places))
        visited = len(places)
        for nurse in problem.nurses:
            places.setdefault(nurse.start, len(places))
            places.setdefault(nurse.end, len(places))
        self.places = places
        where = [place[0] if least and number < visited else place for number, place in enumerate(places)]
        name = problem.settings.travel
        if name == "haversine":
            self.road = _haversine(where)
        else:
            self.road = np.array([[travel.between(name, a, b) for b in where] for a in where], np.float32)
        # Fits are judged by the whole minute, so that every visit begins on one.
        self.hours = self.road if problem.settings.exact else np.ceil(self.road - 1e-3).astype(np.float32)
        if least:
            self.hours = self.hours.copy()
            self.hours[:visited, :visited] = np.maximum(self.hours[:visited, :visited], np.float32(least))
            np.fill_diagonal(self.hours, 0)

    def _tasks(self):
        visits = self.problem.visits
        weights = self.problem.settings
        count = len(self.seats) + len(self.rests)
        self.T, self.TI = np.zeros((count, 8)), np.zeros((count, 9), np.int64)
        self.gaps = np.zeros((count, 2))
        further = []
        self.TI[:, [MATE, WHO, MORE, WAS_WITH]] = -1
        self.T[:, DUE], self.T[:, WAS] = NEVER, -1
        index = {seat: i for i, seat in enumerate(self.seats)}
        for i, (v, s) in enumerate(self.seats):
            visit = visits[v]
            early, late = visit.second.gap if s else (0, 0)
            self.T[i, OPEN], self.T[i, CLOSE] = visit.windows[0][0] + early, visit.windows[-1][1] + late
            if len(visit.windows) > 1 and not s:
                self.TI[i, MORE] = len(further)
                further += [*visit.windows, (-1.0, -1.0)]
            self.T[i, LONG] = visit.minutes_of(s)
            self.T[i, DUE] = NEVER if visit.due is None else visit.due
            self.T[i, DROP] = weights.unserved * visit.priority
            self.TI[i, PLACE] = self.places[(visit.place, visit.id) if weights.least else visit.place]
            self.TI[i, LEAD] = s == 0
            # A visit of which one seat is pinned is planned like two: the free seat has what the gap leaves.
            half = len(visit.pinned) == 1 and visit.seats == 2
            if half:
                self.TI[i, LEAD], self.TI[i, MORE] = 1, -1
                if s == 1:
                    start = visit.pinned[0].start
                    self.T[i, OPEN], self.T[i, CLOSE] = start + visit.second.gap[0], start + visit.second.gap[1]
            elif visit.seats == 2:
                self.TI[i, MATE] = index[v, 1 - s]
                self.gaps[i] = visit.second.gap
            if s < len(visit.pinned):
                self.T[i, OPEN] = self.T[i, CLOSE] = visit.pinned[s].start
                self.TI[i, LOCK], self.TI[i, MORE] = 1, -1
            if s < len(visit.earlier):
                self.T[i, WAS] = visit.earlier[s].start
                if self.touched is None or visit.id not in self.touched:
                    self.TI[i, WAS_WITH] = self.nurse_index.get(visit.earlier[s].nurse, -1)
                    if self.touched is not None and self.T[i, WAS] <= self.T[i, CLOSE]:
                        self.T[i, OPEN] = max(self.T[i, OPEN], self.T[i, WAS])
        for r, (_, rest) in enumerate(self.rests, len(self.seats)):
            self.T[r, OPEN], self.T[r, CLOSE], self.T[r, LONG] = rest.earliest, rest.latest, rest.minutes
            self.TI[r, LOCK] = 1
        self.windows = np.array(further or [(-1.0, -1.0)], float)

    def _nurses(self):
        nurses, settings = self.problem.nurses, self.problem.settings
        count, n = max(1, len(nurses)), len(self.seats)
        self.N, self.NI = np.zeros((count, 8)), np.zeros((count, 8), np.int64)
        average = sum(nurse.load for nurse in nurses) / count
        unbounded = min(n, 4 * ceil(n / count) + 12)
        for k, nurse in enumerate(nurses):
            on, off = nurse.shifts[0][0], nurse.shifts[-1][1]
            hours = sum(b - a for a, b in nurse.shifts) / 60
            self.N[k, ON], self.N[k, OFF] = on, off
            self.N[k, BALANCE] = settings.balance * 8 / max(hours, 0.25) / 3600
            self.N[k, CARRIED] = nurse.load - average
            most = unbounded if nurse.max_visits is None else nurse.max_visits
            self.NI[k, FROM], self.NI[k, TO] = self.places[nurse.start], self.places[nurse.end]
            self.NI[k, MOST] = most
        pinned = sum(len(visit.pinned) for visit in self.problem.visits)
        rests = max((len(nurse.rests) for nurse in nurses), default=0)
        longest = max([int(self.NI[:, MOST].max()), min(pinned, n), *(len(v) for v in self._earlier().values())])
        self.R = np.zeros((count, min(longest, max(n, 1)) + rests + 1), np.int64)

    def _earlier(self):
        found = {}
        for i, (v, s) in enumerate(self.seats):
            visit = self.problem.visits[v]
            seats = visit.pinned if s < len(visit.pinned) else visit.earlier
            if s < len(seats) and seats[s].nurse in self.nurse_index:
                found.setdefault(self.nurse_index[seats[s].nurse], []).append((seats[s].start, i))
        return found

    def _prices(self):
        settings = self.problem.settings
        self.price = np.full((len(self.seats), max(1, len(self.problem.nurses))), FAR)
        who, ptr = [], [0]
        for i, (v, s) in enumerate(self.seats):
            visit = self.problem.visits[v]
            able = sorted(self.nurse_index[x] for x in visit.eligible_for(s) if x in self.nurse_index)
            own = (
                {self.nurse_index[x] for x in visit.preferred if x in self.nurse_index} & set(able) if s == 0 else set()
            )
            was = self.nurse_index.get(visit.earlier[s].nurse, -1) if s < len(visit.earlier) else -1
            for k in able:
                self.price[i, k] = (settings.not_own if own and k not in own else 0.0) + (
                    settings.other_nurse if was >= 0 and k != was else 0.0
                )
                if self.problem.nurses[k].centre != visit.centre:
                    self.price[i, k] += settings.lent
            if self.TI[i, LOCK]:
                able = []
                k = self.nurse_index.get(visit.pinned[s].nurse)
                if k is not None:
                    self.price[i, k] = min(self.price[i, k], settings.not_own)
            elif len(visit.pinned) == 1:
                other = self.nurse_index.get(visit.pinned[0].nurse)
                able = [k for k in able if k != other]
            who += able
            ptr.append(len(who))
        self.who = np.array(who or [0], np.int64)
        self.ptr = np.array(ptr, np.int64)

    def _neighbours(self):
        n = len(self.seats)
        width = max(1, min(NEIGHBOURS, n - 1))
        self.near = np.full((max(1, n), width), -1, np.int64)
        if n < 2:
            return
        place = self.TI[:n, PLACE]
        middle = self.T[:n, OPEN] + np.minimum(self.T[:n, CLOSE], self.T[:n, DUE])
        for first in range(0, n, 512):
            rows = slice(first, min(n, first + 512))
            far = self.road[place[rows]][:, place].astype(float) + 0.05 * np.abs(middle[rows, None] - middle[None, :])
            far[np.arange(far.shape[0]), np.arange(rows.start, rows.stop)] = np.inf
            self.near[rows] = np.argsort(far, axis=1, kind="stable")[:, :width]

    def _seat_what_stands(self):
        """Put in the pinned seats and the breaks, then the earlier plan where it still fits."""
        for k, seats in self._earlier().items():
            for _, i in sorted(seats):
                if self.TI[i, LOCK]:
                    put_in(self.tables, i, k, self.NI[k, LEN])
        for r, (k, _) in enumerate(self.rests, len(self.seats)):
            self._rest(k, r)
        for k in range(len(self.problem.nurses)):
            settle(self.tables, k, True)
            if not self.NI[k, SOUND]:
                self.NI[k, MOST] = self.NI[k, USED]
        if self.touched is not None:
            for k, seats in self._earlier().items():
                for start, i in sorted(seats):
                    if not self.TI[i, LOCK] and self.NI[k, SOUND]:
                        self._seat_at(k, i, start)
            self._unseat_halves()
        for k in range(len(self.problem.nurses)):
            settle(self.tables, k, False)

    def _rest(self, k, r):
        """Find the break its place between the pinned visits: the first where everything still fits."""
        for p in range(self.NI[k, LEN], -1, -1):
            put_in(self.tables, r, k, p)
            settle(self.tables, k, True)
            if self.NI[k, SOUND] or p == 0:
                return
            take_out(self.tables, r)

    def _seat_at(self, k, i, start):
        """Seat i after everybody who began before it, at its earlier time."""
        if self.price[i, k] >= FAR or self.NI[k, USED] >= self.NI[k, MOST]:
            return
        settle(self.tables, k, True)
        for p in range(self.NI[k, LEN], -1, -1):
            put_in(self.tables, i, k, p)
            settle(self.tables, k, True)
            if self.NI[k, SOUND] and abs(self.T[i, BEGIN] - start) < 0.5:
                return
            take_out(self.tables, i)
        settle(self.tables, k, True)

    def _unseat_halves(self):
        for i in range(len(self.seats)):
            j = self.TI[i, MATE]
            if j >= 0 and self.TI[i, WHO] >= 0 and self.TI[j, WHO] < 0:
                settle(self.tables, take_out(self.tables, i), True)

    # --- search -----------------------------------------------------------------------------------------------------

    def solve(
        self,
        *,
        seconds,
        rounds,
        seed,
        most_changed=-1,
        progress=None,
        cancelled=None,
        removed=REMOVED,
        hot=HOT,
        cold=COLD,
    ):
        """Search until the CPU seconds of this thread or the rounds are used up; True when it was cancelled."""
        begun = time.thread_time()
        soft = bool((self.T[:, DUE] < NEVER).any())
        rng = np.array([(seed * 0x9E3779B97F4A7C + 0x1234567) % (1 << 62) + 1], np.int64)
        fixed = (self.tables, self.scratch, self.who, self.ptr, self.near, soft)

        hot, cold = hot * self.problem.settings.road, cold * self.problem.settings.road

        def go(count, share, after):
            heat, next_heat = hot * (cold / hot) ** share, hot * (cold / hot) ** after
            search(
                *fixed, count, float(heat), float(next_heat), float(removed), most_changed, self.state, self.kept, rng
            )

        if not self.seats or not self.problem.nurses:
            return False
        go(1, 0, 0)
        step, done, share = 100, 1, 0.0
        while share < 1:
            if cancelled is not None and cancelled():
                return True
            if rounds is not None:
                step = min(max(1, ceil(rounds / 50)), rounds - done)
                if step <= 0:
                    break
                after = (done + step) / rounds
            else:
                after = min(1.0, share + 0.02)
            before = time.thread_time()
            go(step, share, after)
            done += step
            spent = time.thread_time()
            if rounds is not None:
                share = after
            else:
                share = (spent - begun) / seconds
                step = max(10, min(200_000, int(step * min(4.0, 0.02 * seconds / max(spent - before, 1e-6)))))
            if progress is not None:
                progress(min(1.0, share), float(self.state[BEST]))
        return False

    # --- back -------------------------------------------------------------------------------------------------------

    def answer(self):
        """The best plan: seats as (visit index, seat, nurse index, start), breaks as (nurse index, break, start)."""
        T, _, NI, R = self.kept
        seats, rests = [], []
        for k in range(len(self.problem.nurses)):
            for i in map(int, R[k, : NI[k, LEN]]):
                start = round(float(T[i, BEGIN]), 4)
                if i < len(self.seats):
                    seats.append((*self.seats[i], k, start))
                else:
                    rests.append((k, self.rests[i - len(self.seats)][1], start))
        return seats, rests

    @property
    def cost(self):
        return float(self.state[BEST])

    @property
    def rounds(self):
        return int(self.state[ROUNDS])


def _haversine(places):
    nowhere = np.array([place is None for place in places], bool)
    lon, lat = np.radians(np.array([place or (0.0, 0.0) for place in places], float).reshape(-1, 2)).T
    road = np.empty((len(places), len(places)), np.float32)
    for i in range(len(places)):
        h = np.sin((lat - lat[i]) / 2) ** 2 + np.cos(lat[i]) * np.cos(lat) * np.sin((lon - lon[i]) / 2) ** 2
        road[i] = np.arcsin(np.sqrt(np.minimum(1.0, h)))
    road *= 2 * travel.EARTH_KM * travel.DETOUR / travel.KM_AN_HOUR * 60
    road[nowhere] = 0
    road[:, nowhere] = 0
    return road


_LOCK = threading.Lock()
_READY = False


def make_ready():
    """Load or compile the search once, so that no plan's budget is spent on it."""
    global _READY
    with _LOCK:
        if not _READY:
            two = Second(frozenset({1, 2}), 10)
            visit = Visit(1, 10, ((0, 60),), (0.0, 0.0), frozenset({1, 2}), second=two)
            nurses = tuple(Nurse(k, ((0, 90),), (0.0, 0.0), (0.0, 0.0)) for k in (1, 2))
            Day(Problem((visit,), nurses)).solve(seconds=None, rounds=2, seed=1)
            _READY = True
