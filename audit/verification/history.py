"""Heads and tree: signatures, order, and every root computed anew from the leaves' hashes."""

from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from audit.models import Era, Head
from audit.sealing import signers, tree
from audit.sealing.snapshots import BEGINNING, Snapshot
from audit.standalone import verify
from audit.standalone.verify import node
from audit.verification.findings import Finding

HEADS_AT_ONCE = 2000


def heads(era: Era, *, since: int = 0, up_to: int) -> Iterator[Head]:
    """Give an era's heads in order, a bounded number in memory."""
    while True:
        some = list(Head.objects.filter(era=era, n__gt=since, n__lte=up_to).order_by("n")[:HEADS_AT_ONCE])
        yield from some
        if len(some) < HEADS_AT_ONCE:
            return
        since = some[-1].n


def judge_key(era: Era) -> list[Finding]:
    """Compare the stored public key with the published ones, where those are configured."""
    if settings.AUDIT_LOG_KEYS and era.verifier not in settings.AUDIT_LOG_KEYS:
        return [Finding("head.key", place=era.origin)]
    return []


def judge_head(head: Head, before: Head | None, vkey: verify.Vkey) -> list[Finding]:
    """Judge one head by itself and against the one before it."""
    try:
        note = verify.verify_note(head.note, vkey)
    except ValueError:
        return [Finding("head.signature", head=head.n)]
    if settings.AUDIT_SM2_PUBLIC_FILE and not signers.sm2_holds(note, Path(settings.AUDIT_SM2_PUBLIC_FILE)):
        return [Finding("head.signature", head=head.n, place="SM2")]
    found = []
    said = (note.size, note.root, note.more.get("head"), note.more.get("snapshot"), note.more.get("era"))
    if said != (head.tree_size, bytes(head.root), str(head.n), head.snapshot, str(head.era_id)):
        found.append(Finding("head.columns", head=head.n))
    if head.first_leaf != (before.tree_size if before else 0):
        found.append(Finding("head.order", head=head.n))
    if before and snapshot_of(head).ends < snapshot_of(before).ends:
        found.append(Finding("head.order", head=head.n))
    return found


def snapshot_of(head: Head) -> Snapshot:
    """Return the snapshot as it was signed; the column beside it may say anything."""
    try:
        return Snapshot.parse(verify.parse_note(head.note).more["snapshot"])
    except (KeyError, ValueError):
        return BEGINNING  # the signature does not hold either, which has been told


class Roots:
    """The tree of one era grown again from its stored leaves, asked at each head for its root."""

    def __init__(self, cursor, era: int, size: int = 0):
        self.cursor, self.era = cursor, era
        self.grown = tree.stored(cursor, era).range(size)
        self._buffer = b""
        self._at = 0

    def judge(self, head: Head) -> list[Finding]:
        while self.grown.size < head.tree_size:
            # Whole tiles are folded at once; leaf by leaf only up to the next one, and before a head within one.
            whole = self.grown.size % tree.WIDTH == 0 and head.tree_size - self.grown.size >= tree.WIDTH
            leaves = self._next(tree.WIDTH if whole else 1)
            if leaves is None:
                return [Finding("tree.short", head=head.n)]
            if len(leaves) == tree.WIDTH * tree.HASH:
                self._append_tile(tree.fold(leaves))
            else:
                for at in range(0, len(leaves), tree.HASH):
                    self.grown.append(leaves[at : at + tree.HASH])
        return [] if self.grown.root() == bytes(head.root) else [Finding("tree.root", head=head.n)]

    def _append_tile(self, root: bytes) -> None:
        """Add a full subtree of 256 leaves, as :meth:`audit.standalone.verify.Range.append` adds one leaf."""
        index = self.grown.size // tree.WIDTH
        while index & 1:
            root, index = node(self.grown.peaks.pop(), root), index >> 1
        self.grown.peaks.append(root)
        self.grown.size += tree.WIDTH

    def _next(self, count: int) -> bytes | None:
        """Return the next leaves, up to ``count``; fewer where what has been read ends, none where all ends."""
        if self._at >= len(self._buffer):
            place = self.grown.size
            self.cursor.execute(
                "SELECT start, hashes FROM audit.tile WHERE era = %s AND level = 0 AND start > %s AND start <= %s"
                " ORDER BY start",
                [self.era, place - tree.WIDTH, place + 256 * tree.WIDTH],
            )
            kept = bytearray()
            for start, hashes in self.cursor.fetchall():
                here = bytes(hashes)[max(place - start, 0) * tree.HASH :]
                if start > place + len(kept) // tree.HASH:
                    break  # a piece is gone
                kept += here
            self._buffer, self._at = bytes(kept), 0
            if not kept:
                return None
        found = self._buffer[self._at : self._at + count * tree.HASH]
        self._at += len(found)
        return found
