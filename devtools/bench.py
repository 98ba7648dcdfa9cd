"""``./run bench``: what the trace costs, on a server of its own (docs/benchmarks.md)."""

from devtools.console import PYTHON
from devtools.processes import in_foreground, leave_on_sigterm


def main(arguments):
    leave_on_sigterm()
    try:
        return in_foreground([PYTHON, "-m", "bench.audit", *arguments])
    except KeyboardInterrupt:
        return 130
