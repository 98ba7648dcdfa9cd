"""Browsers that may be called, and the push service between: each side does its part of the RFCs by itself."""

import json
import threading
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from os import urandom

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def plain(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def read(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Browser:
    """What a browser answers when it is asked whether it may be called, and how it opens what comes (RFC 8291)."""

    def __init__(self, endpoint: str, *, scalar: bytes | None = None, auth: bytes | None = None):
        self.endpoint = endpoint
        self.key = (
            ec.derive_private_key(int.from_bytes(scalar, "big"), ec.SECP256R1())
            if scalar
            else ec.generate_private_key(ec.SECP256R1())
        )
        self.secret = auth or urandom(16)

    @property
    def given(self) -> dict[str, str]:
        return {"endpoint": self.endpoint, "p256dh": plain(_point(self.key.public_key())), "auth": plain(self.secret)}

    def opened(self, body: bytes) -> bytes:
        """:raises cryptography.exceptions.InvalidTag: it was not locked for this browser"""
        salt, size, told = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        theirs, locked = body[21 : 21 + told], body[21 + told :]
        assert len(locked) <= size
        shared = self.key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs))
        about = b"WebPush: info\0" + _point(self.key.public_key()) + theirs
        first = _derived(shared, self.secret, about, 32)
        key = _derived(first, salt, b"Content-Encoding: aes128gcm\0", 16)
        nonce = _derived(first, salt, b"Content-Encoding: nonce\0", 12)
        text = AESGCM(key).decrypt(nonce, locked, None).rstrip(b"\0")
        assert text.endswith(b"\2")
        return text[:-1]


@dataclass(frozen=True)
class Heard:
    """One request that reached the push service."""

    path: str
    headers: dict[str, str]
    body: bytes


class PushService:
    """A push service on this machine; ``answers`` are the statuses that it gives, the last one from then on."""

    def __init__(self, *answers: int, elsewhere: str = ""):
        heard: list[Heard] = []
        lock = threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with lock:
                    heard.append(Heard(self.path, dict(self.headers), body))
                    status = answers[min(len(heard), len(answers)) - 1]
                self.send_response(status)
                if elsewhere:
                    self.send_header("Location", elsewhere)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.heard = heard
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def browser(self, name: str = "one") -> Browser:
        return Browser(f"{self.origin}/push/{name}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def signed(header: str, public_key: str) -> dict:
    """
    Return what the sender says of itself, as a push service reads it (RFC 8292).

    :raises cryptography.exceptions.InvalidSignature: somebody else signed it
    """
    scheme, _, rest = header.partition(" ")
    parts = dict(part.strip().split("=", 1) for part in rest.split(","))
    assert (scheme.lower(), parts["k"].rstrip("=")) == ("vapid", public_key)
    head, claims, signature = parts["t"].split(".")
    assert json.loads(read(head))["alg"] == "ES256"
    number = read(signature)
    made = encode_dss_signature(int.from_bytes(number[:32], "big"), int.from_bytes(number[32:], "big"))
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), read(public_key))
    key.verify(made, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
    return json.loads(read(claims))


def _point(key) -> bytes:
    return key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


def _derived(secret: bytes, salt: bytes, about: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, about).derive(secret)
