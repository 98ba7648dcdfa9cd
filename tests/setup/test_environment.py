"""Settings: one door to the environment, every variable listed, nothing secret in production by default."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
SETTINGS = ROOT / "nursing_platform" / "settings"
OURS = [path.parent.name for path in ROOT.glob("*/apps.py")] + ["kernel", "nursing_platform"]


def names_the_settings_read():
    names = {"DJANGO_SETTINGS_MODULE"}
    for path in SETTINGS.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id == "env"
                and node.func.attr in {"text", "flag", "listing"}
            ):
                names.add(node.args[0].value)
    return names


def test_the_example_lists_exactly_what_is_read():
    listed = set(re.findall(r"^([A-Z0-9_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE))
    composed = set(re.findall(r"\$\{([A-Z0-9_]+)", (ROOT / "docker-compose.yml").read_text(encoding="utf-8")))

    assert listed == names_the_settings_read() | composed


def test_nothing_outside_the_settings_reads_the_environment():
    readers = [
        str(path.relative_to(ROOT))
        for app in OURS
        for path in (ROOT / app).rglob("*.py")
        # What runs on other machines, without the platform, has no settings to ask.
        if SETTINGS not in path.parents
        and "standalone" not in path.parts
        and re.search(r"os\.(environ\b(?!\.setdefault)|getenv)", path.read_text())
    ]

    assert readers == []


PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "nursing_platform.settings.prod",
    "DATABASE_URL": "postgres://app@127.0.0.1:1/app",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "SECRET_KEY": "for-this-test-only-" + "abcdefghijklmnopqrstuvwxyz0123456789" * 2,
    "SEAL_KEYS": "1:" + "A" * 43 + "=",
    "SEAL_INDEX_KEY": "A" * 43 + "=",
    "BADGE_KEY": "A" * 43 + "=",
    "ALLOWED_HOSTS": "example.cn",
}


def load(environment, *arguments):
    inherited = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**inherited, **environment},
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    "missing", ["DATABASE_URL", "REDIS_URL", "SECRET_KEY", "SEAL_KEYS", "SEAL_INDEX_KEY", "BADGE_KEY", "ALLOWED_HOSTS"]
)
def test_production_does_not_start_without(missing):
    done = load({name: value for name, value in PRODUCTION.items() if name != missing}, "check")

    assert done.returncode != 0
    assert f"set {missing} (every variable is listed in .env.example)" in done.stderr


def test_production_settings_pass_djangos_own_inspection():
    done = load(PRODUCTION, "check", "--deploy", "--fail-level", "WARNING")

    assert done.returncode == 0, done.stderr


def test_demo_keys_are_made_once_and_kept(tmp_path):
    from nursing_platform.settings import demo_secrets

    first = demo_secrets.read_or_make(tmp_path / "var" / "keys.json")
    second = demo_secrets.read_or_make(tmp_path / "var" / "keys.json")

    assert first == second
    assert (tmp_path / "var" / "keys.json").stat().st_mode & 0o077 == 0
    assert [path.name for path in (tmp_path / "var").iterdir()] == ["keys.json"]
