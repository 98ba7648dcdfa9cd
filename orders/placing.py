"""
Where one visit may be put on the day's board: for each person what bars her, and when she cannot begin.

The same rules as at the offer, asked for every quarter of an hour; the offer asks them again. Nothing is written here.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.utils import timezone

from accounts.roles import Role
from institutions import selectors as institutions
from kernel.actors import Actor
from kernel.refusals import Refusal, Refused, demand, hidden
from nurses import rules
from orders import access, eligibility, gates
from orders.board import Board
from orders.days import beginning
from orders.lifecycle import ORDER, UNDONE
from orders.models import Order, ServiceRequest
from orders.services.dispatch import demand_prescription
from orders.services.orders import demand_consent

QUARTER = timedelta(minutes=15)
QUARTERS = 96
OF_THE_HOUR = (rules.shift, rules.overlap)
OF_THE_DAY = tuple(rule for rule in rules.RULES if rule not in OF_THE_HOUR)
PAST = "上门时间已经过去。"


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when a visit cannot begin, and why; a soft one is a warning that forbids nothing."""

    starts_at: datetime
    ends_at: datetime
    sentence: str
    soft: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """One person's row: every rule that bars her all day, and the spans in which she cannot begin."""

    person_id: int
    refusals: tuple[Refusal, ...]
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Places:
    """``refusals`` bar everybody."""

    minutes: int
    refusals: tuple[Refusal, ...]
    nurses: tuple[Answer, ...] = ()
    doctors: tuple[Answer, ...] = ()


def of_order(*, actor: Actor, row: Order, day: date, now: datetime) -> Places:
    """
    Judge every nurse of the centre for this visit on this day; constant in queries.

    :raises kernel.refusals.Hidden: the actor does not dispatch this order
    """
    if Role.DISPATCHER not in access.order_hats(actor, row):
        raise hidden("这份订单")
    barred = _barriers(row, day)
    begins, length = beginning(day), timedelta(minutes=row.minutes)
    visit = eligibility.visit_of(row, begins, begins + length, institutions.settings_of(row.centre, day))
    found = []
    for candidate in eligibility.standing_of(row.centre_id, day, eligibility.stops(None, day)):
        noon = begins + timedelta(hours=12)
        refusals = rules.why_not(candidate, replace(visit, starts_at=noon, ends_at=noon + length), rules=OF_THE_DAY)
        reasons = []
        for at in _quarters(day):
            asked = replace(visit, starts_at=at, ends_at=at + length)
            said = [] if at > now else [PAST]
            said += [_short(no) for no in rules.why_not(candidate, asked, rules=OF_THE_HOUR)]
            reasons.append("".join(said))
        found.append(Answer(candidate.nurse_id, tuple(refusals), _spans(day, reasons)))
    return Places(minutes=row.minutes, refusals=tuple(barred), nurses=tuple(found))


def of_first_visit(*, row: ServiceRequest, board: Board, minutes: int, now: datetime) -> Places:
    """When each doctor of the board could make this first visit; another first visit at that hour is a warning."""
    length = timedelta(minutes=minutes)
    found = []
    for line in board.doctors:
        others = [visit for visit in line.visits if visit.pk != row.assessment_id]
        past, busy = [], []
        for at in _quarters(board.day):
            past.append("" if at > now else PAST)
            clash = next((v for v in others if v.planned_start < at + length and at < v.planned_end), None)
            busy.append(f"{_clock(clash.planned_start)} 到 {_clock(clash.planned_end)} 已有首诊安排。" if clash else "")
        spans = (*_spans(board.day, past), *_spans(board.day, busy, soft=True))
        found.append(Answer(line.doctor.pk, (), spans))
    return Places(minutes=minutes, refusals=(), doctors=tuple(found))


def _barriers(row: Order, day: date) -> list[Refusal]:
    """What bars any nurse: the order's own state, the centre, the papers."""
    if row.status not in ORDER["offer"].from_ | UNDONE:
        return [Refusal("order.not_movable", f"这次上门「{row.get_status_display()}」，不能再改派。", "002 五(六)2")]
    found: list[Refusal] = []
    for ask in (
        lambda: demand(gates.may_be_visited(row, day)),
        lambda: demand([no for no in [gates.original_seen(row.patient)] if no]),
        lambda: demand_consent(row, day),
        lambda: demand_prescription(row, day),
    ):
        try:
            ask()
        except Refused as no:
            found += no.reasons
    return found


def _quarters(day: date) -> Iterable[datetime]:
    return (beginning(day) + QUARTER * n for n in range(QUARTERS))


def _spans(day: date, reasons: list[str], *, soft: bool = False) -> tuple[Span, ...]:
    """Neighbouring quarters with the same reason become one span."""
    spans: list[Span] = []
    for at, sentence in zip(_quarters(day), reasons, strict=True):
        if not sentence:
            continue
        if spans and spans[-1].sentence == sentence and spans[-1].ends_at == at:
            spans[-1] = replace(spans[-1], ends_at=at + QUARTER)
        else:
            spans.append(Span(at, at + QUARTER, sentence, soft))
    return tuple(spans)


def _short(no: Refusal) -> str:
    """The shift's sentence names its hours, which the board shows already."""
    return f"这时{no.sentence.rpartition(' ')[2]}" if no.code == "nurse.shift" else no.sentence


def _clock(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%H:%M}"
