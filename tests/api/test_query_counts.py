"""A list costs the same at one row and at ten."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.roles import Role
from indicators import services as indicators
from notifications import services as notifications
from notifications.services import Letter
from orders.lifecycle import RequestStatus
from patients import services as patients
from patients.selectors import text_in_force
from safety import services as safety
from safety.models import Incident
from supervision import services as supervision
from tests import world
from tests.api.callers import caller
from tests.world import persons, places

pytestmark = pytest.mark.django_db


def another_order(town, n):
    order = world.order(town)
    safety.open_incident(order=order, kind=Incident.Kind.OVERRUN, text="超时", now=town.now)
    safety.open_complaint(order=order, text="意见", opened_by_id=None, now=town.now)


def another_message(town, n):
    letter = Letter(town.users[Role.PROXY].pk, "family.received", "申请已受理", "您的申请已受理。")
    notifications.tell(
        event="orders.request_received",
        event_id=n,
        letters=[letter],
        organisation_id=town.centre.pk,
        patient_id=town.patient.pk,
        now=town.now,
    )


def another_relative(town, n):
    family = persons.family(town.users[Role.PROXY], on=town.now.date())
    patients.register_for_family(relation="母亲", by=family, now=town.now, **persons.facts())


def another_signature(town, n):
    patients.sign(
        patient_id=town.patient.pk,
        organisation_id=town.centre.pk,
        kind="agreement",
        shown_sha256=text_in_force(district_id=town.district.pk, kind="agreement", on=town.now.date()).sha256,
        signer_name="沈家明",
        capacity="proxy",
        method="typed",
        by=town.actor(Role.PROXY),
        now=town.now,
    )


def another_centre(town, n):
    places.centre(town.hospital, (places.LUJIAZUI,), name=f"第{n}", now=town.now)


def another_value(town, n):
    indicators.record_value(
        organisation=town.centre, code="annex_3", month=date(2025, n, 1), numerator=1, denominator=None,
        evidence="季度报表", by=town.actor(Role.SUPERVISOR), now=town.now,
    )  # fmt: skip


def another_finding(town, n):
    supervision.register(
        kind="walk", source="walk", key=f"walk:{n}", organisation=town.centre, words="没有引导", clause="003 四(四)",
        due_on=town.now.date() + timedelta(days=5), by=town.actor(Role.SUPERVISOR), now=town.now,
    )  # fmt: skip


LISTS = [
    ("quality/indicators/", Role.SUPERVISOR, another_value),
    ("quality/findings/", Role.QC_INSPECTOR, another_finding),
    ("requests/", Role.DISPATCHER, another_order),
    ("orders/", Role.SUPERVISOR, another_order),
    ("assessments/", Role.DOCTOR, another_order),
    ("incidents/", Role.CENTRE_ADMIN, another_order),
    ("complaints/", Role.SUPERVISOR, another_order),
    ("messages/", Role.PROXY, another_message),
    ("patients/", Role.PROXY, another_relative),
    ("consents/", Role.PROXY, another_signature),
]


def cost(client, path):
    with CaptureQueriesContext(connection) as queries:
        answer = client.ask(path)
    assert answer.status_code == 200, answer.content
    return answer.json(), len(queries)


@pytest.mark.parametrize(("path", "role", "another"), LISTS)
def test_a_list_costs_the_same_at_ten_rows(town, path, role, another):
    client = caller(town.users[role])
    another(town, 1)
    cost(client, path)
    first, before = cost(client, path)

    for n in range(2, 11):
        another(town, n)
    full, after = cost(client, path)

    assert len(full["results"]) >= len(first["results"]) + 9
    assert after == before


def test_the_public_list_costs_the_same_at_ten_institutions(town):
    client = caller(town.users[Role.PROXY])
    first, before = cost(client, "institutions/")

    for n in range(2, 11):
        another_centre(town, n)
    full, after = cost(client, "institutions/")

    assert len(full) == len(first) + 9
    assert after == before


def test_lists_are_bounded_and_paged_by_key(town):
    desk = caller(town.users[Role.DISPATCHER])
    rows = [world.request(town, RequestStatus.PRESCRIBED) for _ in range(5)]

    page = desk.ask("requests/", page_size=2).json()
    seen = [row["number"] for row in page["results"]]
    while page["next"]:
        page = desk.get(page["next"]).json()
        seen += [row["number"] for row in page["results"]]

    assert seen == [row.number for row in reversed(rows)]
    assert len(desk.ask("requests/", page_size=1000).json()["results"]) == 5


def test_lists_are_narrowed(town):
    desk = caller(town.users[Role.DISPATCHER])
    row = world.request(town)

    def found(**query):
        return [one["number"] for one in desk.ask("requests/", **query).json()["results"]]

    assert found(status=["submitted", "received"]) == [row.number]
    assert found(status="declined") == []
    assert found(centre=town.centre.pk, patient=str(town.patient.pk), channel="online") == [row.number]
    assert found(channel="phone") == []
    assert found(submitted_from=town.now.isoformat()) == [row.number]
    assert found(submitted_to=town.now.isoformat()) == []
    assert found(submitted_to=(town.now + timedelta(days=1)).isoformat()) == [row.number]
    assert date.fromisoformat(desk.ask("requests/").json()["results"][0]["submitted_at"][:10]) == town.now.date()
