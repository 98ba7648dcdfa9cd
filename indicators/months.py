"""Months and half-years, as dates; and the clock's ends of a month. Pure, but for the district's clock."""

from datetime import date, datetime, timedelta

from orders.days import beginning


def month_of(day: date) -> date:
    return day.replace(day=1)


def after(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


def before(month: date, back: int = 1) -> date:
    for _ in range(back):
        month = (month - timedelta(days=1)).replace(day=1)
    return month


def ends(month: date) -> tuple[datetime, datetime]:
    """The half-open span of a month on the district's clock."""
    return beginning(month), beginning(after(month))


def asked(text: str) -> date | None:
    """A month as an address or a file writes it (2026-10), or nothing when it is none."""
    try:
        return datetime.strptime(text.strip()[:7], "%Y-%m").date()  # noqa: DTZ007 a month has no clock
    except ValueError:
        return None


def half_of(day: date) -> str:
    return f"{day.year}H{1 if day.month <= 6 else 2}"


def last_half(day: date) -> str:
    """The half-year that ended last before the day."""
    return half_of(before(month_of(day), 6))


def half_in_words(half: str) -> str:
    return f"{half[:4]} 年{'上' if half[-1] == '1' else '下'}半年" if half else "还没有评估"


def end_of_half(day: date) -> date:
    return date(day.year, 6, 30) if day.month <= 6 else date(day.year, 12, 31)
