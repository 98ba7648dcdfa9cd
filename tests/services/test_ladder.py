"""The ladder of an offer: who comes next is named, nobody is asked without a person, the family hears."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts.roles import Role
from audit import delivery
from kernel.refusals import Invalid
from notifications.models import Message
from orders import ladder, services
from orders.lifecycle import OrderStatus as S
from orders.models import Offer
from tests import world
from tests.world import persons, places

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = timedelta(hours=1)


@pytest.fixture
def t():
    town = world.town()
    town.users["head"] = places.post(town.centre, Role.CENTRE_ADMIN, now=town.now).user
    return town


def told(user):
    delivery.sweep(older_than=timedelta(0))
    return list(Message.objects.filter(person=user).order_by("pk").values_list("template", flat=True))


def offer(t, order, nurse, start, now=None):
    return services.offer(
        order_id=order.pk, nurse_id=nurse.pk, planned_start=start, override="已与家属商定",
        by=t.actor(Role.DISPATCHER), now=now or t.now,
    )  # fmt: skip


@pytest.mark.clause("002 五(六)2")
def test_after_a_no_the_desk_is_told_who_comes_next_at_the_same_hour(t):
    order = world.order(t, at=S.OFFERED)
    hour = order.planned_start
    second = persons.nurse(t.centre, name="何小曼", now=t.now)

    services.decline(order_id=order.pk, cause="far", by=t.actor(Role.NURSE), now=t.now)

    following = ladder.next_up(world.fresh(order), t.now)
    assert (following.nurse_id, following.starts_at, following.asked) == (second.pk, hour, 1)
    assert "desk.declined_next" in told(t.users[Role.DISPATCHER])
    text = Message.objects.get(template="desk.declined_next").text
    assert "何小曼" in text
    assert world.fresh(order).status == S.AWAITING_DISPATCH  # named, and offered by nobody


def test_whoever_was_asked_is_not_named_again_and_nobody_left_is_said_plainly(t):
    order = world.order(t, at=S.OFFERED)
    second = persons.nurse(t.centre, name="何小曼", now=t.now)
    t.users["second"] = second.user
    hour = order.planned_start
    services.decline(order_id=order.pk, cause="busy", by=t.actor(Role.NURSE), now=t.now)
    assert "centre.nobody_takes" not in told(t.users["head"])
    offer(t, order, second, hour)

    services.decline(order_id=order.pk, cause="unwell", by=t.actor("second"), now=t.now)

    assert ladder.next_up(world.fresh(order), t.now) is None
    assert told(t.users[Role.DISPATCHER])[-1] == "desk.declined"
    assert told(t.users["head"]).count("centre.nobody_takes") == 1


def test_an_hour_that_has_passed_is_not_kept(t):
    order = world.order(t, at=S.OFFERED)
    persons.nurse(t.centre, name="何小曼", now=t.now)
    services.decline(order_id=order.pk, cause="far", by=t.actor(Role.NURSE), now=t.now)

    assert ladder.next_up(world.fresh(order), order.planned_start + HOUR) is None


def test_a_cause_is_one_of_the_list_and_another_needs_words(t):
    order = world.order(t, at=S.OFFERED)
    nurse = t.actor(Role.NURSE)

    with pytest.raises(Invalid):
        services.decline(order_id=order.pk, cause="mood", by=nurse, now=t.now)
    with pytest.raises(Invalid):
        services.decline(order_id=order.pk, cause="other", by=nurse, now=t.now)
    services.decline(order_id=order.pk, cause="far", reason="在另一个镇", by=nurse, now=t.now)

    kept = Offer.objects.get(order=order)
    assert (kept.ended, kept.cause) == ("declined", "far")
    assert world.fresh(order).last_reason == "路程太远，赶不到：在另一个镇"


def test_the_family_hears_of_another_hour_or_nurse_once_and_before_the_visit(t):
    order = world.order(t, at=S.ACCEPTED)
    second = persons.nurse(t.centre, name="何小曼", now=t.now)
    t.users["second"] = second.user
    before = order.planned_start
    services.recall(order_id=order.pk, reason="临时停诊", by=t.actor(Role.DISPATCHER), now=t.now)
    assert told(t.users[Role.PROXY])[-1] == "family.reseating"

    offer(t, order, second, before + HOUR)
    services.accept(order_id=order.pk, by=t.actor("second"), now=t.now)

    assert told(t.users[Role.PROXY])[-1] == "family.accepted_otherwise"
    text = Message.objects.get(template="family.accepted_otherwise").text
    assert "何小曼" in text
    assert f"{before.astimezone().hour:02}" in text
    assert told(t.users[Role.PROXY]).count("family.accepted_otherwise") == 1


def test_the_same_hour_and_nurse_again_are_no_change(t):
    order = world.order(t, at=S.ACCEPTED)
    services.give_back(order_id=order.pk, reason="前一单延误", by=t.actor(Role.NURSE), now=t.now)
    offer(t, order, t.nurse, order.planned_start)

    services.accept(order_id=order.pk, by=t.actor(Role.NURSE), now=t.now)

    assert told(t.users[Role.PROXY])[-1] == "family.accepted"


def test_a_move_tells_the_family_the_new_wished_time(t):
    order = world.order(t, at=S.ACCEPTED)
    day = order.window_start + timedelta(days=2)
    services.reschedule(
        order_id=order.pk, window_start=day, window_end=day + 2 * HOUR, reason="护士请假",
        by=t.actor(Role.DISPATCHER), now=t.now,
    )  # fmt: skip

    assert told(t.users[Role.PROXY])[-1] == "family.rescheduled"
    local = world.fresh(order).window_start.astimezone(t.now.tzinfo)
    assert f"{local.day}日" in Message.objects.get(template="family.rescheduled").text


def test_a_family_without_a_nurse_shortly_before_its_time_is_told_so_once(t):
    order = world.order(t, at=S.OFFERED)
    services.decline(order_id=order.pk, cause="far", by=t.actor(Role.NURSE), now=t.now)
    due = order.window_start - 2 * HOUR

    delivery.run_due(now=due - timedelta(minutes=1))
    assert "family.unarranged" not in told(t.users[Role.PROXY])
    delivery.run_due(now=due)
    delivery.run_due(now=due + HOUR)

    assert told(t.users[Role.PROXY]).count("family.unarranged") == 1
    assert told(t.users[Role.DISPATCHER]).count("desk.unarranged") == 1


def test_a_family_whose_nurse_has_said_yes_is_not_alarmed(t):
    order = world.order(t, at=S.ACCEPTED)

    delivery.run_due(now=order.window_start)

    assert "family.unarranged" not in told(t.users[Role.PROXY])


def test_who_is_late_is_told_honestly_with_the_desks_telephone(t):
    order = world.order(t, at=S.ACCEPTED)
    delivery.run_due(now=order.planned_start + HOUR)
    assert told(t.users[Role.PROXY]).count("family.late") == 1
    assert told(t.users[Role.PROXY]).count("family.nobody_came") == 1

    text = Message.objects.get(template="family.late").text
    phone = t.centre.phone
    assert (phone in text) if phone else ("中心会与您联系" in text)


@pytest.mark.parametrize(
    ("changed", "constraint"),
    [
        ({"ended": "declined", "ended_at": world.NOW}, "offer_declined_with_a_cause"),
        ({"ended": "expired"}, "offer_ends_at_a_moment"),
        ({"planned_end": world.NOW}, "offer_runs_forward"),
    ],
)
def test_the_database_holds_what_an_offer_is(t, changed, constraint):
    order = world.order(t, at=S.OFFERED)

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Offer.objects.filter(order=order).update(**changed)
