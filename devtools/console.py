"""Progress lines and the places everything else asks for."""

import os
import socket
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var"
PYTHON = sys.executable
# Handed on to the programs we start, so that their lines count from the same moment.
BEGUN = float(os.environ.setdefault("RUN_BEGUN", str(time.time())))


class Failed(Exception):
    """Something that the person at the keyboard has to know, in one sentence."""


def say(*words):
    print(f"[{seconds():5.1f}s]", *words, flush=True)


def seconds():
    """Tell how long ago the command was given."""
    return time.time() - BEGUN


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_listening(port, host="127.0.0.1"):
    try:
        socket.create_connection((host, port), 0.3).close()
    except OSError:
        return False
    return True


def last_lines(path, count=15):
    try:
        lines = path.read_text(errors="replace").splitlines()
    except OSError:
        return ""
    return "\n".join(f"    {line}" for line in lines[-count:])
