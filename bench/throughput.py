"""How many steps go through with and without a trace: slices in turn, so that what else the machine does hits all."""

import random
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.seals import SealerProcess
from bench.writers import Slice, Writers

SEALED = ("none", "outbox", "ours", "chain", "auditlog", "history", "pghistory")
UNSEALED = ("none", "rows", "unsealed")
WORKING = ("none", "ours", "chain")
PRODUCT = ("none", "ours")


@dataclass(frozen=True)
class Plan:
    """How much of it."""

    writers: Sequence[int]
    rounds: int
    seconds: float


def measure(
    plan: Plan,
    variants: Sequence[str],
    *,
    work: float,
    seed: int,
    say: Callable[[str], None],
    module: str = "bench.steps",
) -> dict:
    """Return for each number of writers and each variant its rate, its share of ``none``, and its processor time."""
    draw = random.Random(seed)
    found: dict[str, dict] = {}
    with Writers(module, max(plan.writers)) as writers, SealerProcess() as sealer:
        for variant in variants:  # connections, caches and plans are warm before anything counts
            writers.write(variant, writers=max(plan.writers), seconds=min(plan.seconds, 0.5))
        for many in plan.writers:
            sealer.catch_up()
            slices = _rounds(plan, variants, many, work, writers, sealer, draw)
            found[str(many)] = {name: summed(slices, name) for name in variants}
            if "outbox" in variants:
                shares = [one["ours"].rate / one["outbox"].rate for one in slices]
                found[str(many)]["ours"]["of_outbox"] = [round(share, 4) for share in quartiles(shares)]
            said = ", ".join(f"{name} {one['share']:.0%}" for name, one in found[str(many)].items())
            say(f"{many} writers{f' with {work * 1000:.0f} ms of work' if work else ''}: {said}")
    return found


def _rounds(plan, variants, many, work, writers, sealer, draw) -> list[dict[str, Slice]]:
    rounds = []
    for _ in range(plan.rounds):
        order = list(variants)
        draw.shuffle(order)
        measured = {}
        for name in order:
            # What one slice leaves unsealed is sealed in the next one that is sealed: all of it counts there.
            if name == "ours":
                sealer.go()
            measured[name] = writers.write(name, writers=many, seconds=plan.seconds, work=work)
            if name == "ours":
                sealer.pause()
        rounds.append(measured)
    return rounds


def summed(rounds: Sequence[dict[str, Slice]], name: str, base: str = "none") -> dict:
    """Each round's share of the same round's base; the median, and the middle half of them."""
    shares = [measured[name].rate / measured[base].rate for measured in rounds]
    low, middle, high = quartiles(shares)
    return {
        "rate": round(statistics.median(measured[name].rate for measured in rounds), 1),
        "share": round(middle, 4),
        "share_low": round(low, 4),
        "share_high": round(high, 4),
        "client_ms": round(statistics.median(measured[name].client_ms for measured in rounds), 3),
        "server_ms": round(statistics.median(measured[name].server_ms for measured in rounds), 3),
        "rounds": len(rounds),
    }


def quartiles(values: Sequence[float]) -> tuple[float, float, float]:
    if len(values) < 2:
        return values[0], values[0], values[0]
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, middle, high
