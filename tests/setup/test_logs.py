"""Logs are JSON, name the request and no person."""

import io
import json
import logging

import pytest
from django.test import Client

pytestmark = [pytest.mark.urls("tests.setup.urls"), pytest.mark.django_db]


@pytest.fixture
def written(monkeypatch):
    """What the one handler writes, as a function that returns the lines read as JSON."""
    stream = io.StringIO()
    handler = next(h for h in logging.getLogger().handlers if type(h) is logging.StreamHandler)
    monkeypatch.setattr(handler, "stream", stream)
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_of_ours_bears_the_number_of_the_request(written):
    answer = Client().get("/test/talkative")

    line = next(line for line in written() if line["event"] == "something_happened")
    assert line["request_id"] == answer["X-Request-ID"]
    assert line["order"] == 4711
    assert line["level"] == "info"


def test_a_finished_request_is_one_line_without_what_was_searched_for(written):
    Client().get("/test/talkative?name=王桂芳")

    line = next(line for line in written() if line["event"] == "request_finished")
    assert line["request"] == "GET /test/talkative"
    assert line["code"] == 200
    assert "ip" not in line


def test_an_exception_names_places_and_no_values(written):
    Client(raise_request_exception=False).get("/test/broken?phone=13800000000")

    failed = next(line for line in written() if line["event"] == "request_failed")
    assert failed["exception"][0]["exc_type"] == "RuntimeError"
    assert failed["exception"][0]["frames"][-1]["name"] == "broken"
    assert "13800000000" not in json.dumps(written())


def test_the_standard_librarys_records_take_the_same_way(written):
    logging.getLogger("some.library").warning("queue %s is long", "celery")

    assert written()[-1]["event"] == "queue celery is long"
    assert written()[-1]["logger"] == "some.library"
