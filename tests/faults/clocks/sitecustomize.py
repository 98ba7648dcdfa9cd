"""
A process whose clock is wrong by ``CLOCK_AHEAD`` seconds: Python loads this before anything else that is on its path.

What is shifted is what a program asks the time of: ``datetime.now`` and ``time.time``. What is measured, is not.
"""

import datetime
import os
import time

AHEAD = float(os.environ.get("CLOCK_AHEAD", "0"))
right, right_time, right_time_ns = datetime.datetime, time.time, time.time_ns


class _Is(type(right)):
    """Whatever was made by the right class is one of these as well."""

    def __instancecheck__(cls, thing):
        return isinstance(thing, right) if cls is Wrong else super().__instancecheck__(thing)

    def __subclasscheck__(cls, other):
        return issubclass(other, right) if cls is Wrong else super().__subclasscheck__(other)


class Wrong(right, metaclass=_Is):
    def __new__(cls, *parts, **named):
        return right.__new__(right if cls is Wrong else cls, *parts, **named)

    @classmethod
    def now(cls, tz=None):
        return right.now(tz) + datetime.timedelta(seconds=AHEAD)

    @classmethod
    def utcnow(cls):
        return right.now(datetime.UTC).replace(tzinfo=None) + datetime.timedelta(seconds=AHEAD)


if AHEAD:
    datetime.datetime = Wrong
    time.time = lambda: right_time() + AHEAD
    time.time_ns = lambda: right_time_ns() + int(AHEAD * 1e9)
