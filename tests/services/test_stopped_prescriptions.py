"""A doctor stops a prescription: nobody goes out on it any more, and everybody concerned hears of it."""

import pytest

from accounts.roles import Role
from audit.models import Outbox
from clinical import services as clinical
from kernel.refusals import Unmet
from notifications.models import Message
from orders import services, subscriptions
from orders.lifecycle import OrderStatus as S
from orders.lifecycle import RequestStatus as Q
from orders.models import OrderStep
from orders.services import consequences
from tests import world
from tests.services.test_courses import book, proposed
from tests.services.test_notifications import deliver_all
from tests.world.chain import walk

pytestmark = pytest.mark.django_db
PRESCRIBED = pytest.mark.clause("002 五(四)")


@pytest.fixture
def t():
    return world.town()


def stop(t, order):
    clinical.stop_prescription(
        prescription_id=order.prescription_id, reason="伤口感染，须住院", by=t.actor(Role.DOCTOR), now=t.now
    )


@PRESCRIBED
@pytest.mark.parametrize(
    ("at", "step"),
    [
        (S.OFFERED, lambda **go: services.accept(**go)),
        (S.ACCEPTED, lambda **go: services.depart(**go)),
        (S.EN_ROUTE, lambda **go: services.check_in(identifiers=["name", "birth_date"], **go)),
    ],
)
def test_the_nurse_takes_no_step_towards_a_door_on_a_stopped_prescription(t, at, step):
    order = world.order(t, at=at)
    stop(t, order)
    then = t.now if at == S.OFFERED else order.planned_start

    with pytest.raises(Unmet) as no:
        step(order_id=order.pk, by=t.actor(Role.NURSE), now=then)

    assert (no.value.code, no.value.clause) == ("prescription.not_valid", "002 五(四)")
    assert world.fresh(order).status == at


@PRESCRIBED
@pytest.mark.parametrize("times", [1, 3])  # of one, the last is arranged: nothing is left but the visit itself
@pytest.mark.parametrize("at", [S.AWAITING_CONSENT, S.AWAITING_DISPATCH, S.OFFERED, S.ACCEPTED, S.EN_ROUTE])
def test_a_stop_calls_off_every_visit_that_has_not_begun(t, at, times):
    order = world.order(t, at=at, times=times)
    deliver_all()
    Message.objects.all().delete()

    stop(t, order)
    deliver_all()

    order = world.fresh(order)
    assert (order.status, order.last_reason) == (S.CANCELLED, "医生已停用服务项目单：伤口感染，须住院")
    taken = OrderStep.objects.get(order=order, name="cancel")
    assert (taken.role, taken.taken_by) == ("system", None)
    assert world.fresh(order.request).status == Q.CLOSED
    told = dict(Message.objects.values_list("template", "person"))
    assert told["family.cancelled"] == t.users[Role.PROXY].pk
    assert told["desk.cancelled"] == t.users[Role.DISPATCHER].pk
    seated = at in (S.OFFERED, S.ACCEPTED, S.EN_ROUTE)
    assert told.get("nurse.cancelled") == (t.users[Role.NURSE].pk if seated else None)


def test_a_stop_that_is_delivered_twice_changes_nothing_more(t):
    order = world.order(t, at=S.ACCEPTED, times=3)
    made = book(t, order, proposed(t, order)[:1])
    stop(t, order)
    deliver_all()
    left = world.fresh(order.prescription).times_left

    subscriptions.end_what_was_stopped(Outbox.objects.get(event_type="clinical.prescription_stopped"))
    deliver_all()

    assert OrderStep.objects.filter(order__in=[order, *made], name="cancel").count() == 2
    assert world.fresh(order.prescription).times_left == left == 3


@pytest.mark.parametrize("at", [S.IN_SERVICE, S.AWAITING_CONFIRMATION, S.COMPLETED])
def test_a_nurse_at_the_bedside_finishes_what_she_began(t, at):
    order = world.order(t, at=at, times=3)

    stop(t, order)
    deliver_all()

    assert world.fresh(order).status == at
    if at != S.COMPLETED:
        walk(t, order, S.COMPLETED)
    assert world.fresh(order.request).status == Q.CLOSED


def test_a_visit_that_moves_on_between_the_look_and_the_lock_is_left_alone(t, monkeypatch):
    order = world.order(t, at=S.EN_ROUTE, times=3)
    real = consequences.cancel

    def turns_back_first(**given):
        services.abort(order_id=order.pk, reason="路上接到医生电话", by=t.actor(Role.NURSE), now=order.planned_start)
        return real(**given)

    monkeypatch.setattr(consequences, "cancel", turns_back_first)
    stop(t, order)
    deliver_all()

    assert world.fresh(order).status == S.ABORTED
