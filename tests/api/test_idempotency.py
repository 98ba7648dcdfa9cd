"""A repeated request with the same receipt is answered as the first time, however many arrive at once."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connections

from accounts.roles import Role
from clinical.models import PrescriptionLine
from orders.lifecycle import OrderStatus
from orders.models import Order, OrderStep, ServiceRequest
from tests import world
from tests.api.callers import caller

TOGETHER = 8


def at_once(press):
    """Press eight times from eight threads that start together, each with its own connection."""
    start = Barrier(TOGETHER)

    def one(_):
        try:
            start.wait(20)
            return press()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(TOGETHER) as crowd:
        return list(crowd.map(one, range(TOGETHER)))


def wish(town, clock):
    return {
        "patient": str(town.patient.pk),
        "centre": town.centre.pk,
        "wish": "想请护士上门量血压",
        "wished_from": (clock.at + timedelta(days=1)).isoformat(),
        "wished_to": (clock.at + timedelta(days=1, hours=3)).isoformat(),
    }


@pytest.mark.django_db(transaction=True)
def test_eight_equal_applications_make_one(town, clock):
    user, receipt = town.users[Role.PROXY], str(uuid.uuid4())
    family = [caller(user) for _ in range(TOGETHER)]

    answers = at_once(lambda: family.pop().send("requests/", {**wish(town, clock), "receipt": receipt}))

    assert [answer.status_code for answer in answers] == [201] * TOGETHER
    assert {answer.json()["number"] for answer in answers} == {ServiceRequest.objects.get().number}


@pytest.mark.django_db(transaction=True)
def test_eight_equal_orders_take_one_time(town, clock):
    order = world.order(town, times=2)
    user, line = town.users[Role.DISPATCHER], PrescriptionLine.objects.get()
    desk, receipt = [caller(user) for _ in range(TOGETHER)], str(uuid.uuid4())
    visit = {
        "request": order.request.number,
        "lines": [line.pk],
        "window_start": (clock.at + timedelta(days=7)).isoformat(),
        "window_end": (clock.at + timedelta(days=7, hours=3)).isoformat(),
    }

    answers = at_once(lambda: desk.pop().send("orders/", visit, **{"Idempotency-Key": receipt}))

    assert [answer.status_code for answer in answers] == [201] * TOGETHER
    assert len({answer.json()["number"] for answer in answers}) == 1
    assert Order.objects.count() == 2
    assert PrescriptionLine.objects.get().times_used == 2


@pytest.mark.django_db(transaction=True)
def test_eight_equal_offers_are_one_step(town, clock):
    order = world.order(town, at=OrderStatus.AWAITING_DISPATCH)
    user, receipt = town.users[Role.DISPATCHER], str(uuid.uuid4())
    desk = [caller(user) for _ in range(TOGETHER)]
    choice = {"nurse": town.nurse.pk, "planned_start": (clock.at + timedelta(days=1, hours=1)).isoformat()}

    answers = at_once(
        lambda: desk.pop().send(f"orders/{order.number}/steps/offer/", choice, **{"Idempotency-Key": receipt})
    )

    assert {(answer.status_code, answer.json()["status"]) for answer in answers} == {(200, "offered")}
    assert OrderStep.objects.filter(order=order, name="offer").count() == 1


@pytest.mark.django_db
def test_who_gave_the_order_away_still_hears_done(town):
    order = world.order(town, at=OrderStatus.OFFERED)
    nurse, press = caller(town.users[Role.NURSE]), {"reason": "身体不适", "receipt": str(uuid.uuid4())}
    path = f"orders/{order.number}/steps/decline/"

    first, again = nurse.send(path, press), nurse.send(path, press)

    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert first.json()["steps"] == []
    assert nurse.ask(f"orders/{order.number}/").status_code == 404


@pytest.mark.django_db
def test_a_receipt_belongs_to_one_act(town, clock):
    family, receipt = caller(town.users[Role.PROXY]), str(uuid.uuid4())
    asked = family.send("requests/", wish(town, clock), **{"Idempotency-Key": receipt})
    assert asked.status_code == 201

    other = family.send("requests/", {**wish(town, clock), "wish": "别的事情"}, **{"Idempotency-Key": receipt})

    assert (other.status_code, other.json()["code"]) == (422, "receipt.reused")


@pytest.mark.django_db
def test_a_receipt_that_is_no_number_is_named(town, clock):
    family = caller(town.users[Role.PROXY])

    answer = family.send("requests/", wish(town, clock), **{"Idempotency-Key": "once"})

    assert list(answer.json()["field_errors"]) == ["receipt"]
