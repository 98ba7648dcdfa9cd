"""``./run check``: everything that can be judged without running the suite."""

import os
import subprocess
import time

from devtools import assets
from devtools.console import PYTHON, ROOT, Failed, say
from devtools.processes import leave_on_sigterm

BIN = ROOT / ".venv" / "bin"
NO_SERVERS = {"DATABASE_URL": "postgres://app@127.0.0.1:1/app", "REDIS_URL": "redis://127.0.0.1:1/0"}
TEST = {**NO_SERVERS, "DJANGO_SETTINGS_MODULE": "nursing_platform.settings.test"}
# Enough for production settings to load; worth nothing anywhere.
PRODUCTION = {
    **NO_SERVERS,
    "DJANGO_SETTINGS_MODULE": "nursing_platform.settings.prod",
    "SECRET_KEY": "only-for-the-check-" + "0123456789abcdefghijklmnopqrstuvwxyz" * 2,
    "SEAL_KEYS": "1:" + "A" * 43 + "=",
    "SEAL_INDEX_KEY": "A" * 43 + "=",
    "BADGE_KEY": "A" * 43 + "=",
    "ALLOWED_HOSTS": "example.cn",
}
MANAGE = [PYTHON, "-W", "ignore::RuntimeWarning", "manage.py"]

# The kernel and every writer; what only translates (views, serializers, forms) is Django's to type.
TYPED = [
    "kernel",
    *sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("*/services*") if (path.parent / "apps.py").exists()),
]

CHECKS = [
    ("lint", [BIN / "ruff", "check", "--quiet", "."], {}),
    ("format", [BIN / "ruff", "format", "--check", "--quiet", "."], {}),
    ("floors", [BIN / "lint-imports", "--no-cache"], {}),
    ("types", [BIN / "mypy", "--no-error-summary", *TYPED], TEST),
    ("django", [*MANAGE, "check"], TEST),
    ("migrations", [*MANAGE, "makemigrations", "--check", "--dry-run"], TEST),
    ("production settings", [*MANAGE, "check", "--deploy", "--fail-level", "WARNING"], PRODUCTION),
    ("templates", [BIN / "djlint", "templates", "--lint", "--quiet"], {}),
    (
        "compose file",
        [BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"],
        {},
    ),
    ("Dockerfile", [BIN / "hadolint", "--failure-threshold", "info", "Dockerfile"], {}),
    ("shell scripts", ["sh", "-c", "sh -n run && bash -n .ci/run"], {}),
    ("lifecycle documents", [*MANAGE, "lifecycle_docs", "--check"], TEST),
    ("compliance documents", [*MANAGE, "compliance_docs", "--check"], TEST),
]


def main(arguments):
    """Run every check, or those whose names are given, and report all that fail."""
    leave_on_sigterm()
    try:
        assets.sync()
    except Failed as failed:
        say(failed)
        return 1
    chosen = [one for one in CHECKS if not arguments or any(word in one[0] for word in arguments)]
    failures = [one[0] for one in chosen if not passes(*one)]
    if failures:
        say("not in order: " + ", ".join(failures))
        return 1
    say("everything is in order")
    return 0


def passes(name, command, extra):
    begun = time.monotonic()
    done = subprocess.run(
        [str(part) for part in command],
        cwd=ROOT,
        env={**os.environ, **extra},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    say(f"{'ok    ' if done.returncode == 0 else 'FAILED'} {name} ({time.monotonic() - begun:.1f} s)")
    if done.returncode:
        print(done.stdout, flush=True)
    return done.returncode == 0
