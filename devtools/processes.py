"""Child processes: started in order, watched, stopped in reverse order, none left behind."""

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import time

from devtools.console import ROOT, Failed, last_lines, say


def die_with_parent():
    """Ask Linux to end this child when the supervisor itself is killed and cannot clean up."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def leave_on_sigterm():
    """Turn SIGTERM and a closed terminal into an ordinary exit, so that every ``finally`` runs."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda received, _: sys.exit(128 + received))


class Child:
    def __init__(self, name, process, log, stop_signal, patience):
        self.name = name
        self.process = process
        self.log = log
        self.stop_signal = stop_signal
        self.patience = patience

    def stop(self):
        if self.process.poll() is None:
            begun = time.monotonic()
            self.process.send_signal(self.stop_signal)
            try:
                self.process.wait(self.patience)
            except subprocess.TimeoutExpired:
                say(f"{self.name} did not stop in {self.patience} s and is ended by force")
            say(f"stopped {self.name} ({time.monotonic() - begun:.1f} s)")
        # What the child itself had started is in its session; normally this finds nobody.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Household:
    """Everything one command has started. Use it as a context manager."""

    def __init__(self, logs):
        self.logs = logs
        self.children = []
        self.folders = []

    def __enter__(self):
        self.logs.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, *_):
        # A second Ctrl-C must not interrupt the cleaning up.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        for child in reversed(self.children):
            child.stop()
        for folder in self.folders:
            shutil.rmtree(folder, ignore_errors=True)

    def start(self, name, command, *, stop_signal=signal.SIGTERM, patience=20, **options):
        path = self.logs / f"{name}.log"
        with path.open("wb") as log:
            process = subprocess.Popen(
                [str(part) for part in command],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                cwd=ROOT,
                # A session of its own keeps the terminal's Ctrl-C away: we stop children in our order.
                start_new_session=True,
                preexec_fn=die_with_parent,
                **options,
            )
        child = Child(name, process, path, stop_signal, patience)
        self.children.append(child)
        return child

    def fallen(self):
        """Return the first child that ended by itself, or None."""
        return next((child for child in self.children if child.process.poll() is not None), None)

    def wait_until(self, is_ready, *, name, seconds=60):
        """Wait for ``is_ready()``. :raises Failed: a child ended, or the time is over"""
        deadline = time.monotonic() + seconds
        while not is_ready():
            if child := self.fallen():
                raise Failed(report(child))
            if time.monotonic() > deadline:
                log = self.logs / f"{name}.log"
                raise Failed(f"{name} was not ready after {seconds} s; the end of its log:\n{last_lines(log)}")
            time.sleep(0.1)


def report(child):
    return f"{child.name} ended with {child.process.returncode}; the end of its log:\n{last_lines(child.log)}"


def in_foreground(command, **options):
    """
    Run a command on this terminal and return its exit code, stopping it politely when we are told to stop.

    It shares our process group, so Ctrl-C reaches it directly.
    """
    process = subprocess.Popen([str(part) for part in command], cwd=ROOT, preexec_fn=die_with_parent, **options)
    try:
        return process.wait()
    except KeyboardInterrupt:
        # The terminal has sent it the same signal already.
        with contextlib.suppress(KeyboardInterrupt, subprocess.TimeoutExpired):
            process.wait(30)
        return 130
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
