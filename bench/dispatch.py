"""
The planner against a person and simple rules: ``python -m bench.dispatch`` prints the tables and writes JSON.

Budgets are seconds of the processor, so that a busy machine measures the same work: 56 are 30 s on two free cores.
Every plan goes to the judge; a broken rule ends the run. ``--instances FOLDER`` adds the public instances.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections import Counter
from dataclasses import asdict, replace
from pathlib import Path
from statistics import mean

from bench import district, instances
from orders.planning import baselines, centres
from orders.planning.plan import Budget, plan
from orders.planning.problem import Problem
from orders.planning.proposal import Proposal
from orders.planning.replanning import replan
from orders.planning.validator import breaches

PARTS = ("centre", "district", "large", "replan", "lent", "growth", "instances")
SEEDS = (1, 2, 3)
HEAD = f"{'':28}{'served %':>9}{'own %':>7}{'travel':>8}{'spread':>8}{'late %':>8}{'CPU s':>7}{'wall s':>8}"
PUBLIC_GOALS = {10: 1, 25: 1, 50: 1, 75: 1, 100: 3, 200: 5, 300: 5}
# The centres of an alliance: neighbours that could lend each other nurses.
ALLIANCE = 4


def main(arguments: list[str] | None = None) -> int:
    chosen = _parse(arguments)
    # Compiled in a process of its own, so that neither time nor memory of the compiler is measured here.
    subprocess.run([sys.executable, "-c", "from orders.planning import engine; engine.make_ready()"], check=True)
    figures, goals = {"machine": _machine(), "short": chosen.short}, []
    for part in PARTS:
        if part in chosen.only and (part != "instances" or chosen.instances):
            print(f"\n{TITLES[part]}")
            figures[part] = DO[part](chosen, goals)
    figures["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    goals.append(("peak memory of the whole run ≤ 400 MB", figures["peak_mb"], figures["peak_mb"] <= 400))
    print("\nGoals")
    for name, value, met in goals:
        print(f"{'met   ' if met else 'missed'}  {name}: {value:.2f}")
    figures["goals"] = [{"goal": name, "value": value, "met": bool(met)} for name, value, met in goals]
    if chosen.json:
        chosen.json.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


def _parse(arguments):
    parser = argparse.ArgumentParser(prog="python -m bench.dispatch", description=__doc__)
    parser.add_argument("--short", action="store_true", help="a look at every part, for continuous integration")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--instances", type=Path, help="folder with the public instances")
    parser.add_argument("--each", type=int, default=7, help="public instances of each size")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    chosen = parser.parse_args(arguments)
    if chosen.short:
        chosen.each = min(chosen.each, 1)
    return chosen


# --- parts ----------------------------------------------------------------------------------------------------------


def centre(chosen, goals):
    seconds, seeds = (1, SEEDS[:1]) if chosen.short else (5, SEEDS)
    days = {seed: district.day(200, 25, seed) for seed in seeds}
    rows = _against_the_rules(days, lambda day, seed: plan(day, budget=Budget(seconds=seconds), seed=seed))
    ours, person = rows["planner"], rows["person"]
    less = 100 * (1 - ours["travel"] / person["travel"])
    goals += [
        ("200 visits: served ≥ 99.5 %", ours["served"], ours["served"] >= 99.5),
        ("200 visits: travel ≥ 25 % less than the person's", less, less >= 25),
        (
            "200 visits: own nurse, points above the person ≥ 0",
            ours["own"] - person["own"],
            ours["own"] >= person["own"],
        ),
        ("200 visits: load spread ≤ 8", ours["spread"], ours["spread"] <= 8),
    ]
    return rows


def medium(chosen, goals):
    return _district(chosen, goals, 1000, 120, 56, (96.5, 75, 7.5))


def large(chosen, goals):
    return _district(chosen, goals, 3000, 350, 112, (96, 70, 8))


def _district(chosen, goals, visits, nurses, seconds, wanted):
    day = district.day(visits, nurses, 1)
    reasons = Counter()

    def ours(day, seed):
        found = centres.plan(day, budget=Budget(seconds=3 if chosen.short else seconds), seed=seed)
        reasons.update(one.reason for one in found.unserved)
        return found

    rows = _against_the_rules({1: day}, ours)
    print(f"left out, and why: {dict(reasons)}")
    best = rows["planner"]
    goals += [
        (f"{visits:,} visits: served ≥ {wanted[0]} %", best["served"], best["served"] >= wanted[0]),
        (f"{visits:,} visits: own nurse ≥ {wanted[1]} %", best["own"], best["own"] >= wanted[1]),
        (f"{visits:,} visits: travel ≤ {wanted[2]} min a visit", best["travel"], best["travel"] <= wanted[2]),
    ]
    return {**rows, "left_out": dict(reasons)}


def lent(chosen, goals):
    """What the district would gain if nurses could be lent inside an alliance: a question, never a plan to apply."""
    seconds = 2 if chosen.short else 60
    visits, nurses = (400, 48) if chosen.short else (1000, 120)
    rows = {}
    day, alliance = district.day(visits, nurses, 1), district.alliances(visits, nurses, 1, size=ALLIANCE)
    shared = district.day(visits, nurses, 1, alliances=alliance)
    for name, problem, group in (
        ("own centre only", day, centres.by_centre),
        ("lent inside the alliance", shared, lambda row: alliance[row.centre]),
    ):
        rows[name] = _row(problem, lambda p, g=group: centres.plan(p, budget=Budget(seconds=seconds), seed=1, group=g))
        _print(name, rows[name])
    return rows


def again(chosen, goals):
    """One nurse after the other falls ill; her visits are given to the others."""
    day = district.day(200, 25, 1)
    before = plan(day, budget=Budget(seconds=1 if chosen.short else 5), seed=1)
    found = []
    for ill in day.nurses[:: 8 if chosen.short else 3]:
        rest = replace(day, nurses=tuple(nurse for nurse in day.nurses if nurse is not ill))
        hers = {one.visit for one in before.assignments if one.nurse == ill.id}
        begun, cpu = time.perf_counter(), time.process_time()
        after = replan(rest, before, {ill.id})
        wall, cpu = time.perf_counter() - begun, time.process_time() - cpu
        _judge(rest, after)
        was, now = _by_visit(before), _by_visit(after)
        moved = [visit for visit in was if visit not in hers and was[visit] != now.get(visit)]
        kept = hers & set(now)
        others = len(was) - len(hers)
        found.append(
            {"cpu": cpu, "wall": wall, "hers": len(hers), "kept": len(kept), "moved": 100 * len(moved) / others}
        )
    worst = max(one["moved"] for one in found)
    slowest = max(one["cpu"] for one in found)
    hers, kept = sum(one["hers"] for one in found), sum(one["kept"] for one in found)
    print(f"{len(found)} sick calls: {kept} of {hers} visits given to others,")
    print(f"at most {worst:.1f} % of the others changed, at most {slowest:.2f} CPU s")
    goals += [("re-plan: CPU s ≤ 2", slowest, slowest <= 2), ("re-plan: others changed ≤ 5 %", worst, worst <= 5)]
    return found


def growth(chosen, goals):
    """What a visit costs with the same rounds each, as the district grows by centres of the same size."""
    rows = {}
    sizes = ((130, 16, 2), (520, 64, 8), (1040, 128, 16), (2080, 256, 32))[: 2 if chosen.short else 4]
    for visits, nurses, many in sizes:
        day = district.day(visits, nurses, 1, centres=many)
        begun = time.process_time()
        centres.plan(day, budget=Budget(rounds=visits * (20 if chosen.short else 200)), seed=1)
        rows[visits] = (time.process_time() - begun) / visits * 1000
        print(f"{visits:6,} visits in {many:2} centres: {rows[visits]:.1f} CPU ms a visit")
    ratio = rows[sizes[-1][0]] / rows[sizes[0][0]]
    goals.append(("growth: CPU a visit, largest against smallest ≤ 1.5", ratio, ratio <= 1.5))
    return rows


def public(chosen, goals):
    best = instances.best_known(chosen.instances)
    rows = {}
    for size, paths in instances.listing(chosen.instances).items():
        gaps = []
        for path in paths[: chosen.each]:
            problem = instances.read(path)
            found = plan(problem, budget=Budget(seconds=0.5 if chosen.short else 5), seed=1)
            _judge(problem, found)
            gaps.append(100 * (instances.cost(problem, found) / best[instances.name_of(path)] - 1))
        rows[size] = {"mean": mean(gaps), "gaps": gaps}
        print(f"{size:4} patients: mean gap {mean(gaps):5.2f} %   {' '.join(f'{gap:.1f}' for gap in gaps)}")
        wanted = PUBLIC_GOALS[size]
        goals.append((f"{size} patients: mean gap ≤ {wanted} %", mean(gaps), mean(gaps) <= wanted))
    return rows


TITLES = {
    "centre": "A centre's day: 200 visits, 25 nurses",
    "district": "A part of the district: 1,000 visits, 120 nurses",
    "large": "The district: 3,000 visits, 350 nurses",
    "replan": "A sick call on a centre's day",
    "lent": "If nurses were lent inside an alliance",
    "growth": "Growth",
    "instances": "Public instances, gap to the best known",
}
DO = {
    "centre": centre,
    "district": medium,
    "large": large,
    "replan": again,
    "lent": lent,
    "growth": growth,
    "instances": public,
}


# --- measuring ------------------------------------------------------------------------------------------------------


def _against_the_rules(days, ours):
    """The mean row of each rule and of the planner over the days, printed as a table."""
    print(HEAD)
    rows = {}
    for rule in baselines.RULES:
        rows[rule] = _mean(_row(day, lambda day, rule=rule: baselines.plan(day, rule)) for day in days.values())
        _print(rule, rows[rule])
    rows["planner"] = _mean(_row(day, lambda day, seed=seed: ours(day, seed)) for seed, day in days.items())
    _print("planner", rows["planner"])
    return rows


def _row(problem: Problem, solve) -> dict:
    begun, cpu = time.perf_counter(), time.process_time()
    proposal = solve(problem)
    wall, cpu = time.perf_counter() - begun, time.process_time() - cpu
    _judge(problem, proposal)
    figures = asdict(proposal.figures)
    return {
        "served": figures["served"],
        "own": figures["own"],
        "travel": figures["travel_per_visit"],
        "spread": figures["load_spread"],
        "late": figures["late"],
        "cpu": cpu,
        "wall": wall,
    }


def _judge(problem: Problem, proposal: Proposal):
    broken = breaches(problem, proposal)
    if broken:
        raise SystemExit(f"the judge found {len(broken)} broken rules, the first: {broken[0]}")


def _mean(rows) -> dict:
    rows = list(rows)
    return {name: mean(row[name] for row in rows) for name in rows[0]}


def _print(name, row):
    cells = f"{row['served']:9.1f}{row['own']:7.1f}{row['travel']:8.2f}{row['spread']:8.1f}{row['late']:8.2f}"
    print(f"{name:28}{cells}{row['cpu']:7.1f}{row['wall']:8.1f}", flush=True)


def _by_visit(proposal):
    found = {}
    for one in proposal.assignments:
        found.setdefault(one.visit, set()).add((one.seat, one.nurse, one.start))
    return found


def _machine():
    return {"cores": os.cpu_count(), "load": os.getloadavg()[0], "python": sys.version.split()[0]}


if __name__ == "__main__":
    sys.exit(main())
