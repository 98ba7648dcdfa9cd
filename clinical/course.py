"""
When the visits that are left on a prescription would be due: pure, so that pages, verb and tests agree.

What is due every day or every other day is due on Sundays and holidays as well; what is due once a week or more rarely
moves to the next working day. Nothing is proposed beyond the times left or the prescription's validity.
"""

import calendar
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

DAY = timedelta(days=1)
APART = {"once": 1, "daily": 1, "every_other_day": 2, "weekly": 7, "fortnightly": 14}
STEADY = frozenset({"daily", "every_other_day"})  # the course itself, not an office's week, sets these days


@dataclass(frozen=True, slots=True)
class Left:
    """One line of a prescription: times left, how often, and the day of its latest visit so far."""

    line: int
    times: int
    frequency: str
    last: date | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit as proposed: its day, the lines that are due, and whether a day off has moved it."""

    day: date
    lines: tuple[int, ...]
    moved: bool = False


def propose(lines: Iterable[Left], *, earliest: date, until: date, works: Callable[[date], bool]) -> list[Visit]:
    """Return the visits still to come, in order of time; lines that are due on the same day share one."""
    days: dict[date, list[int]] = {}
    moved: set[date] = set()
    for line in lines:
        for day, late in _series(line, earliest, until, works):
            days.setdefault(day, []).append(line.line)
            if late:
                moved.add(day)
    return [Visit(day, tuple(sorted(due)), day in moved) for day, due in sorted(days.items())]


def _series(line, earliest, until, works):
    first = earliest if line.last is None else max(_nth(line.last, line.frequency, 1), earliest)
    taken = line.last or earliest - DAY
    for count in range(line.times):
        due = _nth(first, line.frequency, count)
        day = max(due, taken + DAY)
        while line.frequency not in STEADY and not works(day):
            day += DAY
        if day > until:
            return
        taken = day
        yield day, day != due


def _nth(first: date, frequency: str, count: int) -> date:
    """The day of the ``count``-th visit after the first, before days off are looked at."""
    if frequency == "monthly":
        return _months_on(first, count)
    if frequency == "twice_weekly":
        return first + timedelta(days=count // 2 * 7 + count % 2 * 3)
    return first + timedelta(days=count * APART[frequency])


def _months_on(first: date, months: int) -> date:
    """The same day of a later month, or that month's last day."""
    year, month = divmod(first.month - 1 + months, 12)
    year, month = first.year + year, month + 1
    return first.replace(year=year, month=month, day=min(first.day, calendar.monthrange(year, month)[1]))
