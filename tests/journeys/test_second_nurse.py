"""Two nurses for one visit, in a real browser: asked at the desk, answered on her phone, seen by the first."""

import re

import pytest
from playwright.sync_api import expect

from accounts.roles import Role
from orders.lifecycle import OrderStatus as S
from tests import world
from tests.journeys.people import DESK, PASSWORD, PHONE, Album, Person
from tests.world import persons


@pytest.fixture
def town(transactional_db):
    """A town as it stood at the last nine o'clock, with a second nurse; everybody here can log in."""
    town = world.town(now=world.last_nine())
    town.users["second"] = persons.nurse(town.centre, name="陈洁", now=town.now).user
    persons.nurse(town.centre, name="何小曼", fails=["years", "insurance"], now=town.now)
    for who in (Role.DISPATCHER, Role.NURSE, "second"):
        town.users[who].set_password(PASSWORD)
        town.users[who].save()
    return town


@pytest.mark.browser
def test_a_second_nurse_is_asked_says_yes_and_is_seen(browser, asgi_server, town):
    order = world.order(town, at=S.ACCEPTED)
    album = Album("second_nurse")
    desk = Person(browser, album, asgi_server, DESK, town.users[Role.DISPATCHER].username)
    desk.sign_in()
    desk.open(f"/dispatch/orders/{order.number}/")
    pair = desk.page.locator("#pair")
    pair.locator("summary").filter(has_text="要求两人上门").click()
    pair.get_by_label("原因").fill("服务对象体重较大，翻身须两人")
    pair.get_by_role("button", name="提交").click()
    expect(desk.page.locator("#pair").get_by_text("还差同行护士")).to_be_visible()
    desk.look("desk-chooses")
    desk.page.get_by_role("button", name=re.compile("邀请同行.*陈洁")).click()
    expect(desk.page.locator("#pair").get_by_text("同行护士还没有答复")).to_be_visible()
    desk.look("desk-waits")
    desk.open("/dispatch/queue/")
    desk.look("queue")

    second = Person(browser, album, asgi_server, PHONE, town.users["second"].username)
    second.sign_in()
    second.open("/nurse/today/")
    expect(second.page.get_by_text("请您同行")).to_be_visible()
    second.look("second-today")
    second.page.get_by_role("link", name="查看并答复").click()
    second.look("second-asked")
    second.page.get_by_role("button", name="同意同行").click()
    expect(second.page.get_by_text("已答应同行")).to_be_visible()
    second.look("second-goes-along")

    first = Person(browser, album, asgi_server, PHONE, town.users[Role.NURSE].username)
    first.sign_in()
    first.open(f"/nurse/visit/{order.number}/")
    expect(first.page.get_by_text("陈洁与您同行")).to_be_visible()
    first.look("first-sees")

    assert [*desk.wrong, *second.wrong, *first.wrong] == []
