"""Which transactions had finished at a moment, and which rows of the trace finished between two moments."""

from dataclasses import dataclass

LEAF_COLUMNS = (
    "id, at, xid, kind, action, outcome, act_id, actor_kind, actor_id, role, organisation_id, object_type, object_id, "
    "subject_id, reason, request_id, ip, happened_at, db_user, data"
)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """``pg_snapshot``: transactions below ``ends`` have finished, except those in ``open``."""

    text: str
    ends: int
    open: tuple[int, ...]

    @classmethod
    def parse(cls, text: str) -> "Snapshot":
        """
        Read ``xmin:xmax:xip,xip``. Only whole numbers come out, so they may stand in SQL as they are.

        :raises ValueError: not a snapshot
        """
        _, ends, listed = text.split(":")
        return cls(text, int(ends), tuple(int(xid) for xid in listed.split(",") if xid))


BEGINNING = Snapshot("1:1:", 1, ())


def finished_between(before: Snapshot, after: Snapshot) -> str:
    """
    Return the SQL condition for rows whose transaction finished between two snapshots.

    No row is skipped however late its transaction commits, none is met twice, a long transaction delays only its own
    rows, and the same condition finds the same rows again when the stored snapshots are verified years later.
    """
    begun = f"xid >= {before.ends} AND xid < {after.ends}"
    late = f" OR xid = ANY ({_array(before.open)})" if before.open else ""
    still = f" AND xid <> ALL ({_array(after.open)})" if after.open else ""
    return f"({begun}{late}){still}"


def growing(boundary: int, before: Snapshot, after: Snapshot) -> str:
    """Return the SQL condition for the rows of one head of an era that begins after the id ``boundary``."""
    return f"id > {int(boundary)} AND {finished_between(before, after)}"


def opening(boundary: int, before_boundary: int, last: Snapshot, last_id: int) -> str:
    """
    Return the SQL condition for the rows of an era's first head: all that the era before it left unsealed.

    ``last`` and ``last_id`` are the snapshot and the highest sealed id of the earlier era's last head.
    """
    late = f" OR xid = ANY ({_array(last.open)})" if last.open else ""
    left = f"id > {int(last_id)} OR xid >= {last.ends}{late}"
    return f"id <= {int(boundary)} AND id > {int(before_boundary)} AND ({left})"


def _array(xids: tuple[int, ...]) -> str:
    return f"'{{{','.join(map(str, xids))}}}'::bigint[]"
