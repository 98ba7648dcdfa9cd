"""The pages of follow-ups: what is asked and kept, what a wrong entry hears, who may not, how many queries."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from audit.models import Event
from followups import services
from followups.lifecycle import TASK_DONE, TASK_DUE
from followups.models import Answer, FollowUp, FollowUpPlan, GreenCase, PlanTemplate, Questionnaire, WorkCalendarDay
from orders.models import ServiceRequest
from patients import privacy
from patients import services as patients
from tests import world
from tests.desks.offices import another_patient, client, count
from tests.world import followups as made
from tests.world import persons, places

pytestmark = pytest.mark.django_db


@pytest.fixture
def t():
    """A town of twelve days ago, whose first follow-up is due by now."""
    now = timezone.localtime().replace(hour=9, minute=0, second=0, microsecond=0) - timedelta(days=12)
    return world.town(now=now)


def said(response) -> str:
    return response.content.decode()


def test_the_desk_sees_what_is_due_asks_and_keeps_the_answer(t):
    row, desk = made.due(t), client(t, Role.DISPATCHER)
    page = said(desk.get(reverse("dispatch:followups")))
    assert "沈玉兰" in page
    assert "慢性伤口" not in page
    assert "伤口护理后随访，第 1 次" in page

    shown = said(desk.get(reverse("dispatch:followup", args=[row.pk])))
    assert row.script in shown
    assert "伤口有没有流脓" in shown
    assert privacy.phone(t.patient) not in shown

    answer = reverse("dispatch:followup_step", args=[row.pk, "answer"])
    refused = desk.post(answer, {**made.FINE, "pus": "", "note": "女儿接的电话", "how": "phone"})
    assert refused.status_code == 422
    assert "请回答这个问题" in said(refused)
    assert "女儿接的电话" in said(refused)
    done = desk.post(answer, {**made.FINE, "note": "女儿接的电话", "how": "phone"}, follow=True)
    assert done.status_code == 200
    assert "已记下回答" in said(done)
    assert "女儿接的电话" in said(done)
    assert Answer.objects.get().note == "女儿接的电话"


def test_nobody_reached_is_written_down_and_a_number_is_shown_for_a_reason(t):
    row, desk = made.due(t), client(t, Role.DISPATCHER)

    def step(name):
        return reverse("dispatch:followup_step", args=[row.pk, name])

    assert desk.post(step("try"), {"words": ""}).status_code == 422
    assert "打儿子手机无人接听" in said(desk.post(step("try"), {"words": "打儿子手机无人接听"}, follow=True))
    assert desk.post(step("reveal"), {"field": "phone", "reason": ""}).status_code == 422
    shown = desk.post(step("reveal"), {"field": "phone", "reason": "电话随访联系本人"})
    assert privacy.phone(t.patient) in said(shown)
    assert desk.post(step("dance"), {}).status_code == 404
    assert FollowUp.objects.get(pk=row.pk).tries == 1


@pytest.mark.clause("001 二(三)13-16")
def test_the_family_answers_on_one_page_and_nothing_typed_is_lost(t):
    row, family = made.due(t), client(t, Role.PROXY)
    assert "现在回答" in said(family.get(reverse("family:followups")))
    address = reverse("family:followup", args=[row.pk])
    page = said(family.get(address))
    assert "请立即拨打 120" in page
    assert "data-read" in page

    refused = family.post(address, {**made.FINE, "pain": "很痛", "words": "昨晚开始"})
    assert refused.status_code == 422
    assert "没有读懂这个数" in said(refused)
    assert "昨晚开始" in said(refused)
    assert "很痛" in said(refused)
    done = family.post(address, made.FINE, follow=True)
    assert "已收到您的回答" in said(done)
    assert FollowUp.objects.get(pk=row.pk).status in TASK_DONE
    assert family.get(address).status_code == 200  # what was answered may be read again


def test_the_family_is_told_that_a_doctor_will_call(t):
    row, family = made.due(t), client(t, Role.PROXY)

    done = said(family.post(reverse("family:followup", args=[row.pk]), made.BAD, follow=True))

    assert "医生会尽快联系您" in done
    assert "请直接拨打 120" in done


def test_another_family_finds_nothing_and_a_nurse_is_turned_away(t):
    row = made.due(t)
    stranger = places.person("路人")
    _, other = persons.with_account()
    for user_id in (stranger.pk, other.user_id):
        t.users["x"] = type(stranger).objects.get(pk=user_id)
        assert client(t, "x").get(reverse("family:followup", args=[row.pk])).status_code == 404
    for role in (Role.NURSE, Role.SUPERVISOR):
        assert client(t, role).get(reverse("dispatch:followup", args=[row.pk])).status_code == 403


def test_a_case_is_given_back_by_its_doctor_and_by_the_desk(t):
    made.answered(t, made.BAD)
    case, doctor, desk = GreenCase.objects.get(), client(t, Role.DOCTOR), client(t, Role.DISPATCHER)
    address, freed = reverse("doctor:green_one", args=[case.pk]), reverse("dispatch:followups_release", args=[case.pk])

    def step(name, typed=None):
        return doctor.post(reverse("doctor:green_step", args=[case.pk, name]), typed or {}, follow=True)

    assert "交回" not in said(doctor.get(address))
    assert freed not in said(desk.get(reverse("dispatch:followups_green")))
    step("take")
    assert "交回请其他医生接手" in said(doctor.get(address))
    assert step("release", {"reason": ""}).status_code == 422
    assert "已交回" in said(step("release", {"reason": "要去急诊"}))
    step("take")
    assert freed in said(desk.get(reverse("dispatch:followups_green")))
    assert "交回的原因" in said(desk.get(freed))
    assert desk.post(freed, {"reason": ""}).status_code == 422
    assert "已交回" in said(desk.post(freed, {"reason": "接手的医生已离岗"}, follow=True))
    assert "我来处理" in said(doctor.get(address))


@pytest.mark.clause("000 二(三)")
def test_the_doctor_takes_a_case_and_applies_for_a_visit(t):
    made.answered(t, made.BAD)
    case, doctor = GreenCase.objects.get(), client(t, Role.DOCTOR)
    assert "伤口流脓或有异味" in said(doctor.get(reverse("doctor:green")))
    address = reverse("doctor:green_one", args=[case.pk])

    def step(name):
        return reverse("doctor:green_step", args=[case.pk, name])

    assert "我来处理" in said(doctor.get(address))

    doctor.post(step("take"))
    page = said(doctor.get(address))
    assert "随访发现：伤口流脓或有异味" in page  # the wish is written in already
    refused = doctor.post(
        step("close"), {"outcome": "request", "words": "已电话联系", "wish": "上门换药", "day": "昨天"}
    )
    assert refused.status_code == 422
    assert "已电话联系" in said(refused)
    tomorrow = timezone.localdate() + timedelta(days=1)
    typed = {
        "outcome": "request", "words": "已电话联系女儿", "wish": "伤口流脓，请上门换药", "day": tomorrow.isoformat(),
        "part": "08:30-11:30", "items": [str(t.item(made.WOUND).pk)],
    }  # fmt: skip
    done = doctor.post(step("close"), typed, follow=True)

    new = ServiceRequest.objects.latest("pk")
    assert new.number in said(done)
    assert "已提交新的上门申请" in said(done)
    case.refresh_from_db()
    assert (case.request, case.outcome) == (new, "request")
    for action in ("followups.green_opened", "followups.green_taken", "followups.green_closed"):
        assert Event.objects.filter(action=action, subject_id=t.patient.pk).count() == 1


@pytest.mark.clause("003 二(四)12")
def test_a_discharge_is_registered_by_the_desk_and_by_the_lead_hospital(t):
    someone = persons.facts()
    patients.register(**someone, by=world.SETUP, now=t.now)
    typed = {
        "centre": t.centre.pk, "kind": "resident_id", "number": someone["identity_number"], "hospital": "示范医院",
        "ward": "骨科", "discharged_on": timezone.localdate().isoformat(), "diagnosis": "髋关节置换术后",
        "education": "六周内不侧卧", "template": "discharge",
    }  # fmt: skip
    address = reverse("dispatch:discharge_new")
    hospital = client(t, Role.REVIEWER)
    assert hospital.get(address).status_code == 200
    refused = hospital.post(address, {**typed, "number": "31019919430517999X", "diagnosis": "骨折"})
    assert refused.status_code == 422
    assert "没有找到这位服务对象" in said(refused)
    assert "骨折" in said(refused)
    done = hospital.post(address, typed, follow=True)

    assert done.status_code == 200
    assert "随访档案" in said(done)
    assert FollowUpPlan.objects.get().discharge.hospital == "示范医院"
    again = client(t, Role.DISPATCHER).post(address, typed)
    assert again.status_code == 422
    assert "随访计划从" in said(again)


@pytest.mark.clause("003 二(四)12")
def test_a_hospital_of_several_centres_chooses_one_and_is_offered_that_centre_s_templates(t):
    other = places.centre(t.hospital, (places.LUJIAZUI,), name="陆家嘴", now=t.now)
    services.publish_starting_content(district=t.district, by=world.SETUP, now=t.now)
    services.publish_template(
        owner=other, code="own", title="陆家嘴出院随访", condition="discharge", items=[], by=world.SETUP, now=t.now,
        steps=[{"after_days": 3, "kind": "call", "questionnaire": "discharge", "script": "您好"}],
    )  # fmt: skip
    someone = persons.facts(town=places.LUJIAZUI)
    patients.register(**someone, by=world.SETUP, now=t.now)
    typed = {
        "centre": other.pk, "kind": "resident_id", "number": someone["identity_number"], "hospital": "示范医院",
        "discharged_on": timezone.localdate().isoformat(), "diagnosis": "髋关节置换术后", "education": "六周内不侧卧",
        "template": "own",
    }  # fmt: skip
    address, hospital = reverse("dispatch:discharge_new"), client(t, Role.REVIEWER)

    first = said(hospital.get(address))
    assert "先选随访中心" in first
    assert t.centre.name in first
    assert "陆家嘴出院随访" not in said(hospital.get(address, {"centre": t.centre.pk}))
    form = said(hospital.get(address, {"centre": other.pk}))
    assert "陆家嘴出院随访" in form
    assert f'name="centre" value="{other.pk}"' in form
    for wrong in ("", "0", t.district.pk):
        refused = hospital.post(address, {**typed, "centre": wrong})
        assert refused.status_code == 422
        assert "先选随访中心" in said(refused)
    assert hospital.post(address, {**typed, "centre": t.centre.pk}).status_code == 422
    assert hospital.post(address, typed).status_code == 302

    plan = FollowUpPlan.objects.get()
    assert (plan.centre, plan.code, plan.discharge.centre) == (other, "own", other)
    assert "先选随访中心" not in said(client(t, Role.DISPATCHER).get(address))


@pytest.mark.clause("001 二(四)19")
def test_what_the_hospital_says_later_is_added_by_registering_the_discharge_again(t):
    typed = {
        "centre": t.centre.pk, "kind": "resident_id", "number": privacy.identity_number(t.patient),
        "hospital": "示范医院", "discharged_on": timezone.localdate().isoformat(), "diagnosis": "髋关节置换术后",
        "education": "六周内不侧卧", "template": "discharge", "grade_out": "second",
    }  # fmt: skip
    later = {
        "assessed_on": (timezone.localdate() - timedelta(days=9)).isoformat(), "self_care": "35", "fall_risk": "yes",
        "pressure_risk": "no", "catheter_risk": "no",
    }  # fmt: skip
    address, hospital = reverse("dispatch:discharge_new"), client(t, Role.REVIEWER)
    assert "随访计划已建立" in said(hospital.post(address, typed, follow=True))

    file = said(hospital.post(address, {**typed, **later}, follow=True))

    assert "已保存。「" in file
    assert "起正在进行，下一次随访在" in file
    assert "自理能力 35 分，重度依赖" in file
    assert FollowUpPlan.objects.count() == 1
    first_year = hospital.post(address, {**typed, **later, "discharged_on": "0001-01-01"})
    assert first_year.status_code == 422
    assert "出院日期应在今天以前" in said(first_year)


@pytest.mark.clause("001 二(四)19")
def test_what_the_hospital_said_is_asked_for_shown_and_left_to_the_doctors_own_judgement(t):
    typed = {
        "centre": t.centre.pk, "kind": "resident_id", "number": privacy.identity_number(t.patient),
        "hospital": "示范医院", "ward": "骨科", "discharged_on": timezone.localdate().isoformat(),
        "diagnosis": "髋关节置换术后", "education": "六周内不侧卧", "template": "discharge", "self_care": "35",
        "assessed_on": (timezone.localdate() - timedelta(days=9)).isoformat(), "fall_risk": "yes",
        "pressure_risk": "no", "catheter_risk": "", "grade_in": "third", "grade_out": "third",
    }  # fmt: skip
    address, hospital = reverse("dispatch:discharge_new"), client(t, Role.REVIEWER)

    half = said(hospital.post(address, typed))
    assert "请一并填写导管滑脱风险" in half
    assert 'id="admission" open' in half
    assert "请填写 0 到 100 的整数" in said(hospital.post(address, {**typed, "self_care": "三十五"}))
    odd = said(hospital.post(address, {**typed, "catheter_risk": "no"}))
    assert "请写明原因" in odd
    assert "医院" in odd
    whole = {**typed, "catheter_risk": "no", "grade_words": "长期卧床，病情平稳"}
    file = said(hospital.post(address, whole, follow=True))
    assert "自理能力 35 分，重度依赖" in file
    assert "入院三级护理，出院三级护理（长期卧床，病情平稳）" in file

    listed = said(client(t, Role.DISPATCHER).get(reverse("dispatch:followups"), {"show": "coming"}))
    assert "重点：重度依赖、跌倒风险" in listed
    task = FollowUp.objects.earliest("pk")
    assert "跌倒风险" in said(client(t, Role.DISPATCHER).get(reverse("dispatch:followup", args=[task.pk])))


def test_the_file_shows_plans_answers_and_trends_and_a_plan_may_be_ended(t):
    plan = made.plan(t)
    for task, temp in zip(plan.tasks.order_by("number")[:2], ("36.8", "37.9"), strict=True):
        services.fall_due(follow_up_id=task.pk, now=made.morning(task))
        made.answered(t, {**made.FINE, "temp": temp}, row=task)
    desk, address = client(t, Role.DISPATCHER), reverse("dispatch:followups_file", args=[t.patient.pk])

    page = said(desk.get(address))
    assert "36.8" in page
    assert "37.9" in page
    assert "体温偏高" in page
    assert client(t, Role.DOCTOR).get(address).status_code == 200
    end = reverse("dispatch:followups_end", args=[plan.pk])
    assert desk.post(end, {"because": "other", "words": ""}).status_code == 422
    assert "服务对象去世" in said(desk.post(end, {"because": "died", "words": "家属来电告知"}, follow=True))


def test_a_visit_without_its_plan_gets_one_from_the_list(t):
    order, desk = made.visit(t), client(t, Role.DISPATCHER)
    assert order.number in said(desk.get(reverse("dispatch:followups"), {"show": "unplanned"}))

    desk.post(reverse("dispatch:followups_plan", args=[order.number]))

    assert FollowUpPlan.objects.get().order == order
    assert order.number not in said(desk.get(reverse("dispatch:followups"), {"show": "unplanned"}))


def test_a_visit_whose_follow_up_is_under_way_already_is_told_which_plan_runs(t):
    first = made.plan(t)
    again, desk = made.visit(t), client(t, Role.DISPATCHER)

    told = said(desk.post(reverse("dispatch:followups_plan", args=[again.number]), follow=True))

    since, following = first.starts_on, first.tasks.order_by("number").first().due_on
    assert f"「{first.template.title}」随访计划从{since.month}月{since.day}日起正在进行" in told
    assert f"下一次随访在{following.month}月{following.day}日，没有另建。" in told
    assert FollowUpPlan.objects.count() == 1


def test_every_list_says_what_it_would_show_when_it_is_empty(t):
    desk = client(t, Role.DISPATCHER)
    for show in ("due", "overdue", "coming", "done"):
        assert "这一组现在没有随访" in said(desk.get(reverse("dispatch:followups"), {"show": show}))
    assert "护士要求随访的上门都已建立计划" in said(desk.get(reverse("dispatch:followups"), {"show": "unplanned"}))
    assert "没有随访异常" in said(desk.get(reverse("dispatch:followups_green")))
    assert "没有随访异常" in said(client(t, Role.DOCTOR).get(reverse("doctor:green")))
    assert "现在没有要回答的随访" in said(client(t, Role.PROXY).get(reverse("family:followups")))


def test_one_row_and_many_take_the_same_queries(t):
    made.answered(t, made.BAD)
    second = FollowUp.objects.exclude(status__in=TASK_DONE).order_by("number").first()
    services.fall_due(follow_up_id=second.pk, now=made.morning(second))
    places_to_look = [
        (Role.DISPATCHER, reverse("dispatch:followups")),
        (Role.DISPATCHER, reverse("dispatch:followups") + "?show=done"),
        (Role.DISPATCHER, reverse("dispatch:followups_green")),
        (Role.DOCTOR, reverse("doctor:green")),
    ]
    browsers = [(client(t, role), address) for role, address in places_to_look]
    for browser, address in browsers:
        browser.get(address)
    one = [count(browser, address) for browser, address in browsers]
    for _ in range(3):
        another_patient(t)
        t.nurse = persons.nurse(t.centre, name="护士", now=t.now)
        t.users[Role.NURSE] = t.nurse.user
        made.answered(t, made.BAD)
        task = FollowUp.objects.filter(patient=t.patient).exclude(status__in=TASK_DONE).order_by("number").first()
        services.fall_due(follow_up_id=task.pk, now=made.morning(task))

    assert FollowUp.objects.filter(status__in=TASK_DUE).count() == 4
    assert [count(browser, address) for browser, address in browsers] == one


def test_the_commission_sets_a_day_and_lets_the_published_one_stand_again(t):
    office, address = client(t, Role.SUPERVISOR), reverse("oversight:calendar")
    page = said(office.get(address, {"year": "2026"}))
    assert "国庆节假期" in page
    assert "国庆节调休上班" in page
    day = timezone.localdate() + timedelta(days=3)
    typed = {"day": day.isoformat(), "works": "no", "name": "停电检修", "reason": ""}

    refused = office.post(address, typed)
    assert refused.status_code == 422
    assert "停电检修" in said(refused)
    assert "停电检修" in said(office.post(address, {**typed, "reason": "全区停电"}, follow=True))
    row = WorkCalendarDay.objects.get()
    clear = reverse("oversight:calendar_clear", args=[row.pk])
    assert office.post(clear, {"reason": ""}).status_code == 422
    office.post(clear, {"reason": "不停电了"})

    assert not WorkCalendarDay.objects.exists()
    assert client(t, Role.QC_INSPECTOR).post(address, typed).status_code == 403
    assert client(t, Role.QC_INSPECTOR).get(address).status_code == 200


def test_templates_are_adopted_changed_and_stopped(t):
    office = client(t, Role.SUPERVISOR)
    assert "采用起始模板" in said(office.get(reverse("oversight:followups")))
    office.post(reverse("oversight:followups_adopt"))
    assert PlanTemplate.objects.filter(owner=t.district).count() == 7
    wound = PlanTemplate.objects.get(owner=t.district, code="wound")

    centre = client(t, Role.CENTRE_ADMIN)
    assert "改成自己的" in said(centre.get(reverse("centre:followups")))
    address = reverse("centre:followups_edit", args=[wound.pk])
    assert "伤口护理后随访" in said(centre.get(address))
    typed = {
        "title": "本中心伤口随访", "code": "wound", "condition": "wound", "items": "1、2", "after_days_1": "2",
        "kind_1": "call", "questionnaire_1": "wound", "script_1": "您好", "after_days_2": "2", "kind_2": "call",
        "questionnaire_2": "wound", "script_2": "",
    }  # fmt: skip
    refused = centre.post(address, typed)
    assert refused.status_code == 422
    assert "应比上一次晚" in said(refused)
    assert "本中心伤口随访" in said(refused)
    assert "已发布" in said(centre.post(address, {**typed, "after_days_2": "9"}, follow=True))
    own = PlanTemplate.objects.get(owner=t.centre)
    assert [step["after_days"] for step in own.steps] == [2, 9]
    stop = reverse("centre:followups_stop", args=[own.pk])
    assert centre.post(stop, {"reason": ""}).status_code == 422
    assert "已停用" in said(centre.post(stop, {"reason": "不再做"}, follow=True))
    assert centre.get(reverse("centre:followups_stop", args=[wound.pk])).status_code == 404


def test_questions_are_changed_as_lines_and_what_was_asked_before_stays(t):
    services.publish_starting_content(district=t.district, by=world.SETUP, now=t.now)
    centre, wound = client(t, Role.CENTRE_ADMIN), Questionnaire.objects.get(code="wound")
    assert "改成自己的" in said(centre.get(reverse("centre:followups")))
    address = reverse("centre:followups_questions", args=[wound.pk])
    page = centre.get(address)
    assert "变差了｜黄｜家属觉得伤口变差" in said(page)
    typed = {name: page.context["form"][name].value() for name in page.context["form"].fields}
    typed = {name: "" if value is None else value for name, value in typed.items() if value is not False}

    row = next(n for n in range(1, 20) if typed[f"kind_{n}"] == "number")
    refused = centre.post(address, typed | {f"lines_{row}": "高于｜红｜发热", "title": "本中心伤口随访"})
    assert refused.status_code == 422
    assert "第 1 行要写成“低于 36”或“高于 38.5”。" in said(refused)
    assert "本中心伤口随访" in said(refused)
    unlimited = centre.post(address, typed | {f"highest_{row}": ""})
    assert list(unlimited.context["form"].errors) == [f"question_{row}"]
    assert f"第 {row} 个问题的上下限没有写对。" in said(unlimited)

    more = {"question_7": "晚上睡得好吗", "kind_7": "yes_no", "lines_7": "没有｜黄｜睡不好"}
    assert "已发布" in said(centre.post(address, typed | more, follow=True))
    own = Questionnaire.objects.get(owner=t.centre)
    assert own.questions[:6] == wound.questions
    assert own.questions[6] == {
        "key": "q1", "text": "晚上睡得好吗", "kind": "yes_no", "required": True,
        "no": {"level": "yellow", "sentence": "睡不好"},
    }  # fmt: skip
    assert Questionnaire.objects.get(pk=wound.pk).questions == wound.questions
    assert centre.get(address).status_code == 404  # the centre's own stands before the district's now
    assert client(t, Role.QC_INSPECTOR).get(reverse("oversight:followups_questions", args=[0])).status_code == 403
    assert client(t, Role.SUPERVISOR).get(reverse("oversight:followups_questions", args=[0])).status_code == 200
