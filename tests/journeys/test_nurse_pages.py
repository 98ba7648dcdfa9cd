"""Every page of the nurse's phone in each of its states: a picture, axe, no broken request, nothing sticking out."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from accounts.roles import Role
from orders import services
from orders.lifecycle import OrderStatus as S
from tests import world
from tests.journeys.people import PHONE, Album, Person
from tests.world import chain, persons

pytestmark = pytest.mark.django_db(transaction=True)

START = world.NOW + timedelta(days=1, hours=1)
HERE = {"latitude": 31.2215, "longitude": 121.5236, "accuracy": 30}
VITALS, PICC, BLOOD = 14, 9, 11
LONG_NAME = "欧阳娜仁托娅·阿卜杜勒克里木"

# What a finger hits is 44 px high and wide; a word within a sentence is as high as its line.
TOO_SMALL = """() => [...document.querySelectorAll(
    'a[href], button, input, select, textarea, summary, label.check, .choice')]
  .filter((one) => one.checkVisibility({ visibilityProperty: true }))
  .filter((one) => !one.closest('.sr, .skip, p, li small, dd, [hidden]'))
  .filter((one) => !(one.matches('input') && one.closest('label')))
  .map((one) => [one, one.getBoundingClientRect()])
  .filter(([, box]) => box.width > 1 && (box.height < 43.5 || box.width < 43.5))
  .map(([one, box]) => `${one.tagName} ${one.className} ${one.innerText?.slice(0, 20) || one.name} `
    + `${Math.round(box.width)}x${Math.round(box.height)}`)"""

# What a screen reader reads comes in the order in which it stands: one title, no level of headings left out, and
# nothing that can be pressed stands above what was read before it.
OUT_OF_ORDER = """() => {
  const shown = (one) => one.checkVisibility({ visibilityProperty: true }) && !one.closest('[hidden], dialog');
  const said = [];
  const headings = [...document.querySelectorAll('h1, h2, h3, h4')].filter(shown);
  const levels = headings.map((one) => Number(one.tagName[1]));
  if (levels.filter((one) => one === 1).length !== 1) said.push(`${levels.filter((one) => one === 1).length} h1`);
  levels.forEach((level, n) => {
    if (n && level > levels[n - 1] + 1) said.push(`h${level} ${headings[n].innerText}`);
  });
  let before = null;
  for (const one of document.querySelectorAll('main :is(h2, h3, a[href], button, input, select, textarea, summary)')) {
    if (!shown(one) || one.closest('.sr, .skip')) continue;
    const box = (one.closest('label') ?? one).getBoundingClientRect();
    if (box.width < 2) continue;
    if (before && box.bottom <= before.top) said.push(`${one.innerText || one.name} stands above what comes before`);
    before = box;
  }
  return said;
}"""


@pytest.fixture
def town(clock, monkeypatch):
    """A patient with a long name and much to look out for."""
    mild = chain.full_sections()
    mild["allergy"] |= {"allergies": "青霉素、碘伏", "anticoagulant": "yes"}
    mild["home"] |= {"pets": "loose", "risk": "watch"}
    monkeypatch.setattr(chain, "full_sections", lambda: mild)
    return world.town(
        name=LONG_NAME, home_bed=True, lon=121.5201, lat=31.2203, access_note="3 号楼没有电梯，门铃坏了，请敲门"
    )


@pytest.fixture
def nurse(browser, asgi_server, town, clock, request):
    album = Album(f"nurse/{request.node.originalname.removeprefix('test_')}")
    person = Person(browser, album, asgi_server, PHONE, "nurse", geolocation=HERE, permissions=["geolocation"])
    person.page.clock.set_fixed_time(clock.now())
    enter(person, town.users[Role.NURSE], asgi_server)
    yield person
    person.context.close()


def enter(person, user, base_url):
    client = Client()
    client.force_login(user)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    person.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": base_url}])


def test_every_page_of_the_nurse_in_each_state(nurse, town, clock):
    def at(moment, address):
        clock(moment)
        nurse.page.clock.set_fixed_time(moment)
        nurse.open(address)

    at(world.NOW, "/nurse/today/")
    nurse.look("today-empty")
    nurse.open("/nurse/messages/")
    nurse.look("messages-empty")
    nurse.open("/nurse/me/")
    nurse.look("me")

    order = world.order(town, S.OFFERED, numbers=(VITALS, PICC, BLOOD))
    visit = f"/nurse/visit/{order.number}/"
    answer_the_offer(nurse, order, at)
    go_there(nurse, visit, at)
    write_the_record(nurse, visit, order)
    confirm(nurse, visit, order, at)
    nurse.open("/nurse/today/")
    nurse.look("today-done")
    nurse.open("/nurse/schedule/")
    nurse.look("schedule")

    assert nurse.faults() == []


def answer_the_offer(nurse, order, at):
    at(world.NOW, "/nurse/today/")
    nurse.look("today-offer")
    nurse.open(f"/nurse/orders/{order.number}/")
    nurse.look("offer")
    nurse.page.locator("summary", has_text="不能接").click()
    nurse.press("提交原因，不接这一单")
    nurse.sees("请选择不能接的原因。")
    nurse.look("offer-decline-refused")
    nurse.press("接单")
    nurse.sees("已接单")


def go_there(nurse, visit, at):
    nurse.look("visit-accepted")
    nurse.press("出发前往")
    nurse.sees("最早可提前三小时")
    nurse.look("visit-too-early")
    nurse.page.locator("summary", has_text="退单").click()
    nurse.page.locator("summary", has_text="登记失约").click()
    nurse.look("visit-special-menu")
    at(START - timedelta(minutes=40), "/nurse/today/")
    nurse.look("today-next")
    nurse.press("出发前往")
    nurse.open(visit, kept=False)
    nurse.comes_to("check_in")
    nurse.tick("姓名：")
    nurse.press("到达签到")
    nurse.sees("依据 002 五(八)")
    nurse.comes_to("check_in")
    nurse.look("check-in-refused")
    nurse.tick("出生日期：")
    nurse.look("check-in")
    at(START + timedelta(minutes=2), visit)
    nurse.tick("姓名：")
    nurse.tick("证件：")
    nurse.press("到达签到")
    nurse.sees("距住址")


def write_the_record(nurse, visit, order):
    page = nurse.page
    nurse.look("record-empty")
    rows = page.locator('li[id^="step-"]')
    rows.nth(0).locator("label.check").click()
    nurse.sees("还差 4 步")
    rows.nth(1).locator("summary").click()
    rows.nth(1).get_by_label("没有做的原因").fill("家属要求暂缓")
    rows.nth(1).get_by_role("button").click()
    nurse.sees("未做：家属要求暂缓")
    temperature = page.locator("#id_reading-temp_c")
    temperature.fill("63")
    temperature.blur()
    nurse.sees("请填写 30 到 45 之间的体温")
    nurse.look("record-impossible-value")
    temperature.fill("38.6")
    temperature.blur()
    nurse.sees("达到报警值 37.3")
    nurse.tick("感染性和损伤性废物")
    nurse.look("record-half")
    nurse.press("下一步：签字确认")
    nurse.sees("还有几处需要填写或修改")
    nurse.look("record-missing")
    expect(page.locator('[data-kept="waiting"]')).to_have_count(0)  # the server has answered to all of it
    row = world.fresh(order)
    world.complete_record(chain_of(order), row, timezone.now())
    nurse.open(visit, kept=False)
    nurse.sees("都填好了")
    nurse.look("record-full")
    nurse.press("下一步：签字确认")
    nurse.sees("单独一页，大字给服务对象看")  # the platform's own page, after the phone's


def chain_of(order):
    """What :func:`tests.world.complete_record` asks of a town: who the nurse is."""
    from types import SimpleNamespace

    return SimpleNamespace(actor=lambda role: persons.family(order.nurse.user, on=world.TODAY))


def confirm(nurse, visit, order, at):
    nurse.look("confirm")
    code = world.fresh(order).visit_code
    nurse.fill("code", "000000" if code != "000000" else "111111")
    nurse.press("确认完成")
    nurse.sees("上门码不对")
    nurse.look("confirm-wrong-code")
    nurse.page.locator("a.sos:visible").click()
    nurse.sees("秒后发出求助")
    nurse.page.get_by_text("误触，返回").evaluate("link => link.click()")
    nurse.fill("code", code)
    nurse.press("确认完成")
    nurse.sees("凭上门码在护士手机确认")
    nurse.look("visit-completed")


def test_what_nobody_hopes_for(nurse, town, clock):
    order = world.order(town, S.IN_SERVICE)
    clock(START + timedelta(minutes=5))
    nurse.page.clock.set_fixed_time(clock.now())
    visit = f"/nurse/visit/{order.number}/"

    nurse.open(visit)
    nurse.page.locator("summary", has_text="需要中止服务").click()
    nurse.tick("现场没有操作条件")
    nurse.look("stopping")
    nurse.press("提交并中止服务")
    nurse.sees("打中心值班台")
    nurse.look("visit-aborted")

    assert nurse.faults() == []


def test_an_open_page_hears_that_the_visit_was_taken_away(nurse, town, celery_worker_process):
    order = world.order(town, S.ACCEPTED)
    nurse.open(f"/nurse/visit/{order.number}/")

    with nurse.hears("这张订单已不在您名下"):
        services.recall(order_id=order.pk, reason="护士请假", by=town.actor(Role.DISPATCHER), now=timezone.now())
    nurse.look("visit-taken-away")

    assert nurse.faults() == []


def test_an_answer_that_comes_late_does_not_bring_an_older_list_back(nurse, town, clock):
    order = world.order(town, S.IN_SERVICE)
    clock(START + timedelta(minutes=5))
    nurse.page.clock.set_fixed_time(clock.now())
    world.complete_record(chain_of(order), order, clock.now(), closing=False)
    nurse.open(f"/nurse/visit/{order.number}/")
    nurse.sees("还差")
    nurse.online()  # until then the list of what is missing is the phone's own, and says nothing of the server
    held = []

    def hold_the_first(route):
        if route.request.method == "POST" and not held:
            held.append((route, route.fetch()))
        else:
            route.continue_()

    nurse.page.route("**/nurse/sync/", hold_the_first)

    nurse.tick_value("waste", "none")
    nurse.fill("note", "按计划测量，服务对象无不适。")
    nurse.page.locator('[name="note"]').press("Tab")
    nurse.tick_value("next_step", "next_visit")
    for _ in range(150):  # fifteen seconds for the server to answer what is held back here
        if held:
            break
        nurse.page.wait_for_timeout(100)
    nurse.page.wait_for_timeout(500)  # and then some for the page to do what it must not do
    [(route, answer)] = held
    route.fulfill(response=answer)

    nurse.sees("可以请服务对象或家属确认了")  # which only the server says
    assert world.fresh(order).visit_record.next_step == "next_visit"
    assert nurse.faults() == []


@pytest.mark.parametrize("shape", ["dark", "narrow", "wide", "xlarge"])
def test_the_pages_of_a_visit_in_the_dark_on_small_screens_and_in_large_letters(
    browser, asgi_server, town, clock, shape
):
    """A room at night, 320 and 430 px, the largest letters: nothing sticks out, everything can be read and hit."""
    album = Album(f"nurse/{shape}")
    looks = {"color_scheme": "dark"} if shape == "dark" else {}
    width = {"narrow": 320, "wide": 430}.get(shape, 390)
    screen = {**PHONE, "viewport": {"width": width, "height": 844}}
    looks |= {"geolocation": HERE, "permissions": ["geolocation"]}
    person = Person(browser, album, asgi_server, screen, "nurse", **looks)
    enter(person, town.users[Role.NURSE], asgi_server)
    if shape == "xlarge":
        person.context.add_cookies([{"name": "size", "value": "xlarge", "url": asgi_server}])
    order = world.order(town, S.IN_SERVICE, numbers=(VITALS, PICC))
    clock(START + timedelta(minutes=5))
    person.page.clock.set_fixed_time(clock.now())
    pages = {
        "today": "/nurse/today/", "record": f"/nurse/visit/{order.number}/", "week": "/nurse/schedule/",
        "me": "/nurse/me/", "outbox": "/nurse/outbox/", "badge": "/nurse/badge/", "sos": "/nurse/sos/",
        "messages": "/nurse/messages/",
    }  # fmt: skip
    small, mixed = [], []

    for name, address in pages.items():
        person.open(address)
        person.look(name)
        small += [f"{name}: {one}" for one in person.page.evaluate(TOO_SMALL)]
        mixed += [f"{name}: {one}" for one in person.page.evaluate(OUT_OF_ORDER)]
    chain.walk(town, order, S.AWAITING_CONFIRMATION)
    person.open(f"/nurse/visit/{order.number}/")
    person.look("confirm")
    small += [f"confirm: {one}" for one in person.page.evaluate(TOO_SMALL)]
    mixed += [f"confirm: {one}" for one in person.page.evaluate(OUT_OF_ORDER)]

    person.context.close()
    assert person.faults() == []
    assert small == [], "\n".join(small)
    assert mixed == [], "\n".join(mixed)
