"""For each rule: a nurse who fails only that one is refused at offer, at accept and at check-in, with its clause."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.roles import Role
from institutions import services as institutions
from kernel.refusals import Unmet
from nurses import services as nurses
from nurses.models import Certificate, Insurance, Nurse, Shift, Training
from orders import services
from orders.lifecycle import OrderStatus as S
from orders.models import EligibilityAnswer
from patients import services as patients
from patients.models import Patient
from tests import world
from tests.world import persons

pytestmark = pytest.mark.django_db
PICC, VITALS, CATHETER = 9, 14, 6

CLAUSES = {
    "nurse.post": "002 五(二)2；004 三(一)",
    "nurse.years": "002 五(二)2",
    "nurse.title": "002 五(二)2",
    "nurse.registry": "002 五(二)2",
    "nurse.licence": "护士条例",
    "nurse.exclusion": "002 五(二)2；004 三(一)",
    "nurse.certificate": "002 五(二)2",
    "nurse.training": "002 五(七)1(2)",
    "nurse.insurance": "002 五(九)2；004 三(八)",
    "nurse.sex_of_patient": "002 附件6",
    "nurse.shift": "000 五(十六)",
    "nurse.overlap": "000 五(十六)",
    "nurse.daily_cap": "000 五(十六)",
}


def break_rule(t, code, nurse, order):
    """
    Let one fact go wrong, as time or a correction would.

    Facts age in the tables themselves here, because no verb may make a nurse ineligible retroactively.
    """
    yesterday = timezone.localdate(t.now) - timedelta(days=1)
    rows = Nurse.objects.filter(pk=nurse.pk)
    if code == "nurse.post":
        nurse.user.posts.update(ends_on=yesterday)
    elif code == "nurse.years":
        rows.update(clinical_since=yesterday - timedelta(days=365 * 4))
    elif code == "nurse.title":
        rows.update(title="nurse")
    elif code == "nurse.registry":
        nurse.registry_checks.update(found=False)
    elif code == "nurse.licence":
        rows.update(certificate_expires_on=yesterday)
    elif code == "nurse.exclusion":
        nurses.exclude(
            nurse_id=nurse.pk, kind="不良执业行为", reason="冒签", evidence="通报", by=world.SETUP, now=t.now
        )
    elif code == "nurse.certificate":
        Certificate.objects.filter(nurse=nurse, kind="picc").update(expires_on=yesterday)
    elif code == "nurse.training":
        Training.objects.filter(nurse=nurse, kind="safety").update(expires_on=yesterday)
    elif code == "nurse.insurance":
        Insurance.objects.filter(nurse=nurse, kind="liability").update(expires_on=yesterday)
    elif code == "nurse.sex_of_patient":
        Patient.objects.filter(pk=t.patient.pk).update(sex="male")
    elif code == "nurse.shift":
        Shift.objects.filter(nurse=nurse).update(removed_at=t.now)
    elif code == "nurse.overlap":
        other_visit(t, nurse, minutes_after=order.minutes + 30)
        choose(t, "nurse.travel_minutes", 60)
    elif code == "nurse.daily_cap":
        other_visit(t, nurse, minutes_after=-90)
        choose(t, "nurse.daily_cap", 1)


def choose(t, key, value):
    institutions.choose_setting(
        district=t.district,
        key=key,
        value=value,
        effective_on=timezone.localdate(t.now),
        reason="测试",
        by=world.SETUP,
        now=t.now,
    )


def other_visit(t, nurse, *, minutes_after):
    """Another patient's visit in the same nurse's day, seated by the real verbs."""
    neighbour = persons.patient(by=world.SETUP, now=t.now, name="陆美珍")
    patients.add_proxy(
        patient_id=neighbour.pk, user=t.users[Role.PROXY], relation="亲属", scopes=["apply", "sign", "manage"],
        expires_on=timezone.localdate(t.now) + timedelta(days=300), by=world.SETUP, now=t.now,
    )  # fmt: skip
    mine, t.patient = t.patient, neighbour
    try:
        row = world.order(t, at=S.AWAITING_DISPATCH, numbers=(VITALS,))
        start = t.now + timedelta(days=1, hours=1, minutes=minutes_after)
        services.offer(
            order_id=row.pk, nurse_id=nurse.pk, planned_start=start, override="已与家属商定",
            by=t.actor(Role.DISPATCHER), now=t.now,
        )  # fmt: skip
    finally:
        t.patient = mine


def item_for(code):
    return {"nurse.certificate": PICC, "nurse.sex_of_patient": CATHETER}.get(code, VITALS)


@pytest.mark.clause(
    "002 五(二)2",
    "002 五(七)1(2)",
    "002 五(九)2",
    "000 五(十六)",
    "004 三(一)",
    "002 附件-6",
    "004 三(四)",
    "004 三(八)",
    "004 五(三)",
    "护士条例",
)
@pytest.mark.parametrize("step", ["offer", "accept", "check_in"])
@pytest.mark.parametrize("code", sorted(CLAUSES))
def test_a_nurse_who_fails_one_rule_is_refused_at_each_gate(code, step):
    t = world.town()
    before = {"offer": S.AWAITING_DISPATCH, "accept": S.OFFERED, "check_in": S.EN_ROUTE}[step]
    order = world.order(t, at=before, numbers=(item_for(code),))
    break_rule(t, code, t.nurse, order)
    start = t.now + timedelta(days=1, hours=1)
    nurse_acts = t.actor(Role.NURSE) if code != "nurse.post" else still_at_the_door(t)
    act = {
        "offer": lambda: services.offer(
            order_id=order.pk, nurse_id=t.nurse.pk, planned_start=start, by=t.actor(Role.DISPATCHER), now=t.now
        ),
        "accept": lambda: services.accept(order_id=order.pk, by=nurse_acts, now=t.now),
        "check_in": lambda: services.check_in(
            order_id=order.pk, identifiers=["name", "birth_date"], by=nurse_acts, now=start
        ),
    }[step]

    with pytest.raises(Unmet) as refused:
        act()

    assert [r.code for r in refused.value.reasons] == [code]
    assert refused.value.clause == CLAUSES[code]
    assert refused.value.sentence.endswith("。")
    kept = EligibilityAnswer.objects.filter(order=order, asked_at_step=step).last()
    assert kept.eligible is False
    assert kept.refusals[0]["code"] == code
    assert world.fresh(order).status == before


def still_at_the_door(t):
    """The nurse as the request's edge saw her a moment before her post ended: the rule must still say no."""
    by = t.actor(Role.NURSE)
    return replace(by, orgs={**by.orgs, Role.NURSE.value: frozenset({t.centre.pk})})
