"""Visits that one nurse must not make alone: two seats, judged alike, and nobody sets out before both said yes."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F

from accounts.roles import Role
from audit import delivery
from audit.models import Due
from clinical import services as clinical
from clinical.services.prescriptions import Wanted
from kernel.refusals import Hidden, Invalid, NotNow, NotYours, Refused, Stale, Unmet
from nurses import services as nurses
from orders import access, doors, eligibility, services, trace
from orders.lifecycle import CompanionStatus as C
from orders.lifecycle import OrderStatus as S
from orders.lifecycle import RequestStatus as Q
from orders.models import Companion, CompanionStep, EligibilityAnswer
from orders.services import companions
from patients import services as patients
from tests import world
from tests.world import persons, places, traces
from tests.world.chain import full_sections, walk

pytestmark = pytest.mark.django_db

REASON = "服务对象体重较大，翻身须两人"


@pytest.fixture
def t():
    return pair_town()


def pair_town():
    """A town with a second nurse of the same centre."""
    town = world.town()
    town.second = persons.nurse(town.centre, name="陈洁")
    town.second_actor = persons.family(town.second.user, on=places.TODAY)
    return town


def seated(t, at=S.ACCEPTED):
    """An order of which the desk has decided that two must go, walked to ``at``."""
    order = world.order(t, at=S.AWAITING_DISPATCH)
    companions.require_two(order_id=order.pk, reason=REASON, by=t.actor(Role.DISPATCHER), now=t.now)
    return walk(t, order, at)


def ask(t, order, **changed):
    given = {"order_id": order.pk, "nurse_id": t.second.pk, "by": t.actor(Role.DISPATCHER), "now": t.now, **changed}
    return companions.offer_companion(**given)


def agreed(t, order):
    seat = ask(t, order)
    return companions.accept(companion_id=seat.pk, by=t.second_actor, now=t.now)


def depart(t, order):
    return services.depart(order_id=order.pk, by=t.actor(Role.NURSE), now=order.planned_start - timedelta(minutes=20))


def another_order(t, at=S.AWAITING_DISPATCH):
    """An order of another patient of the same family."""
    mine, t.patient = t.patient, persons.patient(name="陆美珍")
    patients.add_proxy(
        patient_id=t.patient.pk, user=t.users[Role.PROXY], relation="亲属", scopes=["apply", "sign", "manage"],
        expires_on=places.TODAY + timedelta(days=300), by=world.SETUP, now=t.now,
    )  # fmt: skip
    order = world.order(t, at=at)
    t.patient = mine
    return order


# --- two must go ---


@pytest.mark.clause("000 五(十六)", "002 五(九)2")
@pytest.mark.parametrize(("risk", "two"), [("none", False), ("watch", False), ("high", True)])
def test_the_signed_assessment_says_whether_two_must_go(t, risk, two):
    order = walk(t, assessed_home(t, risk).orders.get(), S.AWAITING_DISPATCH)

    assert order.needs_two is two
    assert bool(order.two_reason) is two


def assessed_home(t, risk):
    row = world.request(t, at=Q.ASSESSING)
    doctor, a = t.actor(Role.DOCTOR), {"assessment_id": row.assessment_id, "now": t.now}
    clinical.depart(by=doctor, **a)
    clinical.arrive(by=doctor, **a)
    for key, answers in full_sections().items():
        answers = {**answers, "risk": risk} if key == "home" else answers
        clinical.save_section(key=key, answers=answers, by=doctor, **a)
    clinical.conclude(result="suitable", opinion="居家护理", by=doctor, **a)
    clinical.sign_assessment(valid_days=180, by=doctor, **a)
    patients.record_identity_check(
        patient_id=row.patient_id, kind="original", passed=True, source="上门核对", note="", by=doctor, now=t.now
    )
    return services.prescribe(
        request_id=row.pk, lines=[Wanted(t.item(14), 2, "weekly")], valid_until=places.TODAY + timedelta(days=60),
        by=doctor, now=t.now,
    )  # fmt: skip


def test_what_the_doctor_has_signed_is_not_the_desk_s_to_waive(t):
    order = assessed_home(t, "high").orders.get()

    with pytest.raises(Unmet) as refused:
        companions.waive_two(order_id=order.pk, reason="家属在场", by=t.actor(Role.DISPATCHER), now=t.now)

    assert refused.value.code == "two.assessed"
    assert world.fresh(order).needs_two


def test_the_desk_decides_with_a_reason_and_takes_it_back_with_another(t):
    order, desk = world.order(t, at=S.AWAITING_DISPATCH), t.actor(Role.DISPATCHER)

    with pytest.raises(Invalid):
        companions.require_two(order_id=order.pk, reason=" ", by=desk, now=t.now)
    with pytest.raises(NotYours):
        companions.require_two(order_id=order.pk, reason=REASON, by=t.actor(Role.PROXY), now=t.now)
    with pytest.raises(Hidden):
        companions.require_two(order_id=order.pk, reason=REASON, by=t.second_actor, now=t.now)
    companions.require_two(order_id=order.pk, reason=REASON, by=desk, now=t.now)
    with pytest.raises(NotNow):
        companions.require_two(order_id=order.pk, reason=REASON, by=desk, now=t.now)

    assert (world.fresh(order).needs_two, world.fresh(order).two_reason) == (True, REASON)
    assert traces.act("orders.two_required").reason == REASON
    companions.waive_two(order_id=order.pk, reason="家属可以协助", by=desk, now=t.now)
    assert not world.fresh(order).needs_two


def test_a_remark_about_two_does_not_stop_the_clock_of_an_offer(t):
    order = world.order(t, at=S.OFFERED)

    companions.require_two(order_id=order.pk, reason=REASON, by=t.actor(Role.DISPATCHER), now=t.now)
    delivery.run_due(now=order.accept_by)

    assert world.fresh(order).status == S.AWAITING_DISPATCH


@pytest.mark.clause("000 五(十六)")
def test_nobody_sets_out_alone_where_two_must_go(t):
    order = seated(t)

    with pytest.raises(Unmet) as alone:
        depart(t, order)
    ask(t, order)
    with pytest.raises(Unmet):
        depart(t, order)
    companions.accept(companion_id=order.companions.get().pk, by=t.second_actor, now=t.now)
    gone = depart(t, order)

    assert (alone.value.code, alone.value.clause) == ("order.second_nurse", "000 五(十六)")
    assert gone.status == S.EN_ROUTE


def test_who_steps_back_on_the_way_leaves_the_first_nurse_outside_the_door(t):
    order = seated(t)
    seat = agreed(t, order)
    depart(t, order)
    there = {"order_id": order.pk, "identifiers": ["name", "birth_date"], "by": t.actor(Role.NURSE)}

    companions.give_back(companion_id=seat.pk, reason="路上摔伤", by=t.second_actor, now=order.planned_start)
    with pytest.raises(Unmet) as alone:
        services.check_in(now=order.planned_start, **there)
    third = persons.nurse(t.centre, name="徐静")
    again = ask(t, order, nurse_id=third.pk, now=order.planned_start, override="只有她赶得到")
    by = persons.family(third.user, on=places.TODAY)
    companions.accept(companion_id=again.pk, by=by, now=order.planned_start)
    arrived = services.check_in(now=order.planned_start, **there)

    assert alone.value.code == "order.second_nurse"
    assert arrived.status == S.IN_SERVICE


# --- the second seat ---


@pytest.mark.clause("002 五(二)2")
@pytest.mark.parametrize(("flaw", "code"), [("licence", "nurse.licence"), ("training", "nurse.training")])
def test_the_second_nurse_passes_every_rule_and_a_no_is_kept(t, flaw, code):
    order = seated(t)
    unfit = persons.nurse(t.centre, name="徐静", fails=flaw)

    with pytest.raises(Unmet) as refused:
        ask(t, order, nurse_id=unfit.pk)

    assert code in {reason.code for reason in refused.value.reasons}
    answer = EligibilityAnswer.objects.get(order=order, nurse=unfit)
    assert (answer.asked_at_step, answer.eligible) == ("with_offer", False)
    assert not order.companions.exists()


def test_she_says_yes_and_both_answers_of_the_rules_are_kept(t):
    order = seated(t)

    seat = agreed(t, order)

    assert (seat.status, seat.lead, seat.starts_at) == (C.ACCEPTED, order.nurse, order.planned_start)
    kept = EligibilityAnswer.objects.filter(nurse=t.second).order_by("pk").values_list("asked_at_step", "eligible")
    assert list(kept) == [("with_offer", True), ("with_accept", True)]
    assert list(CompanionStep.objects.order_by("pk").values_list("name", flat=True)) == ["offer", "accept"]
    assert [a.subject_id for a in traces.acts("orders.companion_accepted")] == [str(t.patient.pk)]


def test_the_second_nurse_is_not_the_first(t):
    order = seated(t)

    with pytest.raises(Unmet) as refused:
        ask(t, order, nurse_id=t.nurse.pk)
    seat = ask(t, order)
    with pytest.raises(IntegrityError, match="companion_is_not_the_lead"), transaction.atomic():
        Companion.objects.filter(pk=seat.pk).update(nurse=F("lead"))

    assert refused.value.code == "companion.same"


def test_a_second_nurse_needs_a_first_and_a_reason_to_go(t):
    desk = t.actor(Role.DISPATCHER)
    order = world.order(t, at=S.AWAITING_DISPATCH)

    with pytest.raises(NotNow) as early:
        ask(t, order)
    walk(t, order, S.ACCEPTED)
    with pytest.raises(NotNow) as needless:
        ask(t, order)
    companions.require_two(order_id=order.pk, reason=REASON, by=desk, now=t.now)
    with pytest.raises(Stale):
        ask(t, order, version=1)
    with pytest.raises(NotYours):
        ask(t, order, by=t.actor(Role.PROXY))
    ask(t, order)
    third = persons.nurse(t.centre, name="徐静")
    with pytest.raises(Refused) as taken:
        ask(t, order, nurse_id=third.pk)

    assert (early.value.code, needless.value.code) == ("companion.no_lead", "two.not_required")
    assert taken.value.code == "companion.seated"


@pytest.mark.clause("000 五(十六)")
def test_a_second_seat_fills_her_day_as_a_first_one_does(t):
    order, other = seated(t), another_order(t)
    agreed(t, order)
    day = places.TODAY + timedelta(days=1)

    assert [stop.key for stop in eligibility.stops([t.second.pk], day)[t.second.pk]] == [order.number]
    answers = eligibility.answers(other, order.planned_start, order.planned_end)
    codes = {row["candidate"].nurse_id: {r.code for r in row["refusals"]} for row in answers}
    assert "nurse.overlap" in codes[t.second.pk]
    with pytest.raises(Unmet) as refused:
        services.offer(
            order_id=other.pk, nurse_id=t.second.pk, planned_start=order.planned_start, by=t.actor(Role.DISPATCHER),
            now=t.now,
        )  # fmt: skip
    assert "nurse.overlap" in {reason.code for reason in refused.value.reasons}


def test_who_has_a_visit_of_her_own_cannot_go_along_at_that_hour(t):
    order, other = seated(t), another_order(t)
    services.offer(
        order_id=other.pk, nurse_id=t.second.pk, planned_start=order.planned_start, by=t.actor(Role.DISPATCHER),
        now=t.now,
    )  # fmt: skip

    with pytest.raises(Unmet) as refused:
        ask(t, order)

    assert "nurse.overlap" in {reason.code for reason in refused.value.reasons}


def test_the_database_itself_keeps_her_out_of_two_places(t):
    order = seated(t)
    seat = agreed(t, order)
    other = seated_elsewhere(t)
    copy = Companion(
        order=other, centre=t.centre, patient=other.patient, nurse=t.second, lead=other.nurse, starts_at=seat.starts_at,
        ends_at=seat.ends_at, status=C.OFFERED, status_since=t.now, accept_by=t.now,
    )  # fmt: skip

    with pytest.raises(IntegrityError, match="companion_never_in_two_places"), transaction.atomic():
        copy.save()


def seated_elsewhere(t):
    other = another_order(t)
    third = persons.nurse(t.centre, name="徐静")
    return services.offer(
        order_id=other.pk, nurse_id=third.pk, planned_start=t.now + timedelta(days=1, hours=1),
        by=t.actor(Role.DISPATCHER), now=t.now,
    )  # fmt: skip


# --- she goes where the visit goes ---

MOVES = {
    "recall": lambda t, go: services.recall(reason="护士请假", by=t.actor(Role.DISPATCHER), now=t.now, **go),
    "give_back": lambda t, go: services.give_back(reason="家中有事", by=t.actor(Role.NURSE), now=t.now, **go),
    "cancel": lambda t, go: services.cancel(reason="住院了", by=t.actor(Role.PROXY), now=t.now, **go),
    "reschedule": lambda t, go: services.reschedule(
        window_start=t.now + timedelta(days=3), window_end=t.now + timedelta(days=3, hours=2), reason="家人有事",
        by=t.actor(Role.PROXY), now=t.now, **go,
    ),
    "miss": lambda t, go: services.miss(
        failed_by="patient", reason="家中无人应答", by=t.actor(Role.NURSE), now=t.now + timedelta(days=1, hours=2), **go
    ),
}  # fmt: skip


@pytest.mark.parametrize("move", sorted(MOVES))
@pytest.mark.parametrize("answered", [True, False])
def test_whatever_ends_the_first_seat_ends_the_second_in_the_same_moment(t, move, answered):
    order = seated(t)
    seat = agreed(t, order) if answered else ask(t, order)

    MOVES[move](t, {"order_id": order.pk})

    seat.refresh_from_db()
    assert seat.status == C.RELEASED
    assert (seat.released_at, bool(seat.reason)) == (traces_moment(seat), True)
    assert eligibility.stops([t.second.pk], places.TODAY + timedelta(days=1)) == {}


def traces_moment(seat):
    return seat.steps.get(name="release").taken_at


def test_a_move_that_is_refused_leaves_the_second_seat_alone(t):
    order = seated(t)
    seat = agreed(t, order)

    with pytest.raises(Refused):
        services.reschedule(
            order_id=order.pk, window_start=t.now + timedelta(days=300), window_end=t.now + timedelta(days=301),
            reason="家人有事", by=t.actor(Role.PROXY), now=t.now,
        )  # fmt: skip

    assert world.fresh(seat).status == C.ACCEPTED


def test_a_finished_visit_was_served_by_both(t):
    order = seated(t)
    seat = agreed(t, order)

    walk(t, order, S.AWAITING_CONFIRMATION)

    assert world.fresh(seat).status == C.SERVED


def test_a_stopped_visit_frees_the_second_nurse_too(t):
    order = seated(t)
    seat = agreed(t, order)

    walk(t, order, S.ABORTED)

    assert world.fresh(seat).status == C.RELEASED


@pytest.mark.clause("004 三(一)")
def test_an_excluded_nurse_loses_the_second_seat_as_well(t):
    order = seated(t)
    seat = agreed(t, order)

    nurses.exclude(
        nurse_id=t.second.pk,
        kind="不良执业行为",
        reason="违规收费",
        evidence="调查记录 3 号",
        by=world.SETUP,
        now=t.now,
    )
    services.pull_back(user_id=t.second.user_id, reason="护士已退出上门护理服务", now=t.now)

    assert world.fresh(seat).status == C.RELEASED
    assert world.fresh(order).status == S.ACCEPTED


@pytest.mark.clause("004 三(一)")
def test_an_excluded_second_nurse_does_not_go_in_though_the_first_is_on_her_way(t):
    order = seated(t)
    seat = agreed(t, order)
    depart(t, order)

    nurses.exclude(
        nurse_id=t.second.pk,
        kind="不良执业行为",
        reason="违规收费",
        evidence="调查记录 3 号",
        by=world.SETUP,
        now=t.now,
    )
    delivery.sweep(older_than=timedelta(days=-9999))

    assert world.fresh(seat).status == C.RELEASED
    with pytest.raises(Unmet) as no:
        services.check_in(
            order_id=order.pk, identifiers=["name", "birth_date"], by=t.actor(Role.NURSE), now=order.planned_start
        )
    assert no.value.code == "order.second_nurse"


def test_an_ended_post_frees_the_seats_of_that_centre_only(t):
    order = seated(t)
    seat = agreed(t, order)

    services.pull_back(user_id=t.second.user_id, organisation_id=t.hospital.pk, reason="护士岗位已结束", now=t.now)
    assert world.fresh(seat).status == C.ACCEPTED
    services.pull_back(user_id=t.second.user_id, organisation_id=t.centre.pk, reason="护士岗位已结束", now=t.now)
    assert world.fresh(seat).status == C.RELEASED


def test_waiving_two_frees_the_second_nurse(t):
    order = seated(t)
    seat = agreed(t, order)

    companions.waive_two(order_id=order.pk, reason="家属可以协助", by=t.actor(Role.DISPATCHER), now=t.now)

    assert world.fresh(seat).status == C.RELEASED


# --- who may, and how long ---


def test_only_she_answers_and_a_no_has_a_reason(t):
    order = seated(t)
    seat = ask(t, order)

    with pytest.raises(Hidden):
        companions.accept(companion_id=seat.pk, by=t.actor(Role.NURSE), now=t.now)
    with pytest.raises(NotYours):
        companions.accept(companion_id=seat.pk, by=t.actor(Role.DISPATCHER), now=t.now)
    with pytest.raises(Invalid):
        companions.decline(companion_id=seat.pk, reason=" ", by=t.second_actor, now=t.now)
    companions.decline(companion_id=seat.pk, reason="那天有事", by=t.second_actor, now=t.now)

    assert world.fresh(seat).status == C.DECLINED
    assert ask(t, order).status == C.OFFERED


def test_her_hat_is_for_the_second_seat_and_never_for_the_first(t):
    order = seated(t)
    seat = agreed(t, order)

    assert access.order_hats(t.second_actor, order) == frozenset()
    with pytest.raises(Hidden):
        services.depart(order_id=order.pk, by=t.second_actor, now=order.planned_start)
    people = [t.actor(role) for role in (*t.users, Role.NURSE)] + [
        t.second_actor,
        persons.family(places.person("路人")),
    ]
    row = doors.COMPANIONS._locked(seat.pk)
    for by in people:
        assert bool(access.companion_hats(by, row)) == access.companions_visible_to(by).filter(pk=seat.pk).exists()


@pytest.mark.clause("002 五(六)2")
def test_an_unanswered_question_is_taken_back_once_when_its_time_is_over(t):
    order = seated(t)
    seat = ask(t, order)

    delivery.run_due(now=seat.accept_by - timedelta(minutes=1))
    assert world.fresh(seat).status == C.OFFERED
    for _ in range(2):
        delivery.run_due(now=seat.accept_by)

    assert world.fresh(seat).status == C.EXPIRED
    assert [step.name for step in seat.steps.order_by("pk")] == ["offer", "expire"]
    assert len(traces.acts("orders.companion_reminded")) == 1
    with pytest.raises(NotNow):
        companions.accept(companion_id=seat.pk, by=t.second_actor, now=seat.accept_by)


def test_an_answer_stops_the_clock(t):
    order = seated(t)
    seat = agreed(t, order)

    delivery.run_due(now=seat.accept_by)

    assert world.fresh(seat).status == C.ACCEPTED
    assert not Due.objects.filter(kind="companion.expire", object_id=str(seat.pk), done_at__isnull=True).exists()


def test_the_trace_of_the_order_tells_of_both_seats(t):
    order = seated(t)
    agreed(t, order)

    told = [line.label for line in trace.order_trace(world.fresh(order))]

    assert [label for label in told if label in ("要求两人上门", "安排同行", "同意同行")] == [
        "要求两人上门", "安排同行", "同意同行",
    ]  # fmt: skip
