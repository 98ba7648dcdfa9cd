"""The ground that figures stand on: a server of its own, databases to be thrown away, and what the machine can do."""

import os
import platform
import time
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from devtools import servers

# Where the answer is durable before the writer hears of it. Everything else is the server's own default.
SHOWN = ("fsync", "synchronous_commit", "full_page_writes", "wal_level", "shared_buffers", "max_wal_size")


def begin(household, home: Path, *, prefer_system: bool) -> None:
    """Start the server, and be its application ``app`` from here on."""
    sockets = servers.start_postgres(household, data=home / "postgres", durable=True, prefer_system=prefer_system)
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"
    # Nobody listens there: no figure has the broker in it.
    os.environ["REDIS_URL"] = "redis://127.0.0.1:1/0"
    os.environ["DATABASE_URL"] = f"postgres://app@/app?host={sockets}"
    import django

    django.setup()
    from audit import wake

    wake.deliver = lambda outbox_id: None


def use(name: str) -> None:
    """Work in another database of the server, this process and those that it starts from now on."""
    from django.db import connection

    connection.close()
    connection.settings_dict["NAME"] = name
    server = os.environ["DATABASE_URL"]
    os.environ["DATABASE_URL"] = f"{server.partition('@')[0]}@/{name}?{server.partition('?')[2]}"


def current() -> str:
    from django.db import connection

    return connection.settings_dict["NAME"]


def copy(template: str, name: str) -> None:
    """Make a database like ``template``, which nobody may be using, and work in it."""
    use("postgres")
    query(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    use(name)


def drop(name: str) -> None:
    use("postgres")
    query(f'DROP DATABASE "{name}"')


def query(text: str, parameters=None) -> list[tuple]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(text, parameters)
        return cursor.fetchall() if cursor.description else []


def migrate() -> None:
    from django.core.management import call_command

    query("SET synchronous_commit = off")  # on this connection alone, which writes nothing that is measured
    call_command("migrate", verbosity=0, interactive=False, skip_checks=True)
    # The trace watches every table that a model has; those of the packages it is compared with stay as they ship.
    for (table,) in query(
        "SELECT tgrelid::regclass::text FROM pg_trigger"
        " WHERE tgname = 'audit_row' AND tgrelid::regclass::text ~ '^(auditlog|pghistory)_'"
    ):
        query(f"DROP TRIGGER audit_row ON {table}")


def make_tables(orders: int) -> None:
    """Make the tables of :mod:`bench.models` with their rows, and hang each way's own triggers."""
    import pgtrigger
    from django.apps import apps
    from django.db import connection
    from django.utils import timezone

    from audit import capture

    with connection.schema_editor() as editor:
        for model in apps.get_app_config("bench").get_models():
            editor.create_model(model)
    now = timezone.now()
    fixed = {"status_since": now, "created_at": now, "window_start": now, "window_end": now + timedelta(hours=2)}
    planned = {"planned_start": now, "planned_end": now + timedelta(hours=1), "accept_by": now, "nurse_id": 11}
    for model in apps.get_app_config("bench").get_models():
        if model.__name__.endswith("Order") and not model.__name__.startswith("Historical"):
            model._base_manager.bulk_create(
                model(
                    number=f"D261122{n:05}",
                    request_id=n,
                    prescription_id=n,
                    patient_id=UUID(int=(n << 64) + (4 << 76) + (2 << 62)),
                    centre_id=7,
                    status="offered",
                    **fixed,
                    **planned,
                )
                for n in range(1, orders + 1)
            )
    from accounts.models import User
    from bench.models import Chain

    User.objects.create(pk=1, username="bench")
    Chain.objects.create(pk=1, digest=bytes(32))
    pgtrigger.install()
    watched = [one for one in capture.watched() if one.table in ("bench_tracedorder", "bench_tracedstep")]
    capture.install(watched)
    query("ANALYZE")


@contextmanager
def clock(say, what: str):
    begun = time.monotonic()
    yield
    say(f"{what} ({time.monotonic() - begun:.1f} s)")


def describe(home: Path) -> dict:
    """Say what the figures were measured on."""
    with open("/proc/cpuinfo", encoding="utf-8") as text:
        models = [line.partition(":")[2].strip() for line in text if line.startswith("model name")]
    with open("/proc/meminfo", encoding="utf-8") as text:
        memory = int(next(line for line in text if line.startswith("MemTotal")).split()[1])
    return {
        "processors": len(os.sched_getaffinity(0)),
        "processor": models[0] if models else platform.machine(),
        "memory_gib": round(memory / 1024**2, 1),
        "load_before": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "postgres": query("SHOW server_version")[0][0],
        "settings": {name: query(f"SHOW {name}")[0][0] for name in SHOWN},
        "fsync_ms": round(_fsync(home) * 1000, 2),
    }


def _fsync(home: Path) -> float:
    """Return the median time for one page to reach the disk on which the database lies."""
    times = []
    with open(home / "fsync", "wb") as out:
        for _ in range(50):
            out.write(bytes(8192))
            out.flush()
            begun = time.perf_counter()
            os.fdatasync(out.fileno())
            times.append(time.perf_counter() - begun)
    return sorted(times)[len(times) // 2]
