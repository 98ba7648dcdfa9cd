"""``./run demo``: the whole platform on this machine, on data of its own, until Ctrl-C."""

import contextlib
import fcntl
import json
import os
import time
import urllib.error
import urllib.request

from devtools import assets, servers, witness
from devtools.console import PYTHON, VAR, Failed, is_listening, say, seconds
from devtools.processes import Household, in_foreground, leave_on_sigterm, report

HOME = VAR / "demo"
STATE = HOME / "state.json"
ACCOUNTS = HOME / "accounts.txt"


def main(_arguments):
    leave_on_sigterm()
    port = int(os.environ.get("PORT") or 8000)
    try:
        with only_one() as is_mine, Household(HOME / "logs") as household:
            if not is_mine:
                raise Failed(f"a demo of this folder is running already: {running().get('address', 'starting')}")
            if is_listening(port):
                raise Failed(f"port {port} is taken; choose another one, for example: PORT=8010 ./run demo")
            run(household, port)
    except Failed as failed:
        say(failed)
        return 1
    except KeyboardInterrupt:
        return 0


def run(household, port):
    assets.sync()
    environment = provide(household)
    address = f"http://127.0.0.1:{port}/"
    write_state(environment, address)
    if code := in_foreground([PYTHON, "-m", "devtools.prepare", str(ACCOUNTS)], env=environment):
        raise Failed(f"the demo data could not be prepared (code {code}); the lines above say why")
    start_platform(household, port, environment)
    household.wait_until(lambda: is_ready(address), name="web")
    household.wait_until(lambda: b"ready." in (HOME / "logs" / "worker.log").read_bytes(), name="worker")
    say(f"护到家 is ready: {address}")
    print(ACCOUNTS.read_text(encoding="utf-8") if ACCOUNTS.exists() else "", flush=True)
    print(f"ready in {seconds():.1f} s, logs in var/demo/logs, Ctrl-C stops everything", flush=True)
    while not (child := household.fallen()):
        time.sleep(0.5)
    raise Failed(report(child))


def provide(household):
    """Return the environment of the demo's commands, its servers started where the environment names none."""
    fresh = not (HOME / "postgres").exists()
    urls = servers.provide(household, data=HOME / "postgres", durable=True, prefer_system=False, hardened=True)
    environment = {
        **os.environ,
        **urls,
        "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE") or "nursing_platform.settings.dev",
        "PYTHONUNBUFFERED": "1",
    }
    # A database that somebody else keeps has a history that no witness of this folder knows.
    return environment if os.environ.get("DATABASE_URL") else witness.publish(HOME, environment, fresh=fresh)


def of_account(environment, name="DATABASE_URL"):
    """Return the environment of a program that is one account of the database and hears nothing of the others."""
    others = {each: "" for each in servers.ACCOUNTS if each in environment}
    return {**environment, **others, "DATABASE_URL": environment[name]}


def start_platform(household, port, environment):
    sealer = "SEALER_DATABASE_URL" if "SEALER_DATABASE_URL" in environment else "DATABASE_URL"
    sealers = of_account(environment, sealer)
    environment = of_account(environment)
    celery = [PYTHON, "-m", "celery", "-A", "nursing_platform"]
    quiet = ["--without-mingle", "--without-gossip"]
    web = [PYTHON, "-m", "uvicorn", "nursing_platform.asgi:application", "--host", "127.0.0.1", "--port", port]
    # Graceful shutdown ends after 5 s: an open WebSocket would hold it for ever.
    web += ["--lifespan", "off", "--no-access-log", "--no-server-header", "--timeout-graceful-shutdown", "5"]
    web += ["--log-config", "nursing_platform/uvicorn_log.json"]
    household.start("web", web, env=environment)
    household.start("worker", [*celery, "worker", "-c", "2", "-l", "INFO", *quiet], env=environment, patience=30)
    household.start("beat", [*celery, "beat", "-s", HOME / "beat.db", "--pidfile="], env=environment)
    household.start("tick", [PYTHON, "manage.py", "run_due", "--every", "5"], env=environment)
    household.start("sealer", [PYTHON, "manage.py", "audit_sealer"], env=sealers)
    witnessed = witness.start(household, HOME, environment)
    say(f"starting web, worker, beat, tick, sealer{' and witness' if witnessed else ''}")


def is_ready(address):
    try:
        with urllib.request.urlopen(f"{address}readyz", timeout=3) as answer:
            return answer.status == 200
    except urllib.error.HTTPError:
        return False
    except OSError:
        return False


# --- one demo per folder --------------------------------------------------------------------------------------------


@contextlib.contextmanager
def only_one():
    """Hold the folder's demo data; yields False when another process holds them."""
    HOME.mkdir(parents=True, exist_ok=True)
    with (HOME / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        os.set_inheritable(lock.fileno(), False)
        STATE.unlink(missing_ok=True)
        try:
            yield True
        finally:
            STATE.unlink(missing_ok=True)


def write_state(environment, address):
    """Leave a note for ``./run manage``, which joins a running demo."""
    note = {name: environment[name] for name in (*servers.ACCOUNTS, "REDIS_URL", *witness.NAMES) if name in environment}
    STATE.write_text(json.dumps({**note, "address": address, "pid": os.getpid()}))


def running():
    try:
        return json.loads(STATE.read_text())
    except (OSError, ValueError):
        return {}
