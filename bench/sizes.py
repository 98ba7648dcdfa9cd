"""Bytes on disk for one event, all in, for the mixture that the platform's own verbs write."""

from bench import ground, town
from bench.town import Town

PACES = 300


def measure(built: Town) -> dict:
    """What the town's stories added to every table and index of the trace, by event."""
    after = town.sizes()
    ((events, acts, transactions),) = ground.query(
        "SELECT count(*), count(*) FILTER (WHERE kind = 'act'), count(DISTINCT xid) FROM audit.event WHERE id > %s",
        [built.since],
    )
    grown = {
        name: (is_index, size - built.before.get(name, (is_index, 0))[1]) for name, (is_index, size) in after.items()
    }
    parts = {"heap": 0, "indexes": 0, "tiles": 0, "heads": 0}
    by_index: dict[str, float] = {}
    for name, (is_index, size) in grown.items():
        if name.startswith("tile"):
            parts["tiles"] += size
        elif name.startswith("head"):
            parts["heads"] += size
        elif name.startswith("event"):
            parts["indexes" if is_index else "heap"] += size
            if is_index and size:
                by_index[name] = round(size / events, 1)
    heads = len(built.sealing.heads)
    return {
        "events": events,
        "acts": acts,
        "transactions": transactions,
        "head_count": heads,
        "events_per_head": round(events / max(heads, 1), 1),
        **{name: round(size / events, 1) for name, size in parts.items()},
        "all": round(sum(parts.values()) / events, 1),
        "indexes_each": by_index,
        "kinds": dict(
            ground.query("SELECT kind, count(*) FROM audit.event WHERE id > %s GROUP BY 1 ORDER BY 1", [built.since])
        ),
        "leaf_bytes": ground.query(
            "SELECT round(avg(pg_column_size(e.*)), 1)::float FROM audit.event e WHERE id > %s", [built.since]
        )[0][0],
        "paces": paces(),
    }


def paces() -> dict:
    """What heads and tiles cost where only so many events come in between two heads."""
    from audit.sealing.sealer import Sealer

    sealer = Sealer()
    found = {}
    for many in (3, 30):
        sealer.seal()
        before = town.sizes()
        for _ in range(PACES):
            ground.query(
                "SELECT audit.record('act', 'bench.pace', 'ok', NULL, 'user', '1', 'nurse', 7, 'bench.order', '1', '',"
                " '', '', '', clock_timestamp(), '{}'::json) FROM generate_series(1, %s)",
                [many],
            )
            sealer.seal()
        after = town.sizes()
        size = {
            part: sum(after[name][1] - before[name][1] for name in after if name.startswith(part))
            for part in ("head", "tile")
        }
        found[str(many)] = {
            "head_bytes": round(size["head"] / PACES, 1),
            "heads_and_tiles": round(sum(size.values()) / PACES / many, 1),
        }
    return found
