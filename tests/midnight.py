"""Stories that live by the real clock do not begin where the day is about to change."""

import time
from datetime import timedelta

from django.utils import timezone

MARGIN = timedelta(minutes=2)  # longer than nearly every story
AFTER = timedelta(seconds=5)  # as clocks of several processes need not agree to the second


def let_pass():
    """
    Wait for the new day where the old one is nearly over.

    A story makes its town "of today" and asks for it a minute later, in pages, workers and SQL that each read the clock
    for themselves. Across midnight a visit of today is one of yesterday, a wish for tomorrow one for today, and nothing
    is wrong with the platform.
    """
    left = to_midnight(timezone.localtime())
    if left < MARGIN:
        time.sleep((left + AFTER).total_seconds())


def to_midnight(now):
    return now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1) - now
