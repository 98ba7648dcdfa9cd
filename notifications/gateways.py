"""
The doors to what carries messages out of the house: SMS and WeChat; browsers are called by :mod:`notifications.push`.

A gateway takes parcels and says of each what became of it; it answers within seconds and never raises. Every parcel has
a key: the far side drops a second copy by it, because nobody can know whether an answer that was lost had been a yes.
``ByPost`` speaks to any service behind one address; :class:`notifications.services.outbox.Outbox` is the built-in one.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from notifications.wires import Silent, Wires, side_by_side

SECONDS = 3
BUSY = frozenset({408, 425, 429})


class Fate(StrEnum):
    """
    What became of a parcel. ``LATER``: try again under the same key. ``NEVER``: this parcel will not be taken, a person
    has to see to it. ``GONE``: nobody is at that address any more.
    """

    HANDED = "handed"
    DELIVERED = "delivered"
    LATER = "later"
    NEVER = "never"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Parcel:
    """
    One letter on its way: no name and nothing of an illness stands in ``text``, whatever the channel.

    ``lock`` is what a browser gave to lock its letters with: its public key and a secret.
    """

    key: str
    channel: str
    to: str
    text: str
    lock: tuple[str, str] = ("", "")
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    fate: Fate
    why: str = ""


class Gateway(Protocol):
    """Answers in the order of the parcels."""

    def send(self, parcels: Sequence[Parcel]) -> list[Answer]: ...


class ByPost:
    """
    Posts each parcel as JSON to ``settings.MESSAGE_GATEWAY_URL``.

    The far side answers ``{"key": …, "state": "accepted" | "delivered" | "rejected"}``. Anything else, a time-out or an
    answer about another key counts as not known: the parcel goes again, under the same key.
    """

    def send(self, parcels: Sequence[Parcel]) -> list[Answer]:
        return side_by_side(parcels, self._one, seconds=SECONDS)

    def _one(self, wires: Wires, parcel: Parcel) -> Answer:
        body = {"key": parcel.key, "channel": parcel.channel, "to": parcel.to, "text": parcel.text}
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Idempotency-Key": parcel.key,
            "Authorization": f"Bearer {settings.MESSAGE_GATEWAY_TOKEN}",
        }
        said = json.dumps(body, ensure_ascii=False).encode()
        try:
            status, answer = wires.post(settings.MESSAGE_GATEWAY_URL, said, headers)
        except Silent as nothing:
            return Answer(Fate.LATER, nothing.why)
        return _read(answer, parcel) if status < 300 else unread(status)


def unread(status: int) -> Answer:
    """Judge an answer by its number alone; a far side that points elsewhere is asked again, not followed."""
    later = status >= 500 or status < 400 or status in BUSY
    return Answer(Fate.LATER if later else Fate.NEVER, f"http {status}")


def gateway() -> Gateway:
    return import_string(settings.MESSAGE_GATEWAY)()


def _read(body: bytes, parcel: Parcel) -> Answer:
    """Believe only an answer that names this parcel."""
    try:
        said = json.loads(body)
    except ValueError:
        return Answer(Fate.LATER, "garbled")
    if not isinstance(said, dict) or said.get("key") != parcel.key:
        return Answer(Fate.LATER, "garbled")
    fates = {"accepted": Fate.HANDED, "delivered": Fate.DELIVERED, "rejected": Fate.NEVER}
    fate = fates.get(str(said.get("state")))
    return Answer(fate, "rejected" if fate is Fate.NEVER else "") if fate else Answer(Fate.LATER, "garbled")
