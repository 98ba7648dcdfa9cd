"""Writers that behave as badly as clients do: slow, rolled back, killed, prepared and forgotten."""

import contextlib
import random
import threading
import time
from dataclasses import dataclass, field
from typing import NamedTuple

import psycopg2

from tests.faults.cluster import write

PREPARED = "tests-{}-{}"


class Written(NamedTuple):
    """
    One event: its number and what it is about, which no other event is.

    The number alone does not say which event is meant: a server that loses its power forgets how far a sequence had
    come for transactions of which nothing was kept, and gives such a number to the next one.
    """

    pk: int
    about: str


@dataclass
class Account:
    """What one writer knows of its events: surely stored, surely not, or nobody knows."""

    stored: set[Written] = field(default_factory=set)
    gone: set[Written] = field(default_factory=set)
    doubtful: set[Written] = field(default_factory=set)
    slow: set[Written] = field(default_factory=set)  # of transactions that were meant to stay open


def noted(cursor, writer, about):
    return Written(write(cursor, writer, about), about)


class Writer(threading.Thread):
    def __init__(self, cluster, number, stop):
        super().__init__(daemon=True)
        self.cluster, self.number, self.stop = cluster, number, stop
        self.random = random.Random(number)
        self.account = Account()
        self.connection = None
        self.prepared = self.said = 0
        self.deeds = {}

    def run(self):
        while not self.stop.is_set():
            try:
                if self.connection is None:
                    self.connection = self.cluster.connect()
                self._transaction()
            except psycopg2.Error:
                self._leave()
                time.sleep(0.1)
        self._leave()

    def _leave(self):
        if self.connection is not None:
            with contextlib.suppress(psycopg2.Error):
                self.connection.close()
        self.connection = None

    def _transaction(self):
        deed = self.random.choices(
            ["kept", "rolled back", "savepoints", "prepared", "killed"], weights=[72, 10, 10, 5, 3]
        )[0]
        with self.connection.cursor() as cursor:
            cursor.execute("BEGIN")
            written = set()
            try:
                for _ in range(self.random.randint(1, 3)):
                    written.add(self._write(cursor))
                    if self.random.random() < 0.4:
                        time.sleep(self.random.random() * 0.03)
                if deed == "savepoints":
                    self._savepoints(cursor, written)
                elif deed == "killed":
                    self._killed()
            except psycopg2.Error:
                self.account.gone |= written
                raise
            self.ENDINGS.get(deed, Writer._kept)(self, cursor, written)
        self.deeds[deed] = self.deeds.get(deed, 0) + 1
        time.sleep(self.random.random() * 0.02)

    def _write(self, cursor):
        self.said += 1
        return noted(cursor, self.number, f"{self.number}-{self.said}")

    def _kept(self, cursor, written):
        try:
            cursor.execute("COMMIT")
        except psycopg2.Error:
            self.account.doubtful |= written
            raise
        self.account.stored |= written

    def _rolled_back(self, cursor, written):
        self.account.gone |= written
        cursor.execute("ROLLBACK")

    def _savepoints(self, cursor, written):
        cursor.execute("SAVEPOINT kept")
        written.add(self._write(cursor))
        cursor.execute("RELEASE SAVEPOINT kept")
        cursor.execute("SAVEPOINT dropped")
        self.account.gone.add(self._write(cursor))
        cursor.execute("ROLLBACK TO SAVEPOINT dropped")
        written.add(self._write(cursor))

    def _prepared(self, cursor, written):
        self.prepared += 1
        name = PREPARED.format(self.number, self.prepared)
        self.account.slow |= written
        self.account.doubtful |= written
        cursor.execute(f"PREPARE TRANSACTION '{name}'")
        time.sleep(self.random.random() * 0.3)
        if self.random.random() < 0.2:
            cursor.execute(f"ROLLBACK PREPARED '{name}'")
            self.account.gone |= written
        else:
            cursor.execute(f"COMMIT PREPARED '{name}'")
            self.account.stored |= written
        self.account.doubtful -= written

    def _killed(self):
        """Somebody ends our session from outside, with the transaction open."""
        pid = self.connection.info.backend_pid
        self.cluster.ask("SELECT pg_terminate_backend(%s)", pid)
        self.deeds["killed"] = self.deeds.get("killed", 0) + 1
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT 1")

    ENDINGS = {"rolled back": _rolled_back, "prepared": _prepared}


def finish_prepared(cluster):
    """Commit what was prepared before a crash and that nobody remembers; returns how many there were."""
    names = [name for (name,) in cluster.ask("SELECT gid FROM pg_prepared_xacts")]
    for name in names:
        cluster.ask(f"COMMIT PREPARED '{name}'")
    return len(names)


class LongTransaction(threading.Thread):
    """Writes once, stays open, writes again and commits."""

    def __init__(self, cluster, seconds):
        super().__init__(daemon=True)
        self.cluster, self.seconds, self.written = cluster, seconds, set()

    def run(self):
        with contextlib.closing(self.cluster.connect(autocommit=False)) as connection, connection.cursor() as cursor:
            first = noted(cursor, 999, "999-1")
            time.sleep(self.seconds)
            second = noted(cursor, 999, "999-2")
            connection.commit()
            self.written = {first, second}
