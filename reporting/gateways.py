"""
The door to the city's nursing quality-control centre (001 二(四)17).

The centre has no public interface for programs. ``ByHand`` says "unavailable": a person takes the file there by the way
that the city prescribes and records who, when, how, and the city's receipt. A real connection is one class with
``hand_in``, named in ``settings.CITY_QUALITY_CENTRE``.
"""

from dataclasses import dataclass
from typing import Literal, Protocol

from django.conf import settings
from django.utils.module_loading import import_string


@dataclass(frozen=True, slots=True)
class Receipt:
    """``evidence`` is the centre's own: the number under which it took the pack, or why it sent it back."""

    state: Literal["taken", "sent_back", "unavailable"]
    source: str
    evidence: str = ""


class QualityCentre(Protocol):
    """
    Implementations answer within seconds and never raise: an outage, or an answer that cannot be read, is
    ``unavailable``. The same pack handed in again, known by its number and digest, has the first answer again.
    """

    def hand_in(self, *, number: str, sha256: str, name: str, content: bytes) -> Receipt: ...


class ByHand:
    """No connection."""

    def hand_in(self, *, number: str, sha256: str, name: str, content: bytes) -> Receipt:
        return Receipt(state="unavailable", source="人工递交")


def quality_centre() -> QualityCentre:
    return import_string(settings.CITY_QUALITY_CENTRE)()


def connected() -> bool:
    """Whether pages offer to hand in online at all."""
    return not isinstance(quality_centre(), ByHand)
