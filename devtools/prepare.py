"""
Before the demo starts: migrate, collect static files, seed.

One process does it all, because each start of Django costs seconds.
"""

import hashlib
import io
import sys
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command

from devtools.console import ROOT, VAR, say


def main(accounts):
    django.setup()
    migrate()
    collect_static()
    call_command("seed_demo", if_empty=True)
    text = io.StringIO()
    call_command("demo_accounts", stdout=text)
    Path(accounts).write_text(text.getvalue(), encoding="utf-8")


def migrate():
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    from audit import hardening

    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    administered = bool(settings.ADMIN_DATABASE_URL)
    # Data of an earlier version, whose one account owned everything, is brought up to date here without being asked.
    if not waiting and not (administered and hardening.problems()):
        return
    if administered:
        call_command("audit_harden", is_open=True, stdout=io.StringIO())
    if waiting:
        say(f"applying {len(waiting)} migrations")
    call_command("migrate", interactive=False, verbosity=0)
    if administered:
        call_command("audit_harden", stdout=io.StringIO())
        say("the trace is hardened")


def collect_static():
    stamp = VAR / "static.stamp"
    wanted = _fingerprint()
    if stamp.exists() and stamp.read_text() == wanted and settings.STATIC_ROOT.exists():
        return
    say("collecting static files")
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(wanted)


def _fingerprint():
    digest = hashlib.sha256(repr(settings.STORAGES["staticfiles"]).encode())
    digest.update((ROOT / "requirements" / "run.txt").read_bytes())
    for folder in settings.STATICFILES_DIRS:
        for path in sorted(Path(folder).rglob("*")):
            if path.is_file():
                state = path.stat()
                digest.update(f"{path}{state.st_size}{state.st_mtime_ns}".encode())
    return digest.hexdigest()


if __name__ == "__main__":
    main(sys.argv[1])
