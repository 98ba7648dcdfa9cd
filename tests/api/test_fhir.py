"""The trace as FHIR R4 AuditEvents: each resource against the definition of R4, page by page, each reading recorded."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import Max, Min
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from accounts.roles import Role
from audit import fhir
from audit import services as audit
from audit.models import Event
from kernel.actors import ANONYMOUS
from kernel.refusals import Refused
from orders import services
from orders.api import audit_events
from orders.lifecycle import OrderStatus
from referrals import services as referrals
from tests import world
from tests.api.callers import caller
from tests.world import alliance, traces

pytestmark = pytest.mark.django_db

# https://hl7.org/fhir/R4/auditevent.html: name -> (least, most, type); most None is *.
CODING = {"system": (0, 1, "uri"), "version": (0, 1, "string"), "code": (0, 1, "code"), "display": (0, 1, "string")}
CONCEPT = {"coding": (0, None, CODING), "text": (0, 1, "string")}
IDENTIFIER = {"system": (0, 1, "uri"), "value": (0, 1, "string")}
REFERENCE = {
    "reference": (0, 1, "string"), "type": (0, 1, "uri"), "identifier": (0, 1, IDENTIFIER), "display": (0, 1, "string"),
}  # fmt: skip
AUDIT_EVENT = {
    "resourceType": (1, 1, "code"),
    "id": (0, 1, "id"),
    "type": (1, 1, CODING),
    "subtype": (0, None, CODING),
    "action": (0, 1, "code"),
    "period": (0, 1, {"start": (0, 1, "instant"), "end": (0, 1, "instant")}),
    "recorded": (1, 1, "instant"),
    "outcome": (0, 1, "code"),
    "outcomeDesc": (0, 1, "string"),
    "purposeOfEvent": (0, None, CONCEPT),
    "agent": (1, None, {
        "type": (0, 1, CONCEPT),
        "role": (0, None, CONCEPT),
        "who": (0, 1, REFERENCE),
        "altId": (0, 1, "string"),
        "name": (0, 1, "string"),
        "requestor": (1, 1, "boolean"),
        "location": (0, 1, REFERENCE),
        "policy": (0, None, "uri"),
        "media": (0, 1, CODING),
        "network": (0, 1, {"address": (0, 1, "string"), "type": (0, 1, "code")}),
        "purposeOfUse": (0, None, CONCEPT),
    }),
    "source": (1, 1, {"site": (0, 1, "string"), "observer": (1, 1, REFERENCE), "type": (0, None, CODING)}),
    "entity": (0, None, {
        "what": (0, 1, REFERENCE),
        "type": (0, 1, CODING),
        "role": (0, 1, CODING),
        "lifecycle": (0, 1, CODING),
        "securityLabel": (0, None, CODING),
        "name": (0, 1, "string"),
        "description": (0, 1, "string"),
        "query": (0, 1, "base64Binary"),
        "detail": (0, None, {
            "type": (1, 1, "string"), "valueString": (0, 1, "string"), "valueBase64Binary": (0, 1, "base64Binary"),
        }),
    }),
}  # fmt: skip
BUNDLE = {
    "resourceType": (1, 1, "code"),
    "type": (1, 1, "code"),
    "link": (0, None, {"relation": (1, 1, "string"), "url": (1, 1, "uri")}),
    "entry": (0, None, {
        "fullUrl": (0, 1, "uri"), "resource": (0, 1, AUDIT_EVENT), "search": (0, 1, {"mode": (0, 1, "code")}),
    }),
}  # fmt: skip
PRIMITIVES = {
    "id": r"[A-Za-z0-9\-.]{1,64}",
    "code": r"[^\s]+( [^\s]+)*",
    "uri": r"\S+",
    "string": r"(?s)\s*\S.*",
    "instant": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)",
}
ACTIONS, OUTCOMES, NETWORKS = set("CRUDE"), {"0", "4", "8", "12"}, {"1", "2", "3", "4", "5"}
SOURCES, ENTITIES = {str(n) for n in range(1, 10)}, {"1", "2", "3", "4"}
ROLES = {str(n) for n in range(1, 25)}


def faults(value, shape, where="") -> list[str]:
    """What of a resource is not as R4 defines it: unknown elements, cardinalities, types, empty values."""
    if isinstance(shape, str):
        if shape == "boolean":
            return [] if isinstance(value, bool) else [f"{where} is no boolean"]
        said = isinstance(value, str) and re.fullmatch(PRIMITIVES[shape], value)
        return [] if said else [f"{where} is no {shape}: {value!r}"]
    if not isinstance(value, dict) or not value:
        return [f"{where} is no element: {value!r}"]
    found = [f"{where}.{name} is unknown" for name in value if name not in shape]
    for name, (least, most, inner) in shape.items():
        many = most != 1
        if name not in value:
            found += [f"{where}.{name} is missing"] if least else []
            continue
        given = value[name]
        if many != isinstance(given, list) or (many and not given):
            found.append(f"{where}.{name} has the wrong number: {given!r}")
            continue
        for one in given if many else [given]:
            found += faults(one, inner, f"{where}.{name}")
    return found


def unbound(resource) -> list[str]:
    """Codes outside the value sets to which R4 binds them; invariants sev-1."""
    found = []
    codes = [(resource["action"], ACTIONS), (resource["outcome"], OUTCOMES)]
    codes += [(agent["network"]["type"], NETWORKS) for agent in resource["agent"] if "network" in agent]
    codes += [(one["code"], SOURCES) for one in resource["source"]["type"]]
    for entity in resource.get("entity", ()):
        codes += [(entity["type"]["code"], ENTITIES), (entity["role"]["code"], ROLES)]
        if "name" in entity and "query" in entity:
            found.append("sev-1: either a name or a query")
    return found + [code for code, known in codes if code not in known]


def between(start, end, **more):
    return {"from": start.isoformat(), "to": end.isoformat(), **more}


def whole_world():
    """From the first event of this test's world to its last; the database keeps its own clock."""
    at = traces.events().aggregate(first=Min("at"), last=Max("at"))
    return between(at["first"], at["last"] + timedelta(milliseconds=1))


def every_kind(t):
    """Acts with rows, looks, a refusal, log-ins that succeed and fail, and a change past the platform."""
    order = world.order(t, at=OrderStatus.COMPLETED)
    audit.looked(target=t.patient, by=t.actor(Role.DOCTOR), now=timezone.now(), why="首诊前查看", role="doctor")
    with pytest.raises(Refused):
        services.cancel(order_id=order.pk, reason="不想要了", by=t.actor(Role.SUPERVISOR), now=timezone.now())
    audit.signed_in(action="accounts.logged_in", by=t.actor(Role.DOCTOR), now=timezone.now())
    audit.signed_in(action="accounts.login_failed", by=ANONYMOUS, now=timezone.now(), outcome="failed")
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.act', '', true)")
        cursor.execute("UPDATE orders_order SET minutes = 5 WHERE id = %s", [order.pk])
    return order


def ask(t, role=Role.SUPERVISOR, **asked):
    return caller(t.users[role]).get("/api/v1/audit-events/", asked or whole_world())


def resources_of(t, role=Role.SUPERVISOR):
    found, answer = [], ask(t, role)
    while True:
        page = answer.json()
        found += [entry["resource"] for entry in page["entry"]]
        following = [link["url"] for link in page["link"] if link["relation"] == "next"]
        if not following:
            return found
        answer = caller(t.users[role]).get(following[0])


@pytest.mark.clause("002 五(七)2(2)", "004 三(四)")
def test_every_event_is_an_audit_event_as_r4_defines_it(town):
    every_kind(town)

    found = resources_of(town)

    assert [fault for one in found for fault in faults(one, AUDIT_EVENT, one["id"])] == []
    assert [code for one in found for code in unbound(one)] == []
    kinds = {one["type"]["code"] for one in found}
    assert kinds == {"110110", "110100", "110113", "110114"}
    assert {one["action"] for one in found} == {"C", "R", "U", "E"}
    assert {one["outcome"] for one in found} == {"0", "4", "8"}


def test_the_check_itself_finds_what_r4_forbids(town):
    every_kind(town)
    good = resources_of(town)[-1]

    for name, bad in {
        "no agent": {**good, "agent": []},
        "no type": {key: value for key, value in good.items() if key != "type"},
        "no requestor": {**good, "agent": [{"who": good["agent"][0]["who"]}]},
        "no observer": {**good, "source": {"site": "x"}},
        "empty words": {**good, "outcomeDesc": ""},
        "made-up element": {**good, "reason": "x"},
        "no instant": {**good, "recorded": "2026-11-22"},
        "list for one": {**good, "outcome": ["0"]},
        "detail without type": {**good, "entity": [{"detail": [{"valueString": "x"}]}]},
    }.items():
        assert faults(bad, AUDIT_EVENT), name
    assert unbound({**good, "action": "X"}) == ["X"]


def test_an_act_says_who_what_when_where_and_on_whom(town):
    order = every_kind(town)
    event = Event.objects.filter(action="orders.offered", object_id=str(order.pk)).latest("id")

    (one,) = [found for found in resources_of(town) if found["id"] == str(event.pk)]

    agent, (patient, thing) = one["agent"][0], one["entity"]
    assert one["subtype"] == [{"system": "urn:hudaojia:act", "code": "orders.offered", "display": "派单"}]
    assert agent["who"] == {
        "identifier": {"system": "urn:hudaojia:user", "value": event.actor_id},
        "display": town.users[Role.DISPATCHER].display_name,
    }
    assert agent["role"][0]["coding"][0]["display"] == "中心专员"
    assert one["source"]["site"] == str(town.centre)
    assert parse_datetime(one["period"]["start"]) == event.happened_at
    assert patient["what"]["identifier"]["value"] == str(town.patient.pk)
    assert patient["role"]["code"] == "1"
    assert thing["what"]["identifier"] == {"system": "urn:hudaojia:orders.order", "value": str(order.pk)}
    assert {"type": "to", "valueString": "offered"} in thing["detail"]
    assert town.patient.name not in str(one)


def test_pages_are_bounded_and_the_next_link_goes_on_without_a_gap(town, monkeypatch):
    every_kind(town)
    monkeypatch.setattr(audit_events, "PAGE", 7)

    first = ask(town).json()
    ids = [int(one["id"]) for one in resources_of(town)]

    assert faults(first, BUNDLE, "bundle") == []
    assert len(first["entry"]) == 7
    assert [link["relation"] for link in first["link"]] == ["self", "next"]
    assert ids == sorted(set(ids))
    lines = traces.events().exclude(kind="row", act_id__isnull=False)
    assert set(lines.filter(id__lte=max(ids)).values_list("id", flat=True)) - set(ids) == set()


def test_each_reading_is_recorded_and_a_span_that_makes_no_sense_is_refused(town):
    now = timezone.now()

    answer = ask(town, Role.AUDITOR)
    backwards = ask(town, **between(now, now - timedelta(days=1)))
    nothing = ask(town, **{"from": "yesterday"})
    empty = ask(town, **between(now - timedelta(days=900), now - timedelta(days=899))).json()

    assert answer.status_code == 200
    assert (backwards.status_code, nothing.status_code) == (422, 422)
    assert faults(empty, BUNDLE, "bundle") == []
    assert "entry" not in empty
    looks = traces.events().filter(kind="look", action="accounts.looked", reason__startswith="接口导出留痕（FHIR）")
    assert [look.role for look in looks.order_by("id")] == ["auditor", "supervisor"]


def test_an_auditor_s_program_hears_no_reason_that_may_touch_on_health(town):
    world.order(town, at=OrderStatus.ABORTED)

    assert "服务对象突发不适" in str(resources_of(town, Role.SUPERVISOR))
    assert "服务对象突发不适" not in str(resources_of(town, Role.AUDITOR))


def test_an_auditor_s_program_hears_as_little_why_a_referral_was_declined(town):
    why = "造口旁疝已嵌顿，须急诊手术。"
    row = alliance.upward(town)
    referrals.decline(referral_id=row.pk, reason=why, by=town.actor(Role.REVIEWER), now=town.now)

    assert why in str(resources_of(town, Role.SUPERVISOR))
    heard = str(resources_of(town, Role.AUDITOR))
    assert "referrals.declined" in heard
    assert why not in heard


def test_what_is_empty_is_left_out():
    assert fhir.without_nothing({"a": "", "b": {"c": None}, "d": [{}, {"e": False}]}) == {"d": [{"e": False}]}
