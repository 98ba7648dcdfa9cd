"""Upper apps register here from ``AppConfig.ready()``; this floor imports none of them."""

from collections import defaultdict
from collections.abc import Callable
from datetime import time

_subscribers: dict[str, list[Callable]] = defaultdict(list)
_due: dict[str, Callable] = {}
_daily: dict[str, time] = {}
_carriers: list[Callable] = []


def subscribe(event_type: str, handle: Callable) -> None:
    """Call ``handle(outbox_row)`` for each committed event of the type; ``*`` hears all. Handlers add rows only."""
    if handle not in _subscribers[event_type]:
        _subscribers[event_type].append(handle)


def subscribers_of(event_type: str) -> tuple[Callable, ...]:
    return (*_subscribers[event_type], *_subscribers["*"])


def when_due(kind: str, handle: Callable) -> None:
    """Call ``handle(due_row, now)`` when a due row of this kind comes up."""
    _due[kind] = handle


def handler_of(kind: str) -> Callable | None:
    return _due.get(kind)


def every_day(kind: str, at: time) -> None:
    """Let a due row of this kind come up once each day, not before ``at``; ``when_due`` says what is done then."""
    _daily[kind] = at


def daily() -> tuple[tuple[str, time], ...]:
    return tuple(_daily.items())


def on_each_tick(carry: Callable) -> None:
    """Call ``carry(now)`` at every look, outside any transaction: for what has to speak to the world outside."""
    if carry not in _carriers:
        _carriers.append(carry)


def carriers() -> tuple[Callable, ...]:
    return tuple(_carriers)
