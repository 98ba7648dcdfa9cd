"""
The doors to what carries messages out of the house: SMS and WeChat.

A gateway takes parcels and says of each what became of it; it answers within seconds and never raises. Every parcel has
a key: the far side drops a second copy by it, because nobody can know whether an answer that was lost had been a yes.
``ByPost`` speaks to any service behind one address; :class:`notifications.services.outbox.Outbox` is the built-in one.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from http.client import HTTPException
from typing import Protocol
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

from django.conf import settings
from django.utils.module_loading import import_string

SECONDS = 3
LONGEST_ANSWER = 4096
BUSY = frozenset({408, 425, 429})


class Fate(StrEnum):
    """``LATER``: try again under the same key. ``NEVER``: this parcel will not be taken, a person has to see to it."""

    HANDED = "handed"
    DELIVERED = "delivered"
    LATER = "later"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Parcel:
    """One letter on its way: no name and nothing of an illness stands in ``text``, whatever the channel."""

    key: str
    channel: str
    to: str
    text: str


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
        answers: list[Answer] = []
        for parcel in parcels:
            answers.append(self._one(parcel))
            if answers[-1].why in {"unreachable", "slow"}:  # the others need not wait for the same silence
                rest = len(parcels) - len(answers)
                return answers + [Answer(Fate.LATER, answers[-1].why)] * rest
        return answers

    def _one(self, parcel: Parcel) -> Answer:
        body = {"key": parcel.key, "channel": parcel.channel, "to": parcel.to, "text": parcel.text}
        request = Request(  # noqa: S310 the address is the deployment's own
            settings.MESSAGE_GATEWAY_URL,
            data=json.dumps(body, ensure_ascii=False).encode(),
            headers={
                "Content-Type": "application/json; charset=utf-8",
                "Idempotency-Key": parcel.key,
                "Authorization": f"Bearer {settings.MESSAGE_GATEWAY_TOKEN}",
            },
        )
        try:
            with build_opener(ProxyHandler({})).open(request, timeout=SECONDS) as answer:
                return _read(answer.read(LONGEST_ANSWER), parcel)
        except HTTPError as no:
            no.close()
            if no.code >= 500 or no.code in BUSY:
                return Answer(Fate.LATER, f"http {no.code}")
            return Answer(Fate.NEVER, f"http {no.code}")
        except TimeoutError:
            return Answer(Fate.LATER, "slow")
        except (OSError, HTTPException):
            return Answer(Fate.LATER, "unreachable")


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
