"""Whatever goes wrong, the answer has one shape and speaks Chinese."""

import base64
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.roles import Role
from orders.lifecycle import OrderStatus, RequestStatus
from tests import world
from tests.api.callers import Caller, caller, stranger
from tests.world import persons, places

pytestmark = pytest.mark.django_db


def refused(answer, status, code):
    """Every refusal: the shape, the status, the code; and no sentence in English."""
    body = answer.json()
    assert answer.status_code == status, body
    assert set(body) == {"code", "message", "clause", "field_errors", "reasons"}
    assert body["code"] == code
    assert body["reasons"]
    assert all(set(reason) == {"code", "message", "clause", "field"} for reason in body["reasons"])
    sentences = [body["message"], *(reason["message"] for reason in body["reasons"])]
    assert all(re.search("[\u4e00-\u9fff]", text) for text in sentences), sentences
    for field, texts in body["field_errors"].items():
        assert texts == [reason["message"] for reason in body["reasons"] if reason["field"] == field]
    return body


def test_without_a_token_one_is_asked_to_log_in(town):
    answer = stranger().ask("orders/")

    refused(answer, 401, "not_authenticated")
    assert answer["WWW-Authenticate"] == "Token"


def test_an_unknown_token_is_no_token(town):
    someone = Caller()
    someone.credentials(HTTP_AUTHORIZATION="Token hdj_0000000000000000")

    refused(someone.ask("orders/"), 401, "not_authenticated")


def test_a_wrong_password_is_told_and_traced_without_the_name(town):
    user = town.users[Role.NURSE]

    refused(stranger().send("auth/login/", {"username": user.username, "password": "no"}), 401, "login.wrong")
    refused(stranger().send("auth/login/", {"username": user.username}), 422, "invalid")

    from tests.world.traces import act

    failure = act("accounts.login_failed")
    assert failure.kind == "login"
    assert user.username not in str(failure)


def test_five_wrong_passwords_close_the_door_for_a_while(settings):
    settings.AXES_ENABLED = True
    user = places.person("顾晓雯")

    answers = [
        stranger().send("auth/login/", {"username": user.username, "password": "no"}).status_code for _ in range(5)
    ]

    assert answers[:4] == [401] * 4
    refused(stranger().send("auth/login/", {"username": user.username, "password": "no"}), 429, "too_many_attempts")


def test_the_eleventh_token_is_refused_in_words(town):
    user = town.users[Role.NURSE]
    user.set_password("x1y2z3-kunqu-2026")
    user.save()
    given = {"username": user.username, "password": "x1y2z3-kunqu-2026"}
    for _ in range(10):
        assert stranger().send("auth/login/", given).status_code == 200

    refused(stranger().send("auth/login/", given), 409, "login.too_many")


def test_logging_out_ends_the_token_and_logging_out_everywhere_all(town):
    user = town.users[Role.NURSE]
    first, second, third = caller(user), caller(user), caller(user)

    assert first.send("auth/logout/").status_code == 204
    refused(first.ask("me/"), 401, "not_authenticated")
    assert second.send("auth/logoutall/").status_code == 204
    refused(third.ask("me/"), 401, "not_authenticated")


def test_outside_your_world_is_not_there(town):
    order = world.order(town)
    other = caller(places.person("陌生人"))

    refused(other.ask(f"orders/{order.number}/"), 404, "not_found")
    refused(other.ask("orders/D00000000000/"), 404, "not_found")
    refused(other.send(f"orders/{order.number}/steps/cancel/", {"reason": "不需要"}), 404, "not_found")
    refused(other.send("orders/D00000000000/steps/cancel/", {"reason": "不需要"}), 404, "not_found")
    # What was posted is judged before the address, so that a stranger cannot tell real numbers from invented ones.
    refused(other.send(f"orders/{order.number}/steps/cancel/"), 422, "invalid")
    refused(other.send("orders/D00000000000/steps/cancel/"), 422, "invalid")


def test_an_unknown_step_is_not_there(town):
    order = world.order(town)

    refused(caller(town.users[Role.DISPATCHER]).send(f"orders/{order.number}/steps/expire/"), 404, "not_found")


def test_another_role_s_step_is_refused_as_such(town):
    order = world.order(town)
    supervisor = caller(town.users[Role.SUPERVISOR])

    refused(supervisor.send(f"orders/{order.number}/steps/cancel/", {"reason": "改期"}), 403, "step.not_yours")


def test_the_wrong_status_is_a_conflict(town):
    order = world.order(town, at=OrderStatus.AWAITING_DISPATCH)
    desk = caller(town.users[Role.DISPATCHER])

    refused(
        desk.send(f"orders/{order.number}/steps/settle/", {"outcome": "好", "completed": True}), 409, "step.not_now"
    )


def test_a_stale_screen_is_a_conflict(town):
    row = world.request(town)
    desk = caller(town.users[Role.DISPATCHER])

    refused(desk.send(f"requests/{row.number}/steps/receive/", {"version": 7}), 409, "stale")


@pytest.mark.clause("002 五(二)1")
def test_an_unmet_rule_comes_with_its_clause(town):
    row = world.request(town, at=RequestStatus.ASSESSING)
    doctor = caller(town.users[Role.DOCTOR])
    lines = [{"item": town.item(14).pk, "times": 1, "frequency": "once"}]

    answer = doctor.send(f"requests/{row.number}/steps/prescribe/", {"lines": lines, "valid_until": "2026-04-01"})

    assert refused(answer, 422, "assessment.unsigned")["clause"] == "002 五(七)1(3)"


def test_every_wrong_field_is_named_by_its_path(town):
    row = world.request(town, at=RequestStatus.ASSESSING)
    doctor = caller(town.users[Role.DOCTOR])
    lines = [{"item": town.item(14).pk, "times": 0, "frequency": "sometimes"}]

    body = refused(doctor.send(f"requests/{row.number}/steps/prescribe/", {"lines": lines}), 422, "invalid")

    assert set(body["field_errors"]) == {"lines.0.times", "lines.0.frequency", "valid_until"}


def test_a_domain_refusal_names_its_fields_too(town):
    family = caller(places.person("沈家明"))
    facts = persons.facts(relation="儿子", identity_number="310199194305170001")

    answer = family.send("patients/", {**facts, "town": facts["town"].pk})

    assert "identity_number" in refused(answer, 422, "identity.format")["field_errors"]


def test_what_is_not_json_is_a_bad_request(town):
    nurse = caller(town.users[Role.NURSE])

    refused(nurse.post("/api/v1/requests/", "{", content_type="application/json"), 400, "bad_request")
    refused(nurse.post("/api/v1/requests/", "<a/>", content_type="application/xml"), 415, "unsupported_media_type")
    refused(nurse.delete("/api/v1/orders/"), 405, "method_not_allowed")


def test_a_body_beyond_bounds_is_refused_before_it_is_read(town, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 2000
    nurse = caller(town.users[Role.NURSE])

    refused(nurse.send("requests/", {"wish": "痛" * 2000}), 413, "too_large")


def test_wrong_filters_are_named(town):
    desk = caller(town.users[Role.DISPATCHER])

    for query in ({"status": "nowhere"}, {"patient": "x"}, {"submitted_from": "yesterday"}, {"centre": "x"}):
        assert list(refused(desk.ask("requests/", **query), 422, "invalid")["field_errors"]) == list(query)
    for cursor in ("A", base64.b64encode(b"p=somewhere").decode()):
        refused(desk.ask("orders/", cursor=cursor), 404, "not_found")


def test_a_defect_of_ours_has_the_same_shape(town, monkeypatch):
    from orders import selectors

    monkeypatch.setattr(selectors, "orders", lambda **_: 1 / 0)
    desk = caller(town.users[Role.DISPATCHER])
    desk.raise_request_exception = False

    refused(desk.ask("orders/"), 500, "server_error")


def test_a_browser_session_needs_the_page_s_token_for_writing(town):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(town.users[Role.DISPATCHER])
    order = world.order(town)

    assert browser.get("/api/v1/orders/").status_code == 200
    refused(browser.post(f"/api/v1/orders/{order.number}/steps/recall/", {"reason": "改派"}), 403, "not_permitted")


def test_a_private_file_is_refused_by_content_and_shown_only_to_those_who_may(town):
    family = caller(town.users[Role.PROXY])
    text = SimpleUploadedFile("card.jpg", b"hello", content_type="image/jpeg")
    answer = family.post(
        "/api/v1/uploads/", {"patient": str(town.patient.pk), "kind": "identity", "file": text}, format="multipart"
    )
    refused(answer, 422, "upload.type")

    pdf = SimpleUploadedFile("card.pdf", b"%PDF-1.4\n%%EOF\n", content_type="application/pdf")
    answer = family.post(
        "/api/v1/uploads/", {"patient": str(town.patient.pk), "kind": "identity", "file": pdf}, format="multipart"
    )
    assert answer.status_code == 201, answer.content

    path = f"uploads/{answer.json()['id']}/"
    shown = family.get(f"/api/v1/{path}", {"reason": "核对资料"}, headers={"accept": "image/png"})
    assert shown.status_code == 200
    assert shown["Content-Type"] == "application/pdf"
    assert "no-store" in shown["Cache-Control"]
    assert b"".join(shown.streaming_content).startswith(b"%PDF")
    refused(caller(places.person("陌生人")).ask(path), 404, "not_found")
    refused(stranger().ask(path), 401, "not_authenticated")

    from tests.world.traces import act

    assert act("patients.upload_shown").reason == "核对资料"
