"""Where marked words could have come to rest in clear, and in which disguises they are looked for."""

import base64
import binascii
import contextlib
import json
import logging
import re
import threading
import uuid
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

import redis
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection

from tests.world import traces

ENCODED = re.compile(rb"[A-Za-z0-9+/_=-]{12,}")
DEEPEST = 3  # a task's body is base64 within JSON within a list


def disguises(word: str) -> set[bytes]:
    """A word as typed, as part of an address, of JSON, of base64 at any offset, of a dump in hexadecimal digits."""
    plain = word.encode()
    found = {
        plain,
        quote(word).encode(),
        quote(word, safe="").lower().encode(),
        quote_plus(word).encode(),
        json.dumps(word)[1:-1].encode(),
        plain.hex().encode(),
        plain.hex().upper().encode(),
        word.encode("utf-16-le"),
    }
    for shift in range(3):
        whole = base64.b64encode(b"\0" * shift + plain)
        inner = whole[4 * (shift > 0) : (len(plain) + shift) // 3 * 4]
        if len(inner) >= 8:
            found |= {inner, inner.translate(bytes.maketrans(b"+/", b"-_"))}
    return found


def found_in(places: Iterable[tuple[str, bytes]], words: Iterable[str]) -> list[str]:
    """Say which word lies where; what is base64 is opened as well."""
    looked_for = [(word, disguises(word)) for word in words]
    found = set()
    for place, content in places:
        for text in _opened(content, DEEPEST):
            for word, forms in looked_for:
                if any(form in text for form in forms):
                    found.add(f"{word} in {place}")
    return sorted(found)


def _opened(content: bytes, depth: int) -> Iterator[bytes]:
    yield content
    if depth:
        for one in ENCODED.findall(content):
            for alphabet in (base64.b64decode, base64.urlsafe_b64decode):
                try:
                    inner = alphabet(one + b"=" * (-len(one) % 4))
                except (ValueError, binascii.Error):
                    continue
                if any(sign > 127 for sign in inner) and not _is_text(inner):
                    continue
                yield from _opened(inner, depth - 1)


def _is_text(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


# --- the database -----------------------------------------------------------------------------------------------------


def columns() -> Iterator[tuple[str, bytes]]:
    """Every value of every column of every table, of events those of this story; sessions opened as well."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
            " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        )
        for (table,) in cursor.fetchall():
            only = f" WHERE id > {traces.begun()}" if table.startswith("audit.event") else ""
            cursor.execute(f"SELECT * FROM {table}{only}")  # noqa: S608 - a table's own name
            names = [column.name for column in cursor.description]
            for row in cursor.fetchall():
                for name, value in zip(names, row, strict=True):
                    if value is not None:
                        yield f"{table}.{name}", _bytes(value)
                    if name == "session_data":
                        yield f"{table}.{name}, opened", _bytes(SessionStore().decode(value))


def _bytes(value) -> bytes:
    if isinstance(value, memoryview | bytes):
        return bytes(value)
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str).encode()
    return str(value).encode()


# --- Redis ------------------------------------------------------------------------------------------------------------


class Redis:
    """What this test's Redis holds, and every command that it is sent while the story runs."""

    def __init__(self, client: redis.Redis):
        self.client = client
        self.number = client.connection_pool.connection_kwargs.get("db", 0)
        self.heard: list[bytes] = []
        self._end = uuid.uuid4().hex  # the last command of the story, said by ourselves
        self._listening, self._heard_out = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self):
        self._thread.start()
        assert self._listening.wait(10), "the listener never began"
        return self

    def __exit__(self, *_):
        self.client.echo(self._end)
        assert self._heard_out.wait(30), "the listener did not hear the story to its end"
        self._thread.join(30)

    def _listen(self):
        # A connection of its own without a time-out: a quiet while is no reason to stop listening.
        ears = redis.Redis.from_url(settings.REDIS_URL)
        with contextlib.closing(ears), ears.monitor() as monitor:
            self._listening.set()
            while True:
                said = monitor.next_command()
                if self._end in said["command"]:
                    break
                if said["db"] == self.number:
                    self.heard.append(said["command"].encode())
        self._heard_out.set()

    def places(self) -> Iterator[tuple[str, bytes]]:
        read = {
            b"string": self.client.get,
            b"hash": self.client.hgetall,
            b"list": lambda key: self.client.lrange(key, 0, -1),
            b"set": self.client.smembers,
            b"zset": lambda key: self.client.zrange(key, 0, -1),
            b"stream": self.client.xrange,
        }
        for key in self.client.scan_iter():
            kind = self.client.type(key)
            content = read[kind](key)
            yield f"Redis key {key!r}", key + b" " + (content if isinstance(content, bytes) else _said(content))
            yield f"Redis dump of {key!r}", self.client.dump(key) or b""
        yield "a command to Redis", b"\n".join(self.heard)


def _said(content) -> bytes:
    """What lies in a collection, unescaped."""
    if isinstance(content, bytes):
        return content
    if isinstance(content, dict):
        return b"\n".join(_said(part) for pair in content.items() for part in pair)
    if isinstance(content, list | tuple | set):
        return b"\n".join(_said(part) for part in content)
    return str(content).encode()


# --- logs -------------------------------------------------------------------------------------------------------------


class Log(logging.Handler):
    """Everything that any logger of this process says, with all that the record carries."""

    def __init__(self):
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record):
        said = record.getMessage() if isinstance(record.msg, str) else str(record.msg)
        trouble = logging.Formatter().formatException(record.exc_info) if record.exc_info else ""
        self.lines.append(f"{record.name} {said} {record.__dict__} {trouble}")

    def __enter__(self):
        root = logging.getLogger()
        self._level = root.level
        root.setLevel(logging.DEBUG)
        root.addHandler(self)
        return self

    def __exit__(self, *_):
        root = logging.getLogger()
        root.removeHandler(self)
        root.setLevel(self._level)
