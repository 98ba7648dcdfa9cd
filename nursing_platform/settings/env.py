"""The one door to the environment. Nothing outside ``settings/`` reads ``os.environ``."""

import os

from django.core.exceptions import ImproperlyConfigured

MISSING = object()


def text(name, default=MISSING):
    value = os.environ.get(name, "")
    if value:
        return value
    if default is MISSING:
        raise ImproperlyConfigured(f"set {name} (every variable is listed in .env.example)")
    return default


def flag(name, default):
    value = text(name, "true" if default else "false").lower()
    if value not in {"true", "false", "1", "0", "yes", "no"}:
        raise ImproperlyConfigured(f"{name} is a yes or no, not {value!r}")
    return value in {"true", "1", "yes"}


def listing(name, default=MISSING):
    value = text(name, ",".join(default) if default is not MISSING else MISSING)
    return [part.strip() for part in value.split(",") if part.strip()]


def test_worker():
    """Number this process among the parallel test workers (pytest-xdist names them gw0, gw1, …)."""
    return int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
