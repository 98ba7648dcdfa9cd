"""Times that a family can choose: a day and a half of it, in buttons. No wheel to turn, no clock to set."""

from datetime import date, datetime, time, timedelta

from django.utils import timezone

from desks.templatetags import wording

DAYS = 7
HALVES = {"am": ("上午", time(8, 30), time(11, 30)), "pm": ("下午", time(13, 30), time(16, 30))}


def choices(now: datetime) -> list[tuple[str, str]]:
    """Halves of the coming days that have not begun."""
    today = timezone.localdate(now)
    return [
        (f"{on:%Y-%m-%d} {key}", f"{label} {start:%H:%M} 到 {end:%H:%M}")
        for on in (today + timedelta(days=ahead) for ahead in range(DAYS + 1))
        for key, (label, start, end) in HALVES.items()
        if _at(on, start) > now
    ]


def by_day(options, now: datetime) -> list[dict]:
    """Bound radio buttons of :func:`choices`, one group a day."""
    days: dict[date, list] = {}
    for option in options:
        half, _, hours = str(option.choice_label).partition(" ")
        row = {"option": option, "half": half, "hours": hours}
        days.setdefault(timezone.localdate(window(option.data["value"])[0]), []).append(row)
    return [{"name": _named(on, now), "halves": halves} for on, halves in days.items()]


def window(chosen: str) -> tuple[datetime, datetime]:
    """
    Read a choice back.

    :raises ValueError: it is none
    """
    day, _, half = chosen.partition(" ")
    if half not in HALVES:
        raise ValueError(chosen)
    _, start, end = HALVES[half]
    on = date.fromisoformat(day)
    return _at(on, start), _at(on, end)


def still_ahead(chosen: str, now: datetime) -> bool:
    try:
        return window(chosen)[0] > now
    except ValueError:
        return False


def in_words(chosen: str, now: datetime) -> str:
    start, end = window(chosen)
    return f"{_named(timezone.localdate(start), now)} {wording.clock(start)} 到 {wording.clock(end)}"


def _named(on: date, now: datetime) -> str:
    near, full = wording.near_day(on, now), wording.day(on, now)
    return full if near == full else f"{near} {full}"


def _at(on: date, clock: time) -> datetime:
    return timezone.make_aware(datetime.combine(on, clock))
