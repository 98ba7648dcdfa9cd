"""What the city's quality data platform reads by token: values with definitions, checks, findings; nobody's data."""

import json
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.roles import Role
from indicators import services as indicators
from indicators.definitions import DEFINITIONS
from orders.lifecycle import OrderStatus as S
from supervision import services as supervision
from supervision.checks import CHECKS
from tests import world
from tests.api.callers import caller
from tests.services.test_access_twins import another_district
from tests.world import places

pytestmark = pytest.mark.django_db
MARCH = date(2026, 3, 1)


@pytest.fixture
def t(town, clock):
    town.order = world.order(town, S.COMPLETED)
    clock.turn(days=40)
    town.late = clock.at
    by = town.actor(Role.SUPERVISOR)
    indicators.compute_month(district=town.district, month=MARCH, by=by, now=town.late)
    indicators.record_value(
        organisation=town.hospital, code="annex_3", month=MARCH, numerator=1, denominator=None,
        evidence="许志远电话告知", by=by, now=town.late,
    )  # fmt: skip
    supervision.run_checks(district_id=town.district.pk, now=town.late)
    supervision.register(
        kind="walk", source="walk", key="walk:1", organisation=town.centre, words="王阿婆说没有人引导",
        clause="003 四(四)", due_on=town.late.date() + timedelta(days=5), by=by, now=town.late,
    )  # fmt: skip
    # The machine's own account, with a post at the commission.
    town.machine = caller(places.post(town.district, Role.QC_INSPECTOR, now=town.now).user)
    return town


def rows(client, name, **asked):
    answer = client.ask(f"quality/{name}/", page_size=100, **asked)
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


@pytest.mark.clause("001 二(四)20")
def test_values_come_with_their_parts_definition_and_source(t):
    (on_time,) = rows(t.machine, "indicators", code="on_time", month="2026-03", organisation=t.centre.pk)

    assert (on_time["numerator"], on_time["denominator"], on_time["value"]) == ("1.0000", "1.0000", "100.0000")
    assert (on_time["source"], on_time["unit"], on_time["month"]) == ("computed", "%", "2026-03")
    assert on_time["organisation"] == {"id": t.centre.pk, "name": t.centre.name, "kind": "centre"}
    (by_hand,) = rows(t.machine, "indicators", source="by_hand")
    assert (by_hand["code"], by_hand["organisation"]["id"]) == ("annex_3", t.hospital.pk)
    unread = t.machine.ask("quality/indicators/", month="2026-13")
    assert (unread.status_code, list(unread.json()["field_errors"])) == (422, ["month"])
    assert rows(t.machine, "indicators", month="2026-02") == []
    meant = t.machine.ask("quality/definitions/").json()
    assert {one["code"] for one in meant} == set(DEFINITIONS)
    assert all(one["formula"] and one["clause"] for one in meant)


@pytest.mark.clause("001 二(四)20", "002 六(二)2")
def test_checks_and_findings_say_how_many_and_how_far(t):
    runs = rows(t.machine, "checks")
    assert {run["code"] for run in runs} == set(CHECKS)
    found = next(run for run in runs if run["total"])
    assert sum(one["n"] for one in found["counts"]) == found["total"]
    assert all(one["name"] for one in found["counts"])
    with CaptureQueriesContext(connection) as few:
        t.machine.ask("quality/checks/", code=found["code"])
    with CaptureQueriesContext(connection) as many:
        t.machine.ask("quality/checks/", page_size=100)
    assert len(few) == len(many)
    (walk,) = rows(t.machine, "findings", kind="walk")
    assert (walk["status"], walk["status_label"], walk["organisation"]["id"]) == ("opened", "待分派", t.centre.pk)
    assert rows(t.machine, "findings", status="closed") == []


@pytest.mark.clause("002 五(八)")
def test_no_person_stands_in_any_answer(t):
    said = json.dumps(
        [rows(t.machine, name) for name in ("indicators", "checks", "findings")], ensure_ascii=False
    )  # fmt: skip

    for secret in ("王阿婆", "许志远", t.patient.name, t.nurse.user.display_name, t.order.number):
        assert secret not in said


@pytest.mark.clause("004 五(三)")
def test_another_district_reads_nothing_of_this_one(t):
    foreign = caller(places.post(another_district(t), Role.SUPERVISOR, now=t.now).user)
    family = caller(t.users[Role.PROXY])

    for name in ("indicators", "checks", "findings"):
        assert rows(foreign, name) == []
        for nobody in (family, caller(t.users[Role.REVIEWER]), caller(t.users[Role.CENTRE_ADMIN])):
            assert nobody.ask(f"quality/{name}/").status_code == 403
    assert foreign.ask("quality/indicators/", organisation=t.centre.pk).json()["results"] == []
    assert t.machine.send("quality/findings/", {}).status_code == 405
