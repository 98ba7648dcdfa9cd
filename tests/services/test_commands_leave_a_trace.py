"""What is done at the keyboard of the server says whose hands it was, at which machine, and in which run."""

import getpass
import socket

import pytest
from django.core.management import call_command, get_commands

from audit.console import at_the_console
from audit.models import Event
from desks.management.commands import appoint
from orders.lifecycle import OrderStatus
from tests import world
from tests.world import traces

pytestmark = pytest.mark.django_db
OURS = {
    "audit",
    "desks",
    "orders",
    "accounts",
    "patients",
    "nurses",
    "clinical",
    "catalog",
    "institutions",
    "safety",
    "logistics",
    "supervision",
    "bedside",
}

# Commands without a story here, each with the reason.
ELSEWHERE = {
    "compliance_docs": "writes a document of the repository, nothing of the installation",
    "lifecycle_docs": "writes a document of the repository, nothing of the installation",
    "demo_accounts": "prints the accounts of invented people",
    "audit_sealer": "writes signed heads, which are themselves the proof of what was written",
    "migrate": "what it changes is recorded by the database as changes of its structure",
    "seed_demo": "its invented people act by the same verbs; see test_seed_demo",
    "audit_harden": "ends with audit.manifest_checked, and each change of rights is recorded; see tests/hardening",
    "audit_verify": "ends with what it found; see tests/faults",
}


def found_district(monkeypatch):
    call_command("found_district", "示范区卫生健康委员会", short_name="示范区卫健委", verbosity=0)


def appoint_somebody(monkeypatch):
    town = world.houses(world.NOW)
    monkeypatch.setattr(appoint.Command, "password", lambda self: "shangmen-huli-2026")
    traces.begin()
    call_command("appoint", "li.guanli", "李管理", "centre_admin", town.centre.short_name)


def run_due(monkeypatch):
    town = world.town()
    world.order(town, at=OrderStatus.OFFERED)
    traces.begin()
    call_command("run_due")


STORIES = {"found_district": found_district, "appoint": appoint_somebody, "run_due": run_due}


def test_every_command_of_ours_has_its_story():
    ours = {name for name, app in get_commands().items() if app in OURS}

    assert ours == set(STORIES) | set(ELSEWHERE)


@pytest.mark.clause("002 五(七)2(2)")
@pytest.mark.parametrize("name", sorted(STORIES))
def test_a_command_s_acts_say_who_sat_where(name, monkeypatch):
    with at_the_console() as number:
        STORIES[name](monkeypatch)

    acts = list(traces.events().filter(kind=Event.Kind.ACT))
    assert acts
    for act in acts:
        assert (act.actor_kind, act.request_id, act.ip) == ("system", number, socket.gethostname())
        assert act.actor_id
        assert act.data["operator"] == getpass.getuser()
        assert act.at
        assert act.outcome == "ok"
