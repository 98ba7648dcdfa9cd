"""
How parcels reach a far side: side by side over a few connections that stay open, each batch within a bounded time.

A far side that answers slowly would otherwise hold a batch for longer than its claim lasts, and another process would
take the same letters. No redirect is followed and no proxy is asked: an answer from elsewhere is no answer.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import TypeVar
from urllib.parse import urlsplit

AT_ONCE = 8
LONGEST = 25.0  # seconds for one batch to one kind of far side; two of them are shorter than the lease of a claim
LONGEST_ANSWER = 4096

Sent = TypeVar("Sent")
Answered = TypeVar("Answered")


class Silent(Exception):
    """Nobody knows what became of the parcel. ``why`` is a word for the delivery's row."""

    def __init__(self, why: str):
        super().__init__(why)
        self.why = why


class Wires:
    """The open connections of one line of parcels, one to each host; a host that kept silent is not asked again."""

    def __init__(self, *, until: float, seconds: float):
        self.until, self.seconds = until, seconds
        self.known: dict[tuple[str, str], HTTPConnection] = {}
        self.silent: dict[tuple[str, str], str] = {}

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """Return the status and the beginning of the answer. :raises Silent: no answer came"""
        where = urlsplit(url)
        host, path = (where.scheme, where.netloc), f"{where.path or '/'}{'?' if where.query else ''}{where.query}"
        if host in self.silent:
            raise Silent(self.silent[host])
        if time.monotonic() > self.until:
            raise Silent("slow")
        try:
            return self._asked(host, path, body, headers)
        except TimeoutError:
            self.silent[host] = "slow"
        except (OSError, HTTPException, ValueError):
            self.silent[host] = "unreachable"
        raise Silent(self.silent[host])

    def close(self) -> None:
        for connection in self.known.values():
            connection.close()

    def _asked(self, host, path, body, headers):
        kept = self.known.pop(host, None)
        if kept is not None:
            try:
                return self._once(kept, host, path, body, headers)
            except (ConnectionError, HTTPException):
                kept.close()  # the far side had closed it meanwhile; what it may have taken goes under the same key
        kind = HTTPSConnection if host[0] == "https" else HTTPConnection
        return self._once(kind(host[1], timeout=self.seconds), host, path, body, headers)

    def _once(self, connection, host, path, body, headers):
        try:
            connection.request("POST", path, body, dict(headers))
            answer = connection.getresponse()
            said = answer.read(LONGEST_ANSWER)
        except BaseException:
            connection.close()
            raise
        if answer.isclosed() and not answer.will_close:
            self.known[host] = connection
        else:
            connection.close()
        return answer.status, said


def side_by_side(parcels: Sequence[Sent], send: Callable[[Wires, Sent], Answered], *, seconds: float) -> list[Answered]:
    """Send every parcel by ``send(wires, parcel)``, which never raises; answer in their order."""
    until = time.monotonic() + LONGEST
    lines = [parcels[n::AT_ONCE] for n in range(min(AT_ONCE, len(parcels)))]

    def walk(line):
        wires = Wires(until=until, seconds=seconds)
        try:
            return [send(wires, parcel) for parcel in line]
        finally:
            wires.close()

    if len(lines) < 2:
        return [answer for line in lines for answer in walk(line)]
    with ThreadPoolExecutor(len(lines)) as threads:
        walked = list(threads.map(walk, lines))
    return [walked[n % len(lines)][n // len(lines)] for n in range(len(parcels))]
