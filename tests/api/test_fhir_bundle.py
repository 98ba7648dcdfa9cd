"""A whole order as FHIR R4: each resource against the published definitions, references inside, who sees what."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from fhir.resources.R4B.bundle import Bundle
from pydantic import ValidationError

from accounts.roles import Role
from audit.models import Event
from clinical.models import PrescriptionLine
from orders.bundle import codes, whole
from orders.lifecycle import OrderStatus, RequestStatus
from patients import privacy
from tests import world
from tests.api.callers import caller
from tests.world import places, traces

pytestmark = pytest.mark.django_db
WANTED = {
    "Patient", "RelatedPerson", "Practitioner", "Organization", "ServiceRequest", "Consent", "Encounter", "Procedure",
    "Observation", "Task", "Provenance", "AuditEvent",
}  # fmt: skip
VITAL_SIGNS, BLOOD_SAMPLE = 14, 11


def ask(t, order, role=Role.DISPATCHER, **asked):
    return caller(t.users[role]).get(f"/api/v1/orders/{order.number}/fhir/", asked)


def by_kind(bundle) -> dict[str, list]:
    found = {}
    for entry in bundle["entry"]:
        found.setdefault(entry["resource"]["resourceType"], []).append(entry["resource"])
    return found


def references(value):
    """Every reference that stands anywhere in a resource."""
    if isinstance(value, dict):
        if "reference" in value:
            yield value["reference"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


@pytest.mark.clause("001 二(四)20", "002 五(七)2(2)")
def test_a_completed_order_is_a_bundle_as_r4_defines_it_with_every_reference_inside(town):
    order = world.order(town, at=OrderStatus.COMPLETED)

    answer = ask(town, order)

    bundle = answer.json()
    assert answer.status_code == 200
    Bundle.model_validate(bundle)
    found = by_kind(bundle)
    assert set(found) == WANTED
    names = [entry["fullUrl"] for entry in bundle["entry"]]
    assert len(names) == len(set(names))
    assert set(references(bundle)) <= set(names)
    assert bundle["type"] == "collection"
    (task,), (encounter,) = found["Task"], found["Encounter"]
    assert (task["status"], encounter["status"]) == ("completed", "finished")
    assert task["businessStatus"]["text"] == "已完成"
    assert encounter["class"]["code"] == "HH"
    assert {one["status"] for one in found["Procedure"]} == {"completed"}
    assert [one["intent"] for one in found["ServiceRequest"]] == ["proposal", "order"]
    assert {one["category"][0]["text"] for one in found["Consent"]} == {"知情同意书", "服务协议"}
    values = {
        coding["code"]: one.get("valueQuantity")
        for one in found["Observation"]
        for coding in one["code"]["coding"]
        if coding["system"] == codes.LOINC
    }
    assert values["8310-5"] == {"value": 36.6, "unit": "℃", "system": codes.UCUM, "code": "Cel"}
    assert values["8867-4"]["code"] == "/min"
    (pressure,) = (one for one in found["Observation"] if one["code"]["coding"][0]["code"] == "85354-9")
    assert [part["valueQuantity"]["value"] for part in pressure["component"]] == [128, 76]
    assert {one["status"] for one in found["Observation"]} == {"final"}
    steps = [one["activity"]["text"] for one in found["Provenance"]]
    assert steps.count("派单") == 1
    assert steps[-1] == "书写护理记录"
    offered = next(one for one in found["AuditEvent"] if one["subtype"][0]["code"] == "orders.offered")
    whom = {one["what"]["reference"] for one in offered["entity"]}
    assert {names[0], next(n for n, e in zip(names, bundle["entry"], strict=True) if e["resource"] == task)} == whom
    for _, entry in zip(range(3), bundle["entry"], strict=False):
        with pytest.raises(ValidationError, match="made_up"):  # the definitions do find what is wrong
            Bundle.model_validate({**bundle, "entry": [{**entry, "resource": {**entry["resource"], "made_up": 1}}]})


@pytest.mark.clause("002 五(八)")
def test_who_reads_an_order_sees_as_much_of_the_person_as_elsewhere_and_leaves_a_look(town):
    order = world.order(town, at=OrderStatus.COMPLETED)
    number = privacy.identity_number(town.patient)
    path = f"/api/v1/orders/{order.number}/fhir/"

    desk, family = by_kind(ask(town, order).json()), by_kind(ask(town, order, Role.PROXY).json())
    supervisor = by_kind(ask(town, order, Role.SUPERVISOR).json())
    revealed = by_kind(ask(town, order, identity_reason="转往医院前核对证件").json())
    curious = ask(town, order, Role.SUPERVISOR, identity_reason="想看一看这个人是谁")
    hasty = ask(town, order, identity_reason="看")
    other = places.centre(town.hospital, (places.LUJIAZUI,), name="陆家嘴", now=town.now)
    far = places.post(other, Role.DISPATCHER, now=town.now)

    for seen in (desk, family, supervisor):
        assert number not in str(seen)
        assert seen["Patient"][0]["identifier"][1]["value"] == f"****{number[-4:]}"
        assert seen["Patient"][0]["meta"]["security"][0]["code"] == "MASKED"
    assert desk["Patient"][0]["name"][0]["text"] == town.patient.name
    assert desk["Patient"][0]["birthDate"] == town.patient.birth_date.isoformat()
    assert town.patient.name not in str(supervisor)
    assert supervisor["Patient"][0]["birthDate"] == str(town.patient.birth_date.year)
    assert "AuditEvent" not in family
    assert len(supervisor["AuditEvent"]) > 10
    assert revealed["Patient"][0]["identifier"][1]["value"] == number
    assert (curious.status_code, hasty.status_code) == (404, 422)
    assert caller(far.user).get(path).status_code == 404
    looks = traces.events().filter(kind=Event.Kind.LOOK, reason="接口导出订单（FHIR）", object_id=str(order.pk))
    assert [look.role for look in looks.order_by("id")][:3] == ["dispatcher", "proxy", "supervisor"]
    assert traces.events().get(action="patients.revealed").reason == "转往医院前核对证件"


def test_every_status_of_an_order_has_a_name_in_fhir_and_few_rows_cost_what_many_do(town):
    early = world.order(town)
    Bundle.model_validate(ask(town, early).json())
    one = world.order(world.neighbour(town), at=OrderStatus.ABORTED)
    with CaptureQueriesContext(connection) as few:
        ask(town, one)
    late = world.order(world.neighbour(town), at=OrderStatus.ABORTED, numbers=(VITAL_SIGNS, BLOOD_SAMPLE))
    with CaptureQueriesContext(connection) as many:
        bundle = ask(town, late).json()

    Bundle.model_validate(bundle)
    assert len(by_kind(bundle)["Procedure"]) == 2
    assert {one["status"] for one in by_kind(bundle)["Procedure"]} == {"stopped"}
    assert len(many) == len(few)
    assert set(codes.TASK) == set(codes.ENCOUNTER) == set(OrderStatus)
    assert set(codes.REQUEST) == set(RequestStatus)
    assert set(codes.REPEAT) == set(PrescriptionLine.Frequency)


def test_an_order_with_a_very_long_trace_says_that_it_goes_on_elsewhere(town, monkeypatch):
    order = world.order(town, at=OrderStatus.AWAITING_DISPATCH)
    monkeypatch.setattr(whole, "MOST_EVENTS", 5)

    found = by_kind(ask(town, order).json())

    assert len(found["AuditEvent"]) == 5
    assert found["OperationOutcome"][0]["issue"][0]["code"] == "incomplete"
