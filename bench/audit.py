"""
``python -m bench.audit``: what the trace costs, on a server of its own that is gone afterwards.

Modules of the platform are imported once the server runs: their settings name it.
"""

import argparse
import json
import tempfile
from pathlib import Path

from devtools.console import say
from devtools.processes import Household, leave_on_sigterm


def arguments(given=None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.audit", description=__doc__)
    parser.add_argument("--json", type=Path, help="write every figure to this file")
    parser.add_argument("--markdown", action="store_true", help="print the tables as they stand in docs/benchmarks.md")
    parser.add_argument("--short", action="store_true", help="everything once, tiny, within a minute")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--events", type=int, default=10_000_000, help="length of the history that is verified")
    parser.add_argument("--rounds", type=int, default=8, help="slices of each kind")
    parser.add_argument("--slice", type=float, default=1.0, help="seconds of one slice")
    parser.add_argument("--open", type=float, default=60.0, help="seconds for which a transaction stays open")
    parser.add_argument("--writers", type=int, nargs="+", default=[1, 4, 8])
    parser.add_argument("--workers", type=int, default=2, help="processes of the verification")
    parser.add_argument("--system-postgres", action="store_true", help="the machine's PostgreSQL, not the demo's")
    parser.add_argument("--seed", type=int, default=2026)
    chosen = parser.parse_args(given)
    if chosen.short:
        chosen.events, chosen.rounds, chosen.slice, chosen.open = 4_000, 2, 0.3, 3.0
        chosen.writers = [1, 2]
    return chosen


PARTS = ("throughput", "work", "product", "lag", "size", "history")


def main(given=None) -> int:
    chosen = arguments(given)
    leave_on_sigterm()
    home = Path(tempfile.mkdtemp(prefix="hudaojia-bench-"))
    home.chmod(0o711)
    with Household(home / "logs") as household:
        household.folders.append(home)
        from bench import ground

        ground.begin(household, home, prefer_system=chosen.system_postgres)
        from bench import report, run

        figures = run.everything(chosen, home, say)
        ground.use("postgres")
        from django.db import connection

        connection.close()
    if chosen.json:
        chosen.json.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(report.markdown(figures) if chosen.markdown else report.text(figures), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
