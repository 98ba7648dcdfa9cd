"""Who reaches what: every address of the API for every role, and every step exactly as its table says."""

import io
from contextlib import contextmanager

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import get_resolver, reverse

from accounts import services as accounts
from accounts.roles import Role
from clinical.lifecycle import ASSESSMENT, PRESCRIPTION
from logistics import commands as goods_commands
from logistics import services as logistics
from logistics.lifecycle import SPECIMEN, WASTE
from orders import commands, services
from orders.lifecycle import ORDER, REQUEST, OrderStatus, RequestStatus
from patients import services as patients
from patients.models import Consent
from safety.models import Incident
from safety.services import open_incident
from tests import world
from tests.api.callers import caller, stranger
from tests.world import persons, places
from tests.world.chain import STROKES

pytestmark = pytest.mark.django_db

STAFF = {Role.DISPATCHER, Role.DOCTOR, Role.CENTRE_ADMIN}
OVERSEEING = {Role.REVIEWER, Role.SUPERVISOR, Role.QC_INSPECTOR}
FAMILY, NURSE, OTHER, NOBODY = {Role.PROXY}, {Role.NURSE}, {"other"}, {"nobody"}
CARERS = STAFF | NURSE
EVERYBODY = STAFF | OVERSEEING | FAMILY | NURSE | {Role.AUDITOR} | OTHER
ANYBODY = EVERYBODY | NOBODY

# name of the address: (method, who reaches it). Whoever is not named hears 403 or 404, and 401 without a token.
MATRIX = {
    "login": ("post", ANYBODY),
    "logout": ("post", EVERYBODY),
    "logoutall": ("post", EVERYBODY),
    "me": ("get", EVERYBODY),
    "catalogue": ("get", ANYBODY),
    "texts": ("get", ANYBODY),
    "institutions-list": ("get", ANYBODY),
    "towns-list": ("get", ANYBODY),
    "patients-list": ("get", EVERYBODY),
    "patients-detail": ("get", CARERS | FAMILY),
    "patients-find": ("post", EVERYBODY),
    "patients-address": ("post", CARERS | FAMILY),
    "patients-reveal": ("post", CARERS | FAMILY),
    "patients-identity-checks": ("post", CARERS),
    "uploads-list": ("post", CARERS | FAMILY),
    "uploads-detail": ("get", CARERS | FAMILY),
    "consents-list": ("get", EVERYBODY),
    "consents-withdraw": ("post", CARERS | FAMILY),
    "requests-list": ("get", EVERYBODY),
    "requests-detail": ("get", STAFF | OVERSEEING | FAMILY),
    "requests-referral-outcome": ("post", {Role.DISPATCHER, Role.DOCTOR, Role.REVIEWER}),
    "assessments-list": ("get", EVERYBODY),
    "assessments-detail": (
        "get",
        {Role.DISPATCHER, Role.DOCTOR, Role.CENTRE_ADMIN, Role.REVIEWER, Role.SUPERVISOR},
    ),
    "assessments-section": ("put", {Role.DOCTOR}),
    "assessments-conclusion": ("put", {Role.DOCTOR}),
    "prescriptions-detail": ("get", STAFF | OVERSEEING | FAMILY),
    "orders-list": ("get", EVERYBODY),
    "orders-detail": ("get", STAFF | OVERSEEING | FAMILY | NURSE),
    "orders-candidates": ("get", {Role.DISPATCHER}),
    "orders-rating": ("get", STAFF | OVERSEEING | FAMILY),
    "orders-reply": ("post", {Role.DISPATCHER, Role.CENTRE_ADMIN}),
    "orders-fhir": ("get", STAFF | OVERSEEING | FAMILY | NURSE),
    "orders-trace": ("get", STAFF | OVERSEEING | {Role.AUDITOR}),
    "audit-events": ("get", {Role.SUPERVISOR, Role.AUDITOR}),
    "records-detail": ("get", STAFF | OVERSEEING | FAMILY | NURSE),
    "records-step": ("put", NURSE),
    "records-reading": ("put", NURSE),
    "records-waste": ("put", NURSE),
    "records-specimen": ("put", NURSE),
    "records-note": ("put", NURSE),
    "specimens-list": ("get", EVERYBODY),
    "specimens-detail": ("get", STAFF | OVERSEEING | NURSE),
    "bags-list": ("get", EVERYBODY),
    "bags-detail": ("get", STAFF | OVERSEEING | NURSE),
    "removals-list": ("get", EVERYBODY),
    "messages-list": ("get", EVERYBODY),
    "messages-unread": ("get", EVERYBODY),
    "messages-read": ("post", set()),
    "messages-read-all": ("post", EVERYBODY),
    "quality-definitions-list": ("get", {Role.SUPERVISOR, Role.QC_INSPECTOR}),
    "quality-indicators-list": ("get", {Role.SUPERVISOR, Role.QC_INSPECTOR}),
    "quality-checks-list": ("get", {Role.SUPERVISOR, Role.QC_INSPECTOR}),
    "quality-findings-list": ("get", {Role.SUPERVISOR, Role.QC_INSPECTOR}),
    "complaints-list": ("get", EVERYBODY),
    "incidents-list": ("get", EVERYBODY),
    "incidents-close": ("post", {Role.DISPATCHER, Role.CENTRE_ADMIN}),
}

WINDOW = {"planned_start": "2026-03-09T09:00+08:00", "planned_end": "2026-03-09T10:00+08:00"}
REASON = {"reason": "需要改期"}


@pytest.fixture
def place(town):
    """A completed, rated order, with one of everything that hangs on it."""
    order = world.order(town, at=OrderStatus.COMPLETED)
    stars = {"on_time": 5, "explained": 5, "asked": 5, "observed": 5}
    services.rate(order_id=order.pk, answers=stars, by=town.actor(Role.PROXY), now=town.now)
    town.order, town.request = order, order.request
    town.upload = _upload(town)
    town.specimen, town.bag = goods(town)
    town.incident = open_incident(order=order, kind=Incident.Kind.OVERRUN, text="超时", now=town.now)
    town.users["other"] = places.person("陌生人")
    return town


def goods(town):
    """A tube at the laboratory and a bag in the store, from the visit of a neighbour."""
    other = world.neighbour(town, name="沈玉梅")
    visit = world.order(other, at=OrderStatus.IN_SERVICE, numbers=(11,))
    act = {"by": town.actor(Role.NURSE), "now": visit.arrived_at}
    tube = logistics.collect(order_id=visit.pk, kind="chemistry", label="B-0001", destination="检验科", **act)
    bag = logistics.seal(order_id=visit.pk, kind="infectious", count=1, **act)
    names = {"giver": "李敏", "receiver": "王工"}
    return (
        logistics.hand_over(specimen_id=tube.pk, **names, **act),
        logistics.hand_in(bag_id=bag.pk, weight_g=300, **names, **act),
    )


def _upload(town):
    return patients.upload(
        patient_id=town.patient.pk,
        kind="identity",
        file=io.BytesIO(b"%PDF-1.4\n%%EOF\n"),
        by=town.actor(Role.PROXY),
        now=town.now,
    )


def address(town, name):
    keys = {
        "patients": {"pk": town.patient.pk},
        "uploads": {"pk": town.upload.pk},
        "consents": {"pk": Consent.objects.get(text__kind="consent", patient=town.patient).pk},
        "requests": {"number": town.request.number},
        "assessments": {"pk": town.request.assessment_id},
        "prescriptions": {"number": town.request.prescription.number},
        "orders": {"number": town.order.number},
        "records": {"number": town.order.number},
        "specimens": {"pk": town.specimen.pk},
        "bags": {"pk": town.bag.pk},
        "messages": {"pk": 1},
        "incidents": {"pk": town.incident.pk},
    }
    more = {
        "assessments-section": {"key": "pain"},
        "records-step": {"step_id": 1},
        "records-reading": {"key": "temp_c"},
    }
    resource = name.partition("-")[0]
    no_key = name.endswith("-list") or name in {"patients-find", "messages-unread", "messages-read-all"}
    kwargs = {} if no_key else {**keys.get(resource, {}), **more.get(name, {})}
    return reverse(f"api:{name}", kwargs=kwargs)


def posted(town, name):
    number = persons.facts()
    return {
        "login": {"username": "u1", "password": "wrong"},
        "uploads-list": {"patient": str(town.patient.pk), "kind": "record"},
        "patients-find": {"phone": number["phone"]},
        "patients-address": {"town": places.WEIFANG, "address": "芦荻路 12 弄 3 号"},
        "patients-reveal": {"field": "phone", "reason": "电话确认时间"},
        "patients-identity-checks": {"kind": "original", "passed": True, "source": "上门核对"},
        "consents-withdraw": REASON,
        "requests-referral-outcome": {"outcome": "已收治"},
        "assessments-section": {"answers": {}},
        "assessments-conclusion": {"result": "suitable"},
        "orders-reply": {"reply": "谢谢您的评价。"},
        "records-step": {"done": True},
        "records-reading": {"value": "36.5"},
        "records-waste": {"waste": "none"},
        "records-specimen": {"label": "B-1", "handed_to": "检验科"},
        "records-note": {"note": "好", "next_step": "stop"},
        "incidents-close": {"cause": "路上堵车"},
    }.get(name, {})


def send(person, method, path, data, name):
    if name == "uploads-list":
        pdf = SimpleUploadedFile("card.pdf", b"%PDF-1.4\n%%EOF\n", content_type="application/pdf")
        return person.post(path, {**data, "file": pdf}, format="multipart")
    if method == "get":
        return person.get(path, {"planned_start": WINDOW["planned_start"]} if name == "orders-candidates" else None)
    return getattr(person, method)(path, data, format="json")


@contextmanager
def undone():
    """Whatever is pressed inside did not happen: one world serves all presses."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def people(town):
    return {**{who: caller(town.users[who]) for who in EVERYBODY}, "nobody": stranger()}


def test_only_those_reach_an_address_who_may(place):
    callers, wrong = people(place), {}

    for name, (method, may) in MATRIX.items():
        path, data = address(place, name), posted(place, name)
        answers = {}
        for who, person in callers.items():
            with undone():
                answers[who] = send(person, method, path, data, name).status_code
        reached = {who for who, status in answers.items() if status not in {401, 403, 404} or name == "login"}
        if reached != may or "nobody" not in may and answers["nobody"] != 401:
            wrong[name] = answers

    assert wrong == {}


def test_every_address_has_its_row():
    router = next(p for p in get_resolver().url_patterns if getattr(p, "app_name", "") == "api")
    names = {pattern.name for pattern in router.url_patterns}

    assert {name for name in names if "-step-" not in name} == set(MATRIX)


GIVEN = {
    "decline": REASON,
    "plan_assessment": {"doctor": "doctor", **WINDOW},
    "replan": {"doctor": "doctor", **WINDOW},
    "prescribe": {"lines": "lines", "valid_until": "2026-04-01"},
    "find_unsuitable": REASON,
    "refer": REASON,
    "consent": {
        "shown": {}, "signer_name": "沈家明", "capacity": "proxy", "method": "glass", "strokes": STROKES,
    },
    "offer": {"nurse": "nurse", "planned_start": WINDOW["planned_start"]},
    "recall": REASON,
    "give_back": REASON,
    "reschedule": {
        **REASON, "window_start": WINDOW["planned_start"], "window_end": WINDOW["planned_end"],
    },
    "check_in": {"identifiers": ["name", "birth_date"]},
    "object": REASON,
    "settle": {"outcome": "已致歉", "completed": True},
    "cancel": REASON,
    "miss": {**REASON, "failed_by": "patient"},
    "abort": REASON,
    "stop": REASON,
}  # fmt: skip

STEPS = [
    *(("requests", REQUEST, name) for name in commands.REQUEST),
    *(("orders", ORDER, name) for name in commands.ORDER),
    *(("assessments", ASSESSMENT, name) for name in commands.ASSESSMENT),
    *(("prescriptions", PRESCRIPTION, name) for name in commands.PRESCRIPTION),
    *(("specimens", SPECIMEN, name) for name in goods_commands.SPECIMEN),
    *(("bags", WASTE, name) for name in goods_commands.WASTE),
]


def test_a_step_is_taken_by_whom_its_table_names(place):
    real = {
        "doctor": place.users[Role.DOCTOR].pk,
        "nurse": place.nurse.pk,
        "lines": [{"item": place.item(14).pk, "times": 1, "frequency": "once"}],
    }
    callers, wrong = people(place), {}

    for resource, workflow, name in STEPS:
        path, given = address(place, f"{resource}-step-{name}"), GIVEN.get(name, {})
        given = {key: real.get(value, value) if isinstance(value, str) else value for key, value in given.items()}
        answers = {}
        for who, person in callers.items():
            with undone():
                answers[who] = person.post(path, given, format="json").status_code
        taken = {who for who, status in answers.items() if status not in {401, 403, 404}}
        strangers = (answers["nobody"], answers["other"])
        if taken != set(workflow[name].by) & set(answers) or strangers != (401, 404):
            wrong[resource, name] = answers

    assert wrong == {}


def test_every_step_of_every_lifecycle_is_reachable():
    router = next(p for p in get_resolver().url_patterns if getattr(p, "app_name", "") == "api")
    reachable = {p.name.partition("-step-")[::2] for p in router.url_patterns if "-step-" in p.name}
    declared = {
        ("requests", "request"): REQUEST,
        ("orders", "order"): ORDER,
        ("assessments", "assessment"): ASSESSMENT,
        ("prescriptions", "prescription"): PRESCRIPTION,
        ("specimens", "specimen"): SPECIMEN,
        ("bags", "waste"): WASTE,
    }
    elsewhere = {**commands.ELSEWHERE, **goods_commands.ELSEWHERE}

    for (resource, key), workflow in declared.items():
        names = {step.name for step in workflow.steps} - elsewhere[key]
        assert {name for where, name in reachable if where == resource} == names


def test_who_oversees_sees_masked_names_and_who_cares_sees_them_in_full(place):
    order = place.order

    def name(role):
        return caller(place.users[role]).ask(f"orders/{order.number}/").json()["patient"]["name"]

    assert {name(role) for role in (Role.PROXY, Role.NURSE, Role.DISPATCHER)} == {"沈玉兰"}
    assert {name(role) for role in OVERSEEING} == {"沈*兰"}


@pytest.mark.clause("002 五(八)")
def test_no_answer_carries_an_identity_number_or_a_telephone(place):
    facts = persons.facts(name="沈阿婆")
    patient = patients.register(**facts, by=places.SETUP, now=place.now)
    desk = caller(place.users[Role.DISPATCHER])

    shown = desk.ask(f"patients/{patient.pk}/").content.decode()
    found = desk.send("patients/find/", {"phone": facts["phone"]}).json()

    for secret in (facts["identity_number"], facts["phone"], facts["contact_phone"], facts["address"]):
        assert secret not in shown
    assert [one["id"] for one in found] == [str(patient.pk)]
    revealed = desk.send(f"patients/{patient.pk}/reveal/", {"field": "phone", "reason": "电话确认时间"}).json()
    assert revealed["value"] == facts["phone"]


def test_the_visit_code_is_for_the_family_alone(place):
    order = place.order
    codes = {
        role: caller(place.users[role]).ask(f"orders/{order.number}/").json()["visit_code"]
        for role in (Role.PROXY, Role.NURSE, Role.DISPATCHER, Role.SUPERVISOR)
    }

    assert codes == {
        Role.PROXY: order.visit_code, Role.NURSE: None, Role.DISPATCHER: None, Role.SUPERVISOR: None,
    }  # fmt: skip


def test_lists_hold_only_one_s_own_world(place):
    numbers = {who: len(person.ask("orders/").json().get("results", [])) for who, person in people(place).items()}

    assert {who for who, count in numbers.items() if count} == STAFF | OVERSEEING | FAMILY | NURSE


def test_a_post_that_ended_ends_the_token(place):
    user = place.users[Role.DISPATCHER]
    desk = caller(user)
    assert desk.ask("orders/").status_code == 200

    accounts.end_post(post_id=user.posts.get().pk, reason="调离", by=places.SETUP, now=place.now)

    assert desk.ask("orders/").status_code == 401


def test_a_request_can_be_received_by_nobody_from_another_centre(town):
    row = world.request(town, RequestStatus.SUBMITTED)
    elsewhere = places.offering_centre(town.hospital, town.edition, town.now, name="塘桥")
    other_desk = caller(places.post(elsewhere, Role.DISPATCHER, now=town.now).user)

    assert other_desk.ask(f"requests/{row.number}/").status_code == 404
    assert other_desk.send(f"requests/{row.number}/steps/receive/").status_code == 404
