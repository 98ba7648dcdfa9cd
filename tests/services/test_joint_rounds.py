"""A doctor and a nurse see a patient together: who was there, what they agreed, signed once, corrected as a version."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import services as accounts
from accounts.roles import Role
from kernel.refusals import Hidden, Invalid, NotNow, NotYours
from orders import services as orders
from orders import trace
from orders.lifecycle import OrderStatus as S
from referrals import access, selectors, services
from referrals.models import JointRound, RoundMember
from referrals.rules import Todo
from tests import world
from tests.world import alliance, persons, places, traces

pytestmark = [pytest.mark.django_db, pytest.mark.clause("000 三(七)")]

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def t():
    return world.town()


@pytest.fixture
def order(t):
    return world.order(t, at=S.IN_SERVICE)


def fields_of(no):
    return {reason.field for reason in no.reasons}


def refused(t, order, **changed):
    with pytest.raises(Invalid) as no:
        alliance.round_held(t, order, said=alliance.of_a_round(t, **changed))
    assert {reason.clause for reason in no.value.reasons} <= {"000 三(七)", "002 五(七)1(3)"}
    return fields_of(no.value)


def joined(t, person=None):
    """Somebody of the lead hospital's wound team."""
    person = person or t.users[Role.REVIEWER]
    by = {"by": t.actor(Role.REVIEWER), "now": t.now}
    team = services.found_team(hospital=t.hospital, specialty="wound", name="伤口小组", **by)
    return services.join_team(team_id=team.pk, person_id=person.pk, **by)


def left(t, nurse, *, after):
    """This nurse leaves the centre so many days later."""
    post = nurse.affiliations.get().post_id
    accounts.end_post(post_id=post, reason="调离", by=world.SETUP, now=t.now + after)


def test_a_doctor_signs_what_she_and_the_nurse_saw_and_agreed(t, order):
    there = order.arrived_at + MINUTE
    row = alliance.round_held(t, order, said=alliance.of_a_round(t, held_on=timezone.localdate(there)), now=there)

    assert (row.version, row.order, row.led_by_id, row.kind) == (1, order, t.users[Role.DOCTOR].pk, "home")
    assert {(one.person_id, one.part) for one in row.members.all()} == {
        (t.users[Role.DOCTOR].pk, "doctor"), (t.users[Role.NURSE].pk, "nurse")
    }  # fmt: skip
    assert [(one.what, one.person_id) for one in row.todos.all()] == [("翻身卡交给家属", t.users[Role.NURSE].pk)]
    event = traces.events().get(action="referrals.round_signed")
    assert (event.organisation_id, event.subject_id) == (t.centre.pk, str(t.patient.pk))
    assert trace.ACTIONS["referrals.round_signed"] == "签名医护联合查房记录"


def test_a_nurse_signs_one_at_her_visit_and_at_no_other(t, order):
    row = alliance.round_held(t, order, role=Role.NURSE)
    assert row.led_by_id == t.users[Role.NURSE].pk

    other = persons.nurse(t.centre, name="任秋", now=t.now)
    with pytest.raises(Hidden):
        alliance.round_held(t, order, by=places.actor(other.user, t.now.date()))
    with pytest.raises(Hidden):
        services.sign_round(
            patient=t.patient, centre=t.centre, said=alliance.of_a_round(t), by=t.actor(Role.NURSE), now=t.now
        )
    with pytest.raises(Hidden):
        alliance.round_held(t, order, role=Role.DISPATCHER)


def test_a_round_is_tied_to_the_visit_of_its_day_and_to_no_other(t, order):
    today, there = timezone.localdate(t.now), order.arrived_at + MINUTE
    day, doctor = timezone.localdate(there), t.actor(Role.DOCTOR)
    about = {"patient": t.patient, "centre": t.centre, "by": doctor, "now": there}

    assert alliance.round_held(t, order, now=there).order is None  # the day before, nobody was there
    row = services.sign_round(said=alliance.of_a_round(t, held_on=day), **about)
    assert row.order == order
    new = services.amend_round(
        round_id=row.pk, said=alliance.of_a_round(t, held_on=today), reason="日期记错了", by=doctor, now=there
    )
    assert new.order is None


def test_a_nurse_to_whom_a_visit_is_only_offered_reads_and_signs_no_round(t):
    order, mine = world.order(t, at=S.OFFERED), t.actor(Role.NURSE)
    colleague = persons.nurse(t.centre, name="任秋", now=t.now)
    row = alliance.round_held(t, order, said=alliance.of_a_round(t, nurses=[colleague.user_id]))

    assert not access.round_hats(mine, row)
    assert not access.rounds_visible_to(mine).exists()
    with pytest.raises(Hidden):
        alliance.round_held(t, order, role=Role.NURSE)
    order = orders.accept(order_id=order.pk, by=mine, now=t.now)
    assert access.round_hats(mine, row) == {Role.NURSE}
    assert access.rounds_visible_to(mine).get() == row
    assert alliance.round_held(t, order, role=Role.NURSE)
    order = orders.cancel(order_id=order.pk, reason="住院了", by=t.actor(Role.PROXY), now=t.now)
    assert order.nurse == t.nurse
    with pytest.raises(Hidden):
        alliance.round_held(t, order, role=Role.NURSE)


def test_a_round_without_a_doctor_or_without_a_nurse_is_none(t, order):
    doctor, nurse = t.users[Role.DOCTOR].pk, t.users[Role.NURSE].pk

    assert refused(t, order, doctors=[]) == {"doctors"}
    assert refused(t, order, nurses=[]) == {"nurses"}
    assert refused(t, order, doctors=[nurse]) == {"doctors"}
    assert refused(t, order, nurses=[nurse, t.users[Role.DISPATCHER].pk]) == {"nurses"}
    assert refused(t, order, experts=[doctor]) == {"experts"}


def test_what_was_seen_and_agreed_and_who_does_it_until_when_is_asked_for(t, order):
    today, nurse = timezone.localdate(t.now), t.users[Role.NURSE].pk

    late = {"kind": "dream", "held_on": today + 9 * DAY, "findings": " ", "advice": "好"}
    assert refused(t, order, **late) == {"kind", "held_on", "findings", "advice", "until_1"}
    assert refused(t, order, held_on=None) == {"held_on"}
    assert refused(t, order, todos=()) == {"what_1"}
    assert refused(t, order, todos=(Todo("", None, None), Todo("复查", 0, today - DAY))) == {"who_2", "until_2"}
    assert refused(t, order, todos=(Todo("", nurse, today),)) == {"what_1"}


def test_whoever_signs_was_there(t, order):
    colleague = places.staff(t.centre, Role.DOCTOR)
    with pytest.raises(Invalid) as no:
        alliance.round_held(t, order, by=colleague)
    assert [reason.code for reason in no.value.reasons] == ["round.leader"]


def test_a_specialist_of_the_lead_hospital_s_team_takes_part_and_nobody_else_of_it(t, order):
    expert = t.users[Role.REVIEWER].pk
    assert refused(t, order, experts=[expert]) == {"experts"}
    member = joined(t)

    said = alliance.of_a_round(t, experts=[expert])
    row = alliance.round_held(t, order, said=replace(said, todos=(Todo("一周后再看", expert, said.held_on + 7 * DAY),)))
    there = row.members.get(part="expert")
    assert (there.person_id, there.team_id, there.organisation_id) == (expert, member.team_id, t.hospital.pk)
    services.leave_team(member_id=member.pk, by=t.actor(Role.REVIEWER), now=t.now)
    assert refused(t, order, experts=[expert]) == {"experts"}


def test_the_same_press_twice_is_one_record(t, order):
    receipt = uuid4()
    first = alliance.round_held(t, order, receipt=receipt)
    assert alliance.round_held(t, order, receipt=receipt) == first
    act = {"round_id": first.pk, "reason": "间隔写错了", "receipt": uuid4(), "by": t.actor(Role.DOCTOR), "now": t.now}
    said = alliance.of_a_round(t, advice="夜间两小时翻身一次。")
    second = services.amend_round(said=said, **act)
    assert services.amend_round(said=said, **act) == second
    assert JointRound.objects.count() == 2


def test_a_form_that_was_gone_back_to_and_changed_is_not_answered_as_signed(t, order):
    receipt, doctor, nurse = uuid4(), t.users[Role.DOCTOR].pk, t.users[Role.NURSE].pk
    colleague = persons.nurse(t.centre, name="任秋", now=t.now)
    row = alliance.round_held(t, order, receipt=receipt)
    later = Todo("一周后复查皮肤", doctor, row.held_on + 7 * DAY)

    for changed in (
        {"advice": "夜间两小时翻身一次。"}, {"kind": "remote"}, {"nurses": [nurse, colleague.user_id]},
        {"todos": (later,)}, {"held_on": row.held_on - DAY},
    ):  # fmt: skip
        with pytest.raises(Invalid) as no:
            alliance.round_held(t, order, said=alliance.of_a_round(t, **changed), receipt=receipt)
        assert no.value.code == "receipt.reused", changed
        assert row.number in no.value.sentence
    with pytest.raises(Invalid) as no:
        alliance.round_held(t, order, role=Role.NURSE, receipt=receipt)
    assert no.value.code == "receipt.reused"
    assert row.number not in no.value.sentence
    act = {"round_id": row.pk, "receipt": uuid4(), "by": t.actor(Role.DOCTOR), "now": t.now}
    services.amend_round(said=alliance.of_a_round(t, advice="夜间两小时翻身一次。"), reason="写错了", **act)
    with pytest.raises(Invalid) as no:
        services.amend_round(said=alliance.of_a_round(t, advice="夜间三小时翻身一次。"), reason="写错了", **act)
    assert no.value.code == "receipt.reused"
    assert JointRound.objects.count() == 2


def test_who_left_the_centre_since_still_was_there(t, order):
    leaves, comes = persons.nurse(t.centre, name="任秋", now=t.now), places.person("新来的护士")
    left(t, leaves, after=2 * DAY)
    start = timezone.localdate(t.now) + DAY
    accounts.begin_post(
        user=comes, organisation=t.centre, role=Role.NURSE, starts_on=start, by=world.SETUP, now=t.now
    )  # fmt: skip
    later = t.now + 3 * DAY

    row = alliance.round_held(t, order, said=alliance.of_a_round(t, nurses=[leaves.user_id]), now=later)
    assert row.members.get(part="nurse").person == leaves.user
    for change in ({"nurses": [comes.pk]}, {"nurses": [leaves.user_id], "held_on": timezone.localdate(later)}):
        with pytest.raises(Invalid) as no:
            alliance.round_held(t, order, said=alliance.of_a_round(t, **change), now=later)
        assert fields_of(no.value) == {"nurses"}, change


@pytest.mark.clause("002 五(七)1(3)")
def test_a_signed_record_may_be_corrected_though_those_who_took_part_have_left(t, order):
    leaves, expert = persons.nurse(t.centre, name="任秋", now=t.now), t.users[Role.REVIEWER].pk
    member = joined(t)
    said = alliance.of_a_round(
        t, nurses=[leaves.user_id], experts=[expert], todos=(Todo("再看一次", leaves.user_id, t.now.date() + DAY),)
    )  # fmt: skip
    row = alliance.round_held(t, order, said=said)
    services.leave_team(member_id=member.pk, by=t.actor(Role.REVIEWER), now=t.now)
    left(t, leaves, after=DAY)

    act = {"reason": "夜间翻身的间隔写错了", "by": t.actor(Role.DOCTOR), "now": t.now + 5 * DAY}
    new = services.amend_round(round_id=row.pk, said=replace(said, advice="夜间两小时翻身一次。"), **act)

    people = [(one.person_id, one.part, one.team_id, one.organisation_id) for one in row.members.order_by("pk")]
    assert [(m.person_id, m.part, m.team_id, m.organisation_id) for m in new.members.order_by("pk")] == people
    assert (expert, "expert", member.team_id, t.hospital.pk) in people


@pytest.mark.clause("002 五(七)1(3)")
def test_a_signed_record_is_corrected_only_as_a_new_version_by_whoever_signed_it(t, order):
    row = alliance.round_held(t, order)
    said = alliance.of_a_round(t, advice="改用气垫床，夜间两小时翻身一次。")
    act = {"round_id": row.pk, "said": said, "reason": "夜间翻身的间隔写错了", "now": t.now + MINUTE}

    with pytest.raises(NotYours):
        services.amend_round(by=t.actor(Role.NURSE), **act)
    with pytest.raises(Hidden):
        services.amend_round(by=alliance.another(t).actor(Role.DOCTOR), **act)
    with pytest.raises(Invalid) as no:
        services.amend_round(by=t.actor(Role.DOCTOR), **{**act, "reason": " "})
    assert fields_of(no.value) == {"reason"}
    new = services.amend_round(by=t.actor(Role.DOCTOR), **act)
    assert (new.number, new.version, new.replaces_id, new.patient_id) == (row.number, 2, row.pk, row.patient_id)
    row.refresh_from_db()
    assert row.advice == alliance.AGREED
    with pytest.raises(NotNow):
        services.amend_round(by=t.actor(Role.DOCTOR), **act)
    assert list(selectors.rounds(actor=t.actor(Role.DOCTOR))) == [new]
    assert selectors.replaced_rounds(new) == [row]


def test_other_centres_see_nothing_and_both_ways_of_asking_agree(t, order):
    row = alliance.round_held(t, order)
    there, free = alliance.another(t), persons.nurse(t.centre, name="任秋", now=t.now).user
    strangers = [there.actor(role) for role in there.users] + [places.actor(free, t.now.date())]
    strangers += [t.actor(role) for role in (Role.REVIEWER, Role.PROXY, Role.SUPERVISOR, Role.CENTRE_ADMIN)]
    readers = [t.actor(role) for role in (Role.DOCTOR, Role.NURSE, Role.DISPATCHER)]

    for actor in strangers:
        assert not access.round_hats(actor, row)
        assert not access.rounds_visible_to(actor).exists()
        with pytest.raises(Hidden):
            selectors.joint_round(actor=actor, number=row.number)
    for actor in readers:
        assert access.round_hats(actor, row)
        assert selectors.rounds_of(actor=actor, patient_id=t.patient.pk) == [row]


def test_the_specialist_who_was_there_reads_it_and_no_colleague_of_hers(t, order):
    expert, colleague = t.users[Role.REVIEWER], places.person("范督导")
    places.post(t.hospital, Role.REVIEWER, user=colleague)
    joined(t)
    row = alliance.round_held(t, order, said=alliance.of_a_round(t, experts=[expert.pk]))
    reads, not_hers = t.actor(Role.REVIEWER), places.actor(colleague, t.now.date())

    assert access.round_hats(reads, row) == {Role.REVIEWER}
    assert selectors.joint_round(actor=reads, number=row.number) == row
    assert not access.round_hats(not_hers, row)
    assert not access.rounds_visible_to(not_hers).exists()
    with pytest.raises(NotYours):
        services.amend_round(round_id=row.pk, said=alliance.of_a_round(t), reason="笔误", by=reads, now=t.now + MINUTE)


def test_the_nurse_of_the_next_visit_reads_it_until_her_visit_is_over(t, order):
    colleague = persons.nurse(t.centre, name="任秋", now=t.now)
    said = alliance.of_a_round(t, nurses=[colleague.user_id])
    row = alliance.round_held(t, order, said=said)
    mine = t.actor(Role.NURSE)

    assert access.round_hats(mine, row) == {Role.NURSE}
    for status in S:
        type(order).objects.filter(pk=order.pk).update(status=status)
        reads = bool(access.round_hats(mine, row))
        assert access.rounds_visible_to(mine).exists() == reads, status
        assert not reads or status not in (S.OFFERED, S.COMPLETED, S.CANCELLED, S.NO_SHOW, S.ABORTED), status
    assert access.rounds_visible_to(places.actor(colleague.user, t.now.date())).get() == row


def test_the_database_keeps_what_a_round_is(t, order):
    row = alliance.round_held(t, order)
    for breach in ({"findings": ""}, {"kind": "dream"}, {"version": 2}, {"reason": "没有新版"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            JointRound.objects.filter(pk=row.pk).update(**breach)
    with pytest.raises(IntegrityError), transaction.atomic():
        RoundMember.objects.filter(round=row, part="nurse").update(part="expert")
