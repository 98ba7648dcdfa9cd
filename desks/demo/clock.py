"""The hours of the demonstration: a past at working hours, and a present that is alive at whatever hour it is shown."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

OPENS, CLOSES = 8, 17


@dataclass(frozen=True)
class Clock:
    """``now`` is the moment at which the demonstration is looked at; nothing is said to have happened after it."""

    now: datetime

    @classmethod
    def for_day(cls, as_of: date | None, now: datetime) -> "Clock":
        """Today is shown as of this very moment; any other day as of half past ten in the morning."""
        now = timezone.localtime(now).replace(microsecond=0)
        if as_of is None or as_of == now.date():
            return cls(now)
        return cls(timezone.make_aware(datetime.combine(as_of, time(10, 30))))

    @property
    def today(self) -> date:
        return self.now.date()

    def day(self, ahead: int) -> date:
        """The day so many days after today; before it when negative."""
        return self.today + timedelta(days=ahead)

    def at(self, ahead: int, hour: float) -> datetime:
        """An hour of a day near today: ``at(-1, 9.5)`` is yesterday, half past nine."""
        midnight = timezone.make_aware(datetime.combine(self.day(ahead), time.min))
        return midnight + timedelta(minutes=round(hour * 60))

    def back(self, minutes: int) -> datetime:
        """
        So long ago in working time: before eight o'clock lies yesterday's afternoon.

        When the demonstration is looked at outside working hours, people work around that hour instead.
        """
        then = self.now - timedelta(minutes=minutes)
        opened = self.at(0, OPENS)
        if self.at_work and then < opened:
            return self.at(-1, CLOSES) - (opened - then)
        return then

    def soon(self, minutes: int) -> datetime:
        """So long from now, on the clock and not on a working day's: the next visit can be set out for."""
        return self.now + timedelta(minutes=minutes)

    @property
    def at_work(self) -> bool:
        return OPENS <= self.now.hour < CLOSES

    @property
    def span_around_now(self) -> tuple[datetime, datetime]:
        """Today's shift where work is under way: the working day, stretched to reach around this moment."""
        before, after = (2, 3) if self.at_work else (5, 6)
        return (
            min(self.at(0, OPENS), self.now - timedelta(hours=before)),
            max(self.at(0, CLOSES), self.now + timedelta(hours=after)),
        )

    def ended(self, ago: int, minutes: int) -> datetime:
        """When a visit began that ended so long ago today; one that had to begin before eight was yesterday's."""
        start = self.now - timedelta(minutes=ago + minutes)
        return start if not self.at_work or start >= self.at(0, OPENS) else self.at(-1, 13.5)


def workday(day: date) -> date:
    """The day itself, or the Friday before a weekend."""
    return day - timedelta(days=max(0, day.weekday() - 4))
