"""Each thing that waits for the desk stands in one group, under the number that the navigation shows."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from audit import delivery
from orders import selectors, services
from orders.lifecycle import OrderStatus as S
from orders.lifecycle import RequestStatus as Q
from tests import world
from tests.desks import offices
from tests.world import persons

pytestmark = pytest.mark.django_db(transaction=True)
HTMX = {"HX-Request": "true"}


@pytest.fixture
def t():
    """A town of two days ago: an accepted visit of the day after is late by now."""
    now = timezone.localtime().replace(hour=9, minute=0, second=0, microsecond=0) - timedelta(days=2)
    return world.town(now=now)


@pytest.fixture
def desk(t):
    client = Client()
    client.force_login(t.users[Role.DISPATCHER])
    return client


def another(t, at):
    """One more order, with a nurse of its own."""
    offices.another_patient(t)
    t.nurse = persons.nurse(t.centre, name="护士", now=t.now)
    t.users[Role.NURSE] = t.nurse.user
    return world.order(t, at=at)


def everything(t):
    """Group → the number that must stand in it."""
    offices.another_patient(t)
    rows = {"to_receive": world.request(t)}
    offices.another_patient(t)
    rows["to_plan"] = world.request(t, Q.RECEIVED)
    for name, at in (("to_sign", S.AWAITING_CONSENT), ("to_dispatch", S.AWAITING_DISPATCH), ("late", S.ACCEPTED),
                     ("under_way", S.IN_SERVICE), ("disputed", S.DISPUTED), ("no_show", S.NO_SHOW),
                     ("alarms", S.ABORTED)):  # fmt: skip
        rows[name] = another(t, at)
    rows["declined"] = another(t, S.OFFERED)
    services.decline(order_id=rows["declined"].pk, reason="当天有事", by=t.actor(Role.NURSE), now=t.now)
    rows["expired"] = another(t, S.OFFERED)
    services.expire(
        order_id=rows["expired"].pk, version=rows["expired"].version, now=t.now + timedelta(hours=12)
    )  # fmt: skip
    rows["offered"] = another(t, S.OFFERED)
    while delivery.sweep(older_than=timedelta(days=-9999)):  # an aborted visit opens its incident
        pass
    return {name: row.number for name, row in rows.items()}


def test_each_group_holds_what_belongs_to_it_and_nothing_twice(t, desk):
    expected = everything(t)

    page = desk.get(reverse("dispatch:queue"))

    shown = {g["name"]: [r["number"] for r in g["rows"]] for g in (*page.context["mine"], *page.context["others"])}
    assert shown == {**{name: [number] for name, number in expected.items()}, "wait_listed": []}
    sizes = page.context["sizes"]
    assert sizes == {name: len(numbers) for name, numbers in shown.items()}


def test_the_navigation_counts_what_waits_for_this_desk_and_is_red_for_what_burns(t, desk):
    everything(t)

    answer = desk.get(reverse("dispatch:queue_group", args=["waiting"]), headers=HTMX).content.decode()

    assert ">8<" in answer
    assert "count--hot" in answer


def test_a_group_is_asked_for_by_its_address_alone(t, desk):
    expected = everything(t)

    page = desk.get(reverse("dispatch:queue"), {"group": "late"})

    assert [g["name"] for g in (*page.context["mine"], *page.context["others"])] == ["late"]
    text = page.content.decode()
    assert expected["late"] in text
    assert expected["to_dispatch"] not in text


def test_what_was_sent_out_again_has_left_the_group_of_those_that_came_back(t, desk):
    order = another(t, S.OFFERED)
    services.decline(order_id=order.pk, reason="当天有事", by=t.actor(Role.NURSE), now=t.now)
    by = t.actor(Role.DISPATCHER)
    assert [row.pk for row in selectors.queue_group(actor=by, name="declined")] == [order.pk]

    nurse = persons.nurse(t.centre, name="陈洁", now=t.now)
    start = t.now + timedelta(days=1, hours=1)
    services.offer(order_id=order.pk, nurse_id=nurse.pk, planned_start=start, by=by, now=t.now)

    assert selectors.queue_group(actor=by, name="declined") == []
    assert selectors.queue_sizes(actor=by)["declined"] == 0


def test_a_visit_that_did_not_happen_leaves_the_queue_after_a_week(t):
    row, by = another(t, S.NO_SHOW), t.actor(Role.DISPATCHER)
    since = row.status_since

    assert len(selectors.queue_group(actor=by, name="no_show", now=since + timedelta(days=6))) == 1
    assert selectors.queue_group(actor=by, name="no_show", now=since + timedelta(days=8)) == []
