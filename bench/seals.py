"""The real sealer in a process of its own, told when to seal, with its own figures."""

import time
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection

from django.db import connection

from bench.writers import server_seconds


@dataclass
class Sealing:
    """What one sealer did between two words of ours: when each head was there, and what it cost."""

    heads: dict[int, float] = field(default_factory=dict)
    events: int = 0
    seconds: float = 0.0
    client_seconds: float = 0.0
    server_seconds: float = 0.0


class SealerProcess:
    """Seals each ``every`` seconds between :meth:`go` and :meth:`pause`."""

    def __init__(self, every: float = 1.0):
        context = get_context("spawn")
        self._end, there = context.Pipe()
        self._process = context.Process(target=_seal, args=(there, every), daemon=True)
        self._process.start()
        self._end.recv()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._end.send("stop")
        self._process.join(10)

    def go(self) -> None:
        self._end.send("go")

    def pause(self) -> Sealing:
        self._end.send("pause")
        return self._end.recv()

    def catch_up(self) -> Sealing:
        """Seal once more what is left, while nobody measures."""
        self._end.send("once")
        return self._end.recv()


def _seal(end: Connection, every: float) -> None:
    import django

    django.setup()
    from audit.sealing.sealer import Sealer

    sealer = Sealer()
    if not sealer.lead():
        raise RuntimeError("another sealer is leading")
    end.send("ready")
    while (word := end.recv()) != "stop":
        done = Sealing()
        begun, used, served = time.perf_counter(), time.process_time(), server_seconds()
        while True:
            turn = time.perf_counter()
            if head := sealer.seal():
                done.heads[head.n] = time.time()
                done.events += head.added
            if word == "once" or end.poll(max(0.0, every - (time.perf_counter() - turn))):
                break
        if word == "go":
            end.recv()  # the word to pause
        done.seconds = time.perf_counter() - begun
        done.client_seconds = time.process_time() - used
        done.server_seconds = server_seconds() - served
        end.send(done)
    connection.close()
