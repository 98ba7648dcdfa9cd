"""
The door to a police or face service that compares a person with a number (002 五(八), 004 三(八)).

No such service is public, so the platform works without one: ``ByHand`` says "unavailable", a person compares by
whatever lawful way is open and records the outcome with evidence. A real service is one class with ``compare``,
named in ``settings.IDENTITY_AUTHORITY``.
"""

from dataclasses import dataclass
from typing import Literal, Protocol

from django.conf import settings
from django.utils.module_loading import import_string


@dataclass(frozen=True, slots=True)
class Comparison:
    """``evidence`` is the service's own reference of its answer; an unavailable service has none."""

    state: Literal["matched", "differs", "unavailable"]
    source: str
    evidence: str = ""


class IdentityAuthority(Protocol):
    """Implementations answer within seconds and never raise: an outage is ``unavailable``."""

    def compare(self, *, name: str, kind: str, number: str) -> Comparison: ...


class ByHand:
    """No service is connected."""

    def compare(self, *, name: str, kind: str, number: str) -> Comparison:
        return Comparison(state="unavailable", source="人工比对")


def authority() -> IdentityAuthority:
    return import_string(settings.IDENTITY_AUTHORITY)()


def connected() -> bool:
    """Whether pages offer to compare online at all."""
    return not isinstance(authority(), ByHand)
