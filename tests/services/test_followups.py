"""A visit or a discharge becomes a plan on working days; answers are judged; a red one waits by the clock."""

from datetime import date, datetime, time, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.roles import Role
from audit import delivery
from audit.models import Due
from followups import access, selectors, services
from followups.lifecycle import GREEN_OPEN, PLAN_LIVE, TASK_MISSED, GreenStatus, PlanStatus, TaskStatus
from followups.models import Answer, FollowUp, FollowUpPlan, GreenCase, PlanTemplate
from indicators import measures, months
from kernel.refusals import Hidden, Invalid, NotNow, NotYours, Refused, Unmet
from notifications.models import Message
from orders.lifecycle import OrderStatus as S
from orders.models import ServiceRequest
from tests import world
from tests.desks import offices
from tests.services.test_access_twins import everybody
from tests.services.test_notifications import deliver_all
from tests.world import followups as made
from tests.world import places, traces

pytestmark = pytest.mark.django_db
HOME = {"state": "better", "breath": "no", "medicine": "yes", "fall": "no", "pain": "1"}


def discharge(t, **changed):
    facts = {
        "patient": t.patient, "centre": t.centre, "hospital": "示范医院", "ward": "骨科",
        "discharged_on": timezone.localdate(t.now) - timedelta(days=1), "diagnosis": "髋关节置换术后",
        "education": "六周内不侧卧，按时服药，一个月后复诊。", "template": "discharge", "by": t.actor(Role.DISPATCHER),
        "now": t.now, **changed,
    }  # fmt: skip
    return services.register_discharge(**facts)


def codes(no) -> list[str]:
    return [reason.code for reason in no.value.reasons]


# --- plans ------------------------------------------------------------------------------------------------------------


@pytest.mark.clause("000 四(十一)", "003 二(六)16")
def test_a_visit_that_asks_for_a_follow_up_has_its_plan_by_itself():
    t = world.town()
    order = made.visit(t)

    deliver_all()

    plan = FollowUpPlan.objects.get()
    assert (plan.order, plan.code, plan.status) == (order, "wound", PlanStatus.LIVE)
    assert plan.starts_on == date(2026, 3, 3)
    due = list(plan.tasks.order_by("number").values_list("due_on", "late_after"))
    assert due == [
        (date(2026, 3, 6), date(2026, 3, 10)),  # Friday; two working days later is Tuesday
        (date(2026, 3, 10), date(2026, 3, 12)),
        (date(2026, 3, 17), date(2026, 3, 19)),
    ]
    assert Due.objects.filter(kind="followup.due").count() == 3


def test_a_visit_that_does_not_ask_for_one_has_none():
    t = world.town()
    world.order(t, at=S.AWAITING_CONFIRMATION, numbers=(made.WOUND,))

    deliver_all()

    assert not FollowUpPlan.objects.exists()


def test_told_of_the_same_visit_twice_there_is_one_plan():
    t = world.town()
    order = made.visit(t)
    again = {"order_id": order.pk, "by": world.SETUP, "now": order.finished_at}

    assert len(services.plan_after_visit(**again)) == 1
    assert services.plan_after_visit(**again) == []
    assert FollowUpPlan.objects.count() == 1


def test_items_without_a_template_of_their_own_take_the_general_one():
    t = world.town()
    plan = made.plan(t, made.visit(t, numbers=(16,)))

    assert plan.code == selectors.GENERAL


def test_a_second_plan_of_the_same_kind_is_refused_while_one_is_under_way():
    t = world.town()
    plan = made.plan(t)

    with pytest.raises(Refused) as no:
        services.open_plan(patient=t.patient, centre=t.centre, template=plan.template, starts_on=plan.starts_on,
                           by=t.actor(Role.DISPATCHER), now=t.now)  # fmt: skip

    assert codes(no) == ["followup.plan_live"]
    assert no.value.sentence == (
        f"这位服务对象的「{plan.template.title}」随访计划从3月3日起正在进行，下一次随访在3月6日，没有另建。"
    )


@pytest.mark.clause("003 二(五)14")
def test_a_visit_that_asks_for_what_is_under_way_already_hears_which_plan_stands_for_it():
    t = world.town()
    plan = made.plan(t)
    again = made.visit(t)
    asked = {"order_id": again.pk, "now": again.finished_at}

    with pytest.raises(NotNow) as no:
        services.plan_after_visit(by=t.actor(Role.DISPATCHER), **asked)

    assert codes(no) == ["followup.plan_live"]
    assert selectors.in_words(plan) in no.value.sentence
    assert services.plan_after_visit(by=world.SETUP, **asked) == []  # the platform asks nobody and doubles nothing
    assert [one.pk for one in selectors.running_instead(again)] == [plan.pk]
    assert selectors.running_instead(plan.order) == []


@pytest.mark.clause("003 二(四)12")
def test_a_discharge_opens_a_plan_from_the_day_of_coming_home():
    t = world.town()

    plan = discharge(t)

    assert (plan.starts_on, plan.discharge.education[:3]) == (date(2026, 3, 1), "六周内")
    # Two days after a Sunday is Tuesday; the thirtieth day is a Tuesday as well.
    assert list(plan.tasks.order_by("number").values_list("due_on", flat=True))[0] == date(2026, 3, 3)
    assert traces.events().filter(action="followups.discharge_registered", subject_id=t.patient.pk).count() == 1


def test_the_lead_hospital_may_register_a_discharge_and_another_centre_may_not():
    t = world.town()
    assert discharge(t, by=t.actor(Role.REVIEWER)).status in PLAN_LIVE

    with pytest.raises(Hidden):
        discharge(t, by=t.actor(Role.NURSE))


def test_a_discharge_says_beside_each_field_what_is_missing():
    t = world.town()

    with pytest.raises(Invalid) as no:
        discharge(
            t, patient=None, hospital=" ", diagnosis="", education="", discharged_on=date(2026, 3, 9), template="x"
        )

    assert [reason.field for reason in no.value.reasons] == [
        "number", "hospital", "diagnosis", "education", "discharged_on", "template",
    ]  # fmt: skip


def test_a_centre_registers_only_those_who_live_where_it_serves():
    t = world.town(town="310115005")

    with pytest.raises(Unmet):
        discharge(t)


@pytest.mark.parametrize(("because", "left"), [("died", 0), ("moved", 0), ("withdrew", 0), ("other", 1)])
def test_whoever_died_moved_or_does_not_want_it_is_asked_nothing_more(because, left):
    t = world.town()
    plan, other = made.plan(t), discharge(t)

    services.end_plan(plan_id=plan.pk, because=because, words="家属来电", by=t.actor(Role.DISPATCHER), now=t.now)

    assert FollowUpPlan.objects.filter(status__in=PLAN_LIVE).count() == left
    plan.refresh_from_db()
    assert plan.status == PlanStatus.ENDED
    assert not plan.tasks.exclude(status=TaskStatus.CANCELLED).exists()
    for task in plan.tasks.all():
        with pytest.raises(NotNow):
            services.fall_due(follow_up_id=task.pk, now=made.morning(task))
    other.refresh_from_db()
    assert (other.status in PLAN_LIVE) == bool(left)


# --- the day it is due ------------------------------------------------------------------------------------------------


@pytest.mark.clause("001 二(四)19")
def test_on_its_morning_it_is_due_and_after_its_last_day_it_is_overdue():
    t = world.town()
    row = made.plan(t).tasks.order_by("number").first()
    at = timezone.make_aware(datetime.combine(row.due_on, time(8)))

    delivery.run_due(now=at - timedelta(minutes=1))
    row.refresh_from_db()
    assert row.status == TaskStatus.PLANNED
    delivery.run_due(now=at)
    row.refresh_from_db()
    assert row.status == TaskStatus.DUE
    delivery.run_due(now=at + timedelta(days=4))
    row.refresh_from_db()
    assert row.status == TaskStatus.DUE  # the last day is not over
    delivery.run_due(now=at + timedelta(days=5))
    row.refresh_from_db()
    assert row.status in TASK_MISSED
    deliver_all()
    assert Message.objects.filter(person=t.users[Role.DISPATCHER], template="desk.follow_up_missed").count() == 1


def test_the_family_hears_of_a_questionnaire_and_not_of_a_call():
    t = world.town()
    call, form = made.plan(t).tasks.order_by("number")[:2]

    services.fall_due(follow_up_id=call.pk, now=made.morning(call))
    services.fall_due(follow_up_id=form.pk, now=made.morning(form))
    deliver_all()

    told = Message.objects.get(person=t.users[Role.PROXY], template="family.follow_up")
    assert told.link == f"/family/follow-ups/{form.pk}/"
    assert "沈玉兰" in told.text


def test_an_answer_that_came_in_time_is_never_overdue():
    t = world.town()
    row = made.answered(t)

    with pytest.raises(NotNow):
        services.miss(follow_up_id=row.pk, now=made.morning(row) + timedelta(days=9))


def test_nobody_reached_is_noted_and_the_follow_up_stays_where_it_is():
    t = world.town()
    row, desk = made.due(t), t.actor(Role.DISPATCHER)
    act = {"follow_up_id": row.pk, "by": desk, "now": made.morning(row)}

    assert services.try_call(words="打儿子手机，无人接听", **act).status == TaskStatus.DUE
    services.miss(follow_up_id=row.pk, now=made.morning(row) + timedelta(days=9))
    late = services.try_call(words="再打仍无人接听", **act)

    assert (late.status, late.tries) == (TaskStatus.MISSED, 2)
    with pytest.raises(Invalid):
        services.try_call(words=" ", **act)


# --- answers ----------------------------------------------------------------------------------------------------------


@pytest.mark.clause("003 二(五)14")
def test_the_family_answers_once_and_the_answer_stays():
    t = world.town()
    row = made.answered(t, {**made.FINE, "redness": "some"})

    kept = Answer.objects.get()
    assert (kept.level, kept.how, kept.answered_by) == ("yellow", "online", t.users[Role.PROXY])
    assert [one["sentence"] for one in kept.findings] == ["伤口周围轻度红肿"]
    assert row.status == TaskStatus.DONE
    assert not GreenCase.objects.exists()
    with pytest.raises(NotNow):
        made.answered(t, row=row)


def test_what_is_asked_on_the_telephone_says_so():
    t = world.town()
    row, desk = made.due(t), t.actor(Role.DISPATCHER)
    act = {"follow_up_id": row.pk, "answers": made.FINE, "by": desk, "now": made.morning(row)}

    with pytest.raises(Invalid) as no:
        services.answer(**act)
    assert [reason.field for reason in no.value.reasons] == ["how"]
    with pytest.raises(Invalid):
        services.answer(how="online", **act)
    services.answer(how="phone", note="女儿接的电话", **act)

    assert Answer.objects.get().note == "女儿接的电话"


def test_an_open_question_stands_beside_its_field_and_nothing_is_kept():
    t = world.town()

    with pytest.raises(Invalid) as no:
        made.answered(t, {"look": "better", "pain": "很痛"})

    assert [reason.field for reason in no.value.reasons] == ["pus", "redness", "pain"]
    assert not Answer.objects.exists()
    assert FollowUp.objects.filter(status=TaskStatus.DUE).count() == 1


def test_before_its_day_nobody_answers_and_a_stranger_never():
    t = world.town()
    plan = made.plan(t)
    task = plan.tasks.order_by("number").first()

    with pytest.raises(NotNow):
        made.answered(t, row=task)
    services.fall_due(follow_up_id=task.pk, now=made.morning(task))
    for role, no in ((Role.NURSE, Hidden), (Role.SUPERVISOR, NotYours), (Role.REVIEWER, NotYours)):
        with pytest.raises(no):
            services.answer(follow_up_id=task.pk, answers=made.FINE, by=t.actor(role), now=made.morning(task))


def test_the_last_answer_completes_the_plan():
    t = world.town()
    plan = made.plan(t)
    for task in plan.tasks.order_by("number"):
        services.fall_due(follow_up_id=task.pk, now=made.morning(task))
        made.answered(t, row=task)

    plan.refresh_from_db()
    assert (plan.status, plan.over_at is not None) == (PlanStatus.COMPLETED, True)


def test_a_new_version_of_the_questions_leaves_what_was_asked_before():
    t = world.town()
    row = made.due(t)
    question = {"key": "one", "text": "好吗", "kind": "yes_no", "required": True}
    services.publish_questionnaire(
        owner=t.district, code="wound", title="伤口随访", questions=[question], by=t.actor(Role.SUPERVISOR), now=t.now
    )

    assert made.answered(t, row=row).questionnaire.version == 1
    assert {one.version for one in selectors.questionnaires(t.centre) if one.code == "wound"} == {2}


# --- the green channel ------------------------------------------------------------------------------------------------


@pytest.mark.clause("000 二(三)", "003 二(五)14")
def test_a_red_answer_opens_the_green_channel_and_those_who_must_know_hear_it():
    t = world.town()
    made.answered(t, made.BAD)
    deliver_all()

    case = GreenCase.objects.get()
    assert (case.status, case.sentence) == (GreenStatus.OPENED, "伤口流脓或有异味；体温超过 38.4 ℃")
    assert case.due_at - case.opened_at == timedelta(minutes=30)
    for role, template in (
        (Role.DOCTOR, "doctor.green"), (Role.DISPATCHER, "desk.green"), (Role.PROXY, "family.green")
    ):  # fmt: skip
        assert Message.objects.filter(person=t.users[role], template=template).count() == 1


def test_a_case_that_no_doctor_takes_is_carried_to_the_centre_and_the_lead_hospital():
    t = world.town()
    made.answered(t, made.BAD)
    case = GreenCase.objects.get()

    for n in range(6):
        delivery.run_due(now=case.due_at + timedelta(minutes=30 * n))
    deliver_all()

    told = Message.objects.filter(template__endswith="green_waits")
    assert told.filter(person=t.users[Role.DOCTOR]).count() == 3
    assert told.filter(person=t.users[Role.CENTRE_ADMIN]).count() == 1
    assert told.filter(person=t.users[Role.REVIEWER]).count() == 1
    assert traces.events().filter(action="followups.green_late").count() == 3


def test_a_case_in_a_doctors_hands_is_carried_no_further():
    t = world.town()
    made.answered(t, made.BAD)
    case = GreenCase.objects.get()
    services.take_green(case_id=case.pk, by=t.actor(Role.DOCTOR), now=case.opened_at)

    delivery.run_due(now=case.due_at + timedelta(hours=5))

    assert not traces.events().filter(action="followups.green_late").exists()
    assert Due.objects.get(kind="green.late").outcome == "timer.moved_on"


def _taken(t):
    made.answered(t, made.BAD)
    return services.take_green(
        case_id=GreenCase.objects.get().pk, by=t.actor(Role.DOCTOR), now=GreenCase.objects.get().opened_at
    )


@pytest.mark.clause("000 二(三)", "003 二(五)14")
def test_a_case_that_was_taken_and_never_closed_is_asked_for_three_times():
    t = world.town()
    case = _taken(t)
    usual = case.taken_at + timedelta(minutes=30)

    delivery.run_due(now=usual - timedelta(minutes=1))
    assert not traces.events().filter(action="followups.green_reminded").exists()
    for days in range(5):
        delivery.run_due(now=usual + timedelta(days=days))
    deliver_all()

    for role, template in (
        (Role.DOCTOR, "doctor.green_unfinished"), (Role.CENTRE_ADMIN, "centre.green_unfinished")
    ):  # fmt: skip
        assert Message.objects.filter(person=t.users[role], template=template).count() == 3
    assert traces.events().filter(action="followups.green_reminded").count() == 3
    assert not traces.events().filter(action="followups.green_late").exists()


def test_a_case_that_was_closed_in_time_or_given_back_reminds_nobody():
    t = world.town()
    case, doctor, other = _taken(t), t.actor(Role.DOCTOR), places.staff(t.centre, Role.DOCTOR)
    minutes = timedelta(minutes=1)
    back = services.release_green(case_id=case.pk, reason="要去急诊", by=doctor, now=case.taken_at + 20 * minutes)
    services.take_green(case_id=case.pk, by=other, now=case.taken_at + 25 * minutes)

    delivery.run_due(now=case.taken_at + 31 * minutes)  # the first doctor's clock counts no more
    assert not traces.events().filter(action="followups.green_reminded").exists()
    services.close_green(case_id=case.pk, outcome="phone", words="已联系女儿", by=other, now=back.due_at)
    delivery.run_due(now=case.taken_at + timedelta(days=5))

    assert not traces.events().filter(action="followups.green_reminded").exists()
    assert set(Due.objects.filter(kind="green.unfinished").values_list("outcome", flat=True)) == {"timer.moved_on"}


@pytest.mark.parametrize("outcome", ["referral", "phone", "none"])
def test_a_case_ends_with_an_outcome_and_words(outcome):
    t = world.town()
    case, doctor = _taken(t), t.actor(Role.DOCTOR)
    act = {"case_id": case.pk, "by": doctor, "now": case.taken_at}

    with pytest.raises(Invalid) as no:
        services.close_green(outcome="", words=" ", **act)
    assert [reason.field for reason in no.value.reasons] == ["outcome", "words"]
    closed = services.close_green(outcome=outcome, words="电话联系女儿，今天到医院换药。", consent_by="family", **act)

    assert (closed.status, closed.outcome, closed.request) == (GreenStatus.CLOSED, outcome, None)


def test_only_the_doctor_who_took_it_closes_it():
    t = world.town()
    case = _taken(t)
    other = places.staff(t.centre, Role.DOCTOR)

    with pytest.raises(NotNow) as no:
        services.close_green(case_id=case.pk, outcome="phone", words="已处理", by=other, now=case.taken_at)

    assert codes(no) == ["green.not_yours"]


def test_a_case_whose_doctor_has_left_is_given_back_and_another_finishes_it():
    t = world.town()
    case, desk, other = _taken(t), t.actor(Role.DISPATCHER), places.staff(t.centre, Role.DOCTOR)
    late = case.due_at + timedelta(minutes=1)
    delivery.run_due(now=late)  # the first ladder ends, because a doctor had it
    act = {"case_id": case.pk, "now": late}

    with pytest.raises(Invalid) as no:
        services.release_green(reason=" ", by=desk, **act)
    assert [reason.field for reason in no.value.reasons] == ["reason"]
    with pytest.raises(NotNow) as no:
        services.release_green(reason="我来", by=other, **act)
    assert codes(no) == ["green.not_yours"]
    back = services.release_green(reason="接手的医生已离岗", by=desk, **act)
    assert (back.status, back.doctor, back.due_at > late) == (GreenStatus.OPENED, None, True)
    deliver_all()
    assert Message.objects.filter(event="followups.green_released", person=other.user_id).count() == 1

    delivery.run_due(now=back.due_at)
    assert traces.events().filter(action="followups.green_late").count() == 1
    services.take_green(case_id=case.pk, by=other, now=back.due_at)
    closed = services.close_green(case_id=case.pk, outcome="phone", words="已联系女儿", by=other, now=back.due_at)
    assert (closed.status, closed.doctor_id) == (GreenStatus.CLOSED, other.user_id)


def test_a_clock_from_before_a_case_was_given_back_counts_no_more():
    t = world.town()
    case = _taken(t)
    later = case.taken_at + timedelta(minutes=5)

    back = services.release_green(case_id=case.pk, reason="要去急诊", by=t.actor(Role.DOCTOR), now=later)
    delivery.run_due(now=case.due_at)
    assert not traces.events().filter(action="followups.green_late").exists()
    delivery.run_due(now=back.due_at)

    assert traces.events().filter(action="followups.green_late").count() == 1


def test_a_new_visit_is_applied_for_by_the_same_gates_as_any_other():
    t = world.town()
    case, doctor = _taken(t), t.actor(Role.DOCTOR)
    start = case.taken_at + timedelta(days=1)
    act = {
        "case_id": case.pk, "outcome": "request", "words": "电话后决定上门", "wished_from": start,
        "wished_to": start + timedelta(hours=3), "items": (t.item(made.WOUND),), "by": doctor, "now": case.taken_at,
    }  # fmt: skip

    with pytest.raises(Unmet):  # emergency words stop it as they stop anybody
        services.close_green(wish="胸痛，呼吸困难", **act)
    case.refresh_from_db()
    assert case.status in GREEN_OPEN
    with pytest.raises(Invalid) as no:
        services.close_green(**{**act, "wished_from": None, "wish": ""})
    assert [reason.field for reason in no.value.reasons] == ["wish", "day"]
    closed = services.close_green(wish="伤口流脓，请上门换药", **act)

    new = ServiceRequest.objects.exclude(orders__isnull=False).get()
    assert (closed.request, new.channel, new.submitted_by) == (new, "phone", t.users[Role.DOCTOR])
    assert list(new.wished_items.values_list("number", flat=True)) == [made.WOUND]


# --- who sees it, and what it comes to --------------------------------------------------------------------------------


def test_the_twins_of_access_agree():
    t = world.town()
    row = made.answered(t, made.BAD)
    rows = [(access.tasks_visible_to, row), (access.plans_visible_to, row.plan),
            (access.green_visible_to, GreenCase.objects.get())]  # fmt: skip

    for actor in everybody(t):
        for visible_to, one in rows:
            seen = visible_to(actor).filter(pk=one.pk).exists()
            assert seen == bool(access.hats(actor, one)), (actor.name, actor.orgs)


@pytest.mark.clause("003 二(五)14")
def test_the_rate_and_the_overdue_list_agree_with_plain_sql():
    t = world.town()
    first, second, third = made.plan(t).tasks.order_by("number")
    for task in (first, second, third):
        services.fall_due(follow_up_id=task.pk, now=made.morning(task))
    made.answered(t, row=first)
    made.answered(t, row=second, now=made.morning(second) + timedelta(days=20))
    services.miss(follow_up_id=third.pk, now=made.morning(third) + timedelta(days=9))
    cancelled = discharge(t).tasks.order_by("number").first()
    services.cancel(follow_up_id=cancelled.pk, reason="已住回医院", by=t.actor(Role.DISPATCHER), now=t.now)
    desk = t.actor(Role.DISPATCHER)

    rate = selectors.rate(actor=desk, first=date(2026, 3, 1), last=date(2026, 3, 31))
    overdue = list(selectors.tasks(actor=desk, group="overdue").values_list("pk", flat=True))

    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT count(*), count(*) FILTER (WHERE status = 'done'),
                      count(*) FILTER (WHERE status = 'done'
                                       AND (done_at AT TIME ZONE 'Asia/Shanghai')::date <= late_after)
               FROM followups_followup
               WHERE centre_id = %s AND due_on BETWEEN '2026-03-01' AND '2026-03-31'
                     AND status IN ('due', 'done', 'missed')""",
            [t.centre.pk],
        )
        assert (rate.due, rate.done, rate.in_time) == cursor.fetchone() == (3, 2, 1)
        cursor.execute("SELECT id FROM followups_followup WHERE status = 'missed' ORDER BY due_on, id")
        assert overdue == [pk for (pk,) in cursor.fetchall()] == [third.pk]
    assert rate.percent == 67
    assert selectors.sizes(actor=desk) == {"due": 0, "overdue": 1, "coming": 2, "done": 2}


DISCHARGED = """
    SELECT count(*), count(*) FILTER (WHERE undone = 0) FROM (
        SELECT count(*) FILTER (WHERE f.status <> 'done') AS undone FROM followups_followup f
        JOIN followups_followupplan p ON p.id = f.plan_id AND p.discharge_id IS NOT NULL
        WHERE f.status IN ('due', 'missed', 'done') AND f.due_on < %(next)s
        GROUP BY f.plan_id HAVING max(f.due_on) >= %(month)s) plans"""


def discharged(month, following) -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(DISCHARGED, {"month": month, "next": following})
        return cursor.fetchone()


def test_who_came_home_from_hospital_counts_once_a_month_and_only_when_all_that_was_due_is_done():
    t = world.town()
    march, april, may = date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1)
    followed = discharge(t, discharged_on=t.now.date())  # due on the 4th and the 9th of March and the 1st of April
    for task in followed.tasks.order_by("number"):
        services.fall_due(follow_up_id=task.pk, now=made.morning(task))
        made.answered(t, HOME, row=task)
    offices.another_patient(t)
    first, second, _ = discharge(t, discharged_on=t.now.date()).tasks.order_by("number")
    for task in (first, second):
        services.fall_due(follow_up_id=task.pk, now=made.morning(task))
    made.answered(t, HOME, row=first)
    late = made.morning(second) + timedelta(days=7)
    services.miss(follow_up_id=second.pk, now=late)
    made.plan(t)  # after a visit, not a discharge
    rows = selectors.discharged_indicator_rows(*months.ends(march), late).order_by("pk")

    assert [row.amount for row in rows] == [1.0, 0.0]
    assert {(row.site, row.about, timezone.localtime(row.at).date()) for row in rows} == {
        (t.centre.pk, None, first.due_on)
    }
    for month, following, n in ((march, april, (2, 1)), (april, may, (1, 1))):
        part = measures.sums("annex_21", month=month, now=late)[t.centre.pk]
        assert (part.denominator, part.numerator) == discharged(month, following) == n


def test_a_visit_that_was_never_planned_stands_on_the_list():
    t = world.town()
    order = made.visit(t)
    desk, since = t.actor(Role.DISPATCHER), order.finished_at.date()

    assert list(selectors.unplanned(actor=desk, since=since)) == [order]
    made.plan(t, order)
    assert not selectors.unplanned(actor=desk, since=since).exists()


# --- the calendar and the templates -----------------------------------------------------------------------------------


def test_a_day_set_by_the_commission_moves_what_is_planned_afterwards():
    t = world.town()
    act = {"district": t.district, "day": date(2026, 3, 6), "works": False, "name": "停电检修", "now": t.now}
    with pytest.raises(Hidden):
        services.set_calendar_day(reason="全区停电", by=t.actor(Role.CENTRE_ADMIN), **act)
    with pytest.raises(Invalid):
        services.set_calendar_day(reason=" ", by=t.actor(Role.SUPERVISOR), **act)
    row = services.set_calendar_day(reason="全区停电", by=t.actor(Role.SUPERVISOR), **act)

    assert made.plan(t).tasks.get(number=1).due_on == date(2026, 3, 9)
    services.clear_calendar_day(pk=row.pk, reason="改期", by=t.actor(Role.SUPERVISOR), now=t.now)
    assert discharge(t, discharged_on=date(2026, 2, 27)).tasks.get(number=2).due_on == date(2026, 3, 6)


def test_a_centre_may_have_a_template_of_its_own_and_stop_it_again():
    t = world.town()
    services.publish_starting_content(district=t.district, by=world.SETUP, now=t.now)
    admin = t.actor(Role.CENTRE_ADMIN)
    step = {"after_days": 1, "kind": "call", "script": "您好", "questionnaire": "wound"}
    facts = {"code": "wound", "title": "本中心伤口随访", "condition": "wound", "items": [2], "steps": [step]}

    with pytest.raises(Hidden):
        services.publish_template(owner=t.district, by=admin, now=t.now, **facts)
    own = services.publish_template(owner=t.centre, by=admin, now=t.now, **facts)
    assert own in selectors.templates_in_use(t.centre)
    assert made.plan(t).template == own
    services.retire_template(template_id=own.pk, reason="不再做", by=admin, now=t.now)

    assert "wound" not in {one.code for one in selectors.templates_in_use(t.centre)}
    assert PlanTemplate.objects.filter(owner=t.centre, code="wound").count() == 2
