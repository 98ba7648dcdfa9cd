"""Pages read the clock of the machine, and their stories happen today: here it is always this afternoon."""

from datetime import time

import pytest
import time_machine
from django.utils import timezone


@pytest.fixture(autouse=True)
def _this_afternoon():
    """Let it be three o'clock of today, and run on: at that hour a visit of this morning lies behind."""
    three = timezone.localtime().replace(hour=15, minute=0, second=0, microsecond=0)
    with time_machine.travel(three, tick=True):
        assert timezone.localtime().time() >= time(15)
        yield
