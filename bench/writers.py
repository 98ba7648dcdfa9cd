"""Processes that write as the platform's own do, told slice by slice what to write and for how long."""

import importlib
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection

from django.db import connection

from audit import wake

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Slice:
    """What some writers did for a while. The milliseconds are processor time for one step."""

    rate: float
    count: int
    client_ms: float
    server_ms: float


class Writers:
    """``module`` has ``prepare(name, work)``, which returns the step to repeat."""

    def __init__(self, module: str, most: int):
        context = get_context("spawn")
        self._ends: list[Connection] = []
        self._processes = []
        for number in range(most):
            here, there = context.Pipe()
            process = context.Process(target=_write, args=(there, module), name=f"writer-{number}", daemon=True)
            process.start()
            self._ends.append(here)
            self._processes.append(process)
        for end in self._ends:
            end.recv()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for end in self._ends:
            end.send(None)
        for process in self._processes:
            process.join(10)

    def write(self, name: str, *, writers: int, seconds: float, work: float = 0.0) -> Slice:
        """Let so many write at once."""
        chosen = self._ends[:writers]
        for end in chosen:
            end.send((name, seconds, work))
        answers = [end.recv() for end in chosen]
        if failed := next((answer for answer in answers if isinstance(answer, str)), None):
            raise RuntimeError(f"a writer of {name!r} failed:\n{failed}")
        return _summed(answers)


def _summed(answers: Sequence[tuple[int, float, float, float]]) -> Slice:
    count = sum(answer[0] for answer in answers)
    return Slice(
        rate=sum(done / lasted for done, lasted, _, _ in answers),
        count=count,
        client_ms=1000 * sum(answer[2] for answer in answers) / max(count, 1),
        server_ms=1000 * sum(answer[3] for answer in answers) / max(count, 1),
    )


def server_seconds() -> float:
    """Return the processor time that this connection's server process has used."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _write(end: Connection, module: str) -> None:
    import django

    django.setup()
    # Waking the worker is the outbox's part, not the trace's, and no worker runs here.
    wake.deliver = lambda outbox_id: None
    prepare = importlib.import_module(module).prepare
    connection.ensure_connection()
    end.send("ready")
    while order := end.recv():
        try:
            end.send(_slice(prepare, *order))
        except Exception:
            import traceback

            end.send(traceback.format_exc())
    connection.close()


def _slice(prepare, name, seconds, work):
    step = prepare(name, work)
    served, used, count = server_seconds(), time.process_time(), 0
    begun = time.perf_counter()
    while (lasted := time.perf_counter() - begun) < seconds:
        step()
        count += 1
    used = time.process_time() - used
    return count, lasted, used, server_seconds() - served
