"""The leaves of the tree as the database gives them out: COPY BINARY, one tuple per message, byte for byte."""

from collections.abc import Callable
from typing import Any

from audit.sealing.snapshots import LEAF_COLUMNS

_HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_TRAILER = b"\xff\xff"
_FIELDS = (LEAF_COLUMNS.count(",") + 1).to_bytes(2, "big")


class Tuples:
    """A file for ``copy_expert`` that hands each tuple to ``take``."""

    def __init__(self, take: Callable[[bytes], Any]):
        self.take = take
        self.begun = False

    def write(self, message: bytes) -> int:
        size = len(message)
        if not self.begun:
            if not message.startswith(_HEADER):
                raise ValueError("this is not PostgreSQL's binary COPY format")
            message, self.begun = message[len(_HEADER) :], True
        if message.endswith(_TRAILER) and len(message) == len(_TRAILER):
            return size
        if message:
            # libpq gives whole rows; a message that begins otherwise would shift every leaf behind it.
            if message[:2] != _FIELDS:
                raise ValueError("a message of COPY does not begin with a row")
            self.take(message)
        return size


def each(cursor, where: str, take: Callable[[bytes], Any]) -> None:
    """Give the leaf bytes of every event that meets the condition to ``take``, in order of their ids."""
    # The condition is made of whole numbers by audit.sealing.snapshots; COPY takes no parameters.
    query = f"COPY (SELECT {LEAF_COLUMNS} FROM audit.event WHERE {where} ORDER BY id) TO STDOUT (FORMAT BINARY)"  # noqa: S608
    cursor.copy_expert(query, Tuples(take))


def id_of(leaf: bytes) -> int:
    return int.from_bytes(leaf[6:14], "big")


def xid_of(leaf: bytes) -> int:
    """The third field; the two before it have eight bytes each."""
    return int.from_bytes(leaf[30:38], "big")
