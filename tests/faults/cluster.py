"""PostgreSQL servers that a test may crash, copy and tamper with, and the platform's own processes beside them."""

import contextlib
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg2

from audit.standalone import verify, witness
from devtools import servers
from devtools.console import ROOT, last_lines
from devtools.processes import Household
from tests import witnesses

SETTINGS = {"listen_addresses": "", "port": "5432", "shared_buffers": "128MB", "max_connections": "100",
            "timezone": "UTC", "wal_level": "logical", "max_prepared_transactions": "20",
            "max_replication_slots": "10", "max_wal_senders": "10"}  # fmt: skip
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def wait_until(is_so, what, seconds=90):
    """Wait for ``is_so()``, which may want a process that only now starts, and return what it says."""
    deadline = time.monotonic() + seconds
    while not (answer := is_so()):
        assert time.monotonic() < deadline, f"{what}: not after {seconds} s"
        time.sleep(0.05)
    return answer


class Cluster:
    """One data folder with its server. It keeps its sockets when the server is started again."""

    def __init__(self, home, *, durable=False):
        self.home, self.durable = home, durable
        self.data = home / "postgres"
        self.folder = servers.postgres_folder(prefer_system=True)
        self.prefix, self.options = servers.as_somebody(self.folder, self.data)
        self.household = Household(home / "logs")
        self.household.logs.mkdir(parents=True, exist_ok=True)
        # A socket's path has to be short.
        self.sockets = Path(tempfile.mkdtemp(prefix="hudaojia-faults-"))
        if self.options:
            os.chown(self.sockets, self.options["user"], -1)
            self.sockets.chmod(0o711)
        self.environment = {}
        self.server = None

    def made(self):
        """Begin with an empty cluster."""
        servers._initdb(self.folder, self.data, self.prefix, self.options, durable=False)
        return self.started(roles=True)

    def taken_from(self, template):
        """Begin with the files of a stopped cluster."""
        shutil.copytree(template.data, self.data, symlinks=True)
        self.data.chmod(0o700)
        servers._hand_over(self.data, self.options.get("user", os.geteuid()))
        return self.started()

    def started(self, *, roles=False):
        said = {**SETTINGS, **({} if self.durable else CARELESS), "unix_socket_directories": str(self.sockets)}
        flags = [part for name, value in said.items() for part in ("-c", f"{name}={value}")]
        self.server = self.household.start(
            "postgres", [*self.prefix, self.folder / "postgres", "-D", self.data, *flags], stop_signal=signal.SIGINT,
            env={**os.environ, "LC_ALL": "C.UTF-8"}, **self.options,
        )  # fmt: skip

        def answers():
            with contextlib.suppress(psycopg2.OperationalError):
                psycopg2.connect(host=str(self.sockets), user="postgres", dbname="postgres").close()
                return True
            return False

        self.household.wait_until(answers, name="postgres")
        if roles:
            servers._make_application_role(psycopg2.connect(host=str(self.sockets), user="postgres", dbname="postgres"))
        return self

    def crash(self):
        """Stop at once, without writing down what is in memory, as a power cut would."""
        self.server.process.send_signal(signal.SIGQUIT)
        self.server.process.wait(20)
        self.household.children.remove(self.server)

    def stop(self):
        for child in reversed(self.household.children):
            child.stop()
        self.household.children.clear()

    def gone(self):
        self.stop()
        shutil.rmtree(self.sockets, ignore_errors=True)
        shutil.rmtree(self.home, ignore_errors=True)

    def url(self, database="app", role="app"):
        return f"postgres://{role}@/{database}?host={self.sockets}"

    def connect(self, database="app", role="app", *, autocommit=True):
        connection = psycopg2.connect(host=str(self.sockets), user=role, dbname=database)
        connection.autocommit = autocommit
        return connection

    def ask(self, question, *arguments, database="app", role="postgres"):
        with contextlib.closing(self.connect(database, role)) as connection, connection.cursor() as cursor:
            cursor.execute(question, arguments or None)
            return cursor.fetchall() if cursor.description else []

    def one(self, question, *arguments, **there):
        ((answer,),) = self.ask(question, *arguments, **there)
        return answer

    # --- the platform's processes ---------------------------------------------------------------------------------

    def _surroundings(self, more):
        said = {**os.environ, "DATABASE_URL": self.url(), "DJANGO_SETTINGS_MODULE": "nursing_platform.settings.test"}
        return {**said, "PYTHONUNBUFFERED": "1", **self.environment, **more}

    def manage(self, *arguments, seconds=120, **environment):
        return subprocess.run(
            [sys.executable, "manage.py", *arguments], cwd=ROOT, env=self._surroundings(environment),
            capture_output=True, text=True, timeout=seconds,
        )  # fmt: skip

    def sealer(self, name="sealer", *arguments, **environment):
        """Start a real sealer."""
        return self.household.start(
            name, [sys.executable, "manage.py", "audit_sealer", *arguments], env=self._surroundings(environment)
        )

    def end(self, child, number=signal.SIGTERM):
        child.process.send_signal(number)
        child.process.wait(20)
        self.household.children.remove(child)

    def sealed_up_to_now(self):
        """Seal all that has finished."""
        done = self.manage("audit_sealer", "--once")
        assert (done.returncode, done.stderr) == (0, "")
        return self.one("SELECT max(n) FROM audit.head")

    def log_of(self, name):
        return last_lines(self.home / "logs" / f"{name}.log", 40)


INSERT = "SELECT audit.record('act', 'orders.order_noted', 'ok', NULL, 'user', %s, '', NULL, 'orders.order', %s, '', '', '', '', now(), %s::json)"  # noqa: E501


def write(cursor, writer, order, text="{}"):
    """Record one event as the platform does; returns its id."""
    cursor.execute(INSERT, [str(writer), str(order), text])
    return cursor.fetchone()[0]


class Witness(witnesses.Running):
    """A real witness: its own process, its own folder, a port of its own that it keeps."""

    def __init__(self, folder, name="witness.example/a"):
        super().__init__(folder)
        self.vkey = self._run("init", "--name", name)

    def trust(self, vkey):
        self._run("trust", vkey)
        return self

    @property
    def address(self):
        return f"http://127.0.0.1:{self.port}"

    def status(self):
        door = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with contextlib.closing(door):
            door.request("GET", "/status")
            return json.loads(door.getresponse().read())

    def history(self, origin):
        """Every head it has cosigned, oldest first."""
        path = self.folder / "heads" / f"{witness.origin_hash(origin)}.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return [verify.parse_note(json.loads(line)["note"]) for line in lines]

    def _run(self, command, *arguments):
        done = subprocess.run(
            [sys.executable, witnesses.PROGRAM, command, "--folder", self.folder, *arguments],
            capture_output=True, text=True, timeout=30,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()
