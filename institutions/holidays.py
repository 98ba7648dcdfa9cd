"""What a day is in the public calendar: a holiday, a working day made up for one, or nothing special."""

from datetime import date
from functools import cache

from institutions import loading

SATURDAY = 5


def called(day: date) -> str:
    """Return 「国庆节假期」, 「春节调休上班」 and the like, or nothing for a usual day."""
    return _days().get(day.isoformat(), "")


def is_working_day(day: date) -> bool:
    """Say whether offices work on that day: a usual week day, or a day made up for a holiday."""
    name = called(day)
    return name.endswith("上班") if name else day.weekday() < SATURDAY


@cache
def _days() -> dict[str, str]:
    return loading.read("holidays")["days"]
