"""Body recorders: entered by the centre, on one visit at a time, and a nurse without one says why."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts.roles import Role
from kernel.refusals import Hidden, Invalid, NotNow, NotYours, Unmet
from orders import services as orders
from orders import trace
from orders.lifecycle import OrderStatus as S
from safety import selectors, services
from safety.models import Carrying, Recorder
from tests import world
from tests.services.test_notifications import deliver_all
from tests.world import persons, places

pytestmark = pytest.mark.django_db


@pytest.fixture
def t():
    return world.town()


@pytest.fixture
def device(t):
    return services.add_recorder(centre=t.centre, number=" JL-01 ", by=t.actor(Role.CENTRE_ADMIN), now=t.now)


def carry(t, order, device=None, *, now=None, reason=""):
    return services.carry(
        order_id=order.pk, recorder_id=device.pk if device else None, reason=reason, by=t.actor(Role.NURSE),
        now=now or t.now,
    )  # fmt: skip


def another_visit(t):
    """A visit of another patient by another nurse of the same centre, at the same time."""
    far = world.neighbour(t)
    far.nurse = persons.nurse(t.centre, name="陈洁")
    far.users = {**t.users, Role.NURSE: far.nurse.user}
    far.actor = lambda role: persons.family(far.users[role], on=t.now.date())
    return far, world.order(far, at=S.ACCEPTED)


@pytest.mark.clause("004 三(一)", "004 三(八)")
def test_a_recorder_is_bound_to_the_visit_and_stands_in_its_trace(t, device):
    order = world.order(t, at=S.ACCEPTED)

    row = carry(t, order, device)

    assert (row.recorder, row.nurse, row.reason) == (device, t.nurse, "")
    assert "登记携带记录仪" in [line.label for line in trace.order_trace(order)]
    assert selectors.carrying(order) == row
    carry(t, order, reason="设备没有电")  # the newer word holds
    assert (selectors.carrying(order).recorder, selectors.carrying(order).reason) == (None, "设备没有电")
    with pytest.raises(Unmet):
        carry(t, order)


def test_one_device_is_never_on_two_visits_at_once(t, device):
    mine, (far, theirs) = world.order(t, at=S.ACCEPTED), another_visit(t)
    carry(t, mine, device)

    with pytest.raises(Unmet) as taken:
        carry(far, theirs, device)

    assert taken.value.code == "recorder.taken"
    assert device not in selectors.free_recorders(theirs)
    assert device in selectors.free_recorders(mine)
    with pytest.raises(IntegrityError, match="recorder_on_one_visit_at_a_time"), transaction.atomic():
        Carrying.objects.create(order=theirs, nurse=far.nurse, recorder=device, bound_at=t.now)


@pytest.mark.parametrize("delivered", [True, False])
def test_it_is_free_again_when_the_visit_has_ended_also_before_the_news_arrives(t, device, delivered):
    mine, (far, theirs) = world.order(t, at=S.ACCEPTED), another_visit(t)
    carry(t, mine, device)
    orders.cancel(order_id=mine.pk, reason="住院了", by=t.actor(Role.PROXY), now=t.now)
    if delivered:
        deliver_all()
        assert Carrying.objects.get(order=mine).returned_at is not None

    assert carry(far, theirs, device, now=t.now + timedelta(minutes=1)).recorder == device


def test_who_may_say_what_of_a_recorder(t, device):
    order, admin = world.order(t, at=S.ACCEPTED), t.actor(Role.CENTRE_ADMIN)
    elsewhere = places.bare_centre(t.hospital, name="塘桥")
    add = {"centre": t.centre, "now": t.now}
    for by in (t.actor(Role.DISPATCHER), places.staff(elsewhere, Role.CENTRE_ADMIN)):
        with pytest.raises(NotYours):
            services.add_recorder(number="JL-02", by=by, **add)
        with pytest.raises(Hidden):
            services.change_recorder(recorder_id=device.pk, state="repair", by=by, now=t.now)
    for number in ("", "JL-01"):
        with pytest.raises(Invalid):
            services.add_recorder(number=number, by=admin, **add)
    with pytest.raises(Hidden):
        services.carry(order_id=order.pk, recorder_id=device.pk, by=t.actor(Role.DISPATCHER), now=t.now)
    far = Recorder.objects.create(centre=elsewhere, number="X", added_at=t.now, changed_at=t.now)
    with pytest.raises(Invalid):
        carry(t, order, far)


def test_a_device_that_is_away_or_out_of_use_is_not_carried_and_one_on_a_visit_does_not_leave(t, device):
    order, act = (
        world.order(t, at=S.ACCEPTED),
        {"recorder_id": device.pk, "by": t.actor(Role.CENTRE_ADMIN), "now": t.now},
    )
    services.change_recorder(state="repair", **act)
    with pytest.raises(Unmet):
        carry(t, order, device)
    services.change_recorder(state="in_use", **act)
    carry(t, order, device)

    with pytest.raises(NotNow):
        services.change_recorder(state="retired", **act)

    orders.cancel(order_id=order.pk, reason="住院了", by=t.actor(Role.PROXY), now=t.now)
    deliver_all()
    services.change_recorder(state="retired", **act)
    with pytest.raises(NotNow):
        services.change_recorder(state="in_use", **act)


def test_when_the_visit_is_over_nothing_more_is_said_of_its_recorder(t, device):
    order = world.order(t, at=S.COMPLETED)

    with pytest.raises(NotNow):
        carry(t, order, device, now=order.finished_at)
