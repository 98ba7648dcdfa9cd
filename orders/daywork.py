"""A centre's day in the planner's words: what waits, what is promised, who is there, and what the rules allow."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from math import ceil
from typing import Any

from django.db.models import Count, F, Max, Sum

from accounts.models import Organization
from clinical.lifecycle import OVER
from institutions import selectors as institutions
from nurses import rules
from nurses import selectors as nurses
from orders import eligibility, ranking
from orders.days import beginning
from orders.lifecycle import SEATED, UNDONE, OrderStatus
from orders.models import Order, OrderStep
from orders.planning.plan import Found, proposal, rests_of
from orders.planning.problem import Break, Nurse, Problem, Seat, Settings, Span, Visit
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
    because of whom the day is arranged anew.
    """

    problem: Problem
    standing: Proposal
    figures: Figures
    orders: Mapping[int, Order]
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
    absent, late = frozenset(absent), frozenset(late)
    midnight = beginning(day)
    settings = institutions.settings_of(centre, day)
    everybody = nurses.candidates(centre.pk, day)
    seated = _seated([nurse.nurse_id for nurse in everybody], midnight)
    waiting = _waiting(centre, midnight)
    rows = {row.pk: row for row in (*waiting, *seated)}
    declined = _declined(waiting)
    own = _own_nurses({row.patient_id for row in rows.values()})
    earliest = _minute(now, midnight) + settings["plan.lead_minutes"]
    left_out: dict[int, tuple[str, str]] = {}
    visits = []
    for row in waiting:
        if row.prescription.status in OVER or row.prescription.valid_until < day:
            left_out[row.pk] = ("gate", "服务项目单已过期或停用，需要医生重新评估和开具。")
        elif not (windows := _windows(row, midnight, earliest)):
            left_out[row.pk] = ("past", "服务对象希望的时段已过或来不及，请与服务对象商定新的时间。")
        else:
            visits.append(_visit(row, windows, day, settings, everybody, declined[row.pk], own))
    repairing = bool(absent or late)
    for row in seated:
        visits.append(
            _standing(
                row, midnight, earliest, day, settings, everybody, own, now=now, pinned=_is_pinned(row, repairing)
            )
        )
    there = [nurse for nurse in everybody if nurse.nurse_id not in absent]
    loads = _loads([nurse.nurse_id for nurse in there], midnight)
    spans = {nurse.nurse_id: _spans(nurse, midnight, visits) for nurse in there}
    on_duty = tuple(
        _nurse(nurse, spans[nurse.nurse_id], centre, settings, visits, loads)
        for nurse in there
        if spans[nurse.nurse_id]
    )
    least = Settings(least=settings["nurse.travel_minutes"])
    problem = Problem(tuple(visits), on_duty, least)
    known = {nurse.id for nurse in on_duty} | absent
    seats = tuple(
        (row.pk, 0, row.nurse_id, _minute(row.planned_start, midnight)) for row in seated if row.nurse_id in known
    )
    gone = tuple(_absent(nurse, midnight, visits) for nurse in everybody if nurse.nurse_id in absent)
    whole = replace(problem, nurses=on_duty + tuple(nurse for nurse in gone if nurse))
    standing = proposal(whole, Found(seats=seats, rests=rests_of(on_duty)))
    figures = standing.figures
    if absent:
        kept = tuple(seat for seat in seats if seat[2] not in absent)
        figures = proposal(problem, Found(seats=kept, rests=rests_of(on_duty))).figures
    return DayWork(problem, standing, figures, rows, left_out, absent | late, midnight)


def changed(work: DayWork, found: Proposal) -> list[tuple[Assignment, Order]]:
    """The seats of a plan that differ from the day as it stands, in the order of their beginnings."""
    was = {(one.visit, one.seat): one for one in work.standing.assignments}
    rows = []
    for one in sorted(found.assignments, key=lambda one: (one.start, str(one.visit))):
        before = was.get((one.visit, one.seat))
        if before is None or before.nurse != one.nurse or abs(before.start - one.start) > 0.5:
            rows.append((one, work.orders[one.visit]))
    return rows


# --- what waits and what is promised ----------------------------------------------------------------------------------


def _related(orders):
    return orders.select_related("patient", "address__town", "centre", "prescription").prefetch_related(
        "lines__item__demands__kind"
    )


def _waiting(centre, midnight):
    rows = Order.objects.filter(
        centre=centre,
        status=OrderStatus.AWAITING_DISPATCH,
        window_start__lt=midnight + timedelta(days=1),
        window_end__gte=midnight,
    )
    return list(_related(rows).order_by("window_end", "pk")[:MOST_WAITING])


def _seated(nurse_ids, midnight):
    rows = Order.objects.filter(
        nurse__in=nurse_ids,
        status__in=SEATED,
        planned_start__gte=midnight,
        planned_start__lt=midnight + timedelta(days=1),
    )
    return list(_related(rows).order_by("planned_start", "pk"))


def _declined(waiting):
    """Who has said no to an order is not proposed for it again; the dispatcher may still ask her by hand."""
    found = defaultdict(set)
    steps = OrderStep.objects.filter(order__in=waiting, name__in=["decline", "give_back"], taken_by__isnull=False)
    for order, user in steps.values_list("order", "taken_by"):
        found[order].add(user)
    return found


def _own_nurses(patients):
    """The nurse who came most often to each patient; of equals, the one who came last."""
    histories = defaultdict(dict)
    done = Order.objects.filter(patient__in=patients, finished_at__isnull=False, nurse__isnull=False)
    rows = done.values_list("patient", "nurse").annotate(visits=Count("pk"), last=Max("finished_at"))
    for patient, nurse, visits, last in rows:
        histories[patient][nurse] = ranking.History(visits, last)
    return {patient: ranking.own_nurse(known) for patient, known in histories.items()}


def _windows(row, midnight, earliest) -> tuple[Span, ...]:
    """The wished hours of this day within which the visit may begin; none where they are over."""
    opens = max(_minute(row.window_start, midnight), 0.0, ceil(earliest))
    closes = min(_minute(row.window_end, midnight), DAY - row.minutes)
    return ((opens, closes),) if opens <= closes else ()


def _visit(row, windows, day, settings, everybody, declined, own, **more):
    start = row.planned_start or max(row.window_start, beginning(day))
    asked = eligibility.visit_of(row, start, start + timedelta(minutes=row.minutes), settings)
    able = frozenset(
        nurse.nurse_id
        for nurse in everybody
        if nurse.user_id not in declined and not rules.why_not(nurse, asked, rules=UNTIMED)
    )
    preferred = own.get(row.patient_id)
    visit = Visit(
        id=row.pk,
        minutes=row.minutes,
        windows=windows,
        place=eligibility.place_of(row.address),
        eligible=able,
        priority=_priority(row, day),
        preferred=frozenset({preferred} if preferred else ()),
        skills=_skills(asked),
        centre=row.centre_id,
    )
    return replace(visit, **more) if more else visit


def _standing(row, midnight, earliest, day, settings, everybody, own, *, now, pinned):
    """A visit that somebody holds already: pinned, or free to be moved from the hour that was told."""
    start = _minute(row.planned_start, midnight)
    if pinned:
        visit = _visit(row, ((start, start),), day, settings, everybody, frozenset(), own)
        minutes = _minutes_left(row, midnight, now, start)
        pin = (Seat(row.nurse_id, start),)
        return replace(visit, minutes=minutes, eligible=visit.eligible | {row.nurse_id}, pinned=pin)
    spans = _windows(row, midnight, earliest)
    if not any(a <= start <= b for a, b in spans):
        spans = tuple(sorted((*spans, (start, start))))
    return _visit(row, spans, day, settings, everybody, frozenset(), own)


def _is_pinned(row, repairing):
    return row.status in NOBODY_CHANGES or not repairing or row.status not in UNDONE


def _minutes_left(row, midnight, now, start):
    """How long a visit takes from its agreed beginning, when the nurse is late or stays longer than planned."""
    if row.status not in NOBODY_CHANGES:
        return row.minutes
    clock = _minute(now, midnight)
    began = _minute(row.arrived_at, midnight) if row.arrived_at else max(clock, start)
    return max(row.minutes, ceil(max(began + row.minutes, clock + 5) - start))


def _priority(row, day):
    left = (row.window_end - beginning(day)).days
    return {0: LAST_CHANCE, 1: SOON}.get(left, CAN_WAIT)


def _skills(asked):
    names = [name for item in asked.items for _, name, _ in item.certificates] or [item.name for item in asked.items]
    return tuple(dict.fromkeys(names))


# --- who is there -----------------------------------------------------------------------------------------------------


def _spans(nurse, midnight, visits) -> tuple[Span, ...]:
    """Her working hours of the day without her leave; a visit that she holds outside of them counts as work."""
    spans = _clipped(nurse.shifts, midnight)
    for a, b in _clipped(nurse.leaves, midnight):
        spans = [part for on, off in spans for part in ((on, min(off, a)), (max(on, b), off)) if part[0] < part[1]]
    for visit in visits:
        spans += [(pin.start, pin.start + visit.minutes) for pin in visit.pinned if pin.nurse == nurse.nurse_id]
    joined: list[Span] = []
    for on, off in sorted(spans):
        if joined and on <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(off, joined[-1][1]))
        else:
            joined.append((on, off))
    return tuple(joined)


def _clipped(spans, midnight):
    minutes = [(max(_minute(a, midnight), 0.0), min(_minute(b, midnight), float(DAY))) for a, b in spans]
    return [(a, b) for a, b in minutes if a < b]


def _nurse(nurse, spans, centre, settings, visits, loads):
    base = (centre.lon, centre.lat) if centre.lon is not None and centre.lat is not None else None
    return Nurse(
        id=nurse.nurse_id,
        shifts=spans,
        start=base,
        end=base,
        breaks=_breaks(nurse.nurse_id, spans, settings, visits),
        max_visits=settings["nurse.daily_cap"],
        load=loads.get(nurse.nurse_id, 0),
        centre=centre.pk,
    )


def _absent(nurse, midnight, visits):
    """Somebody who cannot come: only her visits are left of her day, so that the plan before can be added up."""
    spans = _spans(nurse, midnight, visits) or ((0.0, float(DAY)),)
    return Nurse(id=nurse.nurse_id, shifts=spans, start=None, end=None)


def _breaks(nurse_id, spans, settings, visits):
    """A break at noon where the day spans it and what she has accepted leaves room for it."""
    minutes = settings["plan.break_minutes"]
    earliest, latest = LUNCH
    if not minutes or not any(on <= earliest and off >= latest + minutes for on, off in spans):
        return ()
    mine = sorted(
        (pin.start, pin.start + visit.minutes, visit.place) for visit in visits for pin in visit.pinned
         if pin.nurse == nurse_id
    )  # fmt: skip
    edges: list[tuple[float, float, Any]] = [(-1.0, 0.0, None), *mine, (float(DAY), float(DAY), None)]
    for (_, ends, a), (begins, _, b) in zip(edges, edges[1:], strict=False):
        way = max(ceil(between("haversine", a, b)), settings["nurse.travel_minutes"]) if a and b else 0
        if max(ends, earliest) <= min(latest, begins - way - minutes):
            return (Break(earliest, latest, minutes),)
    return ()


def _loads(nurse_ids, midnight):
    rows = Order.objects.filter(
        nurse__in=nurse_ids, planned_start__gte=midnight - SHARED_OVER, planned_start__lt=midnight
    )
    return dict(rows.values_list("nurse").annotate(work=Sum(F("minutes"))).order_by())


def _minute(moment, midnight) -> float:
    return (moment - midnight).total_seconds() / 60
