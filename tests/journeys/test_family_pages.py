"""Every page of the family in each of its main states, as a phone shows it: a picture, axe, and a silent console."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from accounts.roles import Role
from orders.lifecycle import OrderStatus as S
from orders.lifecycle import RequestStatus as Q
from patients import services as patient_services
from tests import world
from tests.journeys.people import PASSWORD, PHONE, Album, Person
from tests.world import places

pytestmark = pytest.mark.django_db(transaction=True)

LATER = world.NOW + timedelta(days=1, hours=3)
LONG = "欧阳司徒慕容玉兰花"


@pytest.fixture
def t(clock):
    return world.town(name=LONG)


@pytest.fixture
def somebody(browser, asgi_server):
    """A family member with a phone; every fault that any of them saw fails the test."""
    people = []

    def enter(user, album, size="std"):
        user.set_password(PASSWORD)
        user.text_size = size
        user.save(update_fields=["password", "text_size"])
        person = Person(browser, Album(f"family/{album}"), asgi_server, PHONE, user.username)
        people.append(person)
        person.sign_in()
        return person

    yield enter
    faults = [fault for person in people for fault in person.faults()]
    for person in people:
        person.context.close()
    assert faults == []


def url(name, *args):
    return reverse(f"family:{name}", args=args)


def show(person, address, name):
    person.open(address)
    person.look(name)


@pytest.mark.parametrize("size", ["std", "xlarge"])
def test_applying_question_by_question(t, somebody, size):
    person = somebody(places.person("何新"), f"apply-{size}", size)
    person.look("home-empty")
    show(person, url("people"), "people-empty")
    person.open(url("begin"))
    person.press("下一步")
    person.look("whom-refused")
    person.tick("家人或其他人")
    person.press("下一步")
    person.choose("relation", "女儿")
    person.fill("name", LONG)
    person.choose("identity_kind", "护照")
    person.fill("identity_number", "E")
    person.press("下一步")
    person.look("person-refused")
    person.fill("identity_number", "E12345678")
    person.press("下一步")
    person.look("birth")
    for name, value in (("year", "1944"), ("month", "5"), ("day", "12")):
        person.fill(name, value)
    person.tick("女")
    person.press("下一步")
    person.look("contact")
    person.fill("phone", "15400002222")
    person.press("下一步")
    person.choose("town", "陆家嘴街道")
    person.fill("address", "芦荻路 12 弄 3 号 401 室")
    person.press("下一步")
    person.look("address-refused")
    person.choose("town", "潍坊新村街道")
    person.press("下一步")
    person.press("下一步")
    person.look("wish-refused")
    person.tick("刚出院")
    person.fill("wish", "老人突然胸痛")
    person.press("下一步")
    person.sees("拨打 120")
    person.look("emergency")
    person.follow("情况不急")
    person.tick("刚出院")
    person.fill("wish", "刚出院，腿上的伤口要换药")
    person.page.locator("summary", has_text="知道要做哪一项的").click()
    person.tick("慢性伤口护理")
    person.look("wish")
    person.press("下一步")
    person.press("下一步")
    person.look("when-refused")
    person.page.locator("label.choice").nth(2).click()
    person.press("下一步")
    person.look("check")
    show(person, url("apply", "papers"), "papers")
    person.press("不上传，回去核对")
    show(person, url("home"), "home-unsent")
    person.open(url("apply_check"))
    person.press("提交申请")
    person.sees("申请已经提交")
    person.look("request-sent")


STEPS = {
    S.AWAITING_CONSENT: ["consent"],
    S.ACCEPTED: ["reschedule", "cancel"],
    S.AWAITING_CONFIRMATION: ["confirm", "object"],
    S.COMPLETED: ["rate"],
}


@pytest.mark.parametrize("status", list(S))
def test_an_order_in_each_of_its_states(clock, t, somebody, status):
    order = world.order(t, at=status, numbers=(14, 10))
    clock(LATER)
    person = somebody(t.users[Role.PROXY], f"order-{status}")

    person.look("home")
    show(person, url("order", order.number), "order")
    for name in STEPS.get(status, []):
        show(person, url(name, order.number), name)
    if status == S.AWAITING_CONSENT:
        show(person, url("consent", order.number) + "?how=typed", "consent-typed")
        person.press("确认并签署")
        person.look("consent-refused")
    if status == S.ACCEPTED:
        show(person, url("withdraw_consent", order.consent_id), "withdraw-consent")
    if status == S.COMPLETED:
        person.open(url("rate", order.number))
        person.press("提交评价")
        person.look("rate-refused")
        for question in ("on_time", "explained", "asked", "observed"):
            person.tick_value(question, 5)
        person.press("提交评价")
        person.look("rated")
        show(person, url("orders"), "orders")


@pytest.mark.parametrize("status", [Q.ASSESSING, Q.CLOSED, Q.DECLINED, Q.REFERRED])
def test_a_request_in_its_main_states(clock, t, somebody, status):
    row = world.request(t, at=status, times=1)
    person = somebody(t.users[Role.PROXY], f"request-{status}")

    person.look("home")
    show(person, url("request", row.number), "request")
    if status == Q.ASSESSING:
        show(person, url("withdraw", row.number), "withdraw")
        show(person, url("apply", "whom"), "apply-while-waiting")


@pytest.mark.parametrize("size", ["std", "large", "xlarge"])
def test_people_and_papers(t, somebody, size):
    user = places.person(LONG, username="yulan")
    patient_services.link_account(patient_id=t.patient.pk, user=user, by=world.SETUP, now=world.NOW)
    proxy = t.patient.proxies.get()
    order = world.order(t, at=S.ACCEPTED)
    person = somebody(user, f"people-{size}", size)

    person.look("home")
    show(person, url("order", order.number), "order")
    show(person, url("people"), "people")
    show(person, url("join"), "join")
    show(person, url("invite", t.patient.pk), "invite")
    person.press("生成邀请码")
    person.look("invite-refused")
    person.fill("relation", "女儿")
    person.tick("提交和撤回申请")
    person.press("生成邀请码")
    person.look("invited")
    show(person, url("people"), "people-invited")
    show(person, url("copy", t.patient.pk), "copy")
    show(person, url("erase", t.patient.pk), "erase")
    person.press("提交申请")
    person.look("erase-refused")
    person.fill("words", "不要再留紧急联系人")
    person.press("提交申请")
    person.look("data-erasure")
    show(person, url("reports"), "reports-empty")
    person.follow("我要投诉或提建议")
    person.press("提交投诉或建议")
    person.look("report-refused")
    person.tick("服务态度")
    person.fill("words", "3月2日上门，护士态度不好")
    person.press("提交投诉或建议")
    person.sees("已提交给")
    person.look("report")
    show(person, url("reports"), "reports")
    show(person, url("add_proxy", t.patient.pk), "add")
    person.press("同意代办")
    person.look("add-refused")
    show(person, url("end_proxy", proxy.pk), "end")
    show(person, url("data", t.patient.pk), "data")
    person.press("显示完整地址")
    person.look("data-opened")
    show(person, url("correct", t.patient.pk), "correct")
    show(person, url("papers", t.patient.pk), "papers")
    show(person, url("looks", t.patient.pk), "looks")


def test_opening_an_account(t, browser, asgi_server):
    person = Person(browser, Album("family/register"), asgi_server, PHONE, "newcomer")
    person.open(reverse("account:register"))
    person.look("register")
    person.fill("username", "lin.xiao")
    person.fill("display_name", "林晓")
    person.fill("password", "woai-shanghai-88")
    person.fill("again", "woai-shanghai-88")
    person.press("注册并登录")
    person.at("/family/")
    person.sees("林晓，您好")
    person.context.close()

    assert person.wrong == []


def test_a_signature_on_glass_is_kept(t, somebody):
    order = world.order(t)
    person = somebody(t.users[Role.PROXY], "sign")
    person.open(url("consent", order.number))

    person.pad()
    person.press("签署")
    expect(person.page.locator("[data-signature-error]")).to_be_visible()
    person.draw()
    person.look("signed-on-glass")
    person.press("签署")
    person.sees("已经签好")

    order = world.fresh(order)
    assert order.consent.method == "glass"
    assert len(json.loads(order.consent.strokes)) == 2
