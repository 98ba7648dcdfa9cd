"""A nurse presses for help; an open page of the desk knows at once, and her phone says who answered."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from accounts.roles import Role
from orders.lifecycle import OrderStatus as S
from safety import services
from safety.models import Alarm, RiskFlag
from tests import world
from tests.journeys.people import DESK, PHONE, Album, Person
from tests.services.test_notifications import deliver_all

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HERE = {"latitude": 31.2215, "longitude": 121.5236, "accuracy": 35}
COUNTED = 20_000  # milliseconds: five seconds of countdown, and a busy machine


@pytest.fixture
def town(transactional_db):
    """A town of the day before yesterday: whatever hour it is now, its nurse has set out and arrived before."""
    now = (timezone.localtime() - timedelta(days=2)).replace(hour=9, minute=0, second=0, microsecond=0)
    return world.town(now=now)


@pytest.fixture
def order(town):
    """A visit that began yesterday at ten and has not ended."""
    row = world.order(town, at=S.IN_SERVICE)
    deliver_all()
    return row


@pytest.fixture
def sits(browser, asgi_server, town, request):
    """Somebody in front of a browser, by role."""
    people, story = [], request.node.originalname.removeprefix("test_")

    def sit(role, shape=DESK, **more):
        person = Person(browser, Album(f"sos/{story}-{role}"), asgi_server, shape, str(role), **more)
        client = Client()
        client.force_login(town.users[role], backend="django.contrib.auth.backends.ModelBackend")
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        person.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": asgi_server}])
        people.append(person)
        return person

    yield sit
    for person in people:
        person.context.close()


@pytest.fixture
def nurse(sits):
    return sits(Role.NURSE, PHONE, geolocation=HERE, permissions=["geolocation"])


@pytest.mark.clause("004 三(八)", "002 五(九)2")
def test_one_press_reaches_the_open_desk_and_the_answer_reaches_the_phone(
    sits, nurse, order, celery_worker_process, town
):
    desk, dialog = sits(Role.DISPATCHER), nurse.page.locator("#sos")
    desk.open("/dispatch/queue/")
    nurse.open(f"/nurse/visit/{order.number}/")

    nurse.page.locator("a.sos:visible").click()
    expect(dialog.locator("[data-sos-count]")).to_contain_text("秒后发出求助")
    dialog.get_by_text("误触，返回").evaluate("link => link.click()")  # at once: five seconds are all she has
    expect(dialog).to_be_hidden()
    nurse.page.wait_for_timeout(6_000)
    assert not Alarm.objects.exists()  # a slip that is called off in time calls nobody

    with desk.hears("一键求助"):
        nurse.page.locator("a.sos:visible").click()
        dialog.get_by_role("button", name="马上发出求助").click()
    expect(dialog).to_contain_text("正在等值班台响应")
    expect(dialog).to_contain_text("精度约 35 米")
    nurse.look("sent")
    desk.look("queue-with-alarm")

    desk.page.get_by_role("link", name="打开并响应").click()
    desk.sees("我来响应")
    desk.look("alert")
    name = town.users[Role.DISPATCHER].display_name
    with nurse.hears("值班台已响应"):
        desk.press("我来响应")
    expect(dialog).to_contain_text(f"{name}")
    nurse.look("answered")
    desk.page.locator("summary", has_text="处置完毕").click()
    desk.tick("护士安全")
    desk.tick("辱骂或威胁")
    desk.fill("words", "电话确认平安，家属已道歉，派同事接应")
    desk.look("alert-closing")
    desk.press("提交处置结果")
    desk.sees("已建立不良事件")
    desk.look("alert-closed")

    alarm = Alarm.objects.get()
    assert (alarm.order, alarm.outcome, alarm.violence) == (order, "safe", "threat")
    assert nurse.faults() == desk.faults() == []


@pytest.mark.clause("004 三(八)")
def test_a_call_that_nobody_answers_climbs_onto_the_open_pages_of_centre_and_commission(
    sits, order, celery_worker_process, town
):
    alarm = services.raise_alarm(kind="sos", by=town.actor(Role.NURSE), now=timezone.now())
    deliver_all()
    admin, supervisor = sits(Role.CENTRE_ADMIN), sits(Role.SUPERVISOR)
    admin.open("/centre/people/")
    supervisor.open("/oversight/catalogue/")

    with admin.hears("打开并响应"):
        services.escalate(alarm_id=alarm.pk, level=2, now=timezone.now())
    admin.look("climbed")
    with supervisor.hears("还没有人响应"):
        services.escalate(alarm_id=alarm.pk, level=3, now=timezone.now())
    supervisor.look("climbed")
    with supervisor.hears("处置中"):
        admin.page.get_by_role("link", name="打开并响应").click()
        admin.press("我来响应")
    admin.sees("已响应，护士的手机会显示您的名字")
    for person, address in ((admin, "/centre/"), (supervisor, "/oversight/overview/")):
        person.open(address)
        person.page.get_by_role("link", name="消息").first.click()
        person.sees("条未读")
        person.look("messages")
    reviewer = sits(Role.REVIEWER, PHONE)
    reviewer.open("/review/")
    reviewer.look("climbed")

    assert admin.faults() == supervisor.faults() == reviewer.faults() == []


def test_nobody_presses_twice_the_countdown_alone_calls(nurse, order):
    nurse.open("/nurse/today/")

    nurse.page.locator("a.sos:visible").click()

    expect(nurse.page.locator("#sos")).to_contain_text("正在等值班台响应", timeout=COUNTED)
    assert Alarm.objects.count() == 1
    nurse.page.keyboard.press("Escape")
    nurse.open("/nurse/messages/")
    nurse.sees("求助已发出")  # every page says that it goes on
    nurse.page.locator("a.sos:visible").click()
    nurse.page.wait_for_timeout(6_500)
    assert Alarm.objects.count() == 1  # looking at what became of it is not another press
    assert nurse.faults() == []


@pytest.mark.clause("004 三(八)")
def test_without_network_the_truth_is_said_and_the_press_is_sent_when_it_is_back(nurse, order):
    nurse.open(f"/nurse/visit/{order.number}/")
    dialog = nurse.page.locator("#sos")
    nurse.context.set_offline(True)
    nurse.page.locator("a.sos:visible").click()
    before = timezone.now()
    dialog.get_by_role("button", name="马上发出求助").click()
    after = timezone.now()

    expect(dialog).to_contain_text("求助还没有发出去，值班台还不知道")
    for number in ("110", "120", "02150000000"):
        expect(dialog.locator(f'a[href="tel:{number}"]')).to_be_visible()
    nurse.photograph(nurse.album.path("offline"))
    dialog.get_by_role("button", name="再试一次").click()
    nurse.page.wait_for_timeout(3_000)
    assert not Alarm.objects.exists()
    back = timezone.now()
    nurse.context.set_offline(False)

    expect(dialog).to_contain_text("正在等值班台响应", timeout=20_000)
    on_its_way = timezone.now() - back  # at most: the phone says how long ago she pressed when it sends
    alarm = Alarm.objects.get()  # one press, however often it was tried
    assert alarm.order == order
    assert before - timedelta(milliseconds=1) <= alarm.pressed_at <= after + on_its_way  # its clock counts milliseconds
    assert (alarm.raised_at - alarm.pressed_at).total_seconds() >= 3


def test_a_press_that_was_a_slip_is_not_sent_when_the_network_is_back(nurse, order):
    nurse.open("/nurse/today/")
    dialog = nurse.page.locator("#sos")
    nurse.context.set_offline(True)
    nurse.page.locator("a.sos:visible").click()
    dialog.get_by_role("button", name="马上发出求助").click()
    dialog.get_by_role("button", name="误触，不用发了").click()
    expect(dialog).to_be_hidden()

    nurse.context.set_offline(False)
    nurse.open("/nurse/today/")
    nurse.page.wait_for_timeout(6_000)

    assert not Alarm.objects.exists()


@pytest.mark.browser
def test_every_page_of_safety_can_be_looked_at(sits, nurse, order, town):
    desk, admin = sits(Role.DISPATCHER), sits(Role.CENTRE_ADMIN)
    for address in ("/dispatch/alerts/", "/dispatch/risks/"):
        desk.open(address)
        desk.look(address.strip("/").replace("/", "-") + "-empty")
    admin.open("/centre/recorders/")
    admin.look("recorders-empty")
    admin.fill("number", "JL-07")
    admin.press("登记记录仪")
    admin.sees("JL-07")

    nurse.open(f"/nurse/visit/{order.number}/")
    nurse.sees("平安计时")
    nurse.page.locator("summary", has_text="登记记录仪").click()
    nurse.page.locator("#recorder-device").select_option(label="JL-07")
    nurse.page.locator("#recorder").get_by_role("button", name="登记", exact=True).click()
    nurse.sees("已登记携带 JL-07")
    nurse.press("我很安全，再加 30 分钟")
    nurse.page.locator("summary", has_text="提出入户风险提示").click()
    nurse.page.locator("#risk-kind").select_option(label="家中有犬")
    nurse.page.locator("#risk-facts").fill("院内有未拴的大狗，进门时扑人")
    nurse.press("提交提示")
    nurse.sees("已提出风险提示")
    nurse.page.reload()
    nurse.sees("进门时扑人")
    nurse.page.locator("summary", has_text="我觉得不安全").click()
    nurse.look("visit")
    nurse.open("/nurse/sos/")
    nurse.look("page")
    admin.open("/centre/recorders/")
    admin.look("recorders")

    flag = RiskFlag.objects.get()
    services.tell_family(flag_id=flag.pk, by=town.actor(Role.DISPATCHER), now=timezone.now())
    family = sits(Role.PROXY, PHONE)
    family.open("/family/risks/")
    family.look("risks")
    services.appeal_flag(flag_id=flag.pk, words="狗已送走", by=town.actor(Role.PROXY), now=timezone.now())
    for person, name in ((desk, "desk"), (admin, "admin")):
        person.open(f"/dispatch/risks/{flag.pk}/")
        person.look(f"risk-{name}")
    desk.open("/dispatch/risks/")
    desk.look("risks")
    desk.open(f"/dispatch/orders/{order.number}/risks/")
    desk.look("risk-new")
    desk.open(f"/dispatch/orders/{order.number}/")
    desk.look("order")

    nurse.open(f"/nurse/visit/{order.number}/")
    nurse.page.locator("summary", has_text="我觉得不安全").click()
    nurse.press("离开，并通知值班台")
    nurse.at("/nurse/sos/")
    nurse.look("unsafe")
    alarm = Alarm.objects.get()
    for role in (Role.SUPERVISOR, Role.REVIEWER):
        watcher = sits(role)
        watcher.open("/dispatch/alerts/")
        watcher.look("alerts")
        watcher.open(f"/dispatch/alerts/{alarm.pk}/")
        watcher.look("alert")
        assert watcher.faults() == []
    assert nurse.faults() == desk.faults() == admin.faults() == family.faults() == []
