"""Who signs the heads: Ed25519 always, SM2 with SM3 beside it through OpenSSL where a key is configured."""

import base64
import hashlib
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from audit.standalone import verify

SM2_KIND = b"\xffsm2"
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
        return f"— {name} {base64.b64encode(sm2_key_id(name, public) + signature).decode()}"


def sm2_key_id(name: str, public_der: bytes) -> bytes:
    """Return the four bytes that name this key in a signature line (C2SP signed-note, type 0xff)."""
    return hashlib.sha256(name.encode() + b"\n" + SM2_KIND + public_der).digest()[:4]


def sm2_holds(note: verify.Note, public_pem: Path) -> bool:
    """Say whether one of the note's lines is this SM2 key's signature over it."""
    public = _openssl(["pkey", "-pubin", "-in", str(public_pem), "-outform", "DER"])
    mine = [line for line in note.lines if line.id == sm2_key_id(line.name, public)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "signature"
        for line in mine:
            path.write_bytes(line.signature)
            answer = subprocess.run(
                ["openssl", "dgst", "-sm3", "-verify", str(public_pem), "-signature", str(path),
                 "-sigopt", f"distid:{SM2_IDENTITY}"],
                input=note.text.encode(), capture_output=True, timeout=OPENSSL_SECONDS, check=False,
            )  # fmt: skip
            if answer.returncode == 0:
                return True
    return False


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
