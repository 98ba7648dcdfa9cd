"""``./run <command>``, after bootstrap has put the dependencies in place."""

import sys

from devtools import bench, check, demo, lock, manage, suite

COMMANDS = {
    "demo": demo.main,
    "test": suite.main,
    "check": check.main,
    "manage": manage.main,
    "bench": bench.main,
    "lock": lock.main,
}

if __name__ == "__main__":
    sys.exit(COMMANDS[sys.argv[1]](sys.argv[2:]))
