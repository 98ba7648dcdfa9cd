"""
The test before the return visit (预就诊, 003 二(一)2): blood is taken early enough for its results to lie there when
the patient goes back to the doctor. Pure rules; the district says how long results take.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from kernel.refusals import Refusal

CLAUSE = "003 二(一)2"
SETTING = "order.results_days"
FARTHEST = 366  # days; what lies further off is a slip of the finger


def samples(items: Iterable) -> bool:
    """Whether any of these items takes a specimen."""
    return any(item.takes_specimen for item in items)


def latest(return_on: date, settings: Mapping[str, Any]) -> date:
    """The last day on which a specimen still has its results by the return visit."""
    return return_on - timedelta(days=settings[SETTING])


def why_not_return(return_on: date, items: Iterable, today: date, settings: Mapping[str, Any]) -> Refusal | None:
    """Say why this day of return cannot be matched with a visit at all."""
    if not samples(items):
        said = "所选的项目不采集标本，不用填写复诊日期。"
        return Refusal("request.return_plain", said, CLAUSE, field="return_on")
    days = (return_on - today).days  # compared as a number: a year of one digit has no day before it
    if days > FARTHEST:
        return Refusal("request.return_far", "复诊日期请填写一年以内的日期。", CLAUSE, field="return_on")
    if days < settings[SETTING]:
        soonest = today + timedelta(days=settings[SETTING])
        said = (
            f"采样后约 {settings[SETTING]} 天出结果，{_said(return_on)}复诊来不及。"
            f"请填写{_said(soonest)}或以后的复诊日期，也可以不填。"
        )
        return Refusal("request.return_soon", said, CLAUSE, field="return_on")
    return None


def too_late(
    visit: date, return_on: date | None, items: Iterable, today: date, settings: Mapping[str, Any], field: str
) -> Refusal | None:
    """Say that results of this visit would come after the return; nothing once no day is left that would do."""
    if return_on is None or not samples(items):
        return None
    last = latest(return_on, settings)
    if visit <= last or last < today:
        return None
    said = (
        f"复诊在{_said(return_on)}，采样后约 {settings[SETTING]} 天出结果，最晚须在{_said(last)}上门采样，"
        f"请选择{_said(last)}或更早的时间。"
    )
    return Refusal("request.after_results", said, CLAUSE, field=field)


def objection(
    visit: date, return_on: date, items: Iterable, today: date, settings: Mapping[str, Any], field: str
) -> Refusal | None:
    """The first thing that stands against an application with this day of return; ``field`` is the visit's."""
    items = list(items)
    no = why_not_return(return_on, items, today, settings)
    return no or too_late(visit, return_on, items, today, settings, field)


def note(
    visit: date,
    return_on: date | None,
    items: Iterable,
    today: date,
    settings: Mapping[str, Any],
    earliest: date | None = None,
) -> tuple[str, bool] | None:
    """
    What the desk reads beside a visit that the return waits for, and whether the visit is too late for it.

    ``earliest`` is the day of the first visit of the request that takes a specimen for this return. Where that one
    brings the results in time, those after it serve another purpose, and nothing is said of them.
    """
    if return_on is None or return_on < today or not samples(items):
        return None
    last = latest(return_on, settings)
    if earliest is not None and earliest < visit and earliest <= last:
        return None
    return f"须在{_said(last)}前（含当日）采样，供{_said(return_on)}复诊", visit > last


def _said(day: date) -> str:
    return f" {day.month} 月 {day.day} 日"
