"""Every page of the commission's desk in its main states, in a real browser; the overview moves by itself."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.roles import Role
from catalog.models import Item
from institutions import services as institutions
from orders import services
from orders.lifecycle import OrderStatus as S
from orders.lifecycle import RequestStatus as Q
from tests import world
from tests.journeys import offices
from tests.journeys.people import DESK, Album, Person

PAGES = (
    "", "orders", "requests", "institutions", "filings", "catalogue", "catalogue/negative", "settings",
    "settings/nurse.affiliation", "settings/nurse.daily_cap", "settings/request.emergency_words",
)  # fmt: skip


@pytest.fixture
def town(transactional_db):
    return offices.town()


@pytest.mark.browser
def test_every_page_of_the_desk_can_be_looked_at(browser, asgi_server, town):
    desk = Person(browser, Album("oversight"), asgi_server, DESK, town.users[Role.SUPERVISOR].username)
    desk.sign_in()
    for name in ("", "orders/", "requests/", "filings/"):
        desk.open(f"/oversight/{name}")
        desk.look(f"{name.rstrip('/') or 'overview'}-empty")

    rows = offices.busy(town)
    offices.papers(town)
    for name in PAGES:
        desk.open(f"/oversight/{name}/".replace("//", "/"))
        desk.look(name.replace("/", "-") or "overview")
    for at in (S.COMPLETED, S.ABORTED):
        desk.open(f"/oversight/orders/{rows[at].number}/")
        desk.look(f"order-{at}")
        desk.follow("全程留痕")
        desk.look(f"trace-{at}")
    desk.open(f"/oversight/requests/{rows[Q.REFERRED].number}/")
    desk.look("request")
    desk.open("/oversight/institutions/?state=not_serving")
    desk.follow("陆家嘴")
    desk.page.get_by_text("暂停服务", exact=True).click()
    desk.look("institution-stopped")
    desk.open("/oversight/filings/")
    desk.page.get_by_text("不同意登记", exact=True).first.click()
    desk.look("filing-refuse-form")
    desk.open(f"/oversight/catalogue/items/{Item.objects.get(number=9).pk}/")
    desk.look("item")

    assert desk.wrong == []


@pytest.mark.browser
def test_the_auditor_and_those_who_may_not(browser, asgi_server, town):
    album = Album("oversight-trace")
    row = world.order(town, at=S.ABORTED)
    desk = Person(browser, album, asgi_server, DESK, town.users[Role.AUDITOR].username)
    desk.sign_in()
    desk.open("/oversight/trace/")
    desk.look("trace")
    desk.fill("number", row.number)
    desk.fill("purpose", "核查投诉")
    desk.press("检索留痕")
    desk.sees("服务对象突发不适")
    desk.look("trace-with-purpose")
    desk.open("/oversight/trace/?who=查无此人")
    desk.look("trace-nothing-found")
    assert desk.wrong == []

    desk.open("/oversight/")
    desk.sees("您没有查看这个页面的权限")
    desk.look("no-permission")
    assert desk.faults(403) == []


@pytest.mark.browser
def test_a_step_elsewhere_reaches_the_open_overview(browser, asgi_server, celery_worker_process, town):
    row = world.order(town, at=S.AWAITING_DISPATCH)
    desk = Person(browser, Album("oversight-live"), asgi_server, DESK, town.users[Role.SUPERVISOR].username)
    desk.sign_in()
    desk.open("/oversight/")
    desk.sees(row.number)

    with desk.hears("取消，"):
        services.cancel(order_id=row.pk, reason="家属改期", by=town.actor(Role.DISPATCHER), now=timezone.now())

    desk.look("after-the-cancel")
    assert desk.wrong == []


@pytest.mark.browser
def test_what_lending_would_change_is_asked_and_read(browser, asgi_server, celery_worker_process, town):
    nine = timezone.localtime().replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=1)
    world.order(town, S.AWAITING_DISPATCH, wished_from=nine, wished_to=nine + timedelta(hours=3))
    # Twice this long is computed: enough to see that it goes on, and little of the minute below.
    institutions.choose_setting(
        district=town.district, key="plan.seconds", value=3, effective_on=town.now.date(), reason="测试",
        by=town.actor(Role.SUPERVISOR), now=town.now,
    )  # fmt: skip
    desk = Person(browser, Album("oversight-lending"), asgi_server, DESK, town.users[Role.SUPERVISOR].username)
    desk.sign_in()
    desk.open("/oversight/lending/")
    desk.look("before")

    desk.press("开始测算")

    desk.sees("正在测算")
    expect(desk.page.get_by_role("heading", name="按中心")).to_be_visible(timeout=180_000)
    desk.look("report")
    assert desk.wrong == []
