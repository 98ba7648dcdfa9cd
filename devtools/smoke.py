"""Start ``./run demo`` as a stranger would, look at its first page, stop it, and count what is left behind."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from devtools.console import ROOT, VAR, free_port, last_lines, say

FIRST_START = 600
WARM_START = 60


def main():
    log = VAR / "smoke.log"
    for name, patience in (("first", FIRST_START), ("warm", WARM_START)):
        if problem := start_look_stop(log, patience, name):
            print(last_lines(log, 40), flush=True)
            say(f"the demo is not in order: {problem}")
            return 1
    return 0


def hear_ctrl_c():
    """As in a terminal, also where this run was started in the background and was told to ignore it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def start_look_stop(log, patience, name):
    """Return what is wrong, or None."""
    port = free_port()
    # Only a mark in the environment, so that every descendant can be found, wherever it has gone.
    mark = f"smoke-{os.getpid()}-{name}"
    environment = {**os.environ, "PORT": str(port), "SMOKE_MARK": mark}
    begun = time.monotonic()
    with log.open("wb") as output:
        demo = subprocess.Popen(
            ["./run", "demo"], cwd=ROOT, env=environment, stdout=output, stderr=output, preexec_fn=hear_ctrl_c
        )
    problem = None
    try:
        while not answers(port):
            if demo.poll() is not None:
                return f"it ended with {demo.returncode} before it was ready"
            if time.monotonic() - begun > patience:
                problem = f"it was not ready after {patience} s"
                break
            time.sleep(0.2)
        else:
            say(f"{name} start: the page answers after {time.monotonic() - begun:.1f} s")
            while b"Ctrl-C stops everything" not in log.read_bytes() and demo.poll() is None:
                time.sleep(0.2)
    finally:
        demo.send_signal(signal.SIGINT)
        try:
            code = demo.wait(60)
        except subprocess.TimeoutExpired:
            demo.kill()
            code = demo.wait()
    if problem or code:
        return problem or f"Ctrl-C ended it with {code}"
    time.sleep(0.5)
    if left := descendants(mark):
        return f"processes are left behind: {left}"
    say(f"{name} start: stopped, no process is left")
    return None


def answers(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as page:
            return page.status == 200
    except OSError:
        return False


def descendants(mark):
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"SMOKE_MARK={mark}\0".encode() in (folder / "environ").read_bytes():
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue
    return found


if __name__ == "__main__":
    sys.exit(main())
