"""A day is planned before the dispatcher's eyes: a real worker computes, she signs, and a dead worker is admitted."""

import os
import re
import signal
import threading
from datetime import datetime, time, timedelta

import pytest
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.utils import timezone
from playwright.sync_api import expect

from accounts.roles import Role
from audit import delivery
from institutions import services as institutions
from orders import services
from orders.lifecycle import OrderStatus as S
from orders.lifecycle import PlanStatus as P
from orders.models import DayPlan, Order
from orders.services import planner
from tests import world
from tests.journeys.people import DESK, PASSWORD, PHONE, Album, Person
from tests.world import persons

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NAMES = ("沈玉兰", "王桂芳", "阿卜杜拉木·买买提吐尔逊", "赵秀英", "周建华", "孙志远", "马翠花", "朱宝根", "胡美玲")


@pytest.fixture
def town(transactional_db):
    town = world.town(now=world.last_nine(), lon=121.5201, lat=31.2203)
    # Tomorrow as the clock has it, whatever the hour at which this runs.
    town.day = (town.now + timedelta(days=1)).date()
    if town.day <= timezone.localdate():
        town.day = timezone.localdate() + timedelta(days=1)
    user = town.users[Role.DISPATCHER]
    user.set_password(PASSWORD)
    user.save()
    return town


@pytest.fixture
def desk(browser, asgi_server, town, request):
    album = Album(f"plan/{request.node.originalname.removeprefix('test_')}")
    person = Person(browser, album, asgi_server, DESK, town.users[Role.DISPATCHER].username)
    person.sign_in()
    yield person
    person.context.close()


def waiting(town, count):
    """So many orders for the planned day, all over the town, one of which nobody can do."""
    rows = []
    opens = town.now.replace(hour=9) + timedelta(days=(town.day - town.now.date()).days)
    for number in range(count):
        door = world.neighbour(
            town, name=NAMES[number % len(NAMES)], lon=121.51 + number / 400, lat=31.22 + number / 900
        )
        part = timedelta(hours=4 * (number % 2))
        rows.append(
            world.order(
                door, S.AWAITING_DISPATCH, wished_from=opens + part, wished_to=opens + part + timedelta(hours=3),
                numbers=(9,) if number == count - 1 else (14,),
            )
        )  # fmt: skip
    return rows


def thinking_for(town, seconds):
    institutions.choose_setting(
        district=town.district, key="plan.seconds", value=seconds, effective_on=town.now.date(),
        reason="测试", by=town.actor(Role.SUPERVISOR), now=town.now,
    )  # fmt: skip


def test_a_day_is_planned_and_signed_by_a_person(desk, town, celery_worker_process):
    for name in ("郭丽", "钱小敏"):
        persons.nurse(town.centre, name=name, now=town.now)
    rows = waiting(town, 8)
    page = f"/dispatch/planner/{town.day}/plan/"

    desk.open(page)
    desk.look("before")
    desk.press("计算排班建议")
    desk.sees("没有您的确认")
    expect(desk.page.locator("#lines")).to_be_visible(timeout=180_000)
    desk.look("proposal")
    assert {world.fresh(row).status for row in rows} == {S.AWAITING_DISPATCH}

    boxes = desk.page.locator('input[name="line"]')
    total = boxes.count()
    assert total >= 7
    boxes.nth(0).uncheck()
    desk.sees(f"派出勾选的 {total - 1} 单")
    desk.press(f"派出勾选的 {total - 1} 单")
    desk.sees(f"已派出 {total - 1} 单")
    desk.look("partly-sent")
    assert Order.objects.filter(status=S.OFFERED).count() == total - 1

    desk.press("派出全部 1 单")
    desk.sees("各行都已处理")
    desk.look("all-sent")
    assert DayPlan.objects.get().status == P.APPLIED

    held = Order.objects.filter(status=S.OFFERED).order_by("planned_start").first()
    desk.choose("nurse", held.nurse.user.display_name)
    desk.press("计算改派建议")
    expect(desk.page.get_by_role("heading", name="建议的改动")).to_be_visible(timeout=180_000)
    desk.look("repair")
    phone = Person(desk.context.browser, desk.album, desk.page.url.split("/dispatch")[0], PHONE, desk.username)
    phone.sign_in()
    phone.open(page)
    phone.look("repair-on-a-phone")
    phone.context.close()
    assert desk.wrong == []
    assert phone.wrong == []


def nudge(town):
    """What another desk's act does to every open page; from a thread, because Playwright's loop runs in this one."""
    told = {"type": "nudge", "topic": "orders.offered", "object": "", "id": "", "version": 1}

    def tell():
        async_to_sync(get_channel_layer().group_send)(f"desk.{town.centre.pk}", told)

    telling = threading.Thread(target=tell)
    telling.start()
    telling.join(10)


def test_what_was_fetched_before_her_press_is_not_drawn_over_its_answer(desk, town):
    rows = waiting(town, 3)
    by = town.actor(Role.DISPATCHER)
    services.ask_plan(centre_id=town.centre.pk, day=town.day, by=by, now=timezone.now())
    planner.compute(DayPlan.objects.get().pk)
    desk.open(f"/dispatch/planner/{town.day}/plan/")
    desk.listens()
    button = desk.page.get_by_role("button", name=re.compile("^派出全部"))
    button.hover()
    line = DayPlan.objects.get().lines.filter(order=rows[0]).get()
    services.offer(order_id=rows[0].pk, nurse_id=line.nurse_id, planned_start=line.starts_at, by=by, now=timezone.now())

    nudge(town)
    expect(desk.page.get_by_role("button", name="有更新，点此刷新")).to_be_visible()
    button.click()
    desk.sees("各行都已处理")
    desk.page.mouse.move(2, 2)
    desk.page.evaluate("document.activeElement.blur()")
    desk.page.wait_for_timeout(1_000)  # milliseconds in which what is older would be drawn

    desk.sees("各行都已处理")
    assert desk.wrong == []


def test_what_she_has_chosen_stays_when_another_desk_moves_something(desk, town):
    rows = waiting(town, 2)
    by, start = town.actor(Role.DISPATCHER), timezone.make_aware(datetime.combine(town.day, time(9)))
    give = {"nurse_id": town.nurse.pk, "by": by, "now": timezone.now()}
    services.offer(order_id=rows[0].pk, planned_start=start, **give)
    desk.open(f"/dispatch/planner/{town.day}/plan/")
    desk.listens()
    desk.choose("nurse", town.nurse.user.display_name)
    desk.page.evaluate("document.activeElement.blur()")
    desk.page.mouse.move(2, 2)

    services.offer(order_id=rows[1].pk, planned_start=start + timedelta(hours=4), **give)
    nudge(town)

    expect(desk.page.get_by_role("button", name="有更新，点此刷新")).to_be_visible()
    expect(desk.page.locator('[name="nurse"]')).to_have_value(str(town.nurse.pk))
    desk.choose("nurse", "请选择护士")
    desk.press("计算改派建议")
    desk.sees("请选择哪位护士来不了或要晚到")
    assert desk.faults() == []


def test_a_worker_that_dies_in_the_middle_has_changed_nothing_and_the_page_says_so(desk, town, celery_worker_process):
    rows = waiting(town, 9)
    thinking_for(town, 60)
    desk.open(f"/dispatch/planner/{town.day}/plan/")
    desk.press("计算排班建议")
    expect(desk.page.get_by_text("正在比较各种排法")).to_be_visible(timeout=180_000)
    desk.look("computing")

    os.kill(celery_worker_process.pid, signal.SIGKILL)
    celery_worker_process.wait()
    for seconds in (15, 30, 45, 60):  # the tick of any other process, as time passes
        delivery.run_due(now=timezone.now() + timedelta(seconds=seconds))

    desk.sees("计算程序中途停止了。没有任何订单被改动，请重新计算。")
    desk.look("worker-died")
    plan = DayPlan.objects.get()
    assert (plan.status, plan.lines.count()) == (P.FAILED, 0)
    assert {world.fresh(row).status for row in rows} == {S.AWAITING_DISPATCH}
    assert desk.wrong == []


def test_a_computation_is_stopped_by_hand(desk, town, celery_worker_process):
    waiting(town, 9)
    thinking_for(town, 60)
    desk.open(f"/dispatch/planner/{town.day}/plan/")
    desk.press("计算排班建议")
    expect(desk.page.get_by_text("正在比较各种排法")).to_be_visible(timeout=180_000)

    desk.press("停止计算")

    desk.sees("已放弃这份建议")
    assert DayPlan.objects.get().status == P.DISCARDED
    assert desk.wrong == []


def test_an_older_look_at_the_computation_is_not_drawn_over_her_stop(desk, town):
    waiting(town, 3)
    by = town.actor(Role.DISPATCHER)
    services.ask_plan(centre_id=town.centre.pk, day=town.day, by=by, now=timezone.now())
    held = []

    def hold_the_first(route):
        if route.request.headers.get("hx-request-type") and route.request.method == "GET" and not held:
            held.append((route, route.fetch()))
        else:
            route.continue_()

    desk.open(f"/dispatch/planner/{town.day}/plan/")
    desk.page.route(re.compile("/plan/"), hold_the_first)
    for _ in range(150):  # fifteen seconds for the page to ask how far it is
        if held:
            break
        desk.page.wait_for_timeout(100)
    desk.press("停止计算")
    desk.sees("已放弃这份建议")

    [(route, answer)] = held
    route.fulfill(response=answer)
    desk.page.wait_for_timeout(1_000)

    desk.sees("已放弃这份建议")
    expect(desk.page.get_by_text("正在准备")).to_have_count(0)
    assert desk.wrong == []
