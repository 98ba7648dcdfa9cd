"""A visit ends, a plan follows, the family answers on a phone, and a doctor makes a new visit of it."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.roles import Role
from audit import delivery
from audit.models import Event
from followups import services
from followups.lifecycle import TASK_DUE
from followups.models import FollowUp, GreenCase, Questionnaire
from notifications.models import Message
from orders import trace
from orders.models import ServiceRequest
from tests import world
from tests.journeys.people import DESK, PHONE, Album, Person
from tests.services.test_notifications import deliver_all
from tests.world import followups as made

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def town(transactional_db):
    """A town of twelve days ago: its visit is over, its first two follow-ups are due by the clock on the wall."""
    now = timezone.localtime().replace(hour=9, minute=0, second=0, microsecond=0) - timedelta(days=16)
    return world.town(now=now)


@pytest.fixture
def sits(browser, asgi_server, town, request):
    """Somebody in front of a browser, by role, in a size of letters."""
    people, story = [], request.node.originalname.removeprefix("test_")

    def sit(role, shape=DESK, size="std", **more):
        town.users[role].text_size = size
        town.users[role].save(update_fields=["text_size"])
        person = Person(browser, Album(f"followups/{story}-{role}-{size}"), asgi_server, shape, str(role), **more)
        client = Client()
        client.force_login(town.users[role], backend="django.contrib.auth.backends.ModelBackend")
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        cookies = [(settings.SESSION_COOKIE_NAME, session), ("size", size)]
        person.context.add_cookies([{"name": name, "value": value, "url": asgi_server} for name, value in cookies])
        people.append(person)
        return person

    yield sit
    for person in people:
        person.context.close()


def beat():
    """What a beat does: deliver what was committed, and do what is due by the clock on the wall."""
    deliver_all()
    delivery.run_due(now=timezone.now())
    deliver_all()


@pytest.mark.clause("000 四(十一)", "000 二(三)", "003 二(五)14")
def test_a_red_answer_on_a_phone_becomes_a_new_visit(sits, town):
    order = made.visit(town)
    beat()
    asked = FollowUp.objects.get(kind="questionnaire")
    assert asked.status in TASK_DUE
    told = Message.objects.get(person=town.users[Role.PROXY], template="family.follow_up")

    family = sits(Role.PROXY, PHONE)
    family.open(told.link)
    family.sees("请立即拨打 120")
    family.look("questions")
    family.press("提交回答")
    family.sees("请回答这个问题")
    family.look("left-out")
    for name, value in {"look": "worse", "pus": "yes", "redness": "some"}.items():
        family.tick_value(name, value)
    family.fill("temp", "38.9")
    family.fill("pain", "5")
    family.fill("words", "昨天晚上开始有味道")
    family.press("提交回答")
    family.sees("医生会尽快联系您")
    family.look("answered")
    family.open("/family/follow-ups/")
    family.look("list")

    beat()
    case = GreenCase.objects.get()
    doctor = sits(Role.DOCTOR)
    doctor.open("/doctor/green/")
    doctor.sees("伤口流脓或有异味")
    doctor.look("green")
    doctor.follow("沈玉兰")
    doctor.look("case")
    doctor.press("我来处理")
    doctor.sees("已接手")
    doctor.tick("新的上门申请")
    doctor.fill("words", "已电话联系女儿，暂不用去医院，明天上门换药。")
    doctor.look("closing")
    doctor.press("处理完毕")
    doctor.sees("已提交新的上门申请")
    doctor.look("closed")

    new = ServiceRequest.objects.latest("pk")
    case.refresh_from_db()
    assert (case.request, new.wish[:5], new.channel) == (new, "随访发现：", "phone")
    desk = sits(Role.DISPATCHER)
    desk.open(f"/dispatch/requests/{new.number}/")
    desk.sees("随访发现")
    acts = Event.objects.filter(kind=Event.Kind.ACT, subject_id=str(town.patient.pk)).order_by("id")
    story = [action for action in acts.values_list("action", flat=True) if action in trace.ACTIONS]
    walked = [
        "orders.finished", "followups.plan_opened", "followups.fell_due", "followups.answered",
        "followups.green_taken", "followups.green_closed",
    ]  # fmt: skip
    places = [story.index(action) for action in walked]
    assert places == sorted(places)
    assert {"followups.green_opened", "orders.request_submitted"} <= set(story)
    lines = [line.label for line in trace.order_trace(order)]
    assert {"建立随访计划", "收到随访回答", "开启绿色通道", "医生接手绿色通道"} <= set(lines)
    assert family.faults() == doctor.faults() == desk.faults() == []


@pytest.mark.parametrize("size", ["std", "large", "xlarge"])
def test_the_family_s_page_in_every_size_of_letters(sits, town, size):
    made.visit(town)
    beat()
    asked = FollowUp.objects.get(kind="questionnaire")
    family = sits(Role.PROXY, PHONE, size)
    family.open(f"/family/follow-ups/{asked.pk}/")
    family.look("questions")

    assert family.faults() == []


def test_without_script_the_family_answers_as_well(sits, town):
    made.visit(town)
    beat()
    asked = FollowUp.objects.get(kind="questionnaire")
    family = sits(Role.PROXY, PHONE, java_script_enabled=False)
    family.open(f"/family/follow-ups/{asked.pk}/")
    for name, value in {"look": "better", "pus": "no", "redness": "no"}.items():
        family.page.locator(f'[name="{name}"][value="{value}"]').check()
    family.fill("pain", "1")
    family.press("提交回答")
    family.sees("已收到您的回答")

    asked.refresh_from_db()
    assert asked.answer.level == "green"


def test_the_desk_s_day_of_follow_ups(sits, town):
    made.visit(town)
    beat()
    call = FollowUp.objects.filter(kind="call").order_by("due_on").first()
    desk = sits(Role.DISPATCHER)
    desk.open("/dispatch/follow-ups/?show=overdue")
    desk.look("overdue")
    desk.open(f"/dispatch/follow-ups/{call.pk}/")
    desk.look("call")
    for name, value in {"look": "better", "pus": "no", "redness": "some"}.items():
        desk.tick_value(name, value)
    desk.fill("temp", "36.8")
    desk.fill("pain", "2")
    desk.fill("note", "教女儿换药前洗手")
    desk.press("记下回答")
    desk.sees("已记下回答")
    desk.look("answered")
    for n, task in enumerate(FollowUp.objects.filter(status__in=TASK_DUE)):
        services.answer(
            follow_up_id=task.pk, answers={**made.FINE, "temp": f"37.{n + 5}"}, by=town.actor(Role.PROXY),
            now=timezone.now(),
        )  # fmt: skip
    desk.follow("随访档案")
    desk.sees("历次数值")
    desk.look("file")
    desk.open("/dispatch/discharges/new/")
    desk.look("discharge")
    desk.open("/dispatch/follow-ups/green/")
    desk.look("no-green")

    assert desk.faults() == []


def test_the_offices_pages(sits, town):
    services.publish_starting_content(district=town.district, by=world.SETUP, now=town.now)
    office = sits(Role.SUPERVISOR)
    office.open("/oversight/calendar/?year=2026")
    office.look("calendar")
    office.open("/oversight/follow-ups/")
    office.look("templates")
    office.follow("修改")
    office.look("template")
    office.open(f"/oversight/follow-ups/questions/{Questionnaire.objects.get(code='wound').pk}/")
    office.page.locator("summary", has_text="第 5 个问题").wait_for()
    office.look("questions")
    centre = sits(Role.CENTRE_ADMIN)
    centre.open("/centre/follow-ups/")
    centre.look("templates")
    hospital = sits(Role.REVIEWER)
    hospital.open("/dispatch/discharges/new/")
    hospital.look("discharge")
    hospital.page.locator("#admission summary").click()
    hospital.page.get_by_label("自理能力评分").fill("三十五")
    hospital.page.get_by_label("入院护理分级").select_option(label="三级护理")
    hospital.press("登记并安排随访")
    hospital.sees("请填写 0 到 100 的整数")
    hospital.look("discharge-half")

    assert office.faults() == centre.faults() == hospital.faults() == []
