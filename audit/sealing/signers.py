"""Who signs the heads: Ed25519 always, SM2 with SM3 beside it through OpenSSL where a key is configured."""

import base64
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from audit.standalone import verify

# The identity that GB/T 32918.2 gives to a signer who has named none.
SM2_IDENTITY = "1234567812345678"
OPENSSL_SECONDS = 10


class Signer(Protocol):
    """Adds one line under a note. A signing device of a certified maker is another implementation of this."""

    def line(self, name: str, text: str) -> str: ...


@dataclass(frozen=True)
class Sm2:
    """SM2 over SM3 by the machine's OpenSSL; the key is a PEM file that only the sealer may read."""

    key: Path

    def line(self, name: str, text: str) -> str:
        signature = _openssl(
            ["dgst", "-sm3", "-sign", str(self.key), "-sigopt", f"distid:{SM2_IDENTITY}"], text.encode()
        )
        public = _openssl(["pkey", "-in", str(self.key), "-pubout", "-outform", "DER"])
        return f"— {name} {verify.b64(verify.sm2_key(name, public).id + signature)}"


def sm2_holds(note: verify.Note, public_pem: Path) -> bool:
    """Say whether one of the note's lines is this SM2 key's signature over it."""
    return verify.sm2_holds(note, _der(public_pem))


@cache
def _der(public_pem: Path) -> bytes:
    """Read the public key once: a check of all history asks it of every head."""
    return _openssl(["pkey", "-pubin", "-in", str(public_pem), "-outform", "DER"])


def log_key() -> Ed25519PrivateKey:
    """
    Return the key that signs heads; only the sealer's environment holds it.

    :raises django.core.exceptions.ImproperlyConfigured: there is none, or it is not 32 bytes
    """
    try:
        return Ed25519PrivateKey.from_private_bytes(base64.b64decode(settings.AUDIT_SEAL_KEY, validate=True))
    except ValueError as wrong:
        raise ImproperlyConfigured("AUDIT_SEAL_KEY must be 32 bytes in base64; docs/setup.md says how") from wrong


def beside() -> list[Signer]:
    """List the signers whose lines stand under the Ed25519 one."""
    return [Sm2(Path(settings.AUDIT_SM2_KEY_FILE))] if settings.AUDIT_SM2_KEY_FILE else []


def _openssl(arguments: list[str], data: bytes = b"") -> bytes:
    answer = subprocess.run(
        ["openssl", *arguments], input=data, capture_output=True, timeout=OPENSSL_SECONDS, check=False
    )
    if answer.returncode:
        raise ImproperlyConfigured(f"openssl {arguments[0]} failed: {answer.stderr.decode(errors='replace')[:200]}")
    return answer.stdout
