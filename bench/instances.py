"""
The public instances of Mankowska, Meisel and Bierwirth (2014), as published by the University of Udine, read from a
folder that is named on the command line. Cost = (distance + total tardiness + largest tardiness) / 3.
"""

import gzip
import json
import re
from pathlib import Path

from orders.planning import travel
from orders.planning.problem import Nurse, Problem, Second, Settings, Visit
from orders.planning.proposal import Proposal

END = 1e6


def best_known(folder: Path) -> dict[str, float]:
    """The published best costs, by the instance's name."""
    found = {}
    for line in (folder / "best_known.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) >= 5 and cells[0].endswith(".json"):
            found[cells[0].removesuffix(".json")] = float(cells[4])
    return found


def listing(folder: Path) -> dict[int, list[Path]]:
    """The instances by their number of patients."""
    found = {}
    for path in sorted(folder.glob("*.json.gz")):
        found.setdefault(int(re.search(r"_(\d+)_\d+\.json", path.name)[1]), []).append(path)
    return found


def name_of(path: Path) -> str:
    return path.name.removesuffix(".json.gz")


def read(path: Path) -> Problem:
    """One instance as a problem: everybody is served, soft ends of windows, distances as minutes."""
    data = json.loads(gzip.decompress(path.read_bytes()))
    default = {service["id"]: service["default_duration"] for service in data["services"]}
    rows, name = data["distances"], name_of(path)
    # Places are numbers of rows here; the table answers for them.
    travel.NAMED[name] = lambda a, b: rows[int(a[0])][int(b[0])]
    nurses = [(one["id"], set(one["abilities"])) for one in data["caregivers"]]
    visits = []
    for number, patient in enumerate(data["patients"], 1):
        asked = patient["required_caregivers"]
        able = [frozenset(x for x, can in nurses if one["service"] in can) for one in asked]
        minutes = [float(one.get("duration", default[one["service"]])) for one in asked]
        second = None
        if len(asked) == 2:
            sync = patient["synchronization"]
            gap = (0.0, 0.0) if sync["type"] == "simultaneous" else tuple(map(float, sync["distance"]))
            second = Second(able[1], minutes[1], gap)
        opens, due = patient["time_window"]
        visits.append(
            Visit(patient["id"], minutes[0], ((opens, END),), (number, 0), able[0], 1, second=second, due=due)
        )
    return Problem(
        tuple(visits),
        tuple(Nurse(x, ((0.0, 2 * END),), (0, 0), (0, 0)) for x, _ in nurses),
        Settings(travel=name, unserved=1e6, balance=0, road=1 / 3, late=1 / 3, latest=1 / 3, exact=True),
    )


def cost(problem: Problem, proposal: Proposal) -> float:
    """The published objective, from the plan's own times."""
    figures = proposal.figures
    distance = figures.travel_per_visit * len(problem.visits) * figures.served / 100
    return (distance + figures.overdue + figures.worst_overdue) / 3
