"""Who is handed which account of the database: by the demo's commands, and by the compose file."""

from pathlib import Path

import pytest
import yaml

from devtools import demo, servers
from devtools.console import Failed

ROOT = Path(__file__).resolve().parent.parent.parent
SECRETS = {
    "ADMIN_DATABASE_URL", "MIGRATION_DATABASE_URL", "POSTGRES_PASSWORD", "MIGRATOR_PASSWORD", "APP_PASSWORD",
    "SEALER_PASSWORD", "AUDITOR_PASSWORD", "AUDIT_SEAL_KEY",
}  # fmt: skip
SERVICES = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
OURS = {name: service["environment"] for name, service in SERVICES.items() if "env_file" in service}


def test_a_program_of_the_demo_hears_of_its_own_account_only():
    everything = {name: f"postgres://{role}@/app" for name, role in servers.ACCOUNTS.items()} | {"PATH": "/bin"}

    web = demo.of_account(everything)
    sealer = demo.of_account(everything, "SEALER_DATABASE_URL")

    assert {name: value for name, value in web.items() if value} == {
        "DATABASE_URL": "postgres://app@/app",
        "PATH": "/bin",
    }
    assert sealer["DATABASE_URL"] == "postgres://sealer@/app"
    assert not sealer["ADMIN_DATABASE_URL"]


def test_a_database_of_the_environment_is_hardened_with_both_addresses_or_neither(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://app@db/app")
    monkeypatch.setenv("REDIS_URL", "redis://redis")
    monkeypatch.delenv("MIGRATION_DATABASE_URL", raising=False)
    monkeypatch.setenv("ADMIN_DATABASE_URL", "postgres://postgres@db/app")
    options = {"data": None, "durable": True, "prefer_system": False, "hardened": True}

    with pytest.raises(Failed, match="both or neither"):
        servers.provide(None, **options)
    monkeypatch.setenv("MIGRATION_DATABASE_URL", "postgres://migrator@db/app")

    assert servers.provide(None, **options)["MIGRATION_DATABASE_URL"] == "postgres://migrator@db/app"


@pytest.mark.parametrize("service", OURS)
def test_a_service_is_given_no_secret_of_another(service):
    """Every service reads the whole .env, so what is not its own has to be emptied."""
    own = {
        "open": {"ADMIN_DATABASE_URL", "MIGRATOR_PASSWORD", "APP_PASSWORD", "SEALER_PASSWORD", "AUDITOR_PASSWORD"},
        "sealer": {"AUDIT_SEAL_KEY"},
    }
    own["harden"] = own["open"]

    environment = OURS[service]

    assert set(environment) >= SECRETS
    assert {name for name in SECRETS if environment[name]} == own.get(service, set())


@pytest.mark.parametrize(
    ("service", "account"),
    [("web", "app"), ("worker", "app"), ("beat", "app"), ("sealer", "sealer"), ("migrate", "migrator")],
)
def test_a_service_logs_in_as_its_own_account(service, account):
    assert OURS[service]["DATABASE_URL"].startswith(f"postgres://{account}:")


def test_nothing_that_serves_starts_before_the_database_is_hardened():
    for service in ("web", "worker", "beat", "sealer"):
        assert SERVICES[service]["depends_on"]["harden"] == {"condition": "service_completed_successfully"}
    assert SERVICES["harden"]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert SERVICES["migrate"]["depends_on"]["open"] == {"condition": "service_completed_successfully"}
