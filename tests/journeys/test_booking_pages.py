"""Who applies for many, and the day of return, in a real browser: read by axe, kept as pictures."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.roles import Role
from orders.lifecycle import RequestStatus as Q
from tests import world
from tests.journeys.people import DESK, PASSWORD, PHONE, Album, Person
from tests.services.test_bookings import tout

BLOOD = 11


@pytest.fixture
def town(transactional_db):
    """A town as it stood at the last nine o'clock, with a dispatcher and a family who can log in."""
    made = world.town(now=world.last_nine())
    for role in (Role.DISPATCHER, Role.PROXY):
        made.users[role].set_password(PASSWORD)
        made.users[role].save()
    return made


@pytest.mark.browser
@pytest.mark.clause("003 二(一)1四", "003 二(一)2")
def test_the_desk_looks_into_a_tout_and_plans_before_the_return(browser, asgi_server, town):
    _, row = tout(town)
    today = timezone.localdate()
    back = world.request(town, Q.RECEIVED, numbers=(BLOOD,), return_on=today + timedelta(days=6))
    desk = Person(browser, Album("booking"), asgi_server, DESK, town.users[Role.DISPATCHER].username)
    desk.sign_in()
    desk.open(f"/dispatch/requests/{row.number}/")
    desk.sees("请核实是否代人抢号")
    desk.look("tout")
    desk.tick("打电话问过服务对象本人")
    desk.fill("words", "打电话问过本人，是自己请邻居代填的", '[data-step="booking"]')
    desk.press("登记核实结果")
    desk.sees("确是本人意愿的，请受理")
    desk.look("tout-verified")
    desk.press("受理")
    desk.sees("已受理这份申请")

    desk.open("/dispatch/queue/")
    desk.sees("复诊")
    desk.look("queue-return")
    desk.open(f"/dispatch/planner/{today + timedelta(days=1)}/requests/{back.number}/")
    desk.look("planner-return")
    desk.open(f"/dispatch/requests/{back.number}/")
    desk.page.get_by_text("改复诊日期").click()
    desk.look("request-return")

    desk.open(f"/dispatch/new/{town.patient.pk}/")
    asked = desk.page.locator("[name=return_on]")
    assert not asked.is_visible()
    desk.tick("静脉血采集")
    assert asked.is_visible()
    desk.look("apply-return")

    assert desk.faults() == []


@pytest.mark.browser
@pytest.mark.clause("003 二(一)2")
def test_a_family_says_when_it_goes_back_to_the_doctor(browser, asgi_server, town):
    today = timezone.localdate()
    family = Person(browser, Album("booking-family"), asgi_server, PHONE, town.users[Role.PROXY].username)
    family.sign_in()
    family.open("/family/apply/whom/")
    family.tick("沈玉兰")
    family.press("下一步")
    family.fill("wish", "要抽血查肾功能")
    family.page.get_by_text("知道要做哪一项的").click()
    family.tick("静脉血采集")
    family.press("下一步")
    family.look("when")
    family.fill("return_on", str(today + timedelta(days=4)))
    family.page.locator("[name=window]").last.check(force=True)
    family.press("下一步")
    family.sees("最晚须在")
    family.look("when-too-late")
    family.page.locator("[name=window]").first.check(force=True)
    family.press("下一步")
    family.sees("复诊日期")
    family.look("check")

    assert family.faults() == []
