"""A centre's day in the planner's words: what waits, what is promised, who is there, and what the rules allow."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from math import ceil
from typing import Any

from django.db.models import F, Q, Sum

from accounts.models import Organization
from clinical.lifecycle import OVER
from institutions import selectors as institutions
from nurses import rules
from nurses import selectors as nurses
from orders import eligibility, ranking
from orders.companion import Companion
from orders.days import beginning
from orders.lifecycle import COMPANION_LIVE, SEATED, UNDONE, OrderStatus
from orders.models import Order, OrderStep
from orders.planning import validator
from orders.planning.plan import Found, proposal, rests_of
from orders.planning.problem import Break, Nurse, Problem, Seat, Second, Settings, Span, Visit
from orders.planning.proposal import Assignment, Figures, Proposal
from orders.planning.travel import between

MOST_WAITING = 400  # a centre's day has about 65 visits; more than this is not a day's work
DAY = 24 * 60
LUNCH: Span = (11.5 * 60, 13 * 60)  # a break begins between these
SHARED_OVER = timedelta(days=7)  # the period over which work is shared out
LAST_CHANCE, SOON, CAN_WAIT = 3, 2, 1  # priorities: the window ends today, tomorrow, later
# The planner finds the hours, the limits and the ways itself; everything else is the gate's own list.
UNTIMED = tuple(rule for rule in rules.RULES if rule not in (rules.shift, rules.overlap, rules.daily_cap))
NOBODY_CHANGES = frozenset({OrderStatus.EN_ROUTE, OrderStatus.IN_SERVICE})


@dataclass(frozen=True, slots=True)
class DayWork:
    """
    One centre's day. ``standing`` is the day as it was promised, ``figures`` what of it holds without those who cannot
    come; ``left_out`` says why an order cannot be planned at all, as (reason, sentence); ``touched`` are the nurses
    because of whom the day is arranged anew; ``asked`` and ``everybody`` are what the rules were asked about and whom.
    """

    problem: Problem
    standing: Proposal
    figures: Figures
    orders: Mapping[int, Order]
    companions: Mapping[int, Companion]
    asked: Mapping[Any, rules.Visit]
    everybody: tuple[rules.Candidate, ...]
    left_out: Mapping[int, tuple[str, str]]
    touched: frozenset[int]
    midnight: datetime

    def moment(self, minute: float) -> datetime:
        return self.midnight + timedelta(minutes=round(minute))


def of_centre(
    centre: Organization, day: date, now: datetime, *, absent: Iterable[int] = (), late: Iterable[int] = ()
) -> DayWork:
    """
    Describe the day to the planner.

    What was offered or accepted is pinned. With ``absent`` or ``late`` nurses (their ids) only visits that are under
    way are pinned: the rest may be arranged anew, as little as possible. Reads as often at 1 order as at 400.
    """
    return _Reading(centre, day, now, frozenset(absent), frozenset(late)).work()


class NotSound(Exception):
    """The independent judge found broken rules; carries them."""


def demand_sound(problem: Problem, found: Proposal, *works: DayWork) -> None:
    """
    Ask the independent judge. What a day breaks as it stands already (an overruled way that is too long) is not the
    plan's doing.

    :raises NotSound: with the first twenty of what the plan breaks
    """
    before = {said for work in works for said in validator.breaches(work.problem, work.standing)}
    if broken := set(validator.breaches(problem, found)) - before:
        raise NotSound(sorted(broken)[:20])


def changed(work: DayWork, found: Proposal) -> list[tuple[Assignment, Order]]:
    """
    The seats of a plan that differ from the day as it stands, in the order of their beginnings, the first seat first.

    With the first nurse of a visit the second one is asked anew as well: her seat hangs on the first.
    """
    was = {(one.visit, one.seat): one for one in work.standing.assignments}
    moved = {
        (one.visit, one.seat)
        for one in found.assignments
        if (before := was.get((one.visit, one.seat))) is None
        or before.nurse != one.nurse
        or abs(before.start - one.start) > 0.5
    }
    return [
        (one, work.orders[one.visit])
        for one in sorted(found.assignments, key=lambda one: (one.start, str(one.visit), one.seat))
        if (one.visit, one.seat) in moved or (one.seat and (one.visit, 0) in moved)
    ]


class _Reading:
    """One centre's day as it is being read."""

    def __init__(self, centre, day, now, absent, late):
        self.centre, self.day, self.now, self.absent, self.late = centre, day, now, absent, late
        self.midnight = beginning(day)
        self.settings = institutions.settings_of(centre, day)
        self.everybody = nurses.candidates(centre.pk, day)
        known = [nurse.nurse_id for nurse in self.everybody]
        self.seated = _seated(known, self.midnight)
        self.waiting = _waiting(centre, self.midnight)
        self.rows = {row.pk: row for row in (*self.waiting, *self.seated)}
        company = _companions(known, self.rows, self.midnight)
        self.companions = {one.order_id: one for one in company if one.order_id in self.rows}
        self.elsewhere = [one for one in company if one.order_id not in self.rows]
        self.declined = _declined(self.waiting)
        histories = eligibility.histories({row.patient_id for row in self.rows.values()})
        self.own = {patient: ranking.own_nurse(known) for patient, known in histories.items()}
        self.loads = _loads(known, self.midnight)
        self.made = eligibility.made(known, day)
        self.earliest = self.minute(now) + self.settings["plan.lead_minutes"]
        self.asked: dict[Any, rules.Visit] = {}
        self.left_out: dict[int, tuple[str, str]] = {}

    def minute(self, moment) -> float:
        return (moment - self.midnight).total_seconds() / 60

    def work(self) -> DayWork:
        visits = [visit for row in self.waiting if (visit := self.to_send(row)) is not None]
        visits += [self.held(row) for row in self.seated] + [self.going_along(one) for one in self.elsewhere]
        there = [nurse for nurse in self.everybody if nurse.nurse_id not in self.absent]
        spans = {nurse.nurse_id: self.spans(nurse, visits) for nurse in self.everybody}
        on_duty = tuple(self.nurse(one, spans[one.nurse_id], visits) for one in there if spans[one.nurse_id])
        problem = Problem(tuple(visits), on_duty, Settings(least=self.settings["nurse.travel_minutes"]))
        # Somebody who cannot come: only her visits are left of her day, so that the plan before can be added up.
        gone = tuple(Nurse(pk, spans[pk] or ((0.0, float(DAY)),), None, None) for pk in self.absent & spans.keys())
        seats = self.seats({nurse.id for nurse in (*on_duty, *gone)})
        rests = rests_of(on_duty)
        standing = proposal(replace(problem, nurses=on_duty + gone), Found(seats=seats, rests=rests))
        figures = standing.figures
        if self.absent:
            kept = tuple(seat for seat in seats if seat[2] not in self.absent)
            figures = proposal(problem, Found(seats=kept, rests=rests)).figures
        return DayWork(
            problem=problem,
            standing=standing,
            figures=figures,
            orders=self.rows,
            companions=self.companions,
            asked=self.asked,
            everybody=tuple(self.everybody),
            left_out=self.left_out,
            touched=self.absent | self.late,
            midnight=self.midnight,
        )

    def seats(self, known):
        """The day as it was promised, as (visit, seat, nurse, start)."""
        found = [(row.pk, 0, row.nurse_id, self.minute(row.planned_start)) for row in self.seated]
        found += [
            (one.order_id, 1, one.nurse_id, self.minute(one.starts_at))
            for one in self.companions.values()
            if self.is_ours(self.rows[one.order_id])
        ]
        found += [(_along(one), 0, one.nurse_id, self.minute(one.starts_at)) for one in self.elsewhere]
        return tuple(seat for seat in found if seat[2] in known)

    # --- visits -------------------------------------------------------------------------------------------------------

    def is_ours(self, row) -> bool:
        """A nurse may hold a visit of another centre: its hours are taken, and nobody here changes them."""
        return row.centre_id == self.centre.pk

    def to_send(self, row) -> Visit | None:
        if row.prescription.status in OVER or row.prescription.valid_until < self.day:
            self.left_out[row.pk] = ("gate", "服务项目单已过期或停用，需要医生重新评估和开具。")
        elif not (windows := self.windows(row)):
            self.left_out[row.pk] = ("past", "服务对象希望的时段已过或来不及，请与服务对象商定新的时间。")
        else:
            return self.visit(row, windows, self.declined[row.pk])
        return None

    def held(self, row) -> Visit:
        """A visit that somebody holds already: pinned, or free to be moved from the hour that was told."""
        start = self.minute(row.planned_start)
        free = (self.absent or self.late) and row.status in UNDONE and self.is_ours(row)
        if free:
            # Nobody comes before the hour that the family was told; later only within the hours that it wished for.
            closes = min(self.minute(row.window_end), DAY - row.minutes)
            return self.visit(row, ((start, max(start, closes)),))
        visit, minutes = self.visit(row, ((start, start),)), self.minutes_left(row, start)
        pins, second = [Seat(row.nurse_id, start)], visit.second
        if second:
            beside = self.companions.get(row.pk)
            if beside:
                pins.append(Seat(beside.nurse_id, start))
                second = replace(second, eligible=second.eligible | {beside.nurse_id})
            second = replace(second, minutes=minutes)
        return replace(
            visit, minutes=minutes, eligible=visit.eligible | {row.nurse_id}, second=second, pinned=tuple(pins)
        )

    def going_along(self, one) -> Visit:
        """A visit of another centre to which a nurse of this one goes along."""
        start, here = self.minute(one.starts_at), frozenset({one.nurse_id})
        return Visit(
            id=_along(one),
            minutes=(one.ends_at - one.starts_at).total_seconds() / 60,
            windows=((start, start),),
            place=eligibility.place_of(one.order.address),
            eligible=here,
            pinned=(Seat(one.nurse_id, start),),
            centre=self.centre.pk,
        )

    def visit(self, row, windows, declined=frozenset()) -> Visit:
        start = row.planned_start or max(row.window_start, self.midnight)
        asked = eligibility.visit_of(row, start, start + timedelta(minutes=row.minutes), self.settings)
        self.asked[row.pk] = asked
        able = frozenset(
            nurse.nurse_id
            for nurse in self.everybody
            if nurse.user_id not in declined and not rules.why_not(nurse, asked, rules=UNTIMED)
        )
        preferred = self.own.get(row.patient_id)
        two = self.is_ours(row) and (row.needs_two or row.pk in self.companions)
        return Visit(
            id=row.pk,
            minutes=row.minutes,
            windows=windows,
            place=eligibility.place_of(row.address),
            eligible=able,
            priority={0: LAST_CHANCE, 1: SOON}.get((row.window_end - self.midnight).days, CAN_WAIT),
            preferred=frozenset({preferred} if preferred else ()),
            second=Second(able, row.minutes) if two else None,
            skills=_skills(asked),
            centre=self.centre.pk,
        )

    def windows(self, row) -> tuple[Span, ...]:
        """The wished hours of this day within which the visit may begin; none where they are over."""
        opens = max(self.minute(row.window_start), 0.0, ceil(self.earliest))
        closes = min(self.minute(row.window_end), DAY - row.minutes)
        return ((opens, closes),) if opens <= closes else ()

    def minutes_left(self, row, start):
        """How long a visit takes from its agreed beginning, when the nurse is late or stays longer than planned."""
        if row.status not in NOBODY_CHANGES:
            return row.minutes
        clock = self.minute(self.now)
        began = self.minute(row.arrived_at) if row.arrived_at else max(clock, start)
        return max(row.minutes, ceil(max(began + row.minutes, clock + 5) - start))

    # --- nurses -------------------------------------------------------------------------------------------------------

    def spans(self, nurse, visits) -> tuple[Span, ...]:
        """Her working hours of the day without her leave; a visit that she holds outside of them counts as work."""
        spans = self.clipped(nurse.shifts)
        for a, b in self.clipped(nurse.leaves):
            spans = [part for on, off in spans for part in ((on, min(off, a)), (max(on, b), off)) if part[0] < part[1]]
        spans += [(begins, ends) for begins, ends, _ in _pinned_to(nurse.nurse_id, visits)]
        return tuple(rules.joined(spans))

    def clipped(self, spans):
        minutes = [(max(self.minute(a), 0.0), min(self.minute(b), float(DAY))) for a, b in spans]
        return [(a, b) for a, b in minutes if a < b]

    def nurse(self, candidate, spans, visits) -> Nurse:
        centre = self.centre
        base = eligibility.centre_place(centre)
        return Nurse(
            id=candidate.nurse_id,
            shifts=spans,
            start=base,
            end=base,
            breaks=self.breaks(candidate.nurse_id, spans, visits),
            max_visits=max(0, self.settings["nurse.daily_cap"] - self.made[candidate.nurse_id]),
            load=self.loads.get(candidate.nurse_id, 0),
            centre=centre.pk,
        )

    def breaks(self, nurse_id, spans, visits):
        """A break at noon where the day spans it and what she has accepted leaves room for it."""
        minutes, least = self.settings["plan.break_minutes"], self.settings["nurse.travel_minutes"]
        earliest, latest = LUNCH
        if not minutes or not any(on <= earliest and off >= latest + minutes for on, off in spans):
            return ()
        mine = sorted(_pinned_to(nurse_id, visits), key=lambda pin: pin[:2])
        edges: list[tuple[float, float, Any]] = [(-1.0, 0.0, None), *mine, (float(DAY), float(DAY), None)]
        for (_, ends, a), (begins, _, b) in zip(edges, edges[1:], strict=False):
            way = max(ceil(between("haversine", a, b)), least) if a and b else 0
            if max(ends, earliest) <= min(latest, begins - way - minutes):
                return (Break(earliest, latest, minutes),)
        return ()


# --- reads ------------------------------------------------------------------------------------------------------------


def _related(orders):
    return orders.select_related("patient", "address__town", "centre", "prescription").prefetch_related(
        "lines__item__demands__kind"
    )


def waits_for(midnight: datetime) -> Q:
    """Orders without a nurse that may be made on the day that begins then."""
    return Q(
        status=OrderStatus.AWAITING_DISPATCH,
        window_start__lt=midnight + timedelta(days=1),
        window_end__gte=midnight,
    )


def _waiting(centre, midnight):
    rows = Order.objects.filter(waits_for(midnight), centre=centre)
    return list(_related(rows).order_by("window_end", "pk")[:MOST_WAITING])


def _seated(nurse_ids, midnight):
    rows = Order.objects.filter(
        nurse__in=nurse_ids,
        status__in=SEATED,
        planned_start__gte=midnight,
        planned_start__lt=midnight + timedelta(days=1),
    )
    return list(_related(rows).order_by("planned_start", "pk"))


def _companions(nurse_ids, rows, midnight):
    """The second seats of the day: of these orders, and of these nurses wherever they go along."""
    live = Companion.objects.filter(
        Q(order__in=rows) | Q(nurse__in=nurse_ids),
        status__in=COMPANION_LIVE,
        starts_at__gte=midnight,
        starts_at__lt=midnight + timedelta(days=1),
    )
    return list(live.select_related("order__address__town").order_by("pk"))


def _declined(waiting):
    """Who has said no to an order is not proposed for it again; the dispatcher may still ask her by hand."""
    found = defaultdict(set)
    steps = OrderStep.objects.filter(order__in=waiting, name__in=["decline", "give_back"], taken_by__isnull=False)
    for order, user in steps.values_list("order", "taken_by"):
        found[order].add(user)
    return found


def _loads(nurse_ids, midnight):
    rows = Order.objects.filter(
        nurse__in=nurse_ids, planned_start__gte=midnight - SHARED_OVER, planned_start__lt=midnight
    )
    return dict(rows.values_list("nurse").annotate(work=Sum(F("minutes"))).order_by())


def _pinned_to(nurse_id, visits):
    """What a nurse holds, as (begins, ends, where)."""
    return [
        (pin.start, pin.start + visit.minutes_of(seat), visit.place)
        for visit in visits
        for seat, pin in enumerate(visit.pinned)
        if pin.nurse == nurse_id
    ]


def _skills(asked):
    names = [name for item in asked.items for _, name, _ in item.certificates] or [item.name for item in asked.items]
    return tuple(dict.fromkeys(names))


def _along(one):
    return f"along {one.pk}"
