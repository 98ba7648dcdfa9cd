"""The real servers of the suite: browser under the strict policy, sockets that live, a worker that works."""

import asyncio
import socket
import time

import pytest
from django.db import connection


@pytest.mark.django_db
def test_the_application_is_no_superuser():
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")

        assert cursor.fetchone() == (False, False)


def test_no_test_leaves_this_machine():
    with pytest.raises(AssertionError, match=r"tried to reach 192\.0\.2\.1"):
        socket.create_connection(("192.0.2.1", 80), timeout=1)


@pytest.mark.urls("tests.setup.urls")
def test_htmx_works_under_the_strict_policy(asgi_server, page):
    complaints = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)

    page.goto(f"{asgi_server}/test/scripted")
    page.get_by_role("button", name="提交申请").click()
    page.get_by_text("请刷新页面后重新提交").or_(page.get_by_text("done")).wait_for()

    assert page.evaluate("document.documentElement.dataset.inline") is None
    refused = [text for text in complaints if "Content Security Policy" in text]
    assert len(refused) == 1, complaints
    assert "inline script" in refused[0]
    assert not any("unsafe-eval" in text for text in complaints)


async def test_an_idle_group_member_outlives_the_blocking_read():
    """channels-redis reads for 5 s at a time; a shorter socket time-out would end every quiet WebSocket."""
    from channels.layers import get_channel_layer

    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add("desk.test", channel)

    reading = asyncio.create_task(layer.receive(channel))
    await asyncio.sleep(6.5)
    await layer.group_send("desk.test", {"type": "nudge", "order": 1})

    assert (await asyncio.wait_for(reading, 2))["order"] == 1
    await layer.flush()


@pytest.mark.django_db
def test_publishing_fails_at_once_when_redis_is_away(settings):
    from celery import Celery
    from kombu.exceptions import OperationalError

    lonely = Celery("lonely", set_as_current=False)  # else every task of this process would go its way
    lonely.config_from_object("django.conf:settings", namespace="CELERY")
    lonely.conf.broker_url = "redis://127.0.0.1:1/0"
    begun = time.monotonic()

    with pytest.raises(OperationalError):
        lonely.send_task("never.runs")

    assert time.monotonic() - begun < 5  # the second after which a connection is given up, on a busy machine


def test_the_worker_takes_tasks_from_this_tests_redis(celery_worker_process, redis_now):
    from nursing_platform.celery import app

    assert len(app.control.ping(timeout=10, limit=1)) == 1  # returns with the first answer
    assert len(app.control.ping(timeout=1)) <= 1  # nobody else's worker hears
    assert celery_worker_process.poll() is None


@pytest.mark.parametrize("origin", ["https://evil.example", None])
def test_a_socket_from_another_site_is_refused(asgi_server, origin):
    from websockets.exceptions import InvalidStatus
    from websockets.sync.client import connect

    address = asgi_server.replace("http", "ws") + "/ws/desk/"

    with pytest.raises(InvalidStatus) as refused, connect(address, origin=origin, open_timeout=5):
        pass

    assert refused.value.response.status_code == 403
