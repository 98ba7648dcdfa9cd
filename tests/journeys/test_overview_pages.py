"""The commission sees what needs attention, follows a warning to its months and rows, and reads charts as tables."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.roles import Role
from clinical import services as clinical
from indicators import services
from orders.lifecycle import OrderStatus as S
from safety import services as safety
from tests.desks.test_overview_figures import another, planted
from tests.journeys import offices
from tests.journeys.people import DESK, Album, Person

WIDTHS = (1280, 1920)


@pytest.fixture
def town(transactional_db):
    t = offices.town()
    planted(t)
    running = another(t, S.IN_SERVICE)
    clinical.take_reading(
        record_id=running.visit_record_id, key="spo2_pct", raw="85", explanation="已给氧", by=t.actor(Role.NURSE),
        now=running.arrived_at,
    )  # fmt: skip
    stopped = another(t, S.ABORTED)
    safety.open_incident(order=stopped, kind="aborted", text="服务对象突发不适", now=stopped.status_since)
    return t


@pytest.mark.browser
@pytest.mark.clause("000 六(二十一)", "000 三(七)")
def test_what_needs_attention_leads_to_its_rows_and_charts_are_read_by_keyboard(browser, asgi_server, town):
    album = Album("overview")
    desk = Person(browser, album, asgi_server, DESK, town.users[Role.SUPERVISOR].username)
    desk.sign_in()
    desk.open("/oversight/")
    desk.sees("1 项并发症和不良事件高于自身以往")
    desk.look("today")
    desk.follow("1 项并发症和不良事件高于自身以往")
    desk.look("signals")
    desk.follow("潍坊，全部项目")
    summary = desk.page.locator("details.more summary").first
    summary.focus()
    desk.page.keyboard.press("Enter")
    expect(desk.page.get_by_role("table", name="每百次上门的起数")).to_be_visible()
    desk.look("signal")
    for state, said in (("institutions/?state=expiring", "洋泾"), ("reports/?state=open", "只列出还没有答复的")):
        desk.open(f"/oversight/{state}")
        desk.sees(said)
        desk.look(state.partition("/")[0])
    today = timezone.localdate()
    services.reconcile(
        district=town.district, first=today - timedelta(days=31), last=today + timedelta(days=9),
        by=town.actor(Role.SUPERVISOR), now=timezone.now(),
    )  # fmt: skip
    for width in WIDTHS:
        desk.page.set_viewport_size({"width": width, "height": 900})
        for name, address in (("today", ""), ("span", "overview/?span=month"), ("signals", "signals/")):
            desk.open(f"/oversight/{address}")
            desk.look(f"{name}-{width}")
    assert desk.wrong == []

    head = Person(browser, album, asgi_server, DESK, town.users[Role.CENTRE_ADMIN].username)
    head.sign_in()
    head.open("/centre/")
    head.follow("1 项并发症和不良事件高于本中心以往")
    head.look("centre-signals")
    head.follow("潍坊，全部项目")
    head.look("centre-signal")
    assert head.wrong == []
