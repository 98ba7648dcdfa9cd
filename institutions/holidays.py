"""What a day is in the public calendar: a holiday, a working day made up for one, or nothing special."""

from datetime import date
from functools import cache

from institutions import loading


def called(day: date) -> str:
    """Return 「国庆节假期」, 「春节调休上班」 and the like, or nothing for a usual day."""
    return _days().get(day.isoformat(), "")


@cache
def _days() -> dict[str, str]:
    return loading.read("holidays")["days"]
