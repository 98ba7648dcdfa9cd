"""
The sealer: each second one signed head over every event whose transaction has finished since the last.

One process leads, by an advisory lock that dies with its connection; writers meet no lock of it. A head, its tiles and
its place in history are one transaction, so a crash at any point leaves the last head standing and nothing half done.
"""

import logging
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection, transaction

from audit.sealing import eras, leaves, signers, tree
from audit.sealing.eras import Last
from audit.sealing.snapshots import BEGINNING, Snapshot, growing, opening
from audit.standalone import verify

log = logging.getLogger(__name__)

LEADER = 0x4855_4441  # the advisory lock of who seals this database
HEARTBEAT = timedelta(seconds=60)  # a head at least this often, so that silence means something


class CannotSeal(Exception):
    """The database is not the one that was sealed last; people have to look before anything is sealed again."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """One head just made: its number, how many events it added, and its signed note."""

    n: int
    added: int
    size: int
    note: str


class Sealer:
    """Seals on the default connection, outside any transaction of the caller."""

    def __init__(self):
        self.key = signers.log_key()
        self.beside = signers.beside()
        self._last: Last | None = None
        self._range: verify.Range | None = None

    def lead(self) -> bool:
        """Try to become the one who seals; kept until the connection ends."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [LEADER])
            return cursor.fetchone()[0]

    def seal(self, *, heartbeat: bool = False) -> Sealed | None:
        """
        Seal what has finished since the last head; ``None`` when there was nothing. ``heartbeat`` makes a head anyway.

        :raises CannotSeal: the database was restored or copied, so its counters contradict the last head
        """
        with transaction.atomic(), connection.cursor() as cursor:
            last, grown = self._load(cursor)
            # A later statement sees every row whose transaction had finished in this snapshot.
            cursor.execute("SELECT pg_current_snapshot()::text, clock_timestamp()")
            text, moment = cursor.fetchone()
            now = Snapshot.parse(text)
            if last.opening:
                # The opening head holds what the earlier era left behind, whole; the new era's own rows come after it.
                now = BEGINNING
                where = opening(last.boundary, last.before.boundary, last.before.snapshot, last.before.max_id)
            elif now.ends < last.snapshot.ends:
                raise CannotSeal(_MOVED_BACK)
            elif now.text == last.snapshot.text and not heartbeat:
                return None
            else:
                where = growing(last.boundary, last.snapshot, now)
            first, max_id = grown.size, last.max_id
            pieces = tree.Pieces()

            def take(leaf):
                nonlocal max_id
                pieces.add(grown.append(verify.leaf_hash(leaf)))
                max_id = max(max_id, leaves.id_of(leaf))

            self._range = None  # until the commit it stands for nothing
            with connection.wrap_database_errors:  # COPY goes past Django, which would otherwise name its errors
                leaves.each(cursor, where, take)
            if grown.size == first and not heartbeat and not last.opening:
                self._range = grown
                return None
            sealed = self._write(cursor, last, now, moment, grown, first, max_id, pieces)
        self._last, self._range = last.followed_by(n=sealed.n, snapshot=now, max_id=max_id, size=sealed.size), grown
        return sealed

    def _write(self, cursor, last, now, moment, grown, first, max_id, pieces):
        n = last.n + 1
        root = grown.root()
        note = verify.make_note(
            origin=last.origin, size=grown.size, root=root, era=last.era, head=n, snapshot=now.text, time=moment,
            key=self.key,
        )  # fmt: skip
        text = verify.parse_note(note).text
        note += "".join(f"{signer.line(last.origin, text)}\n" for signer in self.beside)
        cursor.execute(
            "INSERT INTO audit.head"
            " (n, era, tree_size, first_leaf, snapshot, snap_max, snap_open, max_id, root, at, note)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s::bigint[], %s, %s, %s, %s)",
            [n, last.era, grown.size, first, now.text, now.ends, list(now.open), max_id, root, moment, note],
        )
        for level, start, hashes in pieces.cut():
            cursor.execute(
                "INSERT INTO audit.tile (era, level, start, hashes) VALUES (%s, %s, %s, %s)",
                [last.era, level, start, hashes],
            )
        return Sealed(n=n, added=grown.size - first, size=grown.size, note=note)

    def _load(self, cursor):
        """Return where the history stands, from memory while nobody else has sealed since."""
        cursor.execute("SELECT max(n) FROM audit.head")
        (newest,) = cursor.fetchone()
        if self._last is not None and self._range is not None and self._last.n == newest:
            return self._last, self._range
        last = eras.last(cursor) or eras.open_first(cursor, verifier=self._verifier(1))
        if last.verifier != self._verifier(last.era):
            raise CannotSeal(_OTHER_KEY)
        if eras.system_id(cursor) != last.system_id:
            raise CannotSeal(_MOVED_BACK)
        try:
            grown = tree.stored(cursor, last.era).range(last.size)
        except LookupError as gone:
            raise CannotSeal(_TILES) from gone
        if tree.size(cursor, last.era) != last.size:
            raise CannotSeal(_TILES)
        if not last.opening and last.size and grown.root() != last.root:
            raise CannotSeal(_TILES)
        return last, grown

    def _verifier(self, era):
        return verify.make_vkey(eras.origin(era), verify.public_bytes(self.key))


_MOVED_BACK = "数据库不是上次封存的那一个：可能刚从备份恢复。请由两人开启新的纪元后再封存（manage.py audit_new_era）。"
_OTHER_KEY = "封存密钥与本纪元公布的公钥不一致。请恢复原密钥，或由两人开启新的纪元。"
_TILES = "数据库里的树与最后一次封存的树根不一致，数据可能被改动。请先运行 manage.py audit_verify --full。"
