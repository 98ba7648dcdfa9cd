"""A plan is signed at the same moment as itself, as an offer, and as a cancellation: each order goes out once."""

from datetime import timedelta

import pytest

from accounts.roles import Role
from kernel.refusals import Refused
from orders import services
from orders.lifecycle import SEATED
from orders.lifecycle import OrderStatus as S
from orders.lifecycle import PlanStatus as P
from orders.models import DayPlan, Order, OrderStep
from orders.services import planner
from tests import world
from tests.services.test_races import at_once, refusals
from tests.world import persons

pytestmark = pytest.mark.django_db(transaction=True)

TOMORROW = world.NOW.date() + timedelta(days=1)


@pytest.fixture
def t():
    t = world.town(lon=121.5201, lat=31.2203)
    for name in ("郭丽", "钱小敏"):
        persons.nurse(t.centre, name=name)
    t.rows = [world.order(t, S.AWAITING_DISPATCH)]
    for number in range(1, 5):
        t.rows.append(world.order(world.neighbour(t, lon=121.52 + number / 500, lat=31.22), S.AWAITING_DISPATCH))
    asked = services.ask_plan(centre_id=t.centre.pk, day=TOMORROW, by=t.actor(Role.DISPATCHER), now=t.now)
    planner.compute(asked.pk, clock=lambda: t.now)
    t.plan = DayPlan.objects.get()
    return t


def nobody_is_in_two_places():
    spans = sorted(
        Order.objects.filter(status__in=SEATED).values_list("nurse", "planned_start", "planned_end"),
    )
    return all(a[0] != b[0] or a[2] <= b[1] for a, b in zip(spans, spans[1:], strict=False))


def test_two_desks_sign_one_plan_and_every_order_is_offered_once(t):
    by = t.actor(Role.DISPATCHER)

    outcomes = at_once(*[lambda: services.apply_plan(plan_id=t.plan.pk, by=by, now=t.now)] * 2)

    assert len(refusals(outcomes)) == 1
    assert OrderStep.objects.filter(name="offer").count() == len(t.rows)
    assert nobody_is_in_two_places()


def test_a_plan_is_signed_while_others_offer_its_orders_by_hand(t):
    by, start = t.actor(Role.DISPATCHER), t.now + timedelta(days=1, hours=2)
    by_hand = [
        lambda row=row: services.offer(order_id=row.pk, nurse_id=t.nurse.pk, planned_start=start, by=by, now=t.now)
        for row in reversed(t.rows)
    ]

    at_once(lambda: services.apply_plan(plan_id=t.plan.pk, by=by, now=t.now), *by_hand)

    for row in t.rows:
        assert OrderStep.objects.filter(order=row, name="offer").count() <= 1
    assert nobody_is_in_two_places()
    settled = world.fresh(t.plan)
    assert settled.status == P.APPLIED
    sent = settled.lines.filter(outcome="sent").count()
    assert sent + settled.lines.filter(outcome="refused").count() == len(t.rows)


def test_a_plan_is_signed_while_it_is_thrown_away(t):
    by = t.actor(Role.DISPATCHER)

    outcomes = at_once(
        lambda: services.apply_plan(plan_id=t.plan.pk, by=by, now=t.now),
        lambda: services.discard_plan(plan_id=t.plan.pk, by=by, now=t.now),
    )

    assert len(refusals(outcomes)) == 1
    offered = OrderStep.objects.filter(name="offer").count()
    assert offered == (0 if world.fresh(t.plan).status == P.DISCARDED else len(t.rows))


def test_two_desks_ask_for_the_same_day_and_one_plan_lives(t):
    by = t.actor(Role.DISPATCHER)

    outcomes = at_once(
        *[lambda: services.ask_plan(centre_id=t.centre.pk, day=TOMORROW, by=by, now=t.now)] * 2
    )  # fmt: skip

    assert all(isinstance(one, Refused) or one.status == P.WAITING for one in outcomes)
    assert DayPlan.objects.filter(status__in=[P.WAITING, P.COMPUTING, P.READY]).count() == 1


def test_two_workers_take_up_one_plan_and_one_computes_it(t):
    by = t.actor(Role.DISPATCHER)
    asked = services.ask_plan(centre_id=t.centre.pk, day=TOMORROW, by=by, now=t.now)

    outcomes = at_once(*[lambda: planner.compute(asked.pk, clock=lambda: t.now)] * 2)

    assert len(refusals(outcomes)) == 1
    assert world.fresh(asked).status == P.READY
    assert asked.lines.count() == len(t.rows)
