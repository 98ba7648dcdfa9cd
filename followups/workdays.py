"""
Which day is worked: what the commission has set, else the published calendar, else Monday to Friday.

The days set by the commission (``WorkCalendarDay``) stand before those that come with the platform, so that a late
announcement needs no new version of the platform.
"""

from collections.abc import Mapping
from datetime import date, timedelta

from accounts.models import Organization
from accounts.selectors import district_of
from followups.models import WorkCalendarDay
from institutions import holidays

LONGEST = 60  # days; no break is longer, so a search that goes on found a calendar without a working day


def works(day: date, ours: Mapping[date, bool]) -> bool:
    """Tell whether the day is worked. ``ours`` holds the days that the commission has set."""
    return ours[day] if day in ours else holidays.is_working_day(day)


def on_or_after(day: date, ours: Mapping[date, bool]) -> date:
    """Return the day itself if it is worked, else the next one that is."""
    for further in range(LONGEST):
        candidate = day + timedelta(days=further)
        if works(candidate, ours):
            return candidate
    return day


def after(day: date, count: int, ours: Mapping[date, bool]) -> date:
    """Return the working day that is ``count`` working days after the day."""
    for _ in range(count):
        day = on_or_after(day + timedelta(days=1), ours)
    return day


def set_by_district(organisation: Organization) -> dict[date, bool]:
    """Return the days that the district of an institution has set."""
    rows = WorkCalendarDay.objects.filter(district=district_of(organisation))
    return dict(rows.values_list("day", "works"))
