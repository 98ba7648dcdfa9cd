"""A question to a nurse: one at a time, answered within the promise, never an emergency, an application at last."""

from datetime import timedelta

import pytest

from accounts.roles import Role
from audit import delivery
from consults import access, selectors, services
from consults.doors import CONSULTS
from consults.lifecycle import ConsultStatus as C
from consults.models import Consult
from kernel.refusals import Hidden, Invalid, NotNow, NotYours, Refused, Unmet
from notifications.models import Message
from patients import services as patients
from tests import world
from tests.desks import offices
from tests.services.test_notifications import deliver_all
from tests.world import persons, places, traces

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.clause("000 四(十一)")]

WORDS = "换药后伤口周围有点红，要紧吗？"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def t():
    return world.town()


def asked(t, words=WORDS, **changed):
    given = {"patient": t.patient, "centre": t.centre, "words": words, "now": t.now, **changed}
    return services.ask(by=t.actor(Role.PROXY), **given)


def answered(t, row=None, words="先观察，明天还红请告诉我们。"):
    row = row or asked(t)
    return services.answer(consult_id=row.pk, words=words, by=t.actor(Role.NURSE), now=t.now + MINUTE)


def told(t, role):
    deliver_all()
    rows = Message.objects.filter(person=t.users[role], event__startswith="consults.").order_by("pk")
    return list(rows.values_list("template", flat=True))


def test_a_question_is_answered_and_both_sides_hear_of_it(t):
    row = answered(t)

    assert (row.status, row.nurse, row.answered_at) == (C.ANSWERED, t.users[Role.NURSE], t.now + MINUTE)
    assert [one.words for one in row.sayings.order_by("pk")] == [WORDS, "先观察，明天还红请告诉我们。"]
    assert told(t, Role.NURSE) == ["nurse.consult_asked"]
    assert told(t, Role.PROXY) == ["family.consult_answered"]
    message = Message.objects.get(template="family.consult_answered")
    assert message.link == f"/family/consults/{row.number}/"
    assert "红" not in message.text


@pytest.mark.clause("002 五(五)")
def test_what_sounds_like_an_emergency_is_refused_with_120_and_kept_nowhere(t):
    with pytest.raises(Unmet) as no:
        asked(t, "爸爸突然胸痛，出冷汗")
    assert no.value.code == "request.emergency"
    assert "120" in no.value.sentence
    assert not Consult.objects.exists()

    row = answered(t)
    with pytest.raises(Unmet):
        services.add(consult_id=row.pk, words="现在呼吸困难", by=t.actor(Role.PROXY), now=t.now)


@pytest.mark.parametrize(
    ("words", "code"), [("", "consult.words"), ("  ", "consult.words"), ("问" * 501, "consult.long")]
)
def test_nothing_and_too_much_are_refused_beside_the_field(t, words, code):
    with pytest.raises(Invalid) as no:
        asked(t, words)

    assert (no.value.code, no.value.reasons[0].field) == (code, "words")


def test_one_question_runs_at_a_time_about_one_person(t):
    first = asked(t)

    with pytest.raises(Refused) as no:
        asked(t)
    assert no.value.code == "consult.live"
    services.close(consult_id=first.pk, by=t.actor(Role.PROXY), now=t.now)
    assert asked(t).pk != first.pk


def test_only_the_family_asks_and_only_nurses_of_the_centre_answer(t):
    stranger = persons.family(places.person("别人"))
    with pytest.raises(Hidden):
        services.ask(patient=t.patient, centre=t.centre, words=WORDS, by=stranger, now=t.now)
    row = asked(t)

    for role in (Role.PROXY, Role.DISPATCHER, Role.DOCTOR):
        with pytest.raises(NotYours):
            services.answer(consult_id=row.pk, words="不是护士说的话", by=t.actor(role), now=t.now)
    for role in (Role.SUPERVISOR, Role.REVIEWER):
        with pytest.raises(Hidden):
            services.answer(consult_id=row.pk, words="不是护士说的话", by=t.actor(role), now=t.now)


def test_hats_and_the_table_agree_on_who_sees_a_consult(t):
    row = asked(t)

    for role in t.users:
        actor = t.actor(role)
        assert bool(access.hats(actor, row)) == access.visible_to(actor).filter(pk=row.pk).exists(), role
        assert bool(access.hats(actor, row)) == (role not in {
            Role.SUPERVISOR, Role.REVIEWER, Role.QC_INSPECTOR, Role.AUDITOR,
        })  # fmt: skip


def test_a_promise_that_was_not_kept_is_told_to_desk_and_head_once(t):
    row = asked(t)

    delivery.run_due(now=row.answer_by - MINUTE)
    assert told(t, Role.DISPATCHER) == []
    delivery.run_due(now=row.answer_by)
    delivery.run_due(now=row.answer_by + MINUTE)

    assert told(t, Role.DISPATCHER) == ["desk.consult_late"]
    assert told(t, Role.CENTRE_ADMIN) == ["centre.consult_late"]
    assert traces.events().filter(action="consults.overdue").count() == 1


def test_an_answer_in_time_escalates_nothing_and_a_further_question_is_promised_anew(t):
    row = answered(t)
    first = row.answer_by
    later = services.add(consult_id=row.pk, words="今天更红了", by=t.actor(Role.PROXY), now=t.now + timedelta(hours=1))

    delivery.run_due(now=first)
    assert told(t, Role.DISPATCHER) == []
    assert later.answer_by == first + timedelta(hours=1)
    delivery.run_due(now=later.answer_by)
    assert told(t, Role.DISPATCHER) == ["desk.consult_late"]


def test_a_nurse_does_not_end_what_nobody_has_answered(t):
    row = asked(t)
    with pytest.raises(Unmet):
        services.close(consult_id=row.pk, by=t.actor(Role.NURSE), now=t.now)

    answered(t, row)
    assert services.close(consult_id=row.pk, by=t.actor(Role.NURSE), now=t.now).status == C.CLOSED
    with pytest.raises(NotNow):
        answered(t, row)


@pytest.mark.clause("004 二(二)")
def test_an_application_ends_the_question_that_led_to_it(t):
    row = asked(t)
    services.advise(consult_id=row.pk, words="建议护士上门看看伤口。", by=t.actor(Role.NURSE), now=t.now)
    t.now += MINUTE
    request = world.request(t)
    deliver_all()
    deliver_all()

    row.refresh_from_db()
    assert (row.status, row.request_id) == (C.APPLIED, request.pk)
    assert told(t, Role.PROXY) == ["family.consult_visit"]
    assert CONSULTS.chances(row, t.actor(Role.PROXY)) == []


def test_an_application_about_somebody_else_changes_nothing(t):
    row = asked(t)
    mother, t.patient = t.patient, persons.patient(now=t.now)
    patients.add_proxy(
        patient_id=t.patient.pk, user=t.users[Role.PROXY], relation="儿子", scopes=["apply", "sign", "manage"],
        expires_on=t.now.date() + timedelta(days=300), by=places.SETUP, now=t.now,
    )  # fmt: skip
    world.request(t)
    deliver_all()

    row.refresh_from_db()
    assert (row.status, row.patient) == (C.WAITING, mother)


def test_the_nearest_promise_stands_first_in_the_nurses_list(t):
    numbers = []
    for hours in (2, 0, 1):
        offices.another_patient(t)
        numbers.append((hours, asked(t, now=t.now + timedelta(hours=hours)).number))

    listed = [row.number for row in selectors.to_answer(actor=t.actor(Role.NURSE))]
    assert listed == [number for _, number in sorted(numbers)]
