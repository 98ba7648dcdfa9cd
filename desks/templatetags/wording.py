"""Times, numbers and names in the words that our pages use (11月21日 星期六 10:30, 今天 10:30, 王*芳)."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from catalog import measurements
from kernel import identity

WEEKDAYS = "一二三四五六日"
NEAR = {-2: "前天", -1: "昨天", 0: "今天", 1: "明天", 2: "后天"}


def _local(value: datetime) -> datetime:
    return timezone.localtime(value) if timezone.is_aware(value) else value


def _date(value: date | datetime) -> date:
    return _local(value).date() if isinstance(value, datetime) else value


def _today(now: datetime | None) -> date:
    return _date(now or timezone.now())


def day(value: date | datetime | None, now: datetime | None = None) -> str:
    """``11月21日 星期六``; another year's day carries its year instead of the weekday."""
    if not value:
        return ""
    at = _date(value)
    if at.year != _today(now).year:
        return f"{at.year}年{at.month}月{at.day}日"
    return f"{at.month}月{at.day}日 星期{WEEKDAYS[at.weekday()]}"


def near_day(value: date | datetime | None, now: datetime | None = None) -> str:
    """``今天``, ``明天``, and ``11月21日 星期六`` further away."""
    if not value:
        return ""
    return NEAR.get((_date(value) - _today(now)).days) or day(value, now)


def clock(value: datetime | None) -> str:
    return f"{_local(value):%H:%M}" if value else ""


def moment(value: datetime | None, now: datetime | None = None) -> str:
    """``今天 10:30``, ``11月21日 星期六 10:30``."""
    return f"{near_day(value, now)} {clock(value)}" if value else ""


def until(start: datetime | None, end: datetime | None) -> str:
    """``{{ order.starts_at|until:order.ends_at }}`` → ``今天 10:30 到 11:20``."""
    if not start:
        return ""
    if not end:
        return moment(start)
    return f"{moment(start)} 到 {clock(end) if _date(start) == _date(end) else moment(end)}"


def ago(value: datetime | None, now: datetime | None = None) -> str:
    """``刚刚``, ``12 分钟前``, ``3 小时前``, then the moment itself."""
    if not value:
        return ""
    past = (now or timezone.now()) - value
    if past < timedelta(0) or past >= timedelta(hours=12):
        return moment(value, now)
    if past < timedelta(minutes=1):
        return "刚刚"
    if past < timedelta(hours=1):
        return f"{past // timedelta(minutes=1)} 分钟前"
    return f"{past // timedelta(hours=1)} 小时前"


def left(value: datetime | None, now: datetime | None = None) -> str:
    """``还剩 12 分钟``, ``已超时 5 分钟``: how a deadline stands."""
    if not value:
        return ""
    rest = value - (now or timezone.now())
    return f"还剩 {_span(rest)}" if rest > timedelta(0) else f"已超时 {_span(-rest)}"


def _span(span: timedelta) -> str:
    minutes = max(1, span // timedelta(minutes=1))
    if minutes < 60:
        return f"{minutes} 分钟"
    if minutes < 48 * 60:
        hours, rest = divmod(minutes, 60)
        return f"{hours} 小时 {rest} 分钟" if rest and hours < 6 else f"{hours} 小时"
    return f"{minutes // (24 * 60)} 天"


def iso(value: datetime | None) -> str:
    """For ``datetime=`` and for scripts."""
    return _local(value).isoformat(timespec="seconds") if value else ""


def yuan(value: Decimal | int | None) -> str:
    return "" if value is None else f"￥{Decimal(value):,.2f}"


def km(metres: float | None) -> str:
    if metres is None:
        return ""
    return f"{metres:.0f} 米" if metres < 1000 else f"{metres / 1000:.1f} 公里"


def masked_name(value: str | None) -> str:
    return identity.mask_name(value) if value else ""


def masked_phone(value: str | None) -> str:
    return identity.mask_phone(value) if value else ""


def masked_identity(value: str | None) -> str:
    return identity.mask_identity(value) if value else ""


def measured(reading) -> str:
    """A reading with its unit: yes and no, days and hours in words, everything else as it was written."""
    kind = reading.measurement.type
    value = measurements.clean(reading.measurement, reading.value) if kind in ("boolean", "date", "datetime") else None
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return day(value)
    return f"{reading.value} {reading.measurement.unit}".strip()


FILTERS = (
    day, near_day, clock, moment, until, ago, left, iso, yuan, km, masked_name, masked_phone, masked_identity,
    measured,
)  # fmt: skip
