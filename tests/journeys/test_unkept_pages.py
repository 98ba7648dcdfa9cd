"""A visit that did not happen, in four real browsers: registered, objected to, judged, and read by the family."""

import pytest

from accounts.roles import Role
from orders import services
from orders.lifecycle import OrderStatus as S
from orders.models import Appeal
from tests import world
from tests.desks import offices as desks
from tests.journeys import offices
from tests.journeys.people import DESK, PASSWORD, PHONE, Album, Person


@pytest.fixture
def town(transactional_db):
    made = offices.town()
    family = made.users[Role.PROXY]
    family.set_password(PASSWORD)
    family.save()
    return made


@pytest.mark.browser
@pytest.mark.clause("003 二(一)1四")
def test_a_no_show_is_registered_objected_to_and_judged(browser, asgi_server, town):
    order = world.order(town, at=S.ACCEPTED)
    album = Album("unkept")
    people = {
        role: Person(browser, album, asgi_server, shape, town.users[role].username)
        for role, shape in (
            (Role.DISPATCHER, DESK), (Role.NURSE, PHONE), (Role.CENTRE_ADMIN, DESK), (Role.PROXY, PHONE),
        )
    }  # fmt: skip
    for person in people.values():
        person.sign_in()
    desk, nurse, head, family = people.values()

    desk.open(f"/dispatch/orders/{order.number}/")
    desk.page.get_by_text("失约登记", exact=True).first.click()
    desk.page.locator("details[open]").get_by_label("护士").check()
    desk.page.locator("details[open]").get_by_label("经过和凭据").fill("护士没有到，电话三次无人接听")
    desk.look("no-show-form")
    desk.page.locator("details[open]").get_by_role("button", name="登记失约").click()
    desk.sees("已登记失约。")
    desk.look("no-show-registered")

    nurse.open(f"/nurse/visit/{order.number}/")
    nurse.look("nurse-may-object")
    nurse.page.get_by_text("对失约登记提出申诉", exact=True).click()
    nurse.page.get_by_label("申诉理由").fill("我按时到达，按门铃十分钟无人应答")
    nurse.look("nurse-objects")
    nurse.press("提交申诉")
    nurse.sees("申诉已提交，中心管理员裁定后会告诉您。")

    head.open("/centre/appeals/")
    head.look("appeals")
    head.page.get_by_text("申诉成立", exact=True).click()
    head.page.locator("details[open]").get_by_label("服务对象").check()
    head.page.locator("details[open]").get_by_label("裁定理由").fill("门禁记录显示护士按时到达")
    head.look("decision-form")
    head.page.locator("details[open]").get_by_role("button", name="提交裁定").click()
    head.sees("申诉成立，失约登记已更正。")
    head.look("decided")

    family.open(f"/family/orders/{order.number}/")
    family.sees("申诉成立后更正")
    family.look("family-reads")
    family.page.get_by_text("对失约登记提出申诉", exact=True).click()
    family.look("family-objects")

    assert Appeal.objects.get().corrected_to == "patient"
    assert [person.wrong for person in people.values()] == [[], [], [], []]


@pytest.mark.browser
def test_the_waiting_list_the_next_nurse_and_the_shortfall_can_be_looked_at(browser, asgi_server, town):
    listed = world.order(town, at=S.AWAITING_DISPATCH)
    album = Album("unkept-pages")
    desk = Person(browser, album, asgi_server, DESK, town.users[Role.DISPATCHER].username)
    desk.sign_in()

    desk.open(f"/dispatch/orders/{listed.number}/")
    desk.press("记入排队并告诉家属")
    desk.sees("已记入排队，家属会收到预计日期。")
    desk.look("wait-listed")
    desk.open("/dispatch/queue/")
    desk.look("queue")
    family = Person(browser, album, asgi_server, PHONE, town.users[Role.PROXY].username)
    family.sign_in()
    family.open(f"/family/orders/{listed.number}/")
    family.sees("预计最早")
    family.look("family-waits")

    desks.another_patient(town)
    declined = world.order(town, at=S.OFFERED)
    services.decline(order_id=declined.pk, cause="far", by=town.actor(Role.NURSE), now=town.now)
    head = Person(browser, album, asgi_server, DESK, town.users[Role.CENTRE_ADMIN].username)
    head.sign_in()
    head.open("/centre/shortfall/")
    head.sees("路程太远，赶不到")
    head.look("shortfall-centre")
    over = Person(browser, album, asgi_server, DESK, town.users[Role.SUPERVISOR].username)
    over.sign_in()
    over.open("/oversight/shortfall/")
    over.look("shortfall-district")

    assert desk.wrong + family.wrong + head.wrong + over.wrong == []
