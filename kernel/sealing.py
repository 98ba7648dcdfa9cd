"""
Field encryption and blind indexes: identity numbers, phones and addresses never rest in clear.

A sealed value is ``version byte + 12 byte nonce + AES-256-GCM ciphertext``. The associated data is the column it
belongs to, so a ciphertext moved to another row or column does not open. A blind index is a keyed, truncated
HMAC: equal values can be found, and nothing else can be learned without the key.
"""

import base64
import hashlib
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers.aead import AESGCM


@dataclass(frozen=True)
class KeyRing:
    """Keys by version (1-255); new values are sealed under the highest."""

    keys: Mapping[int, bytes]
    index_key: bytes

    @classmethod
    def parse(cls, seal_keys: str, index_key: str) -> "KeyRing":
        """
        Read ``"1:base64,2:base64"`` and a base64 index key.

        :raises ValueError: a key is not 32 bytes
        """
        keys = {}
        for part in seal_keys.split(","):
            version, _, value = part.strip().partition(":")
            key = base64.b64decode(value)
            if len(key) != 32:
                raise ValueError(f"seal key {version} must be 32 bytes")
            keys[int(version)] = key
        return cls(keys=keys, index_key=base64.b64decode(index_key))

    def seal(self, plain: str, *, about: str) -> bytes:
        """Encrypt ``plain`` for the place ``about`` (``table:row:column``)."""
        version = max(self.keys)
        nonce = os.urandom(12)
        body = AESGCM(self.keys[version]).encrypt(nonce, plain.encode(), about.encode())
        return bytes([version]) + nonce + body

    def open(self, sealed: bytes, *, about: str) -> str:
        """
        Decrypt what :meth:`seal` made for the same place.

        :raises cryptography.exceptions.InvalidTag: altered, or moved from another row or column
        """
        sealed = bytes(sealed)
        return AESGCM(self.keys[sealed[0]]).decrypt(sealed[1:13], sealed[13:], about.encode()).decode()

    def index(self, value: str, *, kind: str) -> str:
        """Return 32 hex digits by which equal values of one kind can be found."""
        return hmac.new(self.index_key, f"{kind}\x00{value}".encode(), hashlib.sha256).hexdigest()[:32]
