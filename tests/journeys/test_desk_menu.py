"""A desk opened on a phone shows its page first; the list of pages waits behind one button, with script or without."""

import pytest
from playwright.sync_api import expect

from accounts.roles import Role
from tests.journeys import offices
from tests.journeys.people import PHONE, TABLET, Album, Person

pytestmark = pytest.mark.browser


@pytest.fixture
def town(transactional_db):
    return offices.town()


@pytest.mark.parametrize("scripted", [True, False])
def test_a_dispatcher_on_a_phone_finds_every_page_behind_one_button(browser, asgi_server, town, scripted):
    album = Album("desk-menu" if scripted else "desk-menu-unscripted")
    user = town.users[Role.DISPATCHER]
    desk = Person(browser, album, asgi_server, PHONE, user.username, java_script_enabled=scripted)
    desk.sign_in()
    desk.open("/dispatch/requests/")
    head = desk.page.get_by_role("heading", level=1)
    assert head.bounding_box()["y"] < PHONE["viewport"]["height"] / 3
    ratings = desk.page.locator('.side a[href="/dispatch/ratings/"]')
    expect(ratings).to_be_hidden()

    desk.press("菜单")

    expect(ratings).to_be_visible()
    if scripted:
        desk.look("open")
    desk.press("收起菜单")
    expect(ratings).to_be_hidden()
    desk.press("菜单")
    ratings.click()
    expect(head).to_have_text("评价回复")
    expect(ratings).to_be_hidden()


def test_on_a_tablet_nothing_has_to_be_opened_first(browser, asgi_server, town):
    desk = Person(browser, Album("desk-menu-tablet"), asgi_server, TABLET, town.users[Role.DISPATCHER].username)
    desk.sign_in()
    desk.open("/dispatch/requests/")

    expect(desk.page.get_by_role("button", name="菜单")).to_be_hidden()
    desk.follow("评价回复")

    desk.sees("家属对服务的评价")
