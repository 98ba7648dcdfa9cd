"""A red value calls a doctor: once per reading, with a clock, answered in words, taken back when it was wrong."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts.roles import Role
from audit import delivery
from audit.models import Due, Event
from clinical import calls
from clinical import services as clinical
from clinical.lifecycle import CallBackStatus
from clinical.models import CallBack
from clinical.services.call_backs import DOOR
from institutions import services as institutions
from kernel.refusals import Hidden, Invalid, NotNow, NotYours
from notifications.models import Message
from orders.lifecycle import OrderStatus
from tests import world
from tests.world import persons, places, traces

pytestmark = [pytest.mark.django_db, pytest.mark.clause("000 三(六)")]


@pytest.fixture
def town():
    return world.town()


@pytest.fixture
def order(town):
    return world.order(town, at=OrderStatus.IN_SERVICE)


def measure(town, order, raw, key="spo2_pct", minutes=0):
    clinical.take_reading(
        record_id=order.visit_record_id, key=key, raw=raw, explanation="已给氧", by=town.actor(Role.NURSE),
        now=order.arrived_at + timedelta(minutes=minutes),
    )  # fmt: skip


def answer(town, row, now, **changed):
    given = {"outcome": "advice", "words": "改半卧位，给氧 2 L/min，十分钟后复测。", **changed}
    return clinical.close_call_back(call_back_id=row.pk, by=town.actor(Role.DOCTOR), now=now, **given)


def sent(template):
    return sorted(Message.objects.filter(template=template).values_list("person", flat=True))


def test_a_red_value_calls_a_doctor_and_an_unusual_one_does_not(town, order):
    measure(town, order, "91")
    assert not CallBack.objects.exists()

    measure(town, order, "85", minutes=1)

    row = CallBack.objects.get()
    assert row.status == CallBackStatus.OPEN
    assert (row.value, row.sentence) == ("85", "血氧饱和度 85 %，低于危急值 88 %，请立即联系医生。")
    assert (row.patient, row.centre, row.nurse) == (town.patient, town.centre, town.users[Role.NURSE])
    assert row.due_at == row.opened_at + timedelta(minutes=10)
    assert row.steps.get().role == Role.NURSE


def test_the_same_number_again_does_not_call_twice(town, order):
    measure(town, order, "85")
    measure(town, order, "85", minutes=2)

    assert CallBack.objects.count() == 1


@pytest.mark.parametrize("better", ["97", ""])
def test_correcting_the_reading_takes_the_call_back_with_its_reason(town, order, better):
    measure(town, order, "85")

    measure(town, order, better, minutes=2)

    row = CallBack.objects.get()
    assert row.status == CallBackStatus.WITHDRAWN
    assert row.steps.order_by("pk").last().reason in {"护士更正了测量值", "护士删除了测量值"}
    with pytest.raises(NotNow):
        clinical.take_call_back(call_back_id=row.pk, by=town.actor(Role.DOCTOR), now=order.arrived_at)


def test_another_red_value_is_another_call(town, order):
    measure(town, order, "85")
    measure(town, order, "80", minutes=3)
    measure(town, order, "昏迷", key="consciousness", minutes=4)

    found = CallBack.objects.order_by("pk").values_list("measurement", "value", "status")
    assert list(found) == [
        ("spo2_pct", "85", CallBackStatus.WITHDRAWN),
        ("spo2_pct", "80", CallBackStatus.OPEN),
        ("consciousness", "昏迷", CallBackStatus.OPEN),
    ]


def test_a_doctor_takes_the_call_and_answers_in_words(town, order):
    measure(town, order, "85")
    row, now = CallBack.objects.get(), order.arrived_at + timedelta(minutes=3)
    clinical.take_call_back(call_back_id=row.pk, by=town.actor(Role.DOCTOR), now=now)

    done = answer(town, row, now + timedelta(minutes=4))

    assert done.status == CallBackStatus.CLOSED
    assert (done.doctor, done.get_outcome_display()) == (town.users[Role.DOCTOR], "电话指导")
    assert done.words.startswith("改半卧位")
    assert [step.name for step in done.steps.order_by("pk")] == ["open", "take", "close"]


@pytest.mark.parametrize(("changed", "field"), [({"outcome": "x"}, "outcome"), ({"words": " "}, "words"),
                                                 ({"words": "多" * 301}, "words")])  # fmt: skip
def test_an_answer_without_outcome_or_words_is_refused_beside_the_field(town, order, changed, field):
    measure(town, order, "85")
    row = CallBack.objects.get()
    clinical.take_call_back(call_back_id=row.pk, by=town.actor(Role.DOCTOR), now=order.arrived_at)

    with pytest.raises(Invalid) as no:
        answer(town, row, order.arrived_at, **changed)

    assert no.value.reasons[0].field == field


def test_only_a_doctor_of_the_centre_takes_it_and_only_who_took_it_answers(town, order):
    measure(town, order, "85")
    row, now = CallBack.objects.get(), order.arrived_at
    elsewhere = persons.family(places.post(places.bare_centre(town.district, name="花木"), Role.DOCTOR).user)
    colleague = persons.family(places.post(town.centre, Role.DOCTOR).user)

    with pytest.raises(Hidden):
        clinical.take_call_back(call_back_id=row.pk, by=elsewhere, now=now)
    with pytest.raises(Hidden):
        calls.call_back(actor=elsewhere, pk=row.pk)
    with pytest.raises(Hidden):
        clinical.take_call_back(call_back_id=row.pk, by=town.actor(Role.PROXY), now=now)
    with pytest.raises(NotYours):
        clinical.take_call_back(call_back_id=row.pk, by=town.actor(Role.NURSE), now=now)
    clinical.take_call_back(call_back_id=row.pk, by=town.actor(Role.DOCTOR), now=now)
    with pytest.raises(NotNow) as no:
        clinical.close_call_back(call_back_id=row.pk, outcome="nothing", words="无需处理", by=colleague, now=now)
    assert "由接手的医生答复" in no.value.sentence
    assert {row.pk for row in calls.visible_to(colleague)} == {row.pk}
    assert not calls.visible_to(elsewhere)


def test_who_sees_a_call_back_and_who_wears_a_hat_agree(town, order):
    measure(town, order, "85")
    row = CallBack.objects.get()

    for role in (Role.DOCTOR, Role.DISPATCHER, Role.CENTRE_ADMIN, Role.SUPERVISOR, Role.PROXY):
        actor = town.actor(role)
        assert bool(DOOR.hats(actor, row)) is calls.visible_to(actor).filter(pk=row.pk).exists(), role


def test_the_family_doctor_hears_at_once_and_everybody_else_when_nobody_takes_it(
    town, order, django_capture_on_commit_callbacks
):
    second = places.post(town.centre, Role.DOCTOR).user
    with django_capture_on_commit_callbacks(execute=True):
        measure(town, order, "85")
    delivery.sweep(older_than=timedelta(0))
    row = CallBack.objects.get()
    doctor = town.users[Role.DOCTOR].pk
    assert sent("doctor.call_back") == [doctor]
    assert Message.objects.get(template="doctor.call_back").link == f"/doctor/call-backs/{row.pk}/"

    delivery.run_due(now=row.due_at - timedelta(seconds=1))
    delivery.sweep(older_than=timedelta(0))
    assert sent("doctor.call_back_waits") == []
    delivery.run_due(now=row.due_at)
    delivery.run_due(now=row.due_at)
    delivery.sweep(older_than=timedelta(0))
    assert sent("doctor.call_back_waits") == sorted([doctor, second.pk])
    assert sent("desk.call_back_overdue") == []

    delivery.run_due(now=row.due_at + timedelta(minutes=10))
    delivery.run_due(now=row.due_at + timedelta(minutes=30))
    delivery.sweep(older_than=timedelta(0))
    assert sent("desk.call_back_overdue") == [town.users[Role.DISPATCHER].pk]
    assert sent("centre.call_back_overdue") == [town.users[Role.CENTRE_ADMIN].pk]
    assert traces.events().filter(action="clinical.call_back_reminded").count() == 1
    assert traces.events().filter(action="clinical.call_back_overdue").count() == 1


def test_nobody_is_told_that_a_taken_call_waits_for_a_doctor_before_its_own_time_is_up(town, order):
    measure(town, order, "85")
    row = CallBack.objects.get()
    taken = row.opened_at + timedelta(minutes=6)
    row = clinical.take_call_back(call_back_id=row.pk, by=town.actor(Role.DOCTOR), now=taken)

    delivery.run_due(now=row.opened_at + timedelta(minutes=12))
    delivery.sweep(older_than=timedelta(0))

    assert row.due_at == taken + timedelta(minutes=10)
    assert not traces.events().filter(action="clinical.call_back_reminded").exists()
    assert not Due.objects.filter(kind="call_back.overdue").exists()


def test_a_call_that_was_taken_and_not_answered_is_reminded_of_and_reported(town, order):
    second = places.post(town.centre, Role.DOCTOR).user
    measure(town, order, "85")
    row = CallBack.objects.get()
    row = clinical.take_call_back(call_back_id=row.pk, by=town.actor(Role.DOCTOR), now=row.opened_at)

    delivery.run_due(now=row.due_at)
    delivery.sweep(older_than=timedelta(0))
    assert sent("doctor.call_back_waits") == sorted([town.users[Role.DOCTOR].pk, second.pk])
    assert sent("desk.call_back_overdue") == []

    delivery.run_due(now=row.due_at + timedelta(minutes=10))
    delivery.sweep(older_than=timedelta(0))
    assert sent("desk.call_back_overdue") == [town.users[Role.DISPATCHER].pk]
    assert sent("centre.call_back_overdue") == [town.users[Role.CENTRE_ADMIN].pk]


def test_nobody_is_reminded_of_a_call_that_was_answered(town, order):
    measure(town, order, "85")
    row = CallBack.objects.get()
    clinical.take_call_back(call_back_id=row.pk, by=town.actor(Role.DOCTOR), now=row.opened_at)
    answer(town, row, row.opened_at)

    delivery.run_due(now=row.due_at + timedelta(hours=1))

    assert not traces.events().filter(action="clinical.call_back_reminded").exists()


@pytest.mark.parametrize("who", ["herself", "a colleague", "the desk"])
def test_a_call_that_was_taken_and_cannot_be_finished_is_given_back(town, order, who):
    second = persons.family(places.post(town.centre, Role.DOCTOR).user)
    by = {"herself": town.actor(Role.DOCTOR), "a colleague": second, "the desk": town.actor(Role.DISPATCHER)}[who]
    measure(town, order, "85")
    row = CallBack.objects.get()
    clinical.take_call_back(call_back_id=row.pk, by=town.actor(Role.DOCTOR), now=row.opened_at)
    now = row.opened_at + timedelta(minutes=4)

    row = clinical.release_call_back(call_back_id=row.pk, reason="正在抢救病人", by=by, now=now)

    assert (row.status, row.doctor, row.taken_at) == (CallBackStatus.OPEN, None, None)
    assert row.due_at == now + timedelta(minutes=10)
    last = row.steps.order_by("pk").last()
    assert (last.name, last.reason, last.taken_by_id) == ("release", "正在抢救病人", by.user_id)
    taken = clinical.take_call_back(call_back_id=row.pk, by=second, now=now)
    assert taken.doctor_id == second.user_id


def test_the_others_and_the_nurse_hear_of_a_call_that_was_given_back_and_its_clock_runs_anew(town, order):
    second = places.post(town.centre, Role.DOCTOR).user
    measure(town, order, "85")
    row = CallBack.objects.get()
    clinical.take_call_back(call_back_id=row.pk, by=town.actor(Role.DOCTOR), now=row.opened_at)
    now = row.opened_at + timedelta(minutes=8)
    delivery.sweep(older_than=timedelta(0))
    before = sent("doctor.call_back")

    row = clinical.release_call_back(call_back_id=row.pk, reason="正在抢救病人", by=town.actor(Role.DOCTOR), now=now)
    delivery.run_due(now=row.opened_at + timedelta(minutes=11))
    delivery.sweep(older_than=timedelta(0))

    assert sent("doctor.call_back") == sorted([*before, second.pk])
    assert sent("nurse.call_back_released") == [town.users[Role.NURSE].pk]
    assert sent("doctor.call_back_waits") == []
    delivery.run_due(now=row.due_at)
    delivery.sweep(older_than=timedelta(0))
    assert sent("doctor.call_back_waits") == sorted([town.users[Role.DOCTOR].pk, second.pk])


def test_a_call_is_given_back_with_a_reason_and_only_while_it_is_taken(town, order):
    measure(town, order, "85")
    row = CallBack.objects.get()
    act = {"call_back_id": row.pk, "by": town.actor(Role.DOCTOR), "now": row.opened_at}

    with pytest.raises(NotNow):
        clinical.release_call_back(reason="正在抢救病人", **act)
    clinical.take_call_back(**act)
    with pytest.raises(Invalid) as no:
        clinical.release_call_back(reason=" ", **act)
    with pytest.raises(NotYours):
        clinical.release_call_back(reason="x", **{**act, "by": town.actor(Role.NURSE)})

    assert no.value.reasons[0].field == "reason"


def test_the_nurse_hears_that_it_was_taken_and_answered(town, order):
    measure(town, order, "85")
    row = CallBack.objects.get()
    clinical.take_call_back(call_back_id=row.pk, by=town.actor(Role.DOCTOR), now=row.opened_at)
    answer(town, row, row.opened_at)
    delivery.sweep(older_than=timedelta(0))

    nurse = town.users[Role.NURSE].pk
    assert sent("nurse.call_back_taken") == [nurse]
    assert sent("nurse.call_back_closed") == [nurse]
    told = [message.text for message in Message.objects.filter(template__contains="call_back")]
    told = [text.replace(order.number, "") for text in told]
    assert not [text for text in told if "85" in text or "血氧" in text]


def test_the_clock_is_the_districts_choice(town, order):
    institutions.choose_setting(
        district=town.district, key="call_back.minutes", value=5, effective_on=town.now.date(), reason="加快响应",
        by=world.SETUP, now=town.now,
    )  # fmt: skip

    measure(town, order, "85")

    row = CallBack.objects.get()
    assert row.due_at == row.opened_at + timedelta(minutes=5)


def test_the_value_is_never_in_the_trace(town, order):
    measure(town, order, "昏迷", key="consciousness")

    told = [str(event.data) for event in Event.objects.filter(subject_id=str(town.patient.pk))]
    assert told
    assert not [text for text in told if "昏迷" in text]


def test_two_calls_never_run_for_one_reading_and_none_is_closed_without_words(town, order):
    measure(town, order, "85")
    row = CallBack.objects.get()

    with pytest.raises(IntegrityError, match="call_back_runs_once_per_reading"), transaction.atomic():
        CallBack.objects.create(
            record=row.record, measurement=row.measurement, patient=row.patient, centre=row.centre, nurse=row.nurse,
            status="open", value="84", sentence="x", opened_at=row.opened_at, due_at=row.due_at,
        )  # fmt: skip
    with pytest.raises(IntegrityError, match="call_back_closed_with_an_answer"), transaction.atomic():
        CallBack.objects.filter(pk=row.pk).update(
            status="closed", doctor=town.users[Role.DOCTOR], taken_at=row.opened_at, closed_at=row.opened_at
        )
