"""
Calls to browsers (Web Push): the message goes to the service that its browser named, locked for that browser alone.

RFC 8030 carries it, RFC 8291 locks it, RFC 8292 says who sends. What is said is the same for everybody and everything:
there is news. The key of the delivery is the topic, so that a second copy takes the place of the first, at the service
and on the screen.
"""

import json
import time
from base64 import b64decode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import urlsplit
from uuid import UUID

import http_ece
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from py_vapid import Vapid02

from notifications import rules
from notifications.gateways import SECONDS, Answer, Fate, Parcel, unread
from notifications.wires import Silent, Wires, side_by_side

WORDS = "您有一条新消息"
KEPT = {True: 2 * 3600, False: 24 * 3600}  # seconds for which the service keeps an urgent call, and any other
SIGNED_FOR = 12 * 3600
GONE = frozenset({404, 410})


class WebPush:
    """Meets :class:`notifications.gateways.Gateway`; ``to`` of a parcel is the address that the browser was given."""

    def send(self, parcels: Sequence[Parcel]) -> list[Answer]:
        return side_by_side(parcels, self._one, seconds=SECONDS)

    def _one(self, wires: Wires, parcel: Parcel) -> Answer:
        if not settings.PUSH_KEY or rules.judge_address(parcel.to, **allowed()):
            return Answer(Fate.NEVER, "not allowed")
        try:
            body = locked(parcel)
        except (ValueError, http_ece.ECEException):  # no point of the curve
            return Answer(Fate.GONE, "broken key")
        headers = {
            "Authorization": _signature(_origin(parcel.to), int(time.time()) // 3600),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(KEPT[parcel.urgent]),
            "Topic": _plain(UUID(parcel.key).bytes),
            "Urgency": "high" if parcel.urgent else "normal",
        }
        try:
            status, _ = wires.post(parcel.to, body, headers)
        except Silent as nothing:
            return Answer(Fate.LATER, nothing.why)
        if status < 300:
            return Answer(Fate.HANDED)
        return Answer(Fate.GONE, f"http {status}") if status in GONE else unread(status)


def allowed() -> dict:
    """Which addresses may be called, as the rules ask for it."""
    return {"hosts": tuple(settings.PUSH_HOSTS), "loopback": settings.PUSH_LOOPBACK}


def public_key() -> str:
    """What a browser is told so that it takes calls from this platform alone; empty where none are made."""
    return _public(settings.PUSH_KEY) if settings.PUSH_KEY else ""


def locked(parcel: Parcel) -> bytes:
    """Lock what is said for the one browser. :raises ValueError: its key is none"""
    said = {"text": parcel.text, "key": parcel.key}
    return http_ece.encrypt(
        json.dumps(said, ensure_ascii=False).encode(),
        private_key=ec.generate_private_key(ec.SECP256R1()),
        dh=_bytes(parcel.lock[0]),
        auth_secret=_bytes(parcel.lock[1]),
        version="aes128gcm",
    )


@lru_cache(maxsize=64)
def _signature(origin: str, hour: int) -> str:
    """Say to this service who we are, for half a day; made anew each hour."""
    claims = {"aud": origin, "exp": hour * 3600 + SIGNED_FOR, "sub": settings.PUSH_CONTACT}
    return Vapid02(_private(settings.PUSH_KEY)).sign(claims)["Authorization"]


@lru_cache(maxsize=2)
def _public(key: str) -> str:
    point = (
        _private(key)
        .public_key()
        .public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    )
    return _plain(point)


def _private(key: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(b64decode(key), "big"), ec.SECP256R1())


def _origin(url: str) -> str:
    where = urlsplit(url)
    return f"{where.scheme}://{where.netloc}"


def _plain(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
