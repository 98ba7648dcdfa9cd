"""Who is told under which text: one line of the table of routes."""

from collections.abc import Callable
from dataclasses import dataclass

from notifications.subjects import Subject


@dataclass(frozen=True, slots=True)
class Route:
    template: str
    to: Callable[[Subject], set[int]]
    when: Callable[[Subject], bool] = lambda subject: True
