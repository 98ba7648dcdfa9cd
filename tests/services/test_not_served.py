"""What a centre may no longer do is not done: visits are taken back, and nobody says yes or sets out (002 五(二)1)."""

from datetime import timedelta

import pytest

from accounts.roles import Role
from audit import delivery
from institutions import services as institutions
from institutions.models import Filing, Jurisdiction
from kernel.refusals import Refused
from orders import services
from orders.lifecycle import OrderStatus as S
from tests import world
from tests.world import places

pytestmark = [pytest.mark.django_db, pytest.mark.clause("002 五(二)1", "002 四")]
DAY = timedelta(days=1)


def suspended(t, starts_on, ends_on=None):
    institutions.suspend(
        organisation=t.centre, starts_on=starts_on, ends_on=ends_on, reason="整改", clause="002 五(二)1",
        by=world.SETUP, now=t.now,
    )  # fmt: skip


def codes(call):
    with pytest.raises(Refused) as no:
        call()
    return {reason.code for reason in no.value.reasons}


def told():
    delivery.sweep(older_than=timedelta(days=-9999))


@pytest.mark.parametrize("at", [S.OFFERED, S.ACCEPTED])
def test_a_suspension_takes_back_what_nobody_has_set_out_to(at):
    t = world.town()
    order = world.order(t, at=at)
    suspended(t, places.TODAY)

    told()

    row = world.fresh(order)
    assert (row.status, row.nurse) == (S.AWAITING_DISPATCH, None)
    assert row.last_reason == "区卫健委已暂停本机构的上门护理服务"


def test_visits_outside_the_days_of_a_suspension_stand():
    t = world.town()
    order = world.order(t, at=S.ACCEPTED)  # tomorrow
    suspended(t, places.TODAY, places.TODAY)

    told()

    assert world.fresh(order).status == S.ACCEPTED


def test_whoever_has_set_out_is_not_called_away():
    t = world.town()
    order = world.order(t, at=S.EN_ROUTE)
    suspended(t, places.TODAY)

    told()

    assert world.fresh(order).status == S.EN_ROUTE


@pytest.mark.parametrize(("at", "step"), [(S.OFFERED, services.accept), (S.ACCEPTED, services.depart)])
def test_nobody_says_yes_or_sets_out_for_a_suspended_centre_before_the_visit_is_taken_back(at, step):
    t = world.town()
    order = world.order(t, at=at)
    suspended(t, places.TODAY)
    now = t.now if at == S.OFFERED else order.planned_start - timedelta(minutes=20)

    assert "centre.suspended" in codes(lambda: step(order_id=order.pk, by=t.actor(Role.NURSE), now=now))
    assert world.fresh(order).status == at


def test_a_town_given_away_takes_its_visits_back():
    t = world.town()
    order = world.order(t, at=S.ACCEPTED)
    held = Jurisdiction.objects.get(organisation=t.centre, town=order.address.town_id)
    institutions.release_town(
        jurisdiction_id=held.pk, ends_on=places.TODAY, reason="区划调整", by=world.SETUP, now=t.now
    )
    told()

    assert world.fresh(order).last_reason == "这个街镇不再由本机构服务"


def test_a_withdrawn_filing_takes_visits_back():
    t = world.town()
    order = world.order(t, at=S.OFFERED)
    for filing in Filing.objects.filter(organisation=t.centre, withdrawn_on__isnull=True):
        institutions.withdraw_filing(filing_id=filing.pk, reason="停办", by=world.SETUP, now=t.now)
    told()

    row = world.fresh(order)
    assert (row.status, row.last_reason) == (S.AWAITING_DISPATCH, "本机构的上门服务登记已撤回")
