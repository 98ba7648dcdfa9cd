"""A hospital says how somebody came and how she goes home: kept as its word, added later, never told otherwise."""

from dataclasses import replace
from datetime import date, timedelta
from functools import partial

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.roles import Role
from followups import admission, selectors, services
from followups.admission import Admission
from followups.models import Discharge, FollowUp, FollowUpPlan
from kernel.refusals import Invalid, Refused
from tests import world
from tests.services.test_races import at_once
from tests.world import places, traces

pytestmark = [pytest.mark.django_db, pytest.mark.clause("001 二(四)19")]

CLINICAL = {"self_care", "fall_risk", "pressure_risk", "catheter_risk", "grade_in", "grade_out", "grade_words"}


def told(t, **changed) -> Admission:
    home = timezone.localdate(t.now) - timedelta(days=1)
    facts = {
        "assessed_on": home - timedelta(days=9), "self_care": 35, "fall_risk": True, "pressure_risk": False,
        "catheter_risk": False, "grade_in": "first", "grade_out": "second",
    }  # fmt: skip
    return Admission(**{**facts, **changed})


def come_home(t, **changed):
    facts = {
        "patient": t.patient, "centre": t.centre, "hospital": "示范医院", "ward": "骨科",
        "discharged_on": timezone.localdate(t.now) - timedelta(days=1), "diagnosis": "髋关节置换术后",
        "education": "六周内不侧卧。", "template": "discharge", "by": t.actor(Role.REVIEWER), "now": t.now, **changed,
    }  # fmt: skip
    return services.register_discharge(**facts)


def test_what_the_hospital_said_stands_with_the_discharge():
    t = world.town()

    row = come_home(t, said=told(t)).discharge

    assert (row.self_care, row.grade_in, row.grade_out) == (35, "first", "second")
    assert [words for _, words in admission.in_words(row)] == [
        "2026-02-20，自理能力 35 分，重度依赖", "跌倒风险", "入院一级护理，出院二级护理",
    ]  # fmt: skip
    event = traces.events().get(action="followups.discharge_registered")
    assert event.data["assessed"] is True
    assert CLINICAL <= Discharge.AUDIT_SEALED


def test_a_discharge_may_be_registered_without_it():
    t = world.town()

    row = come_home(t).discharge

    assert admission.in_words(row) == []


def test_an_unusual_grade_is_asked_about_and_with_a_word_kept():
    t = world.town()
    with pytest.raises(Invalid) as no:
        come_home(t, said=told(t, grade_in="third", grade_out="third"))
    assert [reason.field for reason in no.value.reasons] == ["grade_words"]
    assert "至少应为一级护理" in no.value.sentence
    assert not Discharge.objects.exists()

    words = "长期卧床但病情平稳，医院按三级收住。"
    row = come_home(t, said=told(t, grade_in="third", grade_out="third", grade_words=words)).discharge

    assert row.grade_words == words
    assert words in dict(admission.in_words(row))["护理分级"]


def test_what_the_hospital_says_later_is_added_once_and_told_otherwise_is_refused():
    t = world.town()
    first = come_home(t).discharge

    assert come_home(t, template="wound", said=told(t)).discharge == first
    first.refresh_from_db()
    assert first.self_care == 35
    assert traces.events().filter(action="followups.admission_added", subject_id=t.patient.pk).count() == 1

    assert come_home(t, template="picc", said=told(t)).discharge == first  # the same again changes nothing
    assert traces.events().filter(action="followups.admission_added").count() == 1
    with pytest.raises(Invalid) as no:
        come_home(t, template="stoma", said=told(t, self_care=40))
    assert no.value.code == "discharge.told_otherwise"
    first.refresh_from_db()
    assert first.self_care == 35


def test_what_is_told_later_is_added_while_the_plan_of_the_same_template_goes_on():
    t = world.town()
    plan = come_home(t, said=Admission(grade_in="first", grade_out="second"))

    assert come_home(t, said=told(t)) == plan  # with the same grade, which contradicts nothing
    assert come_home(t, said=told(t)) == plan  # the answer did not arrive, and she presses once more
    row = Discharge.objects.get()
    assert (row.self_care, row.fall_risk, row.grade_out) == (35, True, "second")
    assert traces.events().filter(action="followups.admission_added").count() == 1
    with pytest.raises(Invalid) as no:
        come_home(t, said=told(t, grade_out="third"))
    assert no.value.code == "discharge.told_otherwise"
    with pytest.raises(Refused) as no:
        come_home(t)  # nothing is told beside the plan that runs
    assert no.value.code == "followup.plan_live"
    assert FollowUpPlan.objects.count() == 1


def test_what_is_told_in_two_parts_is_judged_as_a_whole():
    t = world.town()
    come_home(t, said=Admission(grade_in="third", grade_out="third"))
    later = told(t, grade_in="", grade_out="")

    with pytest.raises(Invalid) as no:
        come_home(t, said=later)
    assert [reason.field for reason in no.value.reasons] == ["grade_words"]
    come_home(t, said=replace(later, grade_words="长期卧床但病情平稳。"))
    assert Discharge.objects.get().grade_words == "长期卧床但病情平稳。"


def test_each_centre_registers_the_discharge_for_itself():
    t = world.town()
    other = places.centre(t.hospital, name="陆家嘴", now=t.now)
    ours = come_home(t, said=told(t)).discharge

    theirs = come_home(t, centre=other, template="wound", said=told(t, self_care=40)).discharge

    assert (theirs.centre, theirs.self_care) == (other, 40)
    ours.refresh_from_db()
    assert (ours.centre, ours.self_care) == (t.centre, 35)
    with pytest.raises(IntegrityError), transaction.atomic():
        Discharge.objects.filter(pk=theirs.pk).update(centre=t.centre)


@pytest.mark.django_db(transaction=True)
def test_two_who_register_one_discharge_at_once_share_it():
    t = world.town()
    services.publish_starting_content(district=t.district, by=world.SETUP, now=t.now)
    acts = [partial(come_home, t, template=code) for code in ("discharge", "wound", "picc", "stoma")]

    plans = at_once(*acts)

    assert [plan.code for plan in plans] == ["discharge", "wound", "picc", "stoma"]
    assert {plan.discharge_id for plan in plans} == {Discharge.objects.get().pk}


@pytest.mark.parametrize(
    "broken",
    [{"self_care": 33}, {"self_care": 105}, {"fall_risk": None}, {"assessed_on": date(2026, 3, 9)}, {"grade_in": "x"}],
)
def test_the_database_keeps_no_half_assessment(broken):
    t = world.town()
    come_home(t, said=told(t))

    with pytest.raises(IntegrityError), transaction.atomic():
        Discharge.objects.update(**broken)


def test_of_one_day_those_in_need_of_a_closer_watch_stand_first():
    t = world.town()
    come_home(t, template="wound")
    quiet = FollowUp.objects.order_by("pk").first()
    later = come_home(t, hospital="第二医院", template="discharge", said=told(t))
    watched = later.tasks.order_by("number").first()
    FollowUp.objects.filter(pk__in=[quiet.pk, watched.pk]).update(due_on=quiet.due_on, late_after=quiet.late_after)

    rows = list(selectors.tasks(actor=t.actor(Role.DISPATCHER), group="coming").filter(due_on=quiet.due_on))

    assert [row.pk for row in rows][:2] == [watched.pk, quiet.pk]
    for row in FollowUp.objects.select_related("plan__discharge"):
        asked = FollowUp.objects.filter(selectors.WATCHED, pk=row.pk).exists()
        assert asked == bool(admission.watched_for(row.plan.discharge))


def test_a_doctor_of_the_centre_reads_it_and_a_stranger_does_not():
    t = world.town()
    come_home(t, said=told(t))
    asked = {"patient_id": t.patient.pk, "on": timezone.localdate(t.now)}

    assert len(selectors.home_from_hospital(actor=t.actor(Role.DOCTOR), **asked)) == 1
    assert selectors.home_from_hospital(actor=t.actor(Role.NURSE), **asked) == []
    asked["on"] += timedelta(days=200)
    assert selectors.home_from_hospital(actor=t.actor(Role.DOCTOR), **asked) == []
