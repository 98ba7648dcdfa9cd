"""Nobody is free: the order is put on the list with an honest day, and leaves it by itself."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.roles import Role
from audit import delivery
from audit.models import Due
from kernel.refusals import NotNow, NotYours, Refusal
from notifications.models import Message
from nurses.models import Shift
from orders import openings, selectors, services
from orders.days import beginning
from orders.lifecycle import OrderStatus as S
from orders.models import Wait
from orders.services import waiting
from tests import world
from tests.world import persons

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = timedelta(hours=1)


@pytest.fixture
def t():
    return world.town()


def told(user):
    delivery.sweep(older_than=timedelta(0))
    return list(Message.objects.filter(person=user).order_by("pk").values_list("template", flat=True))


def put(t, order, now=None):
    return services.wait(order_id=order.pk, by=t.actor(Role.DISPATCHER), now=now or t.now)


@pytest.mark.clause("002 三(二)")
def test_the_family_is_told_the_first_day_on_which_somebody_could_come(t):
    order = world.order(t, at=S.AWAITING_DISPATCH)
    wished = timezone.localdate(order.window_start)
    begins = beginning(wished)
    Shift.objects.filter(nurse=t.nurse, starts_at__gte=begins, starts_at__lt=begins + timedelta(days=2)).update(
        removed_at=t.now
    )

    put(t, order)

    kept = Wait.objects.get(order=order)
    assert kept.promised_on == wished + timedelta(days=2)
    assert kept.reason == Wait.Reason.HOURS
    assert told(t.users[Role.PROXY])[-1] == "family.waiting"
    day = kept.promised_on
    assert f"{day.month}月{day.day}日" in Message.objects.get(template="family.waiting").text


def test_nobody_within_two_weeks_is_said_as_it_is(t):
    order = world.order(t, at=S.AWAITING_DISPATCH)
    Shift.objects.update(removed_at=t.now)

    put(t, order)

    assert Wait.objects.get(order=order).promised_on is None
    assert told(t.users[Role.PROXY])[-1] == "family.waiting_long"


def test_a_full_day_and_a_want_of_skill_are_told_apart(t):
    order = world.order(t, at=S.AWAITING_DISPATCH)
    answers = [
        {"refusals": [refusal("nurse.certificate")]},
        {"refusals": [refusal("nurse.shift"), refusal("nurse.years")]},
    ]
    assert openings.why_nobody(answers) == Wait.Reason.SKILL
    assert openings.why_nobody([{"refusals": [refusal("nurse.shift")]}]) == Wait.Reason.HOURS
    assert openings.why_nobody([{"refusals": [refusal("nurse.overlap")]}, *answers]) == Wait.Reason.FULL
    assert openings.first_day(order, t.now) == timezone.localdate(order.window_start)


def refusal(code):
    return Refusal(code, "不行。")


def test_it_leaves_the_list_by_itself_when_it_is_offered_moved_or_cancelled(t):
    order = world.order(t, at=S.AWAITING_DISPATCH)
    put(t, order)
    world.chain.walk(t, order, S.OFFERED)
    assert Wait.objects.get(order=order).left_because == "offered"

    services.recall(order_id=order.pk, reason="护士临时停诊", by=t.actor(Role.DISPATCHER), now=t.now)
    put(t, order)
    day = order.window_start + timedelta(days=1)
    services.reschedule(
        order_id=order.pk, window_start=day, window_end=day + HOUR, reason="家里有事", by=t.actor(Role.PROXY), now=t.now
    )
    assert Wait.objects.filter(order=order).order_by("-pk").first().left_because == "moved"

    put(t, order)
    services.cancel(order_id=order.pk, reason="住院了", by=t.actor(Role.PROXY), now=t.now)
    assert Wait.objects.filter(order=order).order_by("-pk").first().left_because == "cancelled"
    assert not Wait.objects.filter(left_at__isnull=True).exists()


def test_the_night_looks_again_and_only_a_changed_day_is_told(t):
    order = world.order(t, at=S.AWAITING_DISPATCH)
    Shift.objects.filter(starts_at__gte=order.window_start - HOUR * 12).update(removed_at=t.now)
    put(t, order)
    night = Due.objects.get(kind="order.reckon")

    delivery.run_due(now=night.due_at)
    assert told(t.users[Role.PROXY]).count("family.waiting_long") == 1
    persons.nurse(t.centre, name="何小曼", now=t.now)
    delivery.run_due(now=night.due_at + timedelta(days=1))

    kept = Wait.objects.get(order=order)
    assert kept.promised_on is not None
    assert told(t.users[Role.PROXY]).count("family.waiting_moved") == 1
    assert told(t.users[Role.PROXY]).count("family.waiting_long") == 1


def test_pressed_again_it_reckons_anew_and_stands_once(t):
    order = world.order(t, at=S.AWAITING_DISPATCH)

    put(t, order)
    put(t, order, t.now + HOUR)

    kept = Wait.objects.get(order=order)
    assert kept.reckoned_at == t.now + HOUR
    assert told(t.users[Role.PROXY]).count("family.waiting") == 1


def test_what_is_over_is_not_reckoned_and_only_the_desk_may_list(t):
    order = world.order(t, at=S.AWAITING_DISPATCH)
    with pytest.raises(NotYours):
        services.wait(order_id=order.pk, by=t.actor(Role.PROXY), now=t.now)
    put(t, order)
    world.chain.walk(t, order, S.OFFERED)

    with pytest.raises(NotNow):
        waiting.reckon(wait_id=Wait.objects.get(order=order).pk, now=t.now)


def test_the_queue_holds_it_in_a_group_of_its_own(t):
    order = world.order(t, at=S.AWAITING_DISPATCH)
    desk = t.actor(Role.DISPATCHER)
    assert selectors.queue_sizes(actor=desk)["to_dispatch"] == 1

    put(t, order)

    sizes = selectors.queue_sizes(actor=desk)
    assert (sizes["to_dispatch"], sizes["wait_listed"]) == (0, 1)
    assert selectors.queue_group(actor=desk, name="to_dispatch") == []
    listed = selectors.queue_group(actor=desk, name="wait_listed")
    assert [row.pk for row in listed] == [order.pk]
    assert listed[0].promised_on == Wait.objects.get().promised_on


def test_a_day_costs_the_same_with_one_nurse_and_with_ten(t):
    order = selectors.order(
        actor=t.actor(Role.DISPATCHER), number=world.order(t, at=S.AWAITING_DISPATCH).number
    )  # fmt: skip
    Shift.objects.update(removed_at=t.now)

    def cost():
        with CaptureQueriesContext(connection) as asked:
            assert openings.first_day(order, t.now) is None
        return len(asked)

    few = cost()
    for n in range(9):
        persons.nurse(t.centre, name=f"护士{n}", now=t.now)
    Shift.objects.update(removed_at=t.now)

    assert cost() <= few
    assert few <= 20 * openings.DAYS


def test_the_database_holds_what_a_wait_is(t):
    order = world.order(t, at=S.AWAITING_DISPATCH)
    put(t, order)

    with pytest.raises(IntegrityError, match="wait_left_for_a_reason"), transaction.atomic():
        Wait.objects.update(left_at=t.now)
    with pytest.raises(IntegrityError, match="wait_once_at_a_time_per_order"), transaction.atomic():
        Wait.objects.create(order=order, listed_at=t.now, reason="full", reckoned_at=t.now)
