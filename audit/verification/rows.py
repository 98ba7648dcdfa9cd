"""
Stored events against the leaves that were sealed.

Knows no Django: it runs in processes of its own, one connection each.
"""

import hashlib
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

import psycopg2

from audit.sealing import leaves, tree
from audit.sealing.snapshots import Snapshot, growing, opening
from audit.verification.findings import Finding

HASH = tree.HASH
TOLD = 20  # findings of one stretch that are named one by one; a whole table gone is told once for each head


@dataclass(frozen=True, slots=True)
class Batch:
    """One head's share: its number, where its leaves begin and end, and the snapshot that bounds it."""

    n: int
    first: int
    end: int
    snapshot: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some heads of one era in a row, small enough for memory. ``before`` is the snapshot of the head before them."""

    era: int
    boundary: int
    before: str
    last_id: int
    batches: tuple[Batch, ...]
    opened_after: tuple[int, str, int] | None = None  # the earlier era's boundary, last snapshot and highest id

    @property
    def events(self) -> int:
        return self.batches[-1].end - self.batches[0].first


def check(dsn: dict, stretch: Stretch) -> list[Finding]:
    """Hash each stored event of the stretch anew and compare it with the leaf that stands in the tree."""
    connection = psycopg2.connect(**dsn)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
            # A stretch is put in order in memory; PostgreSQL's default would write it to disk first.
            cursor.execute("SET LOCAL work_mem = '128MB'")
            found = _stored(cursor, stretch)
            sealed = tree.leaf_hashes(cursor, stretch.era, stretch.batches[0].first, stretch.batches[-1].end)
    finally:
        connection.close()
    findings: list[Finding] = []
    begin = stretch.batches[0].first
    for batch, (ids, hashes) in zip(stretch.batches, found, strict=True):
        wanted = sealed[(batch.first - begin) * HASH : (batch.end - begin) * HASH]
        if hashes != wanted:
            findings += _differences(batch, ids, hashes, wanted)
    return findings[:TOLD]


def condition(stretch: Stretch) -> str:
    """Return the SQL condition for the stretch's events."""
    if stretch.opened_after:
        before_boundary, snapshot, last_id = stretch.opened_after
        return opening(stretch.boundary, before_boundary, Snapshot.parse(snapshot), last_id)
    after = Snapshot.parse(stretch.batches[-1].snapshot)
    return f"id <= {stretch.last_id} AND {growing(stretch.boundary, Snapshot.parse(stretch.before), after)}"


def _stored(cursor, stretch) -> Sequence[tuple[list[int], bytearray]]:
    """Return, for each head, the ids of its stored events and their hashes in one string."""
    found: list[tuple[list[int], bytearray]] = [([], bytearray()) for _ in stretch.batches]
    snapshots = [Snapshot.parse(batch.snapshot) for batch in stretch.batches]
    ends = [snapshot.ends for snapshot in snapshots]
    still = [frozenset(snapshot.open) for snapshot in snapshots]
    sha256, last_xid, at = hashlib.sha256, -1, 0
    only = len(found) == 1

    def take(leaf):
        nonlocal last_xid, at
        xid = leaves.xid_of(leaf)
        if xid != last_xid and not only:
            # The first head whose snapshot saw the transaction finished.
            at, last_xid = bisect_right(ends, xid), xid
            while at < len(still) and xid in still[at]:
                at += 1
            at = min(at, len(found) - 1)  # snapshots in disorder have been told; they must not end the check
        ids, hashes = found[at]
        ids.append(leaves.id_of(leaf))
        hashes += sha256(b"\x00" + leaf).digest()

    leaves.each(cursor, condition(stretch), take)
    return found


def _differences(batch, ids, hashes, wanted):
    """Say of each event of a batch that differs whether it was changed, removed or put there."""
    have = [bytes(hashes[at : at + HASH]) for at in range(0, len(hashes), HASH)]
    sealed = [wanted[at : at + HASH] for at in range(0, len(wanted), HASH)]
    if len(have) == len(sealed):
        return [
            Finding("event.changed", event=pk, head=batch.n)
            for pk, mine, theirs in zip(ids, have, sealed, strict=True)
            if mine != theirs
        ][:TOLD]
    known, present = set(sealed), set(have)
    code = "event.missing" if len(have) < len(sealed) else "event.inserted"
    strangers = [pk for pk, mine in zip(ids, have, strict=True) if mine not in known]
    gone = sum(theirs not in present for theirs in sealed)
    if code == "event.inserted" and not gone:
        return [Finding(code, event=pk, head=batch.n) for pk in strangers[:TOLD]]
    # What is left is named by its neighbour: the first stored event after the first leaf that has no event.
    first = next(
        (pk for pk, mine, theirs in zip_longest(ids, have, sealed) if mine != theirs and pk is not None),
        ids[-1] if ids else None,
    )
    found = [Finding(code, event=first, head=batch.n, place=f"缺 {gone} 条" if gone else "")]
    if gone > len(sealed) - len(have):
        found += [Finding("event.changed", event=pk, head=batch.n) for pk in strangers[:TOLD]]
    return found
