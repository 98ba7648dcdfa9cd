"""Headers and error pages: what every answer carries, whatever went wrong."""

import re

import pytest
from django.test import Client

pytestmark = [pytest.mark.urls("tests.setup.urls"), pytest.mark.django_db]

PAGES = [
    ("/test/suspicious", 400),
    ("/test/forbidden", 403),
    ("/test/nowhere", 404),
    ("/test/post", 405),
    ("/test/broken", 500),
]


@pytest.fixture
def visitor():
    return Client(raise_request_exception=False)


@pytest.mark.parametrize(("path", "status"), PAGES)
def test_an_error_is_a_chinese_page_with_the_number_of_the_request(visitor, path, status):
    answer = visitor.get(path)

    assert answer.status_code == status
    page = answer.content.decode()
    assert '<html lang="zh-CN"' in page
    assert answer["X-Request-ID"] in page
    assert "Traceback" not in page


@pytest.mark.parametrize(("path", "status"), PAGES)
def test_every_answer_carries_the_strict_policies(visitor, path, status):
    answer = visitor.get(path)

    policy = dict(part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert "geolocation=(self)" in answer["Permissions-Policy"]
    assert "microphone=(self)" in answer["Permissions-Policy"]
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert re.fullmatch(r"[0-9a-f-]{36}", answer["X-Request-ID"])


def test_the_api_answers_errors_in_its_own_shape(visitor):
    answer = visitor.get("/api/v1/test/broken")

    assert answer.status_code == 500
    assert set(answer.json()) == {"code", "message", "clause", "field_errors", "reasons"}
    assert answer.json()["code"] == "server_error"


def test_a_form_without_its_token_is_explained():
    answer = Client(enforce_csrf_checks=True).post("/test/post")

    assert answer.status_code == 403
    assert "请刷新页面后重新提交" in answer.content.decode()


def test_pages_are_closed_until_they_are_opened(visitor):
    answer = visitor.get("/test/private")

    assert answer.status_code == 302
    assert answer["Location"] == "/login/?next=/test/private"


def test_what_a_signed_in_person_saw_rests_in_no_cache(visitor, django_user_model):
    visitor.force_login(django_user_model.objects.create(username="someone"))

    answer = visitor.get("/test/private")

    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store, private"


def test_a_broken_error_page_still_says_a_sentence(visitor, monkeypatch):
    def fail(*_, **__):
        raise OSError

    monkeypatch.setattr("nursing_platform.errors.render_to_string", fail)

    answer = visitor.get("/test/broken")

    assert answer.status_code == 500
    assert answer.content.decode() == "系统没能完成这次操作，已自动记录，请稍后再试。"
