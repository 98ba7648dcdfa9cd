"""
The signed statement behind a badge's QR: who comes, of which institution, for which visit, and until when it counts.

It is short-lived and says nothing about the patient. Anybody can check it with the platform's public key and without
network; what may have changed since it was signed (a post that ended, a visit that went to somebody else) only the
platform knows, and is asked when there is a network.
"""

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

VERSION = 1
WITHOUT_A_VISIT = timedelta(minutes=15)
AFTER_A_VISIT = timedelta(hours=1)
LONGEST = timedelta(hours=12)
SLACK = timedelta(minutes=5)  # clocks of telephones
MOST = 2_000  # characters


class Verdict(StrEnum):
    """What can be said about a statement by itself; the page has a sentence for each."""

    REAL = "real"
    EXPIRED = "expired"
    FOREIGN = "foreign"  # another district's, or another platform's
    FORGED = "forged"  # altered, or no statement at all


@dataclass(frozen=True, slots=True)
class Statement:
    nurse_id: int
    name: str
    title: str
    institution: str
    institution_id: int
    district: str
    issued_at: datetime
    until: datetime
    number: str = ""  # of the visit, when there is one
    starts_at: datetime | None = None


def valid_until(now: datetime, planned_end: datetime | None) -> datetime:
    """Long enough for the visit, also in a basement where the badge cannot be renewed; else a quarter of an hour."""
    if planned_end is None:
        return now + WITHOUT_A_VISIT
    return min(max(planned_end + AFTER_A_VISIT, now + WITHOUT_A_VISIT), now + LONGEST)


def sign(said: Statement) -> str:
    """The statement as the QR carries it: its bytes and the signature over exactly these bytes."""
    facts = {
        "v": VERSION,
        "k": key_id(),
        "d": said.district,
        "o": said.institution,
        "c": said.institution_id,
        "i": said.nurse_id,
        "n": said.name,
        "t": said.title,
        "a": int(said.issued_at.timestamp()),
        "x": int(said.until.timestamp()),
    }
    if said.number and said.starts_at:
        facts |= {"y": said.number, "s": int(said.starts_at.timestamp())}
    body = json.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode()
    return f"{_packed(body)}.{_packed(_key().sign(body))}"


def check(text: str, *, now: datetime, district: str) -> tuple[Verdict, Statement | None]:
    """Judge a statement by itself. Whoever it names is only told of one that this platform has signed."""
    read = _read(text)
    if read is None:
        return Verdict.FORGED, None
    body, signature, facts = read
    if facts.get("k") != key_id() or facts.get("v") != VERSION:
        return Verdict.FOREIGN, None
    try:
        _key().public_key().verify(signature, body)
        said = _statement(facts, now)
    except (InvalidSignature, KeyError, TypeError, ValueError, OverflowError, OSError):
        return Verdict.FORGED, None
    if said.district != district:
        return Verdict.FOREIGN, None
    if said.until < now or said.issued_at > now + SLACK:
        return Verdict.EXPIRED, said
    return Verdict.REAL, said


def public_key() -> str:
    """The 32 bytes with which anybody can check, in base64."""
    return base64.b64encode(_public()).decode()


def key_id() -> str:
    return hashlib.sha256(_public()).hexdigest()[:8]


def _statement(facts, now) -> Statement:
    def moment(key):
        return datetime.fromtimestamp(facts[key], tz=now.tzinfo)

    return Statement(
        nurse_id=facts["i"],
        name=facts["n"],
        title=facts["t"],
        institution=facts["o"],
        institution_id=facts["c"],
        district=facts["d"],
        issued_at=moment("a"),
        until=moment("x"),
        number=facts.get("y", ""),
        starts_at=moment("s") if "s" in facts else None,
    )


def _read(text) -> tuple[bytes, bytes, dict] | None:
    if len(text) > MOST or text.count(".") != 1:
        return None
    try:
        body, signature = (_unpacked(part) for part in text.split("."))
        facts = json.loads(body)
    except (binascii.Error, ValueError, RecursionError):
        return None
    return (body, signature, facts) if isinstance(facts, dict) else None


def _packed(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _unpacked(text: str) -> bytes:
    data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if _packed(data) != text:
        raise ValueError("one statement has one spelling")
    return data


def _public() -> bytes:
    return _key().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def _key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(settings.BADGE_KEY))
