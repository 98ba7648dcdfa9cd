"""What is learnt of a patient and bars every visit bars those as well that were ordered before (004 三(三))."""

from datetime import timedelta

import pytest

from accounts.roles import Role
from audit import delivery
from catalog import services as catalog
from institutions import services as institutions
from kernel.refusals import Refused
from notifications.models import Message
from orders import services
from orders.lifecycle import OrderStatus as S
from patients import services as patients
from tests import world
from tests.services.test_notifications import deliver_all
from tests.world import places

pytestmark = [pytest.mark.django_db, pytest.mark.clause("004 三(三)")]
FACT = "活动性肺结核"


@pytest.fixture
def t():
    t = world.town()
    catalog.add_negative_entry(
        district=t.district, kind="patient_fact", text=FACT, reason="传染期不宜上门", advice="请到定点医院",
        clause="004 三(三)", starts_on=places.TODAY, by=world.SETUP, now=t.now,
    )  # fmt: skip
    return t


def learn(t, *facts, now=None):
    patients.correct(
        patient_id=t.patient.pk, facts=list(facts), reason="家属电话说明", by=t.actor(Role.DISPATCHER), now=now or t.now
    )


def told():
    delivery.sweep(older_than=timedelta(days=-9999))


def refusals(call):
    with pytest.raises(Refused) as no:
        call()
    return [(reason.code, reason.clause) for reason in no.value.reasons]


@pytest.mark.parametrize("at", [S.OFFERED, S.ACCEPTED])
def test_a_visit_that_nobody_has_set_out_to_comes_back_to_the_desk_with_the_reason(t, at):
    order = world.order(t, at=at)

    learn(t, FACT)
    told()

    row = world.fresh(order)
    assert (row.status, row.nurse, row.last_reason) == (
        S.AWAITING_DISPATCH, None, "服务对象情况在负面清单内，不能上门"
    )  # fmt: skip
    deliver_all()
    assert t.users[Role.NURSE].pk in Message.objects.values_list("person", flat=True)


def test_it_is_offered_to_nobody_until_the_fact_is_taken_back(t):
    order = world.order(t, at=S.AWAITING_DISPATCH)
    learn(t, FACT)
    offer = {
        "order_id": order.pk, "nurse_id": t.nurse.pk, "planned_start": t.now + timedelta(days=1, hours=1),
        "by": t.actor(Role.DISPATCHER), "now": t.now,
    }  # fmt: skip

    assert ("catalog.negative", "004 三(三)") in refusals(lambda: services.offer(**offer))
    learn(t)

    assert services.offer(**offer).status == S.OFFERED


@pytest.mark.parametrize(("at", "step"), [(S.OFFERED, services.accept), (S.ACCEPTED, services.depart)])
def test_nobody_says_yes_or_sets_out_before_the_visit_is_taken_back(t, at, step):
    order = world.order(t, at=at)
    learn(t, FACT)
    now = t.now if at == S.OFFERED else order.planned_start - timedelta(minutes=20)

    assert ("catalog.negative", "004 三(三)") in refusals(
        lambda: step(order_id=order.pk, by=t.actor(Role.NURSE), now=now)
    )
    assert world.fresh(order).status == at


def test_another_patients_visits_and_a_nurse_on_her_way_stay(t):
    order = world.order(t, at=S.EN_ROUTE)

    learn(t, FACT)
    told()

    assert world.fresh(order).status == S.EN_ROUTE


def test_a_correction_that_bars_nothing_takes_nothing_back(t):
    order = world.order(t, at=S.ACCEPTED)

    patients.correct(patient_id=t.patient.pk, allergies="青霉素", by=t.actor(Role.PROXY), now=t.now)
    learn(t, "喜欢安静")
    told()

    assert world.fresh(order).status == S.ACCEPTED


def test_what_is_barred_by_something_else_is_not_said_to_be_barred_by_the_patient(t):
    order = world.order(t, at=S.ACCEPTED)
    institutions.suspend(
        organisation=t.centre, starts_on=places.TODAY, ends_on=None, reason="整改", clause="002 五(二)1",
        by=world.SETUP, now=t.now,
    )  # fmt: skip

    assert services.pull_back_what_is_barred(patient_id=t.patient.pk, now=t.now) == []
    told()

    assert world.fresh(order).last_reason == "区卫健委已暂停本机构的上门护理服务"
