"""A visit where there is no network: all that was typed is kept, arrives once and in order, and what failed is said."""

import json
import time
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from accounts.roles import Role
from bedside.models import PhoneEntry
from clinical.models import Picture, VisitRecord
from desks.nurse.frame import owner_of
from logistics.models import WasteBag
from orders import services
from orders.lifecycle import OrderStatus as S
from patients import vault
from safety.models import Alarm, SafetyTimer
from safety.services import timers
from tests import world
from tests.desks.phones import Phone
from tests.journeys.people import PHONE, Album, Person
from tests.journeys.test_charting_pages import WOUND, photo
from tests.world import persons

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

START = world.NOW + timedelta(days=1, hours=1)
THERE = START - timedelta(minutes=10)
HERE = {"latitude": 31.2215, "longitude": 121.5236, "accuracy": 30}
VITALS = 14
STORED = """([store, words]) => new Promise((resolve, reject) => {
  const asked = indexedDB.open('hudaojia');
  asked.onerror = () => reject(asked.error);
  asked.onsuccess = () => {
    const rows = asked.result.transaction(store).objectStore(store).getAll();
    rows.onerror = () => reject(rows.error);
    rows.onsuccess = () => { asked.result.close(); resolve(JSON.stringify(rows.result).includes(words)); };
  };
})"""
KEPT = "async (address) => Boolean(await (await caches.open('nurse-pages')).match(address))"

FULL = """
const put = IDBObjectStore.prototype.put;
IDBObjectStore.prototype.put = function (value, key) {
  if (this.name === 'entries') throw new DOMException('full', 'QuotaExceededError');
  return key === undefined ? put.call(this, value) : put.call(this, value, key);
};"""
ANOTHERS = """
const send = window.fetch;
window.fetch = (address, ...rest) => String(address).includes('/nurse/sync/')
  ? Promise.resolve(new Response(JSON.stringify({ owner: 'somebody-else', csrf: '', keep: [] })))
  : send(address, ...rest);"""
AGED = """async ([address, by]) => {
  const cache = await caches.open('nurse-pages');
  const kept = await cache.match(address);
  const headers = new Headers(kept.headers);
  headers.set('X-Kept-At', String(Date.now() - by));
  await cache.put(address, new Response(await kept.blob(), { headers }));
}"""


@pytest.fixture
def town(clock):
    return world.town()


@pytest.fixture
def nurse(browser, asgi_server, town, request):
    album = Album(f"{request.path.stem.removeprefix('test_nurse_')}/{request.node.originalname.removeprefix('test_')}")
    person = Person(browser, album, asgi_server, PHONE, "nurse", geolocation=HERE, permissions=["geolocation"])
    enter(person, town.users[Role.NURSE], asgi_server)
    yield person
    person.context.close()


def enter(person, user, base_url):
    client = Client()
    client.force_login(user)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    person.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": base_url}])


def go_out_of_reach(person, visit):
    """The day was opened where there was network; from here on there is none."""
    person.open("/nurse/today/")
    until(lambda: person.page.evaluate(KEPT, visit), "the visit to be kept")
    person.context.set_offline(True)


def out_of_reach(nurse, town, clock, status):
    """A visit of today, which she opened in time and now has open without network."""
    order = world.order(town, status, numbers=(VITALS,))
    visit = f"/nurse/visit/{order.number}/"
    clock(THERE)
    go_out_of_reach(nurse, visit)
    nurse.open(visit)
    return order, visit


def check_in(nurse):
    nurse.tick("姓名：")
    nurse.tick("出生日期：")
    nurse.press("到达签到")


def until(holds, what, seconds=30):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.1)


def picture(person, name):
    """A page whose socket is closed cannot be looked at as others are; it is photographed as the phone shows it."""
    person.photograph(person.album.path(name), full_page=True)


def entries_of(order):
    return list(PhoneEntry.objects.filter(order=order).order_by("pk"))


def tick_all_steps(person):
    for box in person.page.locator('li[id^="step-"] input[name="step"]').all():
        box.check()


def reading(order):
    return VisitRecord.objects.get(pk=order.visit_record_id).readings.get(measurement="temp_c").value


def new_tab(person):
    """The phone's system has ended the app; she opens it again."""
    person.page.close(run_before_unload=False)
    person.page = person.context.new_page()


VALUES = {"reading-temp_c": "36.8", "reading-pulse_bpm": "72", "reading-sbp_mmhg": "128", "reading-dbp_mmhg": "76"}


@pytest.mark.clause("002 五(八)", "000 三(十)")
def test_a_whole_visit_in_a_basement_arrives_once_and_in_order(nurse, town, clock):
    order = world.order(town, S.ACCEPTED, numbers=(VITALS,))
    visit = f"/nurse/visit/{order.number}/"
    clock(THERE)
    go_out_of_reach(nurse, visit)
    page = nurse.page

    nurse.open(visit)
    picture(nurse, "depart-offline")
    nurse.press("出发前往")
    nurse.sees("到达签到")
    check_in(nurse)
    nurse.sees("还差")
    tick_all_steps(nurse)
    for name, value in VALUES.items():
        nurse.fill(name, value)
        page.locator(f'[name="{name}"]').blur()
    expect(page.locator("#reading-temp_c .kept")).to_contain_text("仅在本机")
    nurse.fill("reading-temp_c", "37.1")
    page.locator('[name="reading-temp_c"]').blur()
    nurse.fill("note", "写到一半")
    until(lambda: page.evaluate(STORED, ["entries", "37.1"]), "the reading to be on the phone")
    until(lambda: page.evaluate(STORED, ["drafts", "写到一半"]), "the half of a note to be on the phone")

    page.reload()
    expect(page.locator('[name="reading-temp_c"]')).to_have_value("37.1")
    expect(page.locator('[name="note"]')).to_have_value("写到一半")
    picture(nurse, "record-offline")
    new_tab(nurse)
    page = nurse.page
    nurse.open(visit)
    expect(page.locator('[name="reading-temp_c"]')).to_have_value("37.1")
    expect(page.locator('[name="note"]')).to_have_value("写到一半")
    nurse.fill("note", "按计划测量，服务对象无不适。")
    fill_what_is_left(nurse)
    nurse.press("下一步：签字确认")
    nurse.sees("今天为您做了")
    nurse.sees("37.1")
    picture(nurse, "summary-offline")
    nurse.fill("code", order.visit_code)
    nurse.press("确认完成")
    nurse.sees("已记在这台手机上")
    nurse.open("/nurse/outbox/")
    nurse.sees("条等待发送")
    picture(nurse, "outbox-offline")
    nurse.open("/nurse/messages/")
    nurse.sees("这一页没有存在这台手机上")
    picture(nurse, "no-network")
    nurse.open(visit)
    assert PhoneEntry.objects.count() == 0

    clock(THERE + timedelta(minutes=90))
    nurse.context.set_offline(False)
    until(lambda: world.fresh(order).status == S.COMPLETED, "the whole visit to arrive", 60)

    entries = list(PhoneEntry.objects.order_by("pk"))
    assert all(entry.taken for entry in entries), [(e.kind, e.key, e.reasons) for e in entries if not e.taken]
    assert [entry.key for entry in entries if entry.kind == "take"] == ["depart", "check_in", "finish", "confirm"]
    assert sorted(entry.device_at for entry in entries) == [entry.device_at for entry in entries]
    record = VisitRecord.objects.get(pk=world.fresh(order).visit_record_id)
    assert record.readings.get(measurement="temp_c").value == "37.1"
    assert [entry.key for entry in entries].count("temp_c") == 2
    assert record.note == "按计划测量，服务对象无不适。"
    assert world.fresh(order).status == S.COMPLETED


def fill_what_is_left(person):
    """Whatever else the item asks for, by the page's own list of what is missing."""
    page = person.page
    tick_all_steps(person)
    for part in page.locator('[data-stage="record"] [data-entry="reading"][data-required]:visible').all():
        field = part.locator("input:not([type=radio]), select, textarea")
        if part.locator("input[type=radio]").count():
            if not part.locator("input[type=radio]:checked").count():
                part.locator("input[type=radio]").first.check(force=True)
        elif field.count() and not field.first.input_value():
            if field.first.evaluate("one => one.tagName") == "SELECT":
                field.first.select_option(index=1)
            else:
                field.first.fill(field.first.get_attribute("data-min") and "20" or "正常")
            field.first.blur()
    person.tick_value("waste", "none")
    person.tick_value("next_step", "next_visit")


def test_a_wound_photographed_in_a_basement_survives_the_tab_and_arrives_without_its_place(nurse, town, clock):
    order = world.order(town, S.IN_SERVICE, numbers=(WOUND,))
    visit = f"/nurse/visit/{order.number}/"
    clock(THERE)
    go_out_of_reach(nurse, visit)
    nurse.open(visit)
    page = nurse.page
    page.locator("#photos label", has_text="同意").first.click()
    nurse.fill("said_by", "沈家明")
    nurse.choose("relation", "子女")
    nurse.press("记下拍照意见")
    page.locator('#photos input[type="file"]').set_input_files(
        {"name": "wound.jpg", "mimeType": "image/jpeg", "buffer": photo()}
    )
    nurse.fill("caption", "换药前，骶尾部")
    nurse.press("保存照片")
    nurse.sees("2 条只在本机")
    picture(nurse, "photo-offline")
    new_tab(nurse)
    nurse.open(visit)
    nurse.sees("2 条只在本机")

    nurse.context.set_offline(False)

    until(lambda: len(entries_of(order)) == 2, "the consent and the picture")
    assert [(entry.kind, entry.taken) for entry in entries_of(order)] == [("photo_consent", True), ("photo", True)]
    kept = Picture.objects.get()
    assert b"SECRET" not in vault.path_of(kept.pk).read_bytes()


@pytest.mark.clause("002 五(六)2")
def test_what_was_written_for_a_visit_that_went_elsewhere_waits_for_her_decision(nurse, town, clock):
    order, visit = out_of_reach(nurse, town, clock, S.ACCEPTED)
    nurse.press("出发前往")
    check_in(nurse)
    nurse.fill("reading-temp_c", "36.8")
    nurse.page.locator('[name="reading-temp_c"]').blur()
    nurse.sees("仅在本机")
    services.recall(order_id=order.pk, reason="护士失联", by=town.actor(Role.DISPATCHER), now=timezone.now())

    nurse.context.set_offline(False)

    nurse.sees("这一单有一步没有被接受")
    nurse.open("/nurse/outbox/")
    nurse.sees("已改派给其他护士或取消")
    nurse.sees("2 条等待发送，1 条需要您处理")
    nurse.look("needs-attention")
    with nurse.page.expect_download() as download:
        nurse.press("导出未发送的记录")
    kept = json.loads(download.value.path().read_text())
    assert [entry["kind"] for entry in kept["entries"]] == ["take", "take", "reading"]
    assert ["reading-temp_c", "36.8"] in kept["entries"][2]["fields"]
    nurse.press("删除这一单的全部内容")
    nurse.sees("共 3 条")
    nurse.page.locator("[data-delete]").click()
    nurse.sees("没有待发送的内容")
    assert [entry.taken for entry in PhoneEntry.objects.all()] == [False]
    assert world.fresh(order).departed_at is None


def test_two_phones_of_one_nurse_ask_her_which_to_keep(nurse, browser, asgi_server, town, clock):
    order, visit = out_of_reach(nurse, town, clock, S.IN_SERVICE)
    nurse.fill("reading-temp_c", "36.8")
    nurse.page.locator('[name="reading-temp_c"]').blur()
    nurse.sees("仅在本机")
    tablet = Phone(town.users[Role.NURSE])
    assert tablet.hand_in(order, "reading", "temp_c", {"reading-temp_c": "37.2"})["result"] == "taken"

    nurse.context.set_offline(False)

    nurse.sees("您的另一台手机")
    nurse.open("/nurse/outbox/")
    nurse.look("two-phones")
    nurse.press("用这台手机写的")
    nurse.sees("没有待发送的内容")
    record = VisitRecord.objects.get(pk=order.visit_record_id)
    until(lambda: record.readings.get(measurement="temp_c").value == "36.8", "her decision to arrive")


def test_a_session_that_ended_keeps_what_was_written_for_the_same_person_and_for_nobody_else(
    nurse, asgi_server, town, clock
):
    order, visit = out_of_reach(nurse, town, clock, S.IN_SERVICE)
    nurse.fill("reading-temp_c", "36.8")
    nurse.page.locator('[name="reading-temp_c"]').blur()
    nurse.sees("仅在本机")
    nurse.context.clear_cookies()

    nurse.context.set_offline(False)
    expect(nurse.page.locator("[data-sync-pill]").first).to_contain_text("请重新登录")
    enter(nurse, persons.nurse(town.centre, name="陈小英").user, asgi_server)
    nurse.open("/nurse/outbox/")
    nurse.sees("没有待发送的内容")
    until(lambda: not nurse.page.evaluate(KEPT, visit), "the pages of the other nurse to go")
    assert entries_of(order) == []

    enter(nurse, town.users[Role.NURSE], asgi_server)
    nurse.open("/nurse/today/")
    until(lambda: entries_of(order), "what she wrote before")
    assert entries_of(order)[0].owner_id == town.nurse.user_id


def test_a_phone_without_room_says_so_and_sends_at_once_when_it_can(nurse, town, clock):
    order = world.order(town, S.IN_SERVICE, numbers=(VITALS,))
    clock(THERE)
    nurse.page.add_init_script(FULL)
    nurse.open(f"/nurse/visit/{order.number}/")
    nurse.context.set_offline(True)
    nurse.fill("reading-temp_c", "36.8")
    nurse.page.locator('[name="reading-temp_c"]').blur()
    nurse.sees("存储空间不够")

    nurse.context.set_offline(False)

    until(lambda: entries_of(order), "the entry that had no room")
    assert entries_of(order)[0].taken


def test_signing_out_takes_the_visits_off_the_phone(nurse, town, clock):
    order = world.order(town, S.ACCEPTED, numbers=(VITALS,))
    visit = f"/nurse/visit/{order.number}/"
    clock(THERE)
    nurse.open("/nurse/today/")
    until(lambda: nurse.page.evaluate(KEPT, visit), "the visit to be kept")

    nurse.open("/nurse/me/")
    nurse.press("退出登录")

    nurse.page.wait_for_url(lambda address: not address.partition("/nurse/")[1])
    assert not nurse.page.evaluate(KEPT, visit)


def test_pages_kept_for_two_days_are_gone_on_the_third(nurse, town, clock):
    order = world.order(town, S.ACCEPTED, numbers=(VITALS,))
    visit = f"/nurse/visit/{order.number}/"
    clock(THERE)
    nurse.open("/nurse/today/")
    until(lambda: nurse.page.evaluate(KEPT, visit), "the visit to be kept")
    nurse.page.evaluate(AGED, [visit, 49 * 3600 * 1000])
    nurse.context.set_offline(True)

    nurse.open(visit)

    nurse.sees("这一页没有存在这台手机上")
    assert not nurse.page.evaluate(KEPT, visit)


@pytest.fixture
def shut(nurse):
    """From here on the phone's browser opens no database: the page's own has a version that it does not know."""
    return lambda: nurse.page.add_init_script("indexedDB.open('hudaojia', 99)")


def test_a_phone_that_can_keep_nothing_sends_what_is_written(nurse, shut, town, clock):
    order = world.order(town, S.IN_SERVICE, numbers=(VITALS,))
    clock(THERE)
    shut()
    nurse.open(f"/nurse/visit/{order.number}/")
    nurse.fill("reading-temp_c", "36.8")
    nurse.page.locator('[name="reading-temp_c"]').blur()

    until(lambda: entries_of(order), "the entry that could not be kept")
    assert entries_of(order)[0].taken


def test_a_phone_that_can_keep_nothing_lets_her_sign_out_and_shows_nobody_what_it_kept(nurse, shut, town, clock):
    order = world.order(town, S.ACCEPTED, numbers=(VITALS,))
    visit = f"/nurse/visit/{order.number}/"
    clock(THERE)
    nurse.open("/nurse/today/")
    until(lambda: nurse.page.evaluate(KEPT, visit), "the visit to be kept")
    shut()
    nurse.open("/nurse/me/")

    nurse.press("退出登录")

    nurse.page.wait_for_url(lambda address: not address.partition("/nurse/")[1])
    assert not nurse.page.evaluate(KEPT, visit)


def test_a_page_kept_for_one_nurse_is_not_left_to_the_next_on_the_same_phone(nurse, asgi_server, town, clock):
    order = world.order(town, S.ACCEPTED, numbers=(VITALS,))
    visit = f"/nurse/visit/{order.number}/"
    clock(THERE)
    go_out_of_reach(nurse, visit)
    nurse.open("/nurse/today/")
    body = nurse.page.locator("body")
    expect(body).to_contain_text(order.patient.name)
    colleague = persons.nurse(town.centre, name="陈小英").user
    enter(nurse, colleague, asgi_server)

    nurse.context.set_offline(False)

    expect(body).to_have_attribute("data-owner", owner_of(colleague))
    expect(body).not_to_contain_text(order.patient.name)
    assert not nurse.page.evaluate(KEPT, visit)


def test_a_page_that_stays_another_nurse_s_says_so_and_is_not_fetched_over_and_over(nurse, town, clock):
    nurse.page.add_init_script(ANOTHERS)
    shown = []
    # Not when it has loaded: the page may turn to itself anew before that.
    nurse.page.on("framenavigated", lambda frame: shown.append(frame.url))

    nurse.open("/nurse/me/")

    until(lambda: nurse.page.wait_for_timeout(50) or len(shown) == 2, "the page to be fetched anew")
    expect(nurse.page.locator("[data-sync-pill]").first).to_have_text("这台手机现在登录的是另一位护士")
    picture(nurse, "another-nurse")
    nurse.page.wait_for_timeout(3000)
    assert len(shown) == 2


@pytest.mark.clause("002 五(九)2")
def test_nothing_holds_back_a_call_for_help(nurse, town, clock):
    order, visit = out_of_reach(nurse, town, clock, S.EN_ROUTE)
    check_in(nurse)
    services.cancel(order_id=order.pk, reason="住院了", by=town.actor(Role.PROXY), now=THERE)  # the check-in will fail
    nurse.page.locator("summary", has_text="我觉得不安全").click()
    nurse.press("离开，并通知值班台")
    nurse.sees("还没有收到值班台的回应")
    picture(nurse, "not-heard-yet")

    nurse.context.set_offline(False)

    until(lambda: Alarm.objects.filter(kind="unsafe").exists(), "the call for help")
    assert Alarm.objects.get().nurse == town.nurse


STUCK = """async (seqs) => {
  const answer = (asked) => new Promise((done) => { asked.onsuccess = () => done(asked.result); });
  const db = await answer(indexedDB.open('hudaojia'));
  const entries = db.transaction('entries', 'readwrite').objectStore('entries');
  for (const seq of seqs) await answer(entries.put({ ...await answer(entries.get(seq)), state: 'stuck' }));
  db.close();
}"""
PUT = """async ([order, kind, key, said, fields]) => {
  const box = await import('/static/js/outbox.js');
  const entry = { order, kind, key, label: said, said, basis: null, fields, files: [], moves: kind === 'take' };
  return (await box.put(entry)).seq;
}"""
HAS = """async () => {
  const box = await import('/static/js/outbox.js');
  return (await box.all()).map((row) => [row.kind, row.said, row.state]);
}"""
AGAIN = "async (seq) => { const box = await import('/static/js/outbox.js'); await box.again(seq); }"


def test_a_refused_picture_stays_beside_the_next_and_a_refused_reading_is_answered_by_it(nurse, town, clock):
    order = world.order(town, S.IN_SERVICE, numbers=(VITALS,))
    clock(THERE)
    visit = f"/nurse/visit/{order.number}/"
    go_out_of_reach(nurse, visit)
    nurse.open(visit)
    page = nurse.page

    seqs = [page.evaluate(PUT, [order.number, kind, "temp_c", "先前", []]) for kind in ("photo", "reading")]
    page.evaluate(STUCK, seqs)
    for kind in ("photo", "reading"):
        page.evaluate(PUT, [order.number, kind, "temp_c", "后来", []])

    assert sorted(page.evaluate(HAS)) == [
        ["photo", "先前", "stuck"], ["photo", "后来", "waiting"], ["reading", "后来", "waiting"],
    ]  # fmt: skip


def test_what_she_adds_to_a_refused_finish_goes_before_it_is_asked_again(nurse, town, clock):
    order = world.order(town, S.IN_SERVICE, numbers=(VITALS,))
    clock(THERE)
    visit = f"/nurse/visit/{order.number}/"
    go_out_of_reach(nurse, visit)
    nurse.open(visit)
    page = nurse.page
    finish = page.evaluate(PUT, [order.number, "take", "finish", "结束服务", []])
    page.evaluate(PUT, [order.number, "take", "confirm", "确认", [["code", order.visit_code]]])
    page.evaluate(STUCK, [finish])
    page.evaluate(PUT, [order.number, "reading", "temp_c", "37.1", [["reading-temp_c", "37.1"]]])

    nurse.context.set_offline(False)
    until(lambda: [entry.key for entry in entries_of(order)] == ["temp_c"], "the reading to pass the refused finish")
    page.evaluate(AGAIN, finish)

    until(lambda: len(entries_of(order)) == 2, "the finish to be asked again")
    assert [(entry.key, entry.taken) for entry in entries_of(order)] == [("temp_c", True), ("finish", False)]
    assert ["take", "确认", "waiting"] in page.evaluate(HAS)


TWICE = "(button) => { button.click(); button.click(); }"


def test_a_value_typed_when_the_phone_ended_the_tab_is_handed_in_when_it_is_opened_again(nurse, town, clock):
    order = world.order(town, S.IN_SERVICE, numbers=(VITALS,))
    visit = f"/nurse/visit/{order.number}/"
    clock(THERE)
    nurse.open(visit)
    nurse.fill("reading-temp_c", "36.8")
    nurse.page.locator('[name="reading-temp_c"]').blur()
    until(lambda: len(entries_of(order)) == 1, "the first value")
    expect(nurse.page.locator("#reading-temp_c .kept")).to_have_count(0)
    nurse.fill("reading-temp_c", "38.8")  # and the cursor stays in the field
    until(lambda: nurse.page.evaluate(STORED, ["drafts", "38.8"]), "the draft")

    new_tab(nurse)
    nurse.open(visit)

    expect(nurse.page.locator('[name="reading-temp_c"]')).to_have_value("38.8")
    until(lambda: [entry.taken for entry in entries_of(order)] == [True, True], "the value that was only a draft")
    assert reading(order) == "38.8"
    expect(nurse.page.locator("#why-temp_c")).to_be_visible()
    new_tab(nurse)
    nurse.open(visit)
    expect(nurse.page.locator("html")).to_have_attribute("data-outbox", "ready")
    assert not nurse.page.evaluate(STORED, ["drafts", "38.8"])
    assert len(entries_of(order)) == 2


def test_a_newer_draft_is_not_overwritten_by_what_still_waits(nurse, town, clock):
    order, visit = out_of_reach(nurse, town, clock, S.IN_SERVICE)
    nurse.fill("reading-temp_c", "36.8")
    nurse.page.locator('[name="reading-temp_c"]').blur()
    nurse.sees("仅在本机")
    nurse.fill("reading-temp_c", "37.1")
    until(lambda: nurse.page.evaluate(STORED, ["drafts", "37.1"]), "the draft")

    new_tab(nurse)
    nurse.open(visit)

    nurse.sees("2 条只在本机")
    expect(nurse.page.locator('[name="reading-temp_c"]')).to_have_value("37.1")
    nurse.context.set_offline(False)
    until(lambda: [entry.taken for entry in entries_of(order)] == [True, True], "both values, in their order")
    assert reading(order) == "37.1"


def test_a_draft_does_not_silently_take_the_place_of_what_another_phone_wrote_since(nurse, town, clock):
    order, visit = out_of_reach(nurse, town, clock, S.IN_SERVICE)
    nurse.fill("reading-temp_c", "36.8")
    until(lambda: nurse.page.evaluate(STORED, ["drafts", "36.8"]), "the draft")
    tablet = Phone(town.users[Role.NURSE])
    assert tablet.hand_in(order, "reading", "temp_c", {"reading-temp_c": "37.2"})["result"] == "taken"

    new_tab(nurse)
    nurse.context.set_offline(False)
    nurse.open(visit)

    nurse.sees("您的另一台手机")
    assert reading(order) == "37.2"


def test_a_button_pressed_twice_adds_half_an_hour_and_a_bag_only_once(nurse, town, clock):
    order = world.order(town, S.IN_SERVICE, numbers=(VITALS,))
    clock(order.arrived_at + timedelta(minutes=5))
    until_then = timers.arm(order=order, now=order.arrived_at).until
    visit = f"/nurse/visit/{order.number}/"
    go_out_of_reach(nurse, visit)
    nurse.open(visit)
    page = nurse.page
    page.get_by_role("button", name="我很安全，再加 30 分钟").evaluate(TWICE)
    page.locator("summary", has_text="再登记一袋（盒）").click()
    page.locator('[name="bag_kind"]').select_option("sharps")
    nurse.fill("bag_number", "L-01")
    page.get_by_role("button", name="登记这一袋（盒）").evaluate(TWICE)
    expect(page.locator('[name="bag_number"]')).to_have_value("")
    expect(page.locator('[name="bag_kind"]')).to_have_value("")
    nurse.sees("2 条只在本机")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-outbox", "ready")
    expect(page.locator('[name="bag_number"]')).to_have_value("")

    nurse.context.set_offline(False)

    until(lambda: len(entries_of(order)) == 2, "the press and the bag")
    expect(page.locator("[data-sync-pill]").first).to_be_hidden()
    assert [(entry.kind, entry.reasons) for entry in entries_of(order)] == [("safe", []), ("bag", [])]
    assert SafetyTimer.objects.get(order=order).until - until_then == timedelta(minutes=30)
    assert WasteBag.objects.filter(number="L-01").count() == 1
