"""A leave is planned over visits that were accepted: they go back to the desk, and the others stay."""

from datetime import timedelta

import pytest

from accounts.roles import Role
from audit import delivery
from nurses import services as nurses
from orders import services
from orders.lifecycle import OrderStatus as S
from tests import world
from tests.world import persons

pytestmark = pytest.mark.django_db

ALL = timedelta(days=-9999)
NINE = world.NOW + timedelta(days=1)


@pytest.fixture
def t():
    return world.town()


def leave(t, begins, ends):
    nurses.plan_leave(
        nurse_id=t.nurse.pk,
        organisation_id=t.centre.pk,
        starts_at=NINE + timedelta(hours=begins),
        ends_at=NINE + timedelta(hours=ends),
        by=t.actor(Role.CENTRE_ADMIN),
        now=t.now,
    )
    delivery.sweep(older_than=ALL)


def test_a_leave_gives_the_visits_of_its_hours_back_to_the_desk(t):
    row = world.order(t, S.ACCEPTED)

    leave(t, 0, 4)

    assert (world.fresh(row).status, world.fresh(row).last_reason) == (S.AWAITING_DISPATCH, "护士请假")
    assert row.steps.latest("pk").role == "system"


def test_a_leave_at_other_hours_leaves_the_visit_where_it_is(t):
    row = world.order(t, S.ACCEPTED)

    leave(t, 5, 9)

    assert world.fresh(row).status == S.ACCEPTED


def test_a_leave_of_another_nurse_moves_nobody(t):
    row = world.order(t, S.ACCEPTED)
    t.nurse = persons.nurse(t.centre, name="郭丽")

    leave(t, 0, 9)

    assert world.fresh(row).status == S.ACCEPTED


def test_a_visit_under_way_is_not_taken_from_the_nurse(t):
    row = world.order(t, S.EN_ROUTE)

    leave(t, 0, 9)

    assert world.fresh(row).status == S.EN_ROUTE


def test_delivered_twice_the_visit_goes_back_once(t):
    row = world.order(t, S.ACCEPTED)
    leave(t, 0, 4)
    during = (NINE, NINE + timedelta(hours=4))

    assert services.pull_back(user_id=t.nurse.user_id, reason="护士请假", during=during, now=t.now) == []
    assert row.steps.filter(name="recall").count() == 1
