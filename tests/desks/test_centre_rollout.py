"""What brings a centre to serve and keeps it learning: plans on file, readiness, trial run, tasks, log, reminders."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Post
from accounts.roles import Role
from audit import delivery
from audit.models import Event
from institutions import selectors, services
from institutions.models import EmergencyPlan, GroupMember, LogEntry, TrialRun, WorkTask
from kernel.refusals import Invalid, NotNow, NotYours, Unmet
from notifications.models import Message
from orders import services as orders
from orders.lifecycle import OrderStatus as S
from orders.lifecycle import RequestStatus as Q
from safety.models import EmergencyLog, EmergencyRun, Incident
from tests import world
from tests.desks import offices
from tests.desks.offices import client, count, text
from tests.world import persons, places

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate
PAGES = ("emergencies", "readiness", "work_plan", "log", "incidents", "people_import", "expiring")
PLAN = {
    "text": "第一条 立即停止操作，评估生命体征。",
    "contacts": "急救中心，急救调度，120\n中心值班，周建国，021-58880000\n牵头医院总值班，许志远，15400000001",
    "steps": "拨打 120 并说明地址，3\n通知家属，10\n封存用物和记录",
    "effective_on": "2026-01-01",
}


@pytest.fixture
def t():
    return offices.town()


@pytest.fixture
def desk(t):
    return client(t, Role.CENTRE_ADMIN)


def plan_of(t):
    return services.publish_emergency_plan(
        organisation=t.centre, kind="accident", text="立即停止操作。",
        contacts=[services.Contact("中心值班", "周建国", "021-58880000"), services.Contact("急救", "急救调度", "120")],
        steps=[services.Measure("拨打 120", 3), services.Measure("通知家属")], effective_on=TODAY(),
        by=t.actor(Role.CENTRE_ADMIN), now=timezone.now(),
    )  # fmt: skip


def test_each_page_answers_the_administrator(t, desk):
    for name in PAGES:
        assert desk.get(reverse(f"centre:{name}")).status_code == 200, name
    assert client(t, Role.SUPERVISOR).get(reverse("centre:readiness")).status_code == 403
    assert client(t, Role.NURSE).get(reverse("centre:incidents")).status_code == 403
    assert client(t, Role.NURSE).get(reverse("centre:log")).status_code == 200


# --- plans for emergencies ---


@pytest.mark.clause("002 五(九)1", "004 三(八)")
def test_a_plan_is_put_on_file_with_people_and_steps_and_a_new_version_leaves_the_old_one(t, desk):
    url = reverse("centre:emergencies_one", args=["accident"])

    empty = desk.post(url, {"text": "", "contacts": "", "steps": ""})
    wrong = desk.post(url, {**PLAN, "contacts": "中心值班，周建国，12345"})
    short = desk.post(url, {**PLAN, "contacts": "中心值班 周建国"})
    first = desk.post(url, PLAN)
    second = desk.post(url, {**PLAN, "steps": "拨打 120"})

    assert [empty.status_code, wrong.status_code, short.status_code] == [422, 422, 422]
    assert "第 1 位联系人「周建国」的电话不正确" in text(wrong)
    assert "中心值班，周建国，12345" in text(wrong)
    assert "第 1 行请按「职责，姓名，电话」填写" in text(short)
    assert first.status_code == second.status_code == 302
    plans = list(EmergencyPlan.objects.order_by("version"))
    assert [plan.version for plan in plans] == [1, 2]
    assert [(one.name, one.phone) for one in plans[0].contacts.order_by("position")][0] == ("急救调度", "120")
    assert [one.within_minutes for one in plans[0].steps.order_by("position")] == [3, 10, None]
    assert "第 2 版" in text(desk.get(reverse("centre:emergencies")))


def test_telephones_of_a_plan_never_stand_in_the_trace(t, desk):
    newest = Event.objects.latest("id").pk
    desk.post(reverse("centre:emergencies_one", args=["accident"]), PLAN)

    rows = Event.objects.filter(id__gt=newest, object_type="institutions.plancontact")
    assert rows.count() == 3
    assert all("15400000001" not in str(row.data) and "许志远" not in str(row.data) for row in rows)


# --- a plan that is started ---


@pytest.mark.clause("002 五(七)2(1)")
def test_a_plan_is_started_from_an_incident_logged_step_by_step_and_closed_with_its_outcome(t, desk):
    plan = plan_of(t)
    desk.post(reverse("centre:incidents"), {"kind": "other", "text": "服务对象在治疗室跌倒，神志清楚。"})
    incident = Incident.objects.get()
    page = reverse("centre:incidents_one", args=[incident.pk])

    def say(verb, **sent):
        return desk.post(reverse("centre:incidents_say", args=[incident.pk, verb]), sent)

    too_early = say("note", text="还没有启动")
    started = desk.post(reverse("centre:incidents_start", args=[incident.pk]), {"plan_id": plan.pk})
    twice = desk.post(reverse("centre:incidents_start", args=[incident.pk]), {"plan_id": plan.pk})
    step, contact = plan.steps.order_by("position")[0], plan.contacts.order_by("position")[0]
    answers = [
        say("step", step_id=step.pk, text="120 已出车"),
        say("step", step_id=step.pk),
        say("call", contact_id=contact.pk, kind="reached"),
        say("note", text="家属已到场"),
    ]
    running = text(desk.get(page))
    silent = say("end", outcome="")
    ended = say("end", outcome="已送医院，家属陪同")
    late = say("note", text="又想起一件事")

    assert too_early.status_code == 404
    assert (started.status_code, twice.status_code) == (302, 422)
    assert [one.status_code for one in answers] == [302] * 4
    assert list(EmergencyLog.objects.order_by("pk").values_list("kind", flat=True)) == ["step", "reached", "note"]
    assert "已启动 0 分钟" in running
    assert 'href="tel:02158880000"' in running
    assert "120 已出车" in running
    assert (silent.status_code, ended.status_code, late.status_code) == (422, 302, 422)
    run = EmergencyRun.objects.get()
    assert (run.outcome, run.started_by, run.closed_by) == ("已送医院，家属陪同", *[t.users[Role.CENTRE_ADMIN]] * 2)
    assert {"safety.emergency_started", "safety.emergency_logged", "safety.emergency_closed"} <= set(
        Event.objects.values_list("action", flat=True)
    )
    assert "已终止，历时 0 分钟" in text(desk.get(page))


def test_an_incident_of_another_centre_is_not_there(t, desk):
    elsewhere = places.centre(t.hospital, towns=(places.LUJIAZUI,), name="陆家嘴", now=t.now)
    incident = Incident.objects.create(centre=elsewhere, kind="other", text="别处", opened_at=t.now)

    for name in ("incidents_one", "incidents_live"):
        assert desk.get(reverse(f"centre:{name}", args=[incident.pk])).status_code == 404
    for name, more in (("incidents_start", {"plan_id": 1}), ("incidents_close", {"cause": "不明"})):
        assert desk.post(reverse(f"centre:{name}", args=[incident.pk]), more).status_code == 404


# --- readiness and the trial run ---


@pytest.mark.clause("002 六(一)2", "002 六(二)1")
def test_the_list_of_readiness_follows_the_facts(t, desk):
    def line(label):
        page = text(desk.get(reverse("centre:readiness")))
        return page[page.index(label) :][: 400 + len(label)].split("</tr>")[0]

    before = line("意外伤害应急预案在册")
    plan_of(t)

    assert "还缺" in before
    assert "已具备" in line("意外伤害应急预案在册")
    assert "还缺" in line("十项制度均已发布")
    assert "已具备" in line("岗位齐全")
    Post.objects.filter(role=Role.DOCTOR).update(ended_at=t.now, ends_on=TODAY())
    assert "还缺家庭医生" in line("岗位齐全")


@pytest.mark.clause("002 六(二)1")
def test_an_institution_on_trial_takes_in_no_more_than_the_setting_allows(t):
    supervisor = t.actor(Role.SUPERVISOR)
    with pytest.raises(NotYours):
        services.begin_trial(organisation=t.centre, by=t.actor(Role.CENTRE_ADMIN), now=t.now)
    services.begin_trial(organisation=t.centre, by=supervisor, now=t.now)
    services.choose_setting(
        district=t.district, key="trial.weekly_requests", value=1,
        effective_on=timezone.localdate(t.now) + timedelta(days=1), reason="从严", by=supervisor, now=t.now,
    )  # fmt: skip
    world.request(t, Q.RECEIVED)
    offices.another_patient(t)
    waiting = world.request(t, Q.SUBMITTED)
    tomorrow = t.now + timedelta(days=1)

    with pytest.raises(Unmet) as no:
        orders.receive(request_id=waiting.pk, by=t.actor(Role.DISPATCHER), now=tomorrow)
    services.end_trial(organisation=t.centre, verdict="运行平稳，同意转正", by=supervisor, now=tomorrow)
    orders.receive(request_id=waiting.pk, by=t.actor(Role.DISPATCHER), now=tomorrow)

    assert no.value.clause == "002 六(二)1"
    assert "七天内最多受理 1 份" in no.value.sentence
    assert TrialRun.objects.get().verdict == "运行平稳，同意转正"


def test_a_trial_runs_once_at_a_time_and_ends_with_a_verdict(t):
    supervisor = t.actor(Role.SUPERVISOR)
    services.begin_trial(organisation=t.centre, by=supervisor, now=t.now)

    with pytest.raises(NotNow):
        services.begin_trial(organisation=t.centre, by=supervisor, now=t.now)
    with pytest.raises(Invalid):
        services.end_trial(organisation=t.centre, verdict=" ", by=supervisor, now=t.now)


# --- work plan ---


@pytest.mark.clause("002 七(二)")
def test_a_task_has_a_person_of_the_staff_who_says_what_came_of_it(t, desk):
    stranger = places.person("外人")
    nurse = client(t, Role.NURSE)
    new = {"title": "全员培训", "steps": "编教材\n考核", "due_on": TODAY() + timedelta(days=9)}
    add = reverse("centre:work_plan_add")

    nobody = desk.post(add, {**new, "person": ""})
    outsider = desk.post(add, {**new, "person": stranger.pk})
    added = desk.post(add, {**new, "person": t.nurse.user_id})
    other = desk.post(add, {**new, "title": "采购记录仪", "person": t.users[Role.DISPATCHER].pk})
    mine, theirs = WorkTask.objects.order_by("pk")
    page = text(nurse.get(reverse("centre:work_plan")))
    done = nurse.post(reverse("centre:work_plan_finish", args=[mine.pk]), {"outcome": "26 人合格"})
    not_mine = nurse.post(reverse("centre:work_plan_finish", args=[theirs.pk]), {"outcome": "代劳"})

    assert [nobody.status_code, outsider.status_code] == [422, 422]
    assert 'value="全员培训"' in text(nobody)
    assert [added.status_code, other.status_code, done.status_code, not_mine.status_code] == [302, 302, 302, 422]
    assert "全员培训" in page
    assert "写入任务" not in page
    mine.refresh_from_db()
    assert (mine.outcome, mine.done_by_id) == ("26 人合格", t.nurse.user_id)


@pytest.mark.clause("002 七(二)")
def test_the_working_group_names_its_people_and_their_duties(t, desk):
    join = reverse("centre:work_plan_join")

    joined = desk.post(join, {"user": t.nurse.user_id, "duty": "培训"})
    twice = desk.post(join, {"user": t.nurse.user_id, "duty": "质控"})
    member = GroupMember.objects.get()
    left = desk.post(reverse("centre:work_plan_leave", args=[member.pk]))

    assert (joined.status_code, twice.status_code, left.status_code) == (302, 422, 302)
    assert "已在工作小组中" in text(twice)
    assert selectors.working_group(t.centre.pk) == []


# --- problems and experience ---


@pytest.mark.clause("002 七(四)", "004 五(二)")
def test_a_problem_of_the_staff_is_answered_by_the_commission_and_read_by_the_centre(t, desk):
    nurse, supervisor = client(t, Role.NURSE), client(t, Role.SUPERVISOR)

    empty = nurse.post(reverse("centre:log"), {"kind": "problem", "text": " "})
    nurse.post(reverse("centre:log"), {"kind": "problem", "text": "电梯停用时找不到家属"})
    entry = LogEntry.objects.get()
    district = text(supervisor.get(reverse("oversight:rollout")))
    answered = supervisor.post(
        reverse("oversight:rollout_answer", args=[entry.pk]), {"answer": "请在申请时登记备用电话"}
    )
    again = desk.post(reverse("centre:log_answer", args=[entry.pk]), {"answer": "知道了"})

    assert empty.status_code == 422
    assert "等答复的问题 1 条" in district
    assert (answered.status_code, again.status_code) == (302, 422)
    assert "请在申请时登记备用电话" in text(nurse.get(reverse("centre:log")))


def test_the_commission_sees_its_own_district_only(t):
    supervisor = client(t, Role.SUPERVISOR)
    elsewhere = places.bare_centre(places.district(name="别的区", now=t.now), name="别区", now=t.now)
    entry = LogEntry.objects.create(organisation=elsewhere, kind="problem", text="别处", written_at=t.now)

    assert supervisor.get(reverse("oversight:rollout_one", args=[t.centre.pk])).status_code == 200
    assert supervisor.get(reverse("oversight:rollout_one", args=[elsewhere.pk])).status_code == 404
    assert supervisor.post(reverse("oversight:rollout_trial", args=[elsewhere.pk, "begin"])).status_code == 404
    assert supervisor.post(reverse("oversight:rollout_answer", args=[entry.pk]), {"answer": "x"}).status_code == 404
    assert supervisor.post(reverse("oversight:rollout_trial", args=[t.centre.pk, "begin"])).status_code == 302
    assert "试运行" in text(supervisor.get(reverse("oversight:rollout_one", args=[t.centre.pk])))


# --- who has read what ---


@pytest.mark.clause("002 五(七)1(1)")
def test_one_press_reminds_those_who_have_not_read_and_nobody_else(t, desk):
    rule_set = services.publish_rule_set(
        organisation=t.centre, kind="waste", text="第一条 分类收集。", effective_on=TODAY(),
        by=t.actor(Role.CENTRE_ADMIN), now=t.now,
    )  # fmt: skip
    services.acknowledge(rule_set_id=rule_set.pk, by=t.actor(Role.NURSE), now=t.now)
    url = reverse("centre:rulesets_remind", args=["waste"])

    pressed, twice = desk.post(url), desk.post(url)
    delivery.sweep(older_than=timedelta(0))

    assert (pressed.status_code, twice.status_code) == (302, 422)
    assert "今天已经提醒过" in text(twice)
    told = set(Message.objects.filter(template="staff.reading").values_list("person", flat=True))
    assert t.users[Role.DISPATCHER].pk in told
    assert t.nurse.user_id not in told


# --- the cost of the lists ---


def test_pages_ask_as_many_queries_for_ten_rows_as_for_one(t, desk):
    asked = {}
    for n in (1, 9):
        for i in range(n):
            services.plan_task(
                organisation=t.centre, title=f"任务 {n} {i}", steps="一步", person=t.nurse.user, due_on=TODAY(),
                by=t.actor(Role.CENTRE_ADMIN), now=timezone.now(),
            )  # fmt: skip
            services.write_log(
                organisation=t.centre, kind="experience", text="好做法", by=t.actor(Role.NURSE), now=timezone.now()
            )
            Incident.objects.create(centre=t.centre, kind="other", text="一件事", opened_at=t.now)
            persons.nurse(t.centre, name=f"护士{n}{i}", now=t.now, days=1)
        for name in ("work_plan", "log", "incidents", "readiness"):
            asked.setdefault(name, []).append(count(desk, reverse(f"centre:{name}")))

    assert {name: numbers for name, numbers in asked.items() if len(set(numbers)) > 1} == {}


def test_ending_a_post_lists_the_visits_that_go_back_to_the_desk(t, desk):
    order = world.order(t, at=S.OFFERED)
    post = Post.objects.get(user=t.nurse.user)

    page = text(desk.get(reverse("centre:people_end", args=[post.pk])))

    assert order.number in page
