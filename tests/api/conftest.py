"""A town on a fixed day, and a clock that a test turns by hand: the API reads the time at its edge."""

from datetime import datetime, timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from tests import world


class Clock:
    def __init__(self, at: datetime):
        self.at = at

    def now(self) -> datetime:
        return self.at

    def turn(self, **by) -> None:
        self.at += timedelta(**by)


@pytest.fixture
def clock(monkeypatch):
    clock = Clock(world.NOW)
    monkeypatch.setattr(timezone, "now", clock.now)
    return clock


@pytest.fixture
def town(db, clock):
    cache.clear()
    return world.town()
