"""
The door to the national nurse registration system (002 五(二)2).

The system has no public interface for programs. ``ByHand`` says "unavailable": a person looks the nurse up there and
records what came back with evidence. A real connection is one class named in ``settings.NURSE_REGISTRY``.
"""

from dataclasses import dataclass
from typing import Literal, Protocol

from django.conf import settings
from django.utils.module_loading import import_string


@dataclass(frozen=True, slots=True)
class Lookup:
    """``evidence`` is the system's own reference of its answer; an unavailable system has none."""

    state: Literal["found", "not_found", "unavailable"]
    source: str
    evidence: str = ""


class NurseRegistry(Protocol):
    """Implementations answer within seconds and never raise: an outage is ``unavailable``."""

    def look_up(self, *, name: str, certificate_number: str) -> Lookup: ...


class ByHand:
    """No connection."""

    def look_up(self, *, name: str, certificate_number: str) -> Lookup:
        return Lookup(state="unavailable", source="人工查询")


def registry() -> NurseRegistry:
    return import_string(settings.NURSE_REGISTRY)()
