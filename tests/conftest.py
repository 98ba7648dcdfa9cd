"""Fixtures of the whole suite: a real browser, a real ASGI server, a real Celery worker, no way out of this machine."""

import asyncio
import contextlib
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import hypothesis
import pytest
import redis

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")

# Playwright's synchronous interface keeps an event loop in the test's own thread, in which Django refuses queries.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


# An example that takes long on a busy machine is no fault of what it is about.
hypothesis.settings.register_profile("suite", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("suite")


# --- no way out -----------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True, scope="session")
def _only_this_machine():
    """Refuse connections to other machines: a test that needs one is not repeatable."""
    connect = socket.socket.connect

    def connect_here(self, address):
        if self.family in {socket.AF_INET, socket.AF_INET6} and address[0] not in {"127.0.0.1", "::1", "localhost"}:
            raise AssertionError(f"this test tried to reach {address[0]}")
        return connect(self, address)

    patch = pytest.MonkeyPatch()
    patch.setattr(socket.socket, "connect", connect_here)
    yield
    patch.undo()


# --- time -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def clock(monkeypatch, settings):
    """
    The server's time, stopped at the world's now: ``clock(moment)`` moves it, ``clock.now()`` reads it.

    Nobody is logged out meanwhile. A browser's own time is set by whoever opens it.
    """
    from django.utils import timezone

    from tests import world

    settings.SESSION_COOKIE_AGE = 400 * 24 * 3600
    at = [world.NOW]
    monkeypatch.setattr(timezone, "now", lambda: at[0])

    def move(to):
        at[0] = to

    move.now = lambda: at[0]
    return move


# --- browser --------------------------------------------------------------------------------------------------------


def pytest_collection_modifyitems(items):
    for item in items:
        if {"page", "context", "browser"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.browser)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    """Hide Playwright's event loop, which stays "running" in this thread, from tests that have no browser."""
    if item.get_closest_marker("browser"):
        return (yield)
    loop = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    try:
        return (yield)
    finally:
        asyncio._set_running_loop(loop)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item):
    """Close what a story has left open: those pages would go on asking, and hold up the server that has to stop."""
    if browser := getattr(item, "funcargs", {}).get("browser"):
        for context in browser.contexts:
            context.close()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    if not CHROMIUM:
        if os.environ.get("CI"):
            pytest.fail("there is no Chromium, and .ci/run has to install one")
        pytest.skip("no Chromium on the PATH; install it or set CHROMIUM=/path/to/chromium")
    arguments = [
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]
    if os.geteuid() == 0:
        # Chromium's sandbox refuses root, which is what continuous integration is.
        arguments.append("--no-sandbox")
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": arguments}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    return {**browser_context_args, "locale": "zh-CN", "timezone_id": "Asia/Shanghai"}


# --- servers --------------------------------------------------------------------------------------------------------


@pytest.fixture
def redis_now(settings):
    """An empty Redis: what earlier tests have left in the queue is not this test's business."""
    client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=5)
    client.flushdb()
    yield client
    client.flushdb()
    client.close()


@pytest.fixture
def asgi_server(transactional_db, redis_now):
    """The address of the real ASGI server (HTTP and WebSocket) in a thread, on the test database."""
    import uvicorn
    from channels.layers import channel_layers
    from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
    from django.db import connections

    from nursing_platform.asgi import application

    # A page that left while the layer tidied up leaves a lock of its server's loop behind, on which the pages of the
    # next server would fail. A server has one loop for life; only here several follow each other in one process.
    channel_layers.backends.clear()
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    configuration = uvicorn.Config(
        ASGIStaticFilesHandler(application),
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=2,
    )
    server = uvicorn.Server(configuration)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    _wait_until(lambda: server.started, "the ASGI server")
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
    listening.close()
    connections.close_all()


@pytest.fixture
def celery_worker_process(transactional_db, redis_now, settings, tmp_path):
    """A real worker in a process of its own, on the test database and this test's Redis; yields the process."""
    from django.db import connection

    from devtools.processes import die_with_parent

    log = tmp_path / "worker.log"
    command = [sys.executable, "-m", "celery", "-A", "nursing_platform", "worker", "--pool", "solo", "-l", "INFO"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--without-mingle", "--without-gossip", "--without-heartbeat"],
            cwd=ROOT,
            env={
                **os.environ,
                "DATABASE_URL": _database_url(connection.settings_dict["NAME"]),
                "DJANGO_SETTINGS_MODULE": "nursing_platform.settings.test",
            },
            stdout=output,
            stderr=output,
            preexec_fn=die_with_parent,
        )
    try:
        _wait_until(
            lambda: b"ready." in log.read_bytes() or process.poll() is not None,
            "the Celery worker",
            seconds=60,
        )
        assert process.poll() is None, log.read_text()
        yield process
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(15)
        if process.poll() is None:
            process.kill()
            process.wait()


def _database_url(name):
    """Point the environment's DATABASE_URL to the test database of this worker."""
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))


def _wait_until(is_so, what, seconds=15):
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            pytest.fail(f"{what} was not ready after {seconds} s")
        time.sleep(0.05)
