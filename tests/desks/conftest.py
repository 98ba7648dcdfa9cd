"""Pages read the clock of the machine, and their stories happen today: here it is always an afternoon."""

from datetime import time, timedelta

import pytest
import time_machine
from django.utils import timezone


@pytest.fixture(autouse=True)
def _afternoon():
    """
    Let it be three o'clock, and run on: at that hour a visit of the morning lies behind.

    The last three o'clock that was: the database has a clock of its own, and nothing may come to it from the future.
    """
    now = timezone.localtime()
    three = now.replace(hour=15, minute=0, second=0, microsecond=0)
    with time_machine.travel(three if three <= now else three - timedelta(days=1), tick=True):
        assert timezone.localtime().time() >= time(15)
        yield
