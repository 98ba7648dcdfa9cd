"""Referral both ways: one live per patient and direction, arrived, fed back; ended by death or move."""

from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.roles import Role
from indicators import measures
from kernel.refusals import Hidden, Invalid, NotNow, NotYours, Refused, Unmet
from notifications.models import Message
from orders import services as orders
from orders import trace
from orders.lifecycle import OrderStatus as S
from orders.lifecycle import RequestStatus as Q
from orders.models import ServiceRequest
from referrals import access, selectors, services
from referrals.lifecycle import ReferralStatus as F
from referrals.models import Coaching, Referral
from tests import world
from tests.services.test_notifications import deliver_all
from tests.world import alliance, traces

pytestmark = [pytest.mark.django_db, pytest.mark.clause("003 二(五)13")]

OUTCOME = "已住院处理造口旁疝，病情平稳，回社区随访。"
CENTRE = (Role.DOCTOR, Role.DISPATCHER)


@pytest.fixture
def t():
    return world.town()


def told(t, role):
    deliver_all()
    rows = Message.objects.filter(person=t.users[role], event__startswith="referrals.").order_by("pk")
    return [row.template for row in rows]


def on(row, t, role, **more):
    return {"referral_id": row.pk, "by": t.actor(role), "now": t.now, **more}


def window(t):
    return {"wished_from": t.now + timedelta(days=1), "wished_to": t.now + timedelta(days=1, hours=3)}


@pytest.mark.clause("002 五(八)")
def test_up_the_record_travels_with_consent_and_the_outcome_comes_back_to_all(t):
    order = world.order(t, at=S.COMPLETED)
    other = alliance.another(t)
    with pytest.raises(Invalid) as unasked:
        alliance.upward(t, consent_by="", summary=" ")
    assert [one.field for one in unasked.value.reasons] == ["summary", "consent_by"]
    row = alliance.upward(t, order=order)
    hospital = t.actor(Role.REVIEWER)

    shared = selectors.shared(actor=hospital, row=row)
    assert [one["order"] for one in shared["visits"]] == [order]
    assert shared["assessment"].pk == order.request.assessment_id
    assert selectors.shared(actor=other.actor(Role.REVIEWER), row=row) is None
    with pytest.raises(NotYours):
        services.accept_up(arrangement="周三门诊", **on(row, t, Role.DOCTOR))
    with pytest.raises(Invalid):
        services.accept_up(arrangement="", **on(row, t, Role.REVIEWER))
    services.accept_up(arrangement="周三上午普外科门诊，找王主任。", **on(row, t, Role.REVIEWER))
    with pytest.raises(NotNow):
        services.feed_back(outcome=OUTCOME, **on(row, t, Role.REVIEWER))
    services.arrive(**on(row, t, Role.REVIEWER))
    fed = services.feed_back(outcome=OUTCOME, **on(row, t, Role.REVIEWER))
    assert (fed.status, fed.outcome) == (F.FED_BACK, OUTCOME)
    closed = services.close(**on(row, t, Role.DOCTOR))

    assert (closed.status, closed.over_because) == (F.CLOSED, "done")
    assert selectors.shared(actor=hospital, row=closed) is None
    assert told(t, Role.REVIEWER) == ["review.referral_proposed"]
    assert told(t, Role.DOCTOR) == ["doctor.referral_accepted", "doctor.referral_answered"]
    family = ["family.referral_proposed", "family.referral_accepted", "family.referral_answered"]
    assert told(t, Role.PROXY) == family
    assert not [one for one in Message.objects.all() if "造口" in one.text]
    labels = [line.label for line in trace.order_trace(order)]
    assert {"提出转诊", "接收", "登记到达", "反馈结果", "结束转诊"} <= set(labels)


def test_down_becomes_an_application_through_the_same_gates(t):
    other = alliance.another(t)
    with pytest.raises(Unmet) as elsewhere:  # a town that the other centre does not serve
        services.refer_down(
            patient=t.patient, centre=other.centre, reason="带管回家", summary=alliance.SUMMARY, consent_by="self",
            by=other.actor(Role.REVIEWER), now=t.now,
        )  # fmt: skip
    assert elsewhere.value.clause
    with pytest.raises(Hidden):
        alliance.downward(t, by=other.actor(Role.REVIEWER))
    with pytest.raises(Invalid) as nobody:
        alliance.downward(t, patient=None)
    assert nobody.value.reasons[0].field == "number"
    row = alliance.downward(t)
    into = on(row, t, Role.DISPATCHER)

    with pytest.raises(Invalid) as no:
        services.accept_down(wish="", wished_from=None, wished_to=None, **into)
    assert [one.field for one in no.value.reasons] == ["wish", "day"]
    with pytest.raises(Unmet):  # emergency words stop it as they stop anybody
        services.accept_down(wish="突然胸痛，请上门", **window(t), **into)
    assert Referral.objects.get().status == F.PROPOSED
    taken = services.accept_down(wish="带胃管，请上门护理", **window(t), **into)

    request = ServiceRequest.objects.get()
    assert (taken.request, request.status, request.patient) == (request, Q.SUBMITTED, t.patient)
    services.arrive(**into)
    services.feed_back(outcome="已建档，每周上门两次。", **into)
    with pytest.raises(NotYours):
        services.close(**into)
    assert services.close(**on(row, t, Role.REVIEWER)).status == F.CLOSED
    assert told(t, Role.DISPATCHER)[0] == "desk.referral_proposed"
    assert told(t, Role.REVIEWER) == ["review.referral_accepted", "review.referral_answered"]


def test_who_counts_on_a_referral_hears_that_it_is_withdrawn(t):
    up, down = alliance.upward(t), alliance.downward(t)
    services.accept_up(arrangement="周三上午普外科门诊", **on(up, t, Role.REVIEWER))
    services.arrange_transfer(words="周三 9 点，轮椅车", **on(up, t, Role.DISPATCHER))
    services.withdraw(reason="在家观察后好转", **on(up, t, Role.DOCTOR))
    services.withdraw(reason="改住康复医院", **on(down, t, Role.REVIEWER))

    assert told(t, Role.REVIEWER) == ["review.referral_proposed", "review.referral_withdrawn"]
    assert told(t, Role.DISPATCHER) == ["desk.referral_proposed", "desk.referral_withdrawn"]
    assert told(t, Role.PROXY)[2:] == [
        "family.referral_accepted", "family.referral_transfer", "family.referral_withdrawn",
        "family.referral_withdrawn",
    ]  # fmt: skip
    assert not [one for one in Message.objects.all() if "好转" in one.text or "轮椅" in one.text]


@pytest.mark.parametrize(("because", "family"), [("moved", ["family.referral_lapsed"]), ("died", [])])
def test_the_hospital_is_told_that_nobody_will_come_any_more(t, because, family):
    row = alliance.upward(t)
    services.accept_up(arrangement="周三上午普外科门诊", **on(row, t, Role.REVIEWER))
    act = {"centre_id": t.centre.pk, "because": because, "by": t.actor(Role.DOCTOR), "now": t.now}
    services.end_for_patient(patient_id=t.patient.pk, **act)

    assert told(t, Role.REVIEWER) == ["review.referral_proposed", "review.referral_lapsed"]
    assert told(t, Role.PROXY)[2:] == family


def test_what_was_answered_already_ends_without_a_word(t):
    row = alliance.upward(t)
    services.accept_up(arrangement="周三上午普外科门诊", **on(row, t, Role.REVIEWER))
    services.arrive(**on(row, t, Role.REVIEWER))
    services.feed_back(outcome=OUTCOME, **on(row, t, Role.REVIEWER))
    act = {"centre_id": t.centre.pk, "because": "moved", "by": t.actor(Role.DOCTOR), "now": t.now}
    services.end_for_patient(patient_id=t.patient.pk, **act)

    assert told(t, Role.REVIEWER) == ["review.referral_proposed"]
    assert told(t, Role.PROXY)[-1] == "family.referral_answered"


def test_one_live_referral_for_a_patient_and_direction(t):
    first = alliance.upward(t)
    with pytest.raises(Refused) as twice:
        alliance.upward(t)
    assert twice.value.code == "referral.live"
    alliance.downward(t)  # the other direction is another matter
    with pytest.raises(Invalid):
        services.decline(reason=" ", **on(first, t, Role.REVIEWER))
    services.decline(reason="可在社区继续处理，先请造口师会诊。", **on(first, t, Role.REVIEWER))
    second = alliance.upward(t)
    services.withdraw(reason="家属改变主意", **on(second, t, Role.DOCTOR))
    third = alliance.upward(t)

    for breach in (
        {"status": "fed_back"}, {"status": "closed"}, {"consent_by": ""}, {"outcome": "没有时间的结果"}, {"reason": ""},
        {"direction": "down", "status": "accepted"}, {"direction": "side"},
    ):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            Referral.objects.filter(pk=third.pk).update(**breach)
    with pytest.raises(IntegrityError), transaction.atomic():
        Referral.objects.filter(pk=second.pk).update(status="proposed")


@pytest.mark.clause("002 五(四)")
def test_an_application_that_the_doctor_refers_is_a_referral_and_both_know_the_answer(t):
    request = world.request(t, at=Q.REFERRED)
    deliver_all()
    row = Referral.objects.get()
    assert (row.request, row.reason, row.consent_by) == (request, "需专科处理", "")
    assert selectors.shared(actor=t.actor(Role.REVIEWER), row=row) is None
    assert told(t, Role.PROXY) == []  # heard of it as the application's own outcome
    with pytest.raises(NotYours):
        services.note_consent(consent_by="self", **on(row, t, Role.REVIEWER))
    services.note_consent(consent_by="family", **on(row, t, Role.DOCTOR))
    assert selectors.shared(actor=t.actor(Role.REVIEWER), row=Referral.objects.get())

    services.accept_up(arrangement="明天上午急诊留观", **on(row, t, Role.REVIEWER))
    services.arrive(**on(row, t, Role.REVIEWER))
    services.feed_back(outcome=OUTCOME, **on(row, t, Role.REVIEWER))
    deliver_all()
    assert world.fresh(request).referral_outcome == OUTCOME

    heard = world.request(world.neighbour(t), at=Q.REFERRED)
    deliver_all()
    orders.record_referral_outcome(
        request_id=heard.pk, outcome="电话告知已收治", by=t.actor(Role.DISPATCHER), now=t.now
    )  # fmt: skip
    deliver_all()
    other = Referral.objects.get(request=heard)
    assert (other.status, other.outcome) == (F.FED_BACK, "电话告知已收治")


def test_who_died_or_moved_is_referred_no_further(t):
    order = world.order(t, at=S.COMPLETED)
    up, down = alliance.upward(t), alliance.downward(t)
    question = alliance.asked(t, order)
    kept = alliance.upward(world.neighbour(t), by=t.actor(Role.DOCTOR))

    ended = services.end_for_patient(
        patient_id=t.patient.pk, centre_id=t.centre.pk, because="died", by=t.actor(Role.DOCTOR), now=t.now
    )

    assert [(row.pk, row.status, row.over_because) for row in ended] == [
        (up.pk, F.CLOSED, "died"), (down.pk, F.CLOSED, "died"),
    ]  # fmt: skip
    assert world.fresh(kept).status == F.PROPOSED
    assert not selectors.consults(actor=t.actor(Role.REVIEWER), is_open=True).filter(pk=question.pk).exists()


@pytest.mark.clause("003 二(五)15")
def test_a_booked_transfer_is_no_emergency(t):
    with pytest.raises(Unmet) as no:
        alliance.upward(t, transfer="vehicle", reason="突然胸痛，请派车送院")
    assert no.value.code == "referral.emergency"
    assert "120" in no.value.sentence
    row = alliance.upward(t)
    with pytest.raises(Unmet):
        services.arrange_transfer(words="呼吸困难，尽快", **on(row, t, Role.DISPATCHER))
    with pytest.raises(NotYours):
        services.arrange_transfer(words="周三 9 点，轮椅车", **on(row, t, Role.REVIEWER))
    booked = services.arrange_transfer(words="周三 9 点，轮椅车，已电话约好", **on(row, t, Role.DISPATCHER))
    assert booked.transfer == Referral.Transfer.VEHICLE
    assert traces.events().filter(action="referrals.transfer_arranged").count() == 1


def test_the_twins_agree_and_another_alliance_sees_nothing(t):
    other = alliance.another(t)
    rows = [alliance.upward(t), alliance.downward(t)]
    people = [t.actor(role) for role in t.users] + [other.actor(role) for role in other.users]
    for actor in people:
        for row in rows:
            seen = access.referrals_visible_to(actor).filter(pk=row.pk).exists()
            assert seen == bool(access.referral_hats(actor, row)), actor.orgs

    stranger = other.actor(Role.REVIEWER)
    for row in rows:
        with pytest.raises(Hidden):
            selectors.referral(actor=stranger, number=row.number)
        for verb, words in ((services.decline, {"reason": "不接收"}), (services.arrive, {}), (services.close, {})):
            with pytest.raises(Hidden):
                verb(referral_id=row.pk, by=stranger, now=t.now, **words)
        with pytest.raises(Hidden):
            services.arrange_transfer(referral_id=row.pk, words="周三 9 点", by=stranger, now=t.now)
    with pytest.raises(Hidden):
        alliance.upward(t, by=other.actor(Role.DOCTOR))


SQL = """SELECT centre_id, count(*) FROM referrals_referral WHERE direction = 'down'
         AND accepted_at >= %s AND accepted_at < %s GROUP BY centre_id"""


@pytest.mark.clause("003 附件-20")
def test_patients_handed_down_are_counted_as_plain_sql_counts_them(t):
    accepted = alliance.downward(t)
    services.accept_down(wish="带胃管，请上门护理", **window(t), **on(accepted, t, Role.DISPATCHER))
    alliance.downward(world.neighbour(t), by=t.actor(Role.REVIEWER))  # proposed, not accepted
    up = alliance.upward(t)
    services.accept_up(arrangement="周三门诊", **on(up, t, Role.REVIEWER))
    month = date(t.now.year, t.now.month, 1)

    found = {site: int(part.numerator) for site, part in measures.sums("annex_20", month=month, now=t.now).items()}

    zone = t.now.tzinfo
    ends = [datetime(month.year, month.month + n, 1, tzinfo=zone) for n in (0, 1)]
    with connection.cursor() as cursor:
        cursor.execute(SQL, ends)
        assert found == dict(cursor.fetchall()) == {t.centre.pk: 1}
    behind = measures.behind("annex_20", month=month, places=[t.centre.pk], now=t.now)
    assert [row["about"] for row in behind] == [accepted.number]


@pytest.mark.clause("000 四(十三)")
def test_teams_and_pairs_are_of_one_alliance_and_dated(t):
    other, boss = alliance.another(t), t.actor(Role.REVIEWER)
    act = {"by": boss, "now": t.now}
    team = services.found_team(hospital=t.hospital, specialty="stoma", name="造口联合小组", **act)
    with pytest.raises(Invalid) as twice:
        services.found_team(hospital=t.hospital, specialty="stoma", name="造口联合小组", **act)
    assert twice.value.code == "team.known"
    with pytest.raises(Hidden):
        services.found_team(
            hospital=t.hospital, specialty="picc", name="外院小组", by=other.actor(Role.REVIEWER), now=t.now
        )
    nurse, mentor = t.users[Role.NURSE].pk, t.users[Role.REVIEWER].pk
    member = services.join_team(team_id=team.pk, person_id=nurse, **act)
    assert member.organisation == t.centre
    for stranger in (nurse, other.users[Role.NURSE].pk, None):
        with pytest.raises(Invalid):
            services.join_team(team_id=team.pk, person_id=stranger, **act)
    services.leave_team(member_id=member.pk, **act)
    with pytest.raises(NotNow):
        services.leave_team(member_id=member.pk, **act)

    days = {"starts_on": t.now.date(), "ends_on": t.now.date() + timedelta(days=90)}
    pair = {"hospital": t.hospital, "mentor_id": mentor, "specialty": "stoma", "goal": "独立完成疑难造口护理"}
    coaching = services.begin_coaching(nurse_id=nurse, **pair, **days, **act)
    with pytest.raises(Invalid) as second:
        services.begin_coaching(nurse_id=nurse, **pair, **days, **act)
    assert second.value.code == "coaching.twice"
    with pytest.raises(Invalid) as wrong:
        services.begin_coaching(
            hospital=t.hospital, nurse_id=other.users[Role.NURSE].pk, mentor_id=None, specialty="x", goal="",
            starts_on=days["ends_on"], ends_on=days["starts_on"], **act,
        )  # fmt: skip
    assert [one.field for one in wrong.value.reasons] == ["nurse", "mentor", "specialty", "goal", "ends_on"]
    assert services.end_coaching(coaching_id=coaching.pk, result="考核合格", **act).result == "考核合格"
    services.begin_coaching(nurse_id=nurse, **pair, **days, **act)
    assert Coaching.objects.count() == 2
    services.end_team(team_id=team.pk, **act)
    assert not selectors.teams(hospital_ids=[t.hospital.pk])
    assert selectors.hospitals_of(actor=t.actor(Role.DISPATCHER)) == {t.hospital.pk}
