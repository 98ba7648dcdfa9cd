"""Open pages hear of what moved: through real Redis, a real socket consumer, and delivery after the commit."""

import json
from contextlib import ExitStack, contextmanager
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from accounts import services as accounts
from accounts.roles import Role
from accounts.sessions import EPOCH
from audit import delivery
from orders import services
from orders.lifecycle import OrderStatus as S
from tests import world

pytestmark = pytest.mark.django_db(transaction=True)
SECONDS = 5


def deliver_all():
    delivery.sweep(older_than=timedelta(days=-9999))


@contextmanager
def opened(server, user=None):
    """An open page's socket, through the real server, with the cookie of a real session."""
    headers = {}
    if user is not None:
        client = Client()
        client.force_login(user)
        session = client.session
        session[EPOCH] = user.session_epoch
        session.save()
        headers["Cookie"] = f"{settings.SESSION_COOKIE_NAME}={session.session_key}"
    url = server.replace("http", "ws") + "/ws/desk/"
    with connect(url, additional_headers=headers, origin=server, open_timeout=SECONDS, proxy=None) as socket:
        assert json.loads(socket.recv(SECONDS))["topic"] == "hello"
        yield socket


def read_to_the_end(page):
    while True:
        page.recv(SECONDS)


def test_the_desk_the_nurse_and_the_family_hear_of_an_offer_without_any_name(asgi_server):
    t = world.town(now=world.last_nine())
    order = world.order(t, at=S.AWAITING_DISPATCH)
    deliver_all()

    with ExitStack() as pages:
        listening = [
            pages.enter_context(opened(asgi_server, t.users[role]))
            for role in (Role.DISPATCHER, Role.NURSE, Role.PROXY, Role.SUPERVISOR)
        ]
        start = t.now + timedelta(days=1, hours=1)
        services.offer(
            order_id=order.pk, nurse_id=t.nurse.pk, planned_start=start, by=t.actor(Role.DISPATCHER), now=t.now
        )
        deliver_all()
        heard = [json.loads(page.recv(SECONDS)) for page in listening]

    assert {h["topic"] for h in heard} == {"orders.offered"}
    assert {h["id"] for h in heard} == {str(order.pk)}
    assert t.patient.name not in str(heard)


def test_nobody_listens_without_an_account(asgi_server):
    with pytest.raises((InvalidStatus, ConnectionClosed)), opened(asgi_server):
        pass


@pytest.mark.clause("002 五(八)")
def test_ending_a_post_closes_the_open_socket(asgi_server):
    t = world.town(now=world.last_nine())
    post = t.users[Role.DISPATCHER].posts.get()

    with opened(asgi_server, t.users[Role.DISPATCHER]) as page:
        accounts.end_post(post_id=post.pk, reason="离职", by=world.SETUP, now=t.now)
        deliver_all()
        with pytest.raises(ConnectionClosed) as closed:
            read_to_the_end(page)

    assert closed.value.rcvd.code == 4401


def test_ending_all_sessions_closes_the_open_socket(asgi_server):
    t = world.town(now=world.last_nine())
    user = t.users[Role.PROXY]

    with opened(asgi_server, user) as page:
        accounts.end_sessions(user_id=user.pk, by=world.SETUP, now=t.now, reason="手机丢失")
        deliver_all()
        with pytest.raises(ConnectionClosed) as closed:
            read_to_the_end(page)

    assert closed.value.rcvd.code == 4401


def test_an_idle_socket_is_still_there_after_seven_seconds(asgi_server):
    t = world.town(now=world.last_nine())

    with opened(asgi_server, t.users[Role.DISPATCHER]) as page:
        with pytest.raises(TimeoutError):
            page.recv(7)
        page.send(json.dumps({"ping": 1}))
        answer = json.loads(page.recv(SECONDS))

    assert answer == {"topic": "pong"}
