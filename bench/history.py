"""
A long history made of the town's own events again and again, sealed by the real sealer, verified and asked.

Each round moves every object to an id of its own. Transactions keep their events, and stories run beside each other as
in life: the events of one order lie far apart. The years are spread over twelve monthly partitions.
"""

import hashlib
import random
import time
from collections.abc import Callable
from contextlib import nullcontext
from datetime import timedelta
from uuid import UUID

from django.db import connection, reset_queries
from django.utils import timezone

from audit import proofs
from audit.models import Event
from audit.sealing import leaves
from audit.sealing.sealer import Sealer
from audit.standalone import verify
from audit.verification.run import verify_trace
from bench import ground
from bench.lag import at_share
from bench.town import Town
from kernel.actors import system
from orders import timeline, trace
from orders.models import Order, ServiceRequest

BATCH = 5_000
APART = 10_000_000  # from one round's ids to the next one's
ASKED, ASKED_SHORT = 200, 30
MONTHS = 12
RAW = 1_000_000

POOL = """
    CREATE UNLOGGED TABLE bench_pool AS
    SELECT row_number() OVER (ORDER BY md5(xid::text), id) AS place, dense_rank() OVER (ORDER BY md5(xid::text)) AS tx,
        kind, action, outcome, act_id, actor_kind, actor_id, role, organisation_id, object_type, object_id,
        subject_id, reason, request_id, ip, data, object_id ~ '^[0-9]+$' AS counted
    FROM audit.event WHERE id > %s
"""
FILL = """
    INSERT INTO audit.event (at, xid, kind, action, outcome, act_id, actor_kind, actor_id, role, organisation_id,
        object_type, object_id, subject_id, reason, request_id, ip, happened_at, data)
    SELECT %(at)s::timestamptz + (place - %(low)s) * %(gap)s * interval '1 second', %(xid)s + tx - %(tx)s, kind, action,
        outcome, md5(act_id::text || %(round)s)::uuid, actor_kind, actor_id, role, organisation_id, object_type,
        CASE WHEN object_id = '' THEN '' WHEN counted THEN (object_id::bigint + %(round)s::bigint * %(apart)s)::text
            ELSE md5(object_id || %(round)s)::uuid::text END,
        CASE WHEN subject_id = '' THEN '' ELSE md5(subject_id || %(round)s)::uuid::text END,
        reason, request_id, ip, %(at)s::timestamptz + (place - %(low)s) * %(gap)s * interval '1 second', data
    FROM bench_pool WHERE place BETWEEN %(low)s AND %(high)s ORDER BY place
"""


def measure(built: Town, *, events: int, workers: int, seed: int, say: Callable[[str], None]) -> dict:
    """Return what it takes to verify so long a history and to ask it about one order."""
    draw = random.Random(seed)
    found: dict = {"asked": {}}
    ground.query(POOL, [built.since])
    ground.query("CREATE INDEX ON bench_pool (place)")
    ground.query(
        "SELECT audit.make_partition((now() - make_interval(months => n))::date) FROM generate_series(0, %s) AS n",
        [MONTHS],
    )
    ground.query("SET synchronous_commit = off")  # filling is not what is measured
    filler = Filler(events)
    for goal in sorted({min(1_000_000, events), events}):
        with ground.clock(say, f"{goal:,} events"):
            filler.fill_to(goal)
        ground.query("VACUUM ANALYZE audit.event, audit.head, audit.tile")
        asked = found["asked"][str(goal)] = ask(built, rounds=filler.rounds, draw=draw)
        say(f"one order out of {goal:,}: page {asked['page']['p95']:.1f} ms, receipt {asked['receipt']['p95']:.1f} ms")
    found["filled"] = filler.figures()
    found["verified"] = verified(workers, say)
    return found


class Filler:
    """Puts batch after batch into the table, as many transactions as they were, and seals each."""

    def __init__(self, events: int):
        self.sealer = Sealer()
        self.done = self.rounds = self.place = self.heads = 0
        self.sealing = 0.0
        ((self.pool,),) = ground.query("SELECT max(place) FROM bench_pool")
        # Where a batch may end: with a transaction.
        self.ends = [row[0] for row in ground.query("SELECT max(place) FROM bench_pool GROUP BY tx ORDER BY 1")]
        span = MONTHS * 30 * 86_400.0
        self.gap = span / events
        self.at = timezone.now() - timedelta(seconds=span)

    def fill_to(self, goal: int) -> None:
        while self.done < goal:
            low = self.place + 1
            wanted = min(self.place + BATCH, self.place + max(1, goal - self.done), self.pool)
            high = next(end for end in self.ends if end >= wanted)
            self._fill(low, high)
            begun = time.perf_counter()
            sealed = self.sealer.seal()
            self.sealing += time.perf_counter() - begun
            # What else the database wrote of itself is sealed with the first.
            if sealed is None or sealed.added < high - low + 1:
                raise AssertionError("a batch was not sealed whole")
            self.heads += 1
            self.done += high - low + 1
            self.at += timedelta(seconds=(high - low + 1) * self.gap)
            self.place = high
            if high >= self.pool:
                self.place, self.rounds = 0, self.rounds + 1

    def _fill(self, low: int, high: int) -> None:
        ((first, last),) = ground.query(
            "SELECT min(tx), max(tx) FROM bench_pool WHERE place BETWEEN %s AND %s", [low, high]
        )
        ((before,),) = ground.query("SELECT pg_current_xact_id()::text::bigint")
        ground.query(
            "DO $$ BEGIN FOR n IN 1.."
            + str(last - first + 1)
            + " LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$"
        )
        ground.query(
            FILL,
            {"at": self.at, "low": low, "high": high, "gap": self.gap, "xid": before + 1, "tx": first,
             "round": self.rounds, "apart": APART},
        )  # fmt: skip

    def figures(self) -> dict:
        return {
            "events": self.done,
            "heads": self.heads,
            "sealed_per_second": round(self.done / self.sealing),
            "pool": self.pool,
        }


# --- asking -----------------------------------------------------------------------------------------------------------


def ask(built: Town, *, rounds: int, draw: random.Random) -> dict:
    """Ask about orders drawn at random, as the page, the API and a family's receipt do."""
    times: dict[str, list[float]] = {
        "lines": [],
        "lines_sql": [],
        "page": [],
        "page_sql": [],
        "receipt": [],
        "check": [],
    }
    most_events = proof = 0
    many = ASKED if rounds > 10 else ASKED_SHORT
    for _ in range(many):
        order = moved(draw.choice(built.papers), draw.randrange(max(rounds, 1)))
        lines = _timed(times["lines"], lambda order=order: trace.order_trace(order), times["lines_sql"])
        assert lines, "an order without a trace"
        most_events = max(most_events, len(lines))
        _timed(
            times["page"],
            lambda order=order: timeline.page(timeline.of_order(order), oldest_first=True),
            times["page_sql"],
        )
        event = draw.choice(lines).id
        paper = _timed(times["receipt"], lambda event=event: proofs.receipt(event))
        proof = max(proof, 32 * len(paper["proof"]))
        note = verify.parse_note(paper["note"])
        leaf, path = verify.unb64(paper["leaf"]), [verify.unb64(step) for step in paper["proof"]]
        args = (verify.leaf_hash(leaf), paper["index"], note.size, path, note.root)
        assert _timed(times["check"], lambda args=args: verify.verify_inclusion(*args)), "a proof that does not hold"
        reset_queries()
    figures = {
        name: {"p50": round(at_share(sorted(each), 0.5), 3), "p95": round(at_share(sorted(each), 0.95), 3)}
        for name, each in times.items()
    }
    return {**figures, "most_lines": most_events, "proof_bytes": proof, "asked": many}


def _timed(into: list[float], question, in_database: list[float] | None = None):
    """``in_database`` takes what of the time was spent waiting for the server's answers."""
    waited = 0.0

    def wait(execute, *arguments):
        nonlocal waited
        begun = time.perf_counter()
        try:
            return execute(*arguments)
        finally:
            waited += time.perf_counter() - begun

    with connection.execute_wrapper(wait) if in_database is not None else nullcontext():
        begun = time.perf_counter()
        answer = question()
        into.append((time.perf_counter() - begun) * 1000)
    if in_database is not None:
        in_database.append(waited * 1000)
    return answer


def moved(papers: dict[str, list[str]], turn: int) -> Order:
    """An order as it stands in the trace of one round; in no other table of this database."""
    ids = {kind: [_moved(pk, turn) for pk in pks] for kind, pks in papers.items()}

    def one(kind, place=0):
        return ids[kind][place] if len(ids.get(kind, ())) > place else None

    order = Order(
        pk=one("orders.order"),
        prescription_id=one("clinical.prescription"),
        visit_record_id=one("clinical.visitrecord"),
        consent_id=one("patients.consent"),
        agreement_id=one("patients.consent", 1),
    )
    order.request = ServiceRequest(pk=one("orders.servicerequest"), assessment_id=one("clinical.assessment"))
    return order


def _moved(pk: str, turn: int) -> int | str:
    if pk.isdigit():
        return int(pk) + turn * APART
    return str(UUID(hashlib.md5(f"{pk}{turn}".encode(), usedforsecurity=False).hexdigest()))


# --- verifying --------------------------------------------------------------------------------------------------------


def verified(workers: int, say: Callable[[str], None]) -> dict:
    """Check everything, and set beside it what reading and hashing the same bytes take at the least."""
    begun = time.perf_counter()
    report, _ = verify_trace(full=True, by=system("bench"), workers=workers)
    seconds = time.perf_counter() - begun
    if report.findings:
        raise AssertionError(f"the history does not hold: {report.findings[:3]}")
    say(f"verified {report.events:,} events in {seconds:.1f} s")
    return {
        "events": report.events,
        "heads": report.heads,
        "seconds": round(seconds, 2),
        "workers": workers,
        "events_per_second": round(report.events / seconds),
        "least": least(report.events),
    }


def least(events: int) -> dict:
    """Read some of the leaves and do nothing, then hash them: what one process needs for that, for all events."""
    ((first, last),) = ground.query("SELECT min(id), max(id) FROM audit.event")
    last = min(last, first + RAW - 1)
    where = f"id BETWEEN {int(first)} AND {int(last)}"
    kept: list[bytes] = []
    with connection.cursor() as cursor:
        begun = time.perf_counter()
        leaves.each(cursor, where, lambda leaf: None)
        read = time.perf_counter() - begun
        leaves.each(cursor, f"{where} AND id < {int(first) + 200_000}", kept.append)
    begun = time.perf_counter()
    for leaf in kept:
        hashlib.sha256(leaf).digest()
    hashed = time.perf_counter() - begun
    many = Event.objects.filter(id__gte=first, id__lte=last).count()
    return {
        "copy_seconds": round(read * events / many, 1),
        "sha256_seconds": round(hashed * events / len(kept), 1),
        "leaf_bytes": round(sum(map(len, kept)) / len(kept)),
    }
