"""Every page of the dispatcher's desk in its main states, in a real browser: read by axe, kept as a picture."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.roles import Role
from orders import services
from orders.lifecycle import OrderStatus as S
from orders.lifecycle import RequestStatus as Q
from orders.models import Order
from patients import services as patient_services
from tests import world
from tests.journeys.people import DESK, PASSWORD, Album, Person
from tests.world import persons

LONG_NAME = "阿卜杜拉木·买买提吐尔逊"


@pytest.fixture
def town(transactional_db):
    """A town as it stood at the last nine o'clock, with a dispatcher who can log in."""
    town = world.town(now=world.last_nine())
    user = town.users[Role.DISPATCHER]
    user.set_password(PASSWORD)
    user.save()
    return town


def another(town, name):
    patient = persons.patient(by=world.SETUP, now=town.now, name=name)
    patient_services.add_proxy(
        patient_id=patient.pk, user=town.users[Role.PROXY], relation="女儿", scopes=["apply", "sign", "manage"],
        expires_on=town.now.date() + timedelta(days=300), by=world.SETUP, now=town.now,
    )  # fmt: skip
    town.patient = patient


def people_in_every_state(town):
    """One patient for each main state of the desk; each visit has a nurse of its own, for the time is the same."""
    persons.nurse(town.centre, name="何小曼", fails=["years", "insurance"], now=town.now)
    rows = {}
    for name, at in (("沈玉兰", Q.SUBMITTED), (LONG_NAME, Q.RECEIVED), ("王桂芳", Q.ASSESSING), ("李国强", Q.DECLINED),
                     ("赵秀英", Q.REFERRED), ("周建华", Q.UNSUITABLE)):  # fmt: skip
        another(town, name)
        rows[at] = world.request(town, at)
    for name, at in (("孙志远", S.AWAITING_CONSENT), ("马翠花", S.AWAITING_DISPATCH), ("朱宝根", S.OFFERED),
                     ("胡美玲", S.IN_SERVICE), ("林国栋", S.DISPUTED), ("何巧云", S.COMPLETED)):  # fmt: skip
        another(town, name)
        rows[at] = world.order(town, at=at)
        town.nurse = persons.nurse(town.centre, name=f"护士{name[0]}", now=town.now)
        town.users[Role.NURSE] = town.nurse.user
    family = persons.family(town.users[Role.PROXY], on=town.now.date())
    services.rate(
        order_id=rows[S.COMPLETED].pk, answers={"on_time": 5, "explained": 4, "asked": 5, "observed": 2},
        comment="护士很耐心，就是来晚了一点。", by=family, now=town.now,
    )  # fmt: skip
    return rows


@pytest.mark.browser
def test_every_page_of_the_desk_can_be_looked_at(browser, asgi_server, town):
    desk = Person(browser, Album("dispatch"), asgi_server, DESK, town.users[Role.DISPATCHER].username)
    desk.sign_in()
    for name in ("queue", "requests", "orders", "new", "new/register", "ratings"):
        desk.open(f"/dispatch/{name}/")
        desk.look(f"{name.replace('/', '-')}-empty")

    rows = people_in_every_state(town)
    for name in ("queue", "requests", "orders", "ratings"):
        desk.open(f"/dispatch/{name}/")
        desk.look(name)
    desk.open("/dispatch/requests/?status=received")
    desk.fill("text", "没有这个人")
    desk.press("筛选")
    desk.at(r"text=")
    desk.look("requests-nothing-found")
    for at, row in rows.items():
        kind = "requests" if isinstance(at, Q) else "orders"
        desk.open(f"/dispatch/{kind}/{row.number}/")
        desk.look(f"{kind}-{at}")
    desk.open(f"/dispatch/requests/{rows[S.COMPLETED].request.number}/")
    desk.look("requests-prescribed")
    desk.open(f"/dispatch/orders/{rows[S.AWAITING_CONSENT].number}/consent/")
    desk.look("consent")

    assert desk.wrong == []


@pytest.mark.browser
def test_what_is_refused_stands_on_the_page_and_what_is_done_moves_it_on(browser, asgi_server, town):
    row = world.request(town)
    desk = Person(browser, Album("dispatch-steps"), asgi_server, DESK, town.users[Role.DISPATCHER].username)
    desk.sign_in()
    desk.open(f"/dispatch/requests/{row.number}/")

    desk.page.get_by_text("不予受理", exact=True).click()
    desk.fill("advice", "请先到门诊就诊", '[data-step="decline"]')
    desk.page.locator('[data-step="decline"] button').click()
    desk.sees("请填写原因。")
    desk.look("decline-refused")
    kept = desk.page.locator('[data-step="decline"] [name="advice"]').input_value()
    assert kept == "请先到门诊就诊"

    desk.open(f"/dispatch/requests/{row.number}/")
    desk.page.get_by_text("查看完整号码").click()
    desk.fill("reason", "联系家属约时间", '[data-step="reveal"]')
    desk.press("查看并留痕")
    desk.sees("这次查看已连同原因留痕")
    desk.look("revealed")

    desk.open("/dispatch/new/")
    desk.fill("number", persons.citizen_number(401))
    desk.press("查找")
    desk.sees("没有找到登记过的服务对象")
    desk.look("nobody-found")
    desk.open(f"/dispatch/new/{town.patient.pk}/")
    desk.fill("wish", "突然胸痛，喘不上气")
    desk.fill("day", (timezone.localdate() + timedelta(days=2)).isoformat())
    desk.press("提交申请")
    desk.sees("这可能是急症，请立即拨打 120")
    desk.look("emergency")

    assert desk.faults() == []


@pytest.mark.browser
def test_the_queue_is_worked_through_with_the_keyboard_alone(browser, asgi_server, town):
    rows = people_in_every_state(town)
    desk = Person(browser, Album("dispatch-keys"), asgi_server, DESK, town.users[Role.DISPATCHER].username)
    desk.sign_in()
    desk.open("/dispatch/queue/")
    keys, page = desk.page.keyboard, desk.page
    links = page.locator("[data-keys] .queue a")
    numbers = [link.get_attribute("href").rstrip("/").rpartition("/")[2] for link in links.all()]
    focused = "document.activeElement.getAttribute('href')"

    keys.press("?")
    expect(page.locator("#keys")).to_be_visible()
    desk.look("keys")
    keys.press("?")
    expect(page.locator("#keys")).to_be_hidden()
    keys.press("j")
    keys.press("j")
    assert numbers[1] in page.evaluate(focused)
    desk.look("queue-second-row")
    keys.press("k")
    assert numbers[0] in page.evaluate(focused)
    keys.press("/")
    keys.type("jk")
    assert page.locator("#f-text").input_value() == "jk"  # letters typed are letters
    keys.press("Escape")

    to_send = numbers.index(rows[S.AWAITING_DISPATCH].number)
    links.nth(to_send).focus()
    keys.press("a")
    page.wait_for_url(f"**/orders/{rows[S.AWAITING_DISPATCH].number}/#offer")
    desk.sees("选择护士")
    desk.open("/dispatch/queue/")
    keys.press("j")
    keys.press("Enter")
    desk.at(numbers[0])
    assert desk.wrong == []


def test_what_is_due_first_stands_first_whatever_came_first(browser, asgi_server, town):
    another(town, "陆文英")
    early = world.order(town, at=S.AWAITING_DISPATCH)
    another(town, "苏志明")
    late = world.order(town, at=S.AWAITING_DISPATCH)
    end = timezone.now() + timedelta(days=5)
    for row, hours in ((early, 96), (late, 3)):
        Order.objects.filter(pk=row.pk).update(window_start=timezone.now() + timedelta(hours=hours), window_end=end)
    desk = Person(browser, Album("dispatch-due"), asgi_server, DESK, town.users[Role.DISPATCHER].username)
    desk.sign_in()
    desk.open("/dispatch/queue/")

    said = desk.page.locator("#group-to_dispatch .queue a").all_inner_texts()

    assert "苏志明" in said[0]
    assert "陆文英" in said[1]
    desk.look("queue-by-deadline")
    assert desk.wrong == []
