"""The stored tree of one era: pieces of 256-wide tiles, read back for proofs (RFC 6962, C2SP tlog-tiles)."""

from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256

from audit.standalone.verify import EMPTY, Range, node

WIDTH = 256
HASH = 32


class StoredTree:
    """
    Hashes of a tree through its tiles. ``read(level, start)`` returns a tile's hashes, as far as they are stored.

    A tile of level ``L`` holds the roots of full subtrees of height ``8 L``.
    """

    def __init__(self, read: Callable[[int, int], bytes]):
        self._read = read
        self._tiles: dict[tuple[int, int], bytes] = {}

    def _tile(self, level: int, tile: int) -> bytes:
        key = (level, tile)
        if key not in self._tiles:
            self._tiles[key] = self._read(level, tile * WIDTH)
        return self._tiles[key]

    def full(self, height: int, index: int) -> bytes:
        """
        Return the root of the full subtree of this height at this place.

        :raises LookupError: it is not stored
        """
        level, rest = divmod(height, 8)
        first = index << rest
        tile, offset = first // WIDTH, first % WIDTH
        hashes = self._tile(level, tile)[offset * HASH : (offset + (1 << rest)) * HASH]
        if len(hashes) != HASH << rest:
            raise LookupError(f"the subtree of height {height} at {index} is not stored")
        return fold(hashes)

    def root(self, low: int, high: int) -> bytes:
        """Return the root over the leaves ``low`` to ``high``, which begin where RFC 6962 would split."""
        count = high - low
        if count == 0:
            return EMPTY
        if count & (count - 1) == 0:
            height = count.bit_length() - 1
            return self.full(height, low >> height)
        split = 1 << (count.bit_length() - 1)
        return node(self.root(low, low + split), self.root(low + split, high))

    def range(self, size: int) -> Range:
        """Return the growing tree at ``size``, ready for more leaves."""
        peaks, low = [], 0
        for height in reversed(range(size.bit_length())):
            if size >> height & 1:
                peaks.append(self.full(height, low >> height))
                low += 1 << height
        return Range(size, peaks)

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """
        Return the path from the leaf at ``index`` to the root of the first ``size`` leaves.

        :raises LookupError: there is no such leaf
        """
        if not 0 <= index < size:
            raise LookupError(f"leaf {index} is not among {size}")
        path, low, high = [], 0, size
        while high - low > 1:
            split = 1 << ((high - low - 1).bit_length() - 1)
            if index < low + split:
                path.append(self.root(low + split, high))
                high = low + split
            else:
                path.append(self.root(low, low + split))
                low += split
        return path[::-1]

    def consistency(self, old: int, new: int) -> list[bytes]:
        """Return the proof that the tree of ``new`` leaves begins with that of ``old``."""
        if not 0 <= old <= new:
            raise LookupError(f"{old} leaves are not the beginning of {new}")
        if old in (0, new):
            return []
        return self._subproof(old, 0, new, whole=True)

    def _subproof(self, old: int, low: int, high: int, *, whole: bool) -> list[bytes]:
        count = high - low
        if old == count:
            return [] if whole else [self.root(low, high)]
        split = 1 << ((count - 1).bit_length() - 1)
        if old <= split:
            return [*self._subproof(old, low, low + split, whole=whole), self.root(low + split, high)]
        return [*self._subproof(old - split, low + split, high, whole=False), self.root(low, low + split)]


class Pieces:
    """What a growing tree adds to its tiles, cut at their edges."""

    def __init__(self):
        self._levels: dict[int, tuple[int, bytearray]] = {}

    def add(self, made: Iterable[tuple[int, int, bytes]]) -> None:
        """Note the nodes that :meth:`audit.standalone.verify.Range.append` has made full."""
        for height, index, value in made:
            if height % 8 == 0:
                self._levels.setdefault(height // 8, (index, bytearray()))[1].extend(value)

    def cut(self) -> Iterator[tuple[int, int, bytes]]:
        """Give each piece: its level, the place of its first hash, its hashes."""
        for level, (first, hashes) in self._levels.items():
            at, place = 0, first
            while at < len(hashes):
                room = (WIDTH - place % WIDTH) * HASH
                piece = bytes(hashes[at : at + room])
                yield level, place, piece
                at, place = at + len(piece), place + len(piece) // HASH


def fold(hashes: bytes) -> bytes:
    """Return the root over a power of two of hashes, given as one string of bytes."""
    # RFC 6962's node over neighbours that lie side by side already; a check of all history does this for every leaf.
    while len(hashes) > HASH:
        hashes = b"".join([sha256(b"\x01" + hashes[at : at + 64]).digest() for at in range(0, len(hashes), 64)])
    return hashes


def leaf_hashes(cursor, era: int, first: int, end: int) -> bytes:
    """Return the hashes of the leaves from ``first`` up to ``end``, in one string; fewer when some are gone."""
    cursor.execute(
        "SELECT start, hashes FROM audit.tile"
        " WHERE era = %s AND level = 0 AND start > %s AND start < %s ORDER BY start",
        [era, first - WIDTH, end],
    )
    out = bytearray()
    for start, hashes in cursor.fetchall():
        skipped = max(first - start, 0) * HASH
        out += bytes(hashes)[skipped : (end - start) * HASH]
    return bytes(out)


def stored(cursor, era: int) -> StoredTree:
    """Return the tree of an era as the database holds it."""

    def read(level, start):
        cursor.execute(
            "SELECT hashes FROM audit.tile WHERE era = %s AND level = %s AND start >= %s AND start < %s ORDER BY start",
            [era, level, start, start + WIDTH],
        )
        return b"".join(bytes(hashes) for (hashes,) in cursor.fetchall())

    return StoredTree(read)


def size(cursor, era: int) -> int:
    """Return how far an era's leaves are stored."""
    cursor.execute(
        "SELECT start + length(hashes) / 32 FROM audit.tile WHERE era = %s AND level = 0 ORDER BY start DESC LIMIT 1",
        [era],
    )
    row = cursor.fetchone()
    return row[0] if row else 0
