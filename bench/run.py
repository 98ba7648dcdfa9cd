"""The parts of a run, one after the other, each in a database of its own."""

from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

from bench import ground, history, lag, product, sizes, steps, throughput, town
from bench.throughput import Plan

FEWEST, ENOUGH = 9, 120  # requests of the town, in short and for figures


def everything(chosen: Namespace, home: Path, say: Callable[[str], None]) -> dict:
    figures: dict = {"machine": ground.describe(home), "short": chosen.short}
    with ground.clock(say, "tables"):
        ground.migrate()
    plan = Plan(writers=chosen.writers, rounds=chosen.rounds, seconds=chosen.slice)
    if {"throughput", "work", "lag"} & set(chosen.only):
        ground.copy("app", "steps")
        ground.make_tables(steps.ORDERS)
    if "throughput" in chosen.only:
        figures["throughput"] = throughput.measure(plan, throughput.SEALED, work=0, seed=chosen.seed, say=say)
        figures["unsealed"] = throughput.measure(plan, throughput.UNSEALED, work=0, seed=chosen.seed, say=say)
    if "work" in chosen.only:
        figures["work"] = throughput.measure(plan, throughput.WORKING, work=0.02, seed=chosen.seed, say=say)
    if "lag" in chosen.only:
        # The longest wait under the most writers; a third of it is enough for the others.
        open_for = {many: chosen.open if many == max(chosen.writers) else chosen.open / 3 for many in chosen.writers}
        figures["lag"] = lag.measure(open_for, seed=chosen.seed, say=say)
    if {"product", "size", "history"} & set(chosen.only):
        figures |= _town(chosen, plan, say)
    return figures


def _town(chosen, plan, say) -> dict:
    figures: dict = {}
    ground.copy("app", product.TRACED)
    built = town.build(requests=FEWEST if chosen.short else ENOUGH, families=product.FAMILIES, say=say)
    if "history" in chosen.only:
        ground.copy(product.TRACED, "history")
        ground.use(product.TRACED)
    if "product" in chosen.only:
        product.make_bare()
        figures["product"] = throughput.measure(
            plan, throughput.PRODUCT, work=0, seed=chosen.seed, say=say, module="bench.product"
        )
    if "size" in chosen.only:
        figures["size"] = sizes.measure(built)
    if "history" in chosen.only:
        ground.use("history")
        figures["history"] = history.measure(
            built, events=chosen.events, workers=chosen.workers, seed=chosen.seed, say=say
        )
    return figures
