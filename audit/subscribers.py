"""Upper apps register here from ``AppConfig.ready()``; this floor imports none of them."""

from collections import defaultdict
from collections.abc import Callable

_subscribers: dict[str, list[Callable]] = defaultdict(list)
_due: dict[str, Callable] = {}


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
