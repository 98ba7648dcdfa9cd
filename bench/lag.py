"""How long an event waits for its head while others write and one transaction stays open."""

import random
from collections.abc import Callable

import psycopg2
from django.db import connection

from audit import proofs
from audit.models import Event
from bench import town
from bench.seals import SealerProcess
from bench.writers import Writers

SAMPLE = 20_000


def measure(plan: dict[int, float], *, seed: int, say: Callable[[str], None]) -> dict:
    """``plan`` says for each number of writers how long the transaction stays open meanwhile."""
    found = {}
    with Writers("bench.steps", max(plan)) as writers, SealerProcess() as sealer:
        writers.write("ours", writers=max(plan), seconds=0.3)
        sealer.catch_up()
        for many, seconds in plan.items():
            found[str(many)] = one = _once(many, seconds, writers, sealer, random.Random(seed))
            said = f"sealed after {one['p50']:.2f} s, 99 % within {one['p99']:.2f} s"
            say(f"{many} writers, a transaction open for {seconds:.0f} s: {said}")
    return found


def _once(many, seconds, writers, sealer, draw) -> dict:
    begin = town.newest()
    sealer.go()
    long = psycopg2.connect(**connection.get_connection_params())
    with long.cursor() as cursor:
        cursor.execute(
            "SELECT audit.record('act', 'bench.long', 'ok', NULL, 'user', '1', 'nurse', 7, 'bench.order', '1', '', '',"
            " '', '', clock_timestamp(), '{}'::json)"
        )
        (held,) = cursor.fetchone()
    written = writers.write("ours", writers=many, seconds=seconds)
    end = town.newest()
    long.commit()
    long.close()
    done = sealer.pause()
    left = sealer.catch_up()
    when = done.heads | left.heads
    ids = [pk for pk in range(begin + 1, end + 1) if pk != held]
    ids = sorted(draw.sample(ids, min(SAMPLE, len(ids))))
    events = {event.pk: event for event in Event.objects.filter(pk__in=[*ids, held]).only("id", "xid", "at")}
    heads = proofs.sealed(events.values())
    if missing := events.keys() - heads.keys():
        raise AssertionError(f"{len(missing)} events were never sealed")
    # From when it was written, some milliseconds before its commit, to when its head's commit had returned.
    waited = sorted(
        when[heads[pk]] - events[pk].at.timestamp() for pk in ids if pk in events and heads[pk] in done.heads
    )
    return {
        "p50": round(at_share(waited, 0.5), 3),
        "p99": round(at_share(waited, 0.99), 3),
        "longest": round(waited[-1], 3),
        "steps_per_second": round(written.rate, 1),
        "events": done.events,
        "heads": len(done.heads),
        "sealer_cpu": round((done.client_seconds + done.server_seconds) / done.seconds, 4),
        "sealer_us_per_event": round(1e6 * (done.client_seconds + done.server_seconds) / max(done.events, 1), 1),
        "open_seconds": seconds,
    }


def at_share(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
