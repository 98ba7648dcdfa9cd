"""The platform's own processes on the test database, beside a Redis of their own that may be stopped and killed."""

import contextlib
import os
import shutil
import signal
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import redis
from django.db import connection

from devtools import servers
from devtools.console import ROOT, free_port, is_listening, last_lines
from devtools.processes import Household

CELERY = [sys.executable, "-m", "celery", "-A", "nursing_platform"]
ALONE = ["--without-mingle", "--without-gossip"]
WRONG_CLOCK = Path(__file__).parent / "clocks"


class Platform:
    """Web, workers, beats and ticks, each a real process; nothing is left when the block ends."""

    def __init__(self, database=None):
        """Run on the suite's own database, or on the one at this address."""
        self.database = database
        self.home = Path(tempfile.mkdtemp(prefix="hudaojia-running-"))
        self.household = Household(self.home / "logs")
        self.household.logs.mkdir(parents=True)
        self.redis_port, self.web_port = free_port(), free_port()
        self.redis_url = f"redis://127.0.0.1:{self.redis_port}/0"
        self.address = f"http://127.0.0.1:{self.web_port}"
        self.redis_child = None
        self.count = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # Not the household's own way out, which would keep signals away from the rest of the suite.
        for child in reversed(self.household.children):
            with contextlib.suppress(ProcessLookupError):
                child.process.send_signal(signal.SIGCONT)
            child.stop()
        shutil.rmtree(self.home, ignore_errors=True)

    # --- the broker -----------------------------------------------------------------------------------------------

    def start_redis(self):
        program = servers.redis_program(prefer_system=True)
        command = [program, "--port", self.redis_port, "--bind", "127.0.0.1", "--dir", self.home, "--save", ""]
        self.redis_child = self._start("redis", [*command, "--appendonly", "no"])
        self.household.wait_until(lambda: is_listening(self.redis_port), name="redis")

    def kill_redis(self):
        self.kill(self.redis_child)

    def stop_redis(self):
        self.kill(self.redis_child, signal.SIGTERM)

    def flush_redis(self):
        with redis.Redis.from_url(self.redis_url, socket_timeout=5) as client:
            client.flushall()

    # --- the platform ---------------------------------------------------------------------------------------------

    def start_web(self):
        command = [sys.executable, "-m", "uvicorn", "nursing_platform.asgi:application", "--host", "127.0.0.1"]
        command += ["--port", self.web_port, "--lifespan", "off", "--no-access-log", "--no-server-header"]
        child = self._start("web", [*command, "--timeout-graceful-shutdown", "2"])
        self.household.wait_until(self._answers, name="web")
        return child

    def start_worker(self, *, pool=("--pool", "solo"), ahead=0):
        """``ahead`` is by how many seconds its clock is wrong."""
        command = [*CELERY, "worker", *pool, "-l", "INFO", *ALONE, "--without-heartbeat"]
        child = self._start("worker", command, ahead=ahead)
        self.household.wait_until(lambda: b"ready." in child.log.read_bytes(), name=child.name)
        return child

    def start_beat(self):
        self.count += 1
        schedule = self.home / f"beat-{self.count}.db"
        return self._start("beat", [*CELERY, "beat", "-l", "INFO", "-s", schedule, "--pidfile="])

    def start_tick(self, every=0.5, *, ahead=0):
        """``ahead`` is by how many seconds its clock is wrong."""
        return self._start("tick", [sys.executable, "manage.py", "run_due", "--every", every], ahead=ahead)

    def kill(self, child, number=signal.SIGKILL):
        """End a process and whatever it has started, as a power cut would."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.process.pid, number)
        child.process.wait(20)
        self.household.children.remove(child)

    def log_of(self, child):
        return last_lines(child.log, 40)

    def _start(self, name, command, *, ahead=0):
        self.count += 1
        env = self._surroundings()
        if ahead:
            env |= {"CLOCK_AHEAD": str(ahead), "PYTHONPATH": f"{WRONG_CLOCK}{os.pathsep}{ROOT}"}
        return self.household.start(f"{name}-{self.count}", command, env=env)

    def _surroundings(self):
        name = connection.settings_dict["NAME"]
        database = self.database or urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))
        said = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_XDIST")}
        return {
            **said, "DATABASE_URL": database, "REDIS_URL": self.redis_url, "PYTHONUNBUFFERED": "1",
            "DJANGO_SETTINGS_MODULE": "nursing_platform.settings.test", "PYTHONPATH": str(ROOT),
        }  # fmt: skip

    def _answers(self):
        try:
            urllib.request.urlopen(f"{self.address}/login/", timeout=2).close()
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True


def wait_until(is_so, what, seconds=90):
    """Wait for ``is_so()``, which may want a process that only now starts, and return what it says."""
    deadline = time.monotonic() + seconds
    while not (answer := is_so()):
        assert time.monotonic() < deadline, f"{what}: not after {seconds} s"
        time.sleep(0.1)
    return answer
