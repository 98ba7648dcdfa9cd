"""Warnings about a household: facts, few readers, an end, and an objection that somebody else decides."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts.roles import Role
from audit import delivery
from kernel.refusals import Hidden, Invalid, NotNow, NotYours, Refused
from notifications.models import Message
from orders.lifecycle import OrderStatus as S
from orders.lifecycle import RequestStatus as Q
from orders.services import companions
from safety import access, selectors, services
from safety.lifecycle import FlagStatus
from safety.models import RiskFlag
from tests import world
from tests.services.test_access_twins import everybody
from tests.services.test_notifications import deliver_all, told
from tests.world import persons, places

pytestmark = pytest.mark.django_db

FACTS = "3月2日上门，家属酒后大声辱骂护士"
DAYS = timedelta(days=90)


@pytest.fixture
def t():
    return world.town()


def warn(t, role=Role.DISPATCHER, *, kind="drunk", facts=FACTS, now=None, **more):
    return services.raise_flag(
        patient=t.patient, centre=t.centre, kind=kind, facts=facts, by=t.actor(role), now=now or t.now, **more
    )


def live(t, role):
    return list(selectors.live_flags(actor=t.actor(role), patient_ids=[t.patient.pk], now=t.now))


@pytest.mark.clause("002 五(九)2")
@pytest.mark.parametrize("role", [Role.NURSE, Role.DISPATCHER, Role.DOCTOR])
def test_it_is_raised_on_facts_by_whoever_was_there_or_heard_of_it(t, role):
    if role == Role.DOCTOR:
        world.request(t, at=Q.ASSESSING)
    else:
        world.order(t, at=S.IN_SERVICE)

    flag = warn(t, role)

    assert (flag.status, flag.raised_as, flag.until) == (FlagStatus.IN_FORCE, role, t.now + DAYS)
    assert flag.raised_by == t.users[role]
    for wrong in ({"facts": "凶"}, {"kind": "bad"}):
        with pytest.raises(Invalid):
            warn(t, role, **{"kind": "dog", **wrong})
    with pytest.raises(Refused) as twice:
        warn(t, role)
    assert twice.value.code == "flag.known"


@pytest.mark.parametrize("role", [Role.PROXY, Role.SUPERVISOR, Role.REVIEWER, Role.CENTRE_ADMIN])
def test_nobody_else_raises_one(t, role):
    world.order(t, at=S.IN_SERVICE)

    with pytest.raises(NotYours):
        warn(t, role)


@pytest.mark.clause("002 五(八)")
@pytest.mark.parametrize("at", list(S))
def test_only_those_who_have_to_know_read_it_and_the_twins_agree(t, at):
    world.order(t, at=at)
    flag = warn(t)

    for actor in everybody(t):
        seen = access.flags_visible_to(actor).filter(pk=flag.pk).exists()
        assert seen == bool(access.flag_hats(actor, RiskFlag.objects.get(pk=flag.pk))), (actor.name, actor.orgs, at)
    goes_there = at in (S.OFFERED, S.ACCEPTED, S.EN_ROUTE, S.IN_SERVICE)
    assert bool(live(t, Role.NURSE)) is goes_there
    assert not live(t, Role.PROXY)
    assert not live(t, Role.SUPERVISOR)
    assert not live(t, Role.DOCTOR)  # her assessment is done


def test_the_doctor_who_assesses_reads_it_and_another_does_not(t):
    world.request(t, at=Q.ASSESSING)
    flag = warn(t)

    assert live(t, Role.DOCTOR) == [flag]
    other = places.staff(t.centre, Role.DOCTOR)
    assert not selectors.live_flags(actor=other, patient_ids=[t.patient.pk], now=t.now).exists()


def test_a_second_nurse_who_is_asked_along_reads_it(t):
    order = world.order(t, at=S.ACCEPTED)
    flag, second, desk = warn(t), persons.nurse(t.centre, name="陈洁"), t.actor(Role.DISPATCHER)
    companions.require_two(order_id=order.pk, reason="体重较大，翻身须两人", by=desk, now=t.now)
    companions.offer_companion(order_id=order.pk, nurse_id=second.pk, by=desk, now=t.now)

    actor = persons.family(second.user, on=t.now.date())
    assert list(selectors.live_flags(actor=actor, patient_ids=[t.patient.pk], now=t.now)) == [flag]


@pytest.mark.clause("002 五(九)2")
def test_it_ends_by_itself_unless_somebody_renews_it(t):
    flag, desk = warn(t), t.actor(Role.DISPATCHER)
    later = t.now + timedelta(days=80)
    with pytest.raises(Invalid):
        services.renew_flag(flag_id=flag.pk, reason=" ", by=desk, now=later)
    services.renew_flag(flag_id=flag.pk, reason="上周仍酗酒", by=desk, now=later)

    delivery.run_due(now=t.now + DAYS)
    flag.refresh_from_db()
    assert (flag.status, flag.until) == (FlagStatus.IN_FORCE, later + DAYS)
    delivery.run_due(now=later + DAYS)
    flag.refresh_from_db()

    assert flag.status == FlagStatus.EXPIRED
    assert not live(t, Role.DISPATCHER)
    assert warn(t, now=later + DAYS).pk != flag.pk  # what is over may be said anew


@pytest.mark.clause("002 五(九)2")
def test_the_family_reads_it_once_told_objects_and_hears_the_reasoned_decision(t):
    world.order(t, at=S.OFFERED)
    flag, family, admin = warn(t), t.actor(Role.PROXY), t.actor(Role.CENTRE_ADMIN)
    with pytest.raises(Hidden):
        services.appeal_flag(flag_id=flag.pk, words="没有的事", by=family, now=t.now)
    with pytest.raises(NotYours):
        services.tell_family(flag_id=flag.pk, by=t.actor(Role.NURSE), now=t.now)

    services.tell_family(flag_id=flag.pk, by=t.actor(Role.DISPATCHER), now=t.now)
    services.tell_family(flag_id=flag.pk, by=t.actor(Role.DISPATCHER), now=t.now + timedelta(hours=1))
    assert list(selectors.told_to_family(actor=family)) == [flag]
    assert told(Role.PROXY, t)[-1] == "family.flag_told"
    assert "酒" not in Message.objects.filter(template="family.flag_told").get().text
    services.appeal_flag(flag_id=flag.pk, words="当天喝酒的是邻居", by=family, now=t.now)
    assert told(Role.CENTRE_ADMIN, t)[-1] == "centre.flag_appealed"
    assert live(t, Role.DISPATCHER)  # it is shown on until it is decided

    with pytest.raises(NotYours):
        services.uphold_flag_appeal(flag_id=flag.pk, reason="属实", by=t.actor(Role.DISPATCHER), now=t.now)
    with pytest.raises(Invalid):
        services.reject_flag_appeal(flag_id=flag.pk, reason="", by=admin, now=t.now)
    services.reject_flag_appeal(flag_id=flag.pk, reason="护士和邻居都证实", by=admin, now=t.now)
    assert told(Role.PROXY, t)[-1] == "family.flag_rejected"
    services.appeal_flag(flag_id=flag.pk, words="有录像", by=t.actor(Role.DISPATCHER), now=t.now)  # by the desk
    services.uphold_flag_appeal(flag_id=flag.pk, reason="录像证明是邻居", by=admin, now=t.now)

    flag.refresh_from_db()
    assert (flag.status, flag.decided_by) == (FlagStatus.WITHDRAWN, t.users[Role.CENTRE_ADMIN])
    assert told(Role.PROXY, t)[-1] == "family.flag_upheld"
    assert not live(t, Role.DISPATCHER)


def test_whoever_raised_it_does_not_decide_about_it(t):
    both = places.post(t.centre, Role.CENTRE_ADMIN, user=t.users[Role.DISPATCHER], now=t.now).user
    actor = persons.family(both, on=t.now.date())
    flag = warn(t)
    services.appeal_flag(flag_id=flag.pk, words="家属来电不同意", by=places.staff(t.centre, Role.DISPATCHER), now=t.now)

    with pytest.raises(NotYours) as refused:
        services.reject_flag_appeal(flag_id=flag.pk, reason="属实", by=actor, now=t.now)

    assert refused.value.code == "flag.party"
    with pytest.raises(IntegrityError, match="flag_not_judged_by_who_raised_it"), transaction.atomic():
        RiskFlag.objects.filter(pk=flag.pk).update(decided_by=both)


def test_a_warning_that_was_a_mistake_is_taken_back_with_a_reason(t):
    flag, desk = warn(t), t.actor(Role.DISPATCHER)

    services.withdraw_flag(flag_id=flag.pk, reason="登记错了住户", by=desk, now=t.now)

    assert not live(t, Role.DISPATCHER)
    with pytest.raises(NotNow):
        services.renew_flag(flag_id=flag.pk, reason="还是有", by=desk, now=t.now)
    deliver_all()


@pytest.mark.parametrize(
    ("changed", "name"),
    [({"status": "gone"}, "flag_status_known"), ({"facts": ""}, "flag_rests_on_facts"),
     ({"until": world.NOW}, "flag_runs_forward"), ({"status": "appealed"}, "flag_appealed_with_a_reason")],
)  # fmt: skip
def test_what_must_never_be_false_of_a_warning(t, changed, name):
    flag = warn(t)

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        RiskFlag.objects.filter(pk=flag.pk).update(**changed)
