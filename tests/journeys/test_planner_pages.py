"""The day's board in a real browser: with the mouse, with the keyboard alone, and on a telephone."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Organization
from accounts.roles import Role
from audit.models import Outbox
from nurses import services as nurse_services
from orders import services
from orders.lifecycle import OrderStatus as S
from orders.lifecycle import RequestStatus as Q
from patients import services as patient_services
from patients.models import Address
from tests import world
from tests.journeys.people import DESK, PASSWORD, PHONE, Album, Person
from tests.journeys.test_nurse_offline import until
from tests.world import persons

HOUSES = [(121.512, 31.231), (121.529, 31.224), (121.521, 31.243), (121.538, 31.236), (121.507, 31.219)]


@pytest.fixture
def town(transactional_db):
    """A town as it stood at the last nine o'clock, with a dispatcher who can log in."""
    town = world.town(now=world.last_nine())
    user = town.users[Role.DISPATCHER]
    user.set_password(PASSWORD)
    user.save()
    Organization.objects.filter(pk=town.centre.pk).update(lon=121.519, lat=31.229)
    return town


@pytest.fixture
def day(town):
    return timezone.localdate(town.now) + timedelta(days=1)


def another(town, name):
    patient = persons.patient(by=world.SETUP, now=town.now, name=name)
    patient_services.add_proxy(
        patient_id=patient.pk, user=town.users[Role.PROXY], relation="女儿", scopes=["apply", "sign", "manage"],
        expires_on=town.now.date() + timedelta(days=300), by=world.SETUP, now=town.now,
    )  # fmt: skip
    town.patient = patient


def a_day(town):
    """Three nurses with visits, one who may not be sent, one on leave, one without a shift; three who wait."""
    rows = {}
    for n, (nurse, patient, at) in enumerate(
        (("顾晓雯", "沈玉兰", S.OFFERED), ("何小曼", "孙志远", S.ACCEPTED), ("丁雅琴", "胡美玲", S.IN_SERVICE))
    ):
        if n:
            another(town, patient)
            town.nurse = persons.nurse(town.centre, name=nurse, now=town.now)
            town.users[Role.NURSE] = town.nurse.user
        rows[patient] = world.order(town, at=at)
        rows[nurse] = town.nurse
    rows["梅若兰"] = persons.nurse(town.centre, name="梅若兰", fails=["years"], now=town.now)
    rows["请假人"] = persons.nurse(town.centre, name="欧阳静怡", fails=["shift"], now=town.now)
    noon = town.now.replace(hour=8, minute=0) + timedelta(days=1)
    nurse_services.plan_leave(
        nurse_id=rows["请假人"].pk, organisation_id=town.centre.pk, starts_at=noon, ends_at=noon + timedelta(hours=10),
        by=world.SETUP, now=town.now,
    )  # fmt: skip
    persons.nurse(town.centre, name="无班护士", fails=["shift"], now=town.now)
    for name in ("马翠花", "阿卜杜拉木·买买提吐尔逊"):
        another(town, name)
        rows[name] = world.order(town, at=S.AWAITING_DISPATCH)
    another(town, "王桂芳")
    rows["王桂芳"] = world.request(town, Q.RECEIVED)
    for place, address in zip(HOUSES, Address.objects.order_by("pk"), strict=False):
        Address.objects.filter(pk=address.pk).update(lon=place[0], lat=place[1])
    return rows


def someone(browser, asgi_server, town, album, shape=DESK):
    desk = Person(browser, Album(album), asgi_server, shape, town.users[Role.DISPATCHER].username)
    desk.sign_in()
    return desk


def lane(page, nurse):
    return page.locator("[data-row]").filter(has=page.locator(".lane__who b", has_text=nurse))


def spot(page, nurse, hour):
    """Where an hour of somebody's row is on the screen."""
    track = lane(page, nurse).locator("[data-track]")
    track.scroll_into_view_if_needed()
    box = track.bounding_box()
    lanes = page.locator("[data-lanes]")
    first, last = (int(lanes.get_attribute(f"data-{end}")) for end in ("first", "last"))
    return box["x"] + (hour * 60 - first) / (last - first) * box["width"], box["y"] + 20


def pick_up(page, card, grip=4):
    """Press on a card or a block and move far enough for a drag to begin; the answer has come when this returns."""
    card.scroll_into_view_if_needed()
    box = card.bounding_box()
    page.mouse.move(box["x"] + grip, box["y"] + box["height"] / 2)
    page.mouse.down()
    with page.expect_response(re.compile("/where/")):
        page.mouse.move(box["x"] + grip + 20, box["y"] + box["height"] / 2 + 12, steps=4)


@pytest.mark.browser
def test_a_visit_is_dragged_onto_a_nurse_and_a_row_that_refuses_says_why_first(browser, asgi_server, town, day):
    desk = someone(browser, asgi_server, town, "planner")
    desk.open("/dispatch/planner/")
    desk.look("today-empty")
    rows = a_day(town)
    desk.open(f"/dispatch/planner/{day}/")
    desk.look("board")
    page, address = desk.page, f"/dispatch/planner/{day}/"
    card = page.locator(f'.waiting[data-drag="{rows["马翠花"].number}"]')

    pick_up(page, card)
    barred = lane(page, "梅若兰")
    expect(barred).to_have_class(re.compile("is-no"))
    expect(barred.locator("[data-why]")).to_contain_text("未满 5 年")
    expect(lane(page, "何小曼")).not_to_have_class(re.compile("is-no"))
    desk.look("carrying")
    page.mouse.move(*spot(page, "梅若兰", 14), steps=4)
    expect(page.locator("[data-dragsay]")).to_contain_text("不能。")
    page.mouse.up()
    expect(page.locator("[data-dragsay]")).to_contain_text("没有安排。")
    desk.at(f"{address}$")

    pick_up(page, card)
    page.mouse.move(*spot(page, "顾晓雯", 10.25), steps=4)
    expect(page.locator("[data-dragsay]")).to_contain_text("已有上门安排")
    page.keyboard.press("Escape")
    expect(page.locator(".is-carried")).to_have_count(0)
    page.mouse.up()
    desk.at(f"{address}$")

    pick_up(page, card)
    page.mouse.move(*spot(page, "何小曼", 14.25), steps=4)
    expect(page.locator("[data-dragsay]")).to_contain_text("何小曼 14:15 到")
    page.mouse.up()
    page.wait_for_url(re.compile(rf"orders/{rows['马翠花'].number}/\?start={day}T14%3A15&nurse={rows['何小曼'].pk}"))
    desk.sees("您选的护士")
    desk.look("drawer-offer")
    page.locator('[data-step="offer"]').first.locator("xpath=ancestor::tr").locator("summary").click()
    page.locator('[data-step="offer"] [name="override"]').first.fill("家属下午才在家")
    page.locator('[data-step="offer"] button').first.click()
    desk.sees("已派单，护士会收到通知。")
    expect(lane(page, "何小曼").locator(".visit")).to_have_count(2)
    offered = world.fresh(rows["马翠花"])
    assert (offered.nurse, timezone.localtime(offered.planned_start).strftime("%H:%M")) == (rows["何小曼"], "14:15")
    desk.look("drawer-offered")

    desk.open(address)
    block = page.locator(f'.visit[data-drag="{rows["马翠花"].number}"]')
    pick_up(page, block)
    page.mouse.move(*spot(page, "顾晓雯", 15), steps=4)
    expect(page.locator("[data-dragsay]")).to_contain_text("顾晓雯 15:00 到")
    page.mouse.up()
    page.wait_for_url(re.compile("nurse="))
    desk.look("drawer-move")
    desk.fill("reason", "何小曼下午要开会", '[data-step="move"]')
    desk.fill("override", "家属下午才在家", '[data-step="move"]')
    desk.press("改派并通知护士")
    desk.sees("已改派，两位护士都会收到通知。")
    moved = world.fresh(rows["马翠花"])
    assert (moved.nurse, timezone.localtime(moved.planned_start).hour) == (rows["顾晓雯"], 15)
    assert desk.wrong == []


@pytest.mark.browser
def test_the_first_visit_is_dragged_onto_a_doctor(browser, asgi_server, town, day):
    rows = a_day(town)
    desk = someone(browser, asgi_server, town, "planner-doctor")
    desk.open(f"/dispatch/planner/{day}/")
    page, doctor = desk.page, town.users[Role.DOCTOR].display_name

    pick_up(page, page.locator(f'.waiting[data-drag="{rows["王桂芳"].number}"]'))
    page.mouse.move(*spot(page, "顾晓雯", 9), steps=3)
    expect(page.locator("[data-dragsay]")).to_contain_text("首诊只能安排给家庭医生")
    page.mouse.move(*spot(page, doctor, 13.5), steps=4)
    expect(page.locator("[data-dragsay]")).to_contain_text("13:30 到 14:30：可以")
    page.mouse.up()
    page.wait_for_url(re.compile("requests/.*doctor="))
    expect(page.locator('[name="planned_start"]')).to_have_value(f"{day}T13:30")
    desk.look("drawer-first-visit")
    desk.press("安排首诊")
    desk.sees("已安排首诊")
    expect(lane(page, doctor).locator(".visit")).to_have_count(1)
    assert world.fresh(rows["王桂芳"]).assessment.doctor == town.users[Role.DOCTOR]
    assert desk.wrong == []


@pytest.mark.browser
def test_whatever_is_dragged_can_be_done_with_the_keyboard_alone(browser, asgi_server, town, day):
    rows = a_day(town)
    desk = someone(browser, asgi_server, town, "planner-keys")
    desk.open(f"/dispatch/planner/{day}/")
    page, keys = desk.page, desk.page.keyboard

    page.locator(f'.waiting[data-drag="{rows["马翠花"].number}"]').focus()
    keys.press("Enter")
    page.wait_for_url(re.compile(f"orders/{rows['马翠花'].number}/"))
    desk.sees("建议首选")
    page.locator("#offer_start").focus()
    page.locator("#offer_start").fill(f"{day}T11:30")
    keys.press("Enter")
    page.wait_for_url(re.compile("start="))
    expect(page.locator("#offer_start")).to_have_value(f"{day}T11:30")
    page.locator('[data-step="offer"] button').first.focus()
    keys.press("Enter")
    desk.sees("已派单，护士会收到通知。")
    page.get_by_role("link", name=re.compile("^关闭")).focus()
    keys.press("Enter")
    page.wait_for_url(re.compile(rf"planner/{day}/$"))
    assert world.fresh(rows["马翠花"]).status == S.OFFERED
    assert desk.wrong == []


@pytest.mark.browser
def test_another_desks_act_appears_on_the_open_board(browser, asgi_server, celery_worker_process, town, day):
    rows = a_day(town)
    desk = someone(browser, asgi_server, town, "planner-live")
    desk.open(f"/dispatch/planner/{day}/")
    until(lambda: not Outbox.objects.filter(done_at__isnull=True).exists(), "what went before to be told", 60)

    with desk.hears("3 件，拖到护士"):
        row = world.fresh(rows["沈玉兰"])
        services.recall(order_id=row.pk, reason="护士请假", by=town.actor(Role.DISPATCHER), now=timezone.now())
    assert desk.wrong == []


@pytest.mark.browser
def test_the_board_and_its_drawer_fit_a_telephone(browser, asgi_server, town, day):
    rows = a_day(town)
    desk = someone(browser, asgi_server, town, "planner-phone", PHONE)
    desk.open(f"/dispatch/planner/{day}/")
    desk.look("board")
    desk.page.locator(f'.waiting[href*="{rows["马翠花"].number}"]').tap()
    desk.page.wait_for_url(re.compile("/orders/"))
    expect(desk.page.locator("#board")).to_be_hidden()
    desk.look("drawer-offer")
    desk.open(f"/dispatch/planner/{day}/orders/{rows['孙志远'].number}/")
    desk.look("drawer-move")
    assert desk.wrong == []
