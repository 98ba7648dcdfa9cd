"""What is noticed at its time: an offer nobody answers, a nurse who is late, a door at which nobody rang. Each once."""

from datetime import timedelta

import pytest

from accounts.roles import Role
from audit import delivery
from audit.models import Due
from kernel.refusals import NotNow
from notifications.models import Message
from orders import services
from orders.lifecycle import OrderStatus as S
from orders.services import timers
from tests import world
from tests.world import persons, places, traces

pytestmark = pytest.mark.django_db(transaction=True)

MINUTE = timedelta(minutes=1)


@pytest.fixture
def t():
    town = world.town()
    town.users["head"] = places.post(town.centre, Role.CENTRE_ADMIN, now=town.now).user
    return town


def pass_time(t, moment):
    """Everything due by then is done, and what it caused is handed over."""
    delivery.run_due(now=moment)
    delivery.sweep(older_than=timedelta(0))


def told(user):
    return list(Message.objects.filter(person=user).order_by("pk").values_list("template", flat=True))


def heard(t, *roles):
    return {role: told(t.users[role]) for role in roles}


@pytest.mark.clause("002 五(六)2")
def test_an_offer_is_reminded_of_once_and_taken_back_when_its_time_is_over(t):
    order = world.order(t, at=S.OFFERED)
    half = t.now + (order.accept_by - t.now) / 2

    pass_time(t, half - MINUTE)
    assert "nurse.reminded" not in told(t.users[Role.NURSE])
    pass_time(t, half)
    pass_time(t, half + MINUTE)
    assert told(t.users[Role.NURSE]).count("nurse.reminded") == 1
    pass_time(t, order.accept_by)

    order.refresh_from_db()
    assert order.status == S.AWAITING_DISPATCH
    assert "desk.expired" in told(t.users[Role.DISPATCHER])


def test_an_answered_offer_is_not_reminded_of(t):
    order = world.order(t, at=S.ACCEPTED)

    pass_time(t, t.now + timedelta(hours=2))

    assert "nurse.reminded" not in told(t.users[Role.NURSE])
    assert traces.events().filter(action="orders.offer_reminded").count() == 0
    order.refresh_from_db()
    assert order.status == S.ACCEPTED


def test_a_nurse_who_is_not_there_is_noticed_and_the_family_is_told(t):
    order = world.order(t, at=S.ACCEPTED)

    pass_time(t, order.planned_start + 14 * MINUTE)
    assert "family.late" not in told(t.users[Role.PROXY])
    pass_time(t, order.planned_start + 15 * MINUTE)

    said = heard(t, Role.PROXY, Role.DISPATCHER, Role.NURSE)
    assert said[Role.PROXY].count("family.late") == 1
    assert said[Role.DISPATCHER].count("desk.late") == 1
    assert said[Role.NURSE].count("nurse.late") == 1
    assert "centre.nobody_came" not in told(t.users["head"])


def test_a_door_at_which_nobody_rang_reaches_the_head_of_the_centre(t):
    order = world.order(t, at=S.EN_ROUTE)

    pass_time(t, order.planned_start + timedelta(hours=1))
    pass_time(t, order.planned_start + timedelta(hours=2))

    assert told(t.users[Role.DISPATCHER]).count("desk.nobody_came") == 1
    assert told(t.users["head"]).count("centre.nobody_came") == 1
    event = traces.events().get(action="orders.visit_missed")
    assert (event.actor_kind, event.object_id, event.organisation_id) == ("system", str(order.pk), t.centre.pk)


def test_a_nurse_who_arrived_in_time_is_called_late_by_nobody(t):
    order = world.order(t, at=S.IN_SERVICE)

    pass_time(t, order.planned_start + timedelta(hours=1))

    assert not traces.events().filter(action__in=["orders.visit_late", "orders.visit_missed"]).exists()
    assert "family.late" not in told(t.users[Role.PROXY])


def test_a_visit_that_was_moved_is_late_only_by_its_new_hour(t):
    order = world.order(t, at=S.ACCEPTED)
    hour = order.planned_start
    services.reschedule(
        order_id=order.pk, window_start=hour + timedelta(days=1), window_end=hour + timedelta(days=1, hours=3),
        reason="家中有事", by=t.actor(Role.DISPATCHER), now=t.now,
    )  # fmt: skip

    with pytest.raises(NotNow):
        timers.note_late(order_id=order.pk, planned_start=hour, now=hour + timedelta(hours=1))
    pass_time(t, hour + timedelta(hours=1))

    assert "family.late" not in told(t.users[Role.PROXY])


def test_the_second_nurse_who_says_no_brings_in_the_head_of_the_centre(t):
    order = world.order(t, at=S.OFFERED)
    services.decline(order_id=order.pk, reason="当天有会", by=t.actor(Role.NURSE), now=t.now)
    delivery.sweep(older_than=timedelta(0))
    assert "centre.nobody_takes" not in told(t.users["head"])
    second = persons.nurse(t.centre, name="何小曼", now=t.now)
    services.offer(
        order_id=order.pk, nurse_id=second.pk, planned_start=order.planned_start, override="已与家属商定",
        by=t.actor(Role.DISPATCHER), now=t.now,
    )  # fmt: skip
    t.users["second"] = second.user

    services.decline(order_id=order.pk, reason="路太远", by=t.actor("second"), now=t.now)
    delivery.sweep(older_than=timedelta(0))

    assert told(t.users["head"]).count("centre.nobody_takes") == 1


def test_two_ticks_at_once_notice_once(t):
    order = world.order(t, at=S.ACCEPTED)
    moment = order.planned_start + 20 * MINUTE

    assert delivery.run_due(now=moment) >= 1
    assert delivery.run_due(now=moment) == 0

    assert traces.events().filter(action="orders.visit_late").count() == 1
    assert Due.objects.get(kind="visit.late").outcome == "done"
