"""
Who of those who may be sent should be asked first, and why: pure, in minutes, each part told in words.

Eligibility has been judged before by the rules of the law; nothing here keeps anybody out. A soft objection (late,
outside the wished time) may be overruled by the dispatcher with a reason (000 二(一), 五(十六)).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from kernel.refusals import Refusal
from orders.geo import distance_m

OWN_NURSE_CLAUSE = "000 二(一)"
LOAD_CLAUSE = "000 五(十六)"

DETOUR, METRES_A_MINUTE = 1.4, 25_000 / 60  # streets against the crow, at 25 km/h
OWN, KNOWN = 20.0, 8.0  # what continuity is worth in minutes of travel
VISIT = 4.0  # what each visit already planned weighs
LATE = 3.0  # what a minute after the agreed time weighs

Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Stop:
    """A visit already in a nurse's day: when, where as (longitude, latitude), and its order's number."""

    starts_at: datetime
    ends_at: datetime
    place: Place
    key: str = ""


@dataclass(frozen=True, slots=True)
class History:
    """What a nurse and this patient have behind them: visits done, and the moment of the last."""

    visits: int = 0
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One reason for a place in the order: minutes (fewer is better) and the words for it."""

    kind: str
    minutes: float
    words: str


@dataclass(frozen=True, slots=True)
class Standing:
    """A nurse's rank for one visit. ``objections`` are soft: they ask for a reason, they do not forbid."""

    score: float
    parts: tuple[Part, ...]
    travel_minutes: float
    extra_minutes: float
    objections: tuple[Refusal, ...] = field(default=())


def travel_minutes(a: Place, b: Place) -> float:
    """Return the way between two places in minutes."""
    return distance_m(*a, *b) * DETOUR / METRES_A_MINUTE


def standing(
    *,
    place: Place,
    base: Place,
    starts_at: datetime,
    ends_at: datetime,
    stops: Sequence[Stop],
    history: History,
    most_visits: int,
    made: int = 0,
) -> Standing:
    """
    Rank one nurse for one visit.

    ``base`` is where a day begins and ends; ``most_visits`` is the largest number of visits that any nurse has made to
    this patient, so that one is the patient's own.
    """
    before = max((s for s in stops if s.ends_at <= starts_at), key=lambda s: s.ends_at, default=None)
    after = min((s for s in stops if s.starts_at >= ends_at), key=lambda s: s.starts_at, default=None)
    come_from, go_to = before.place if before else base, after.place if after else base
    there, onward = travel_minutes(come_from, place), travel_minutes(place, go_to)
    extra = max(there + onward - travel_minutes(come_from, go_to), 0.0)
    parts = [_way(before, there, extra)]
    parts += _continuity(history, most_visits)
    if load := len(stops) + made:
        parts.append(Part("load", VISIT * load, f"当天已有 {load} 次上门"))
    else:
        parts.append(Part("load", 0.0, "当天还没有上门安排"))
    objections = []
    late = _minutes_late(before, starts_at, there)
    if late > 0:
        parts.append(Part("late", LATE * late, f"上一单结束后赶不到，预计晚 {late:.0f} 分钟"))
        objections.append(_late("soft.late", f"从上一单赶来路上约 {there:.0f} 分钟，预计晚到 {late:.0f} 分钟。"))
    behind = _minutes_behind(after, ends_at, onward)
    if behind > 0:
        parts.append(Part("late", LATE * behind, f"之后的一单会晚 {behind:.0f} 分钟"))
        objections.append(
            _late("soft.next_late", f"到下一单路上约 {onward:.0f} 分钟，下一单预计晚 {behind:.0f} 分钟。")
        )
    return Standing(
        score=round(sum(part.minutes for part in parts), 3),
        parts=tuple(parts),
        travel_minutes=there,
        extra_minutes=extra,
        objections=tuple(objections),
    )


def window_objection(starts_at: datetime, window_start: datetime, window_end: datetime) -> Refusal | None:
    """Say that the time is not one that the patient has asked for."""
    if window_start <= starts_at <= window_end:
        return None
    sentence = "这个时间不在服务对象希望的时段内，请先与服务对象商定。"
    return Refusal("soft.window", sentence, "003 二(一)1一", field="planned_start")


def objections(standing: Standing, starts_at: datetime, window_start: datetime, window_end: datetime) -> list[Refusal]:
    """Every soft objection to one nurse at one time: hers, and that of the wished hours."""
    outside = window_objection(starts_at, window_start, window_end)
    return [*standing.objections, *([outside] if outside else [])]


def own_nurse(histories: Mapping[int, History]) -> int | None:
    """Return the nurse who has come most often; of equals, the one who came last."""
    known = [(h.visits, h.last_at, nurse) for nurse, h in histories.items() if h.visits and h.last_at]
    return max(known)[2] if known else None


def _way(before, there, extra):
    start = "从上一单出发" if before else "从中心出发"
    return Part("travel", extra, f"{start}路上约 {there:.0f} 分钟，多走 {extra:.0f} 分钟")


def _continuity(history, most_visits):
    if not history.visits:
        return []
    if history.visits == most_visits:
        return [Part("own", -OWN, f"责任护士：已为这位服务对象上门 {history.visits} 次")]
    return [Part("known", -KNOWN, f"曾为这位服务对象上门 {history.visits} 次")]


def _minutes_late(before, starts_at, there):
    return there - (starts_at - before.ends_at).total_seconds() / 60 if before else 0.0


def _minutes_behind(after, ends_at, onward):
    return onward - (after.starts_at - ends_at).total_seconds() / 60 if after else 0.0


def _late(code, sentence):
    return Refusal(code, sentence, LOAD_CLAUSE, field="planned_start")
