"""What offices are told about rows that concern no patient: whom, in which words, and which page it opens."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Word:
    """Who is told, under which name, in which words, and which page the message opens."""

    to: Callable[[Any], set[int]]
    template: str
    title: str
    text: str
    link: str
