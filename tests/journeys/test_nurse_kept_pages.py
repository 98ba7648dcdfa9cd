"""What her phone keeps is as new as what the server took, and says of a red value at once whom to call."""

import pytest
from playwright.sync_api import expect

from clinical.models import CallBack, VisitRecord
from orders.lifecycle import OrderStatus as S
from safety.models import Incident
from tests import world
from tests.journeys.test_nurse_offline import (
    KEPT,
    THERE,
    VITALS,
    check_in,
    new_tab,
    nurse,  # noqa: F401 - a fixture
    out_of_reach,
    picture,
    town,  # noqa: F401 - a fixture
    until,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

KEPT_WORDS = """async ([address, words]) =>
  (await (await (await caches.open('nurse-pages')).match(address)).text()).includes(words)"""
KEPT_STAGE = """async (address) => {
  const kept = await (await caches.open('nurse-pages')).match(address);
  return new DOMParser().parseFromString(await kept.text(), 'text/html').getElementById('visit').dataset.now;
}"""
RED = "体温 39.5 ℃，达到危急值 39 ℃，请立即联系医生。"


def kept_stage(person, visit):
    """The stage at which the phone's own copy of the page stands."""
    return person.page.evaluate(KEPT_STAGE, visit)


@pytest.mark.clause("002 五(八)", "000 三(十)")
def test_each_step_that_was_taken_stands_on_the_page_that_the_phone_keeps(nurse, town, clock):  # noqa: F811
    order = world.order(town, S.ACCEPTED, numbers=(VITALS,))
    visit = f"/nurse/visit/{order.number}/"
    clock(THERE)
    nurse.open("/nurse/today/")
    until(lambda: nurse.page.evaluate(KEPT, visit), "the visit to be kept")
    nurse.open(visit)
    assert kept_stage(nurse, visit) == "depart"

    nurse.press("出发前往")
    until(lambda: world.fresh(order).status == S.EN_ROUTE, "the departure to arrive")
    until(lambda: kept_stage(nurse, visit) == "check_in", "the kept page to know of the departure", 15)
    check_in(nurse)
    nurse.fill("note", "写到一半")
    until(lambda: kept_stage(nurse, visit) == "record", "the kept page to know of the check-in", 15)
    expect(nurse.page.locator('[name="note"]')).to_have_value("写到一半")

    until(lambda: nurse.page.evaluate(KEPT_WORDS, ["/nurse/today/", "服务中"]), "the kept day to know of it", 15)

    nurse.context.set_offline(True)
    new_tab(nurse)
    nurse.open("/nurse/today/")
    nurse.sees("服务中")
    nurse.open(visit)
    expect(nurse.page.locator("#visit")).to_have_attribute("data-now", "record")
    expect(nurse.page.locator("#checked-in")).to_contain_text("已到场签到")
    expect(nurse.page.locator('[name="note"]')).to_have_value("写到一半")


def test_a_visit_that_ended_is_not_kept_as_if_it_went_on(nurse, town, clock):  # noqa: F811
    order, visit = out_of_reach(nurse, town, clock, S.ACCEPTED)
    nurse.page.locator("summary", has_text="退单").click()
    nurse.tick("家中有急事")
    nurse.press("提交退单")
    nurse.sees("已记在这台手机上")

    nurse.context.set_offline(False)

    nurse.page.wait_for_url("**/nurse/today/")
    until(lambda: not nurse.page.evaluate(KEPT, visit), "the page of a visit given back to be gone")
    assert world.fresh(order).status == S.AWAITING_DISPATCH


@pytest.mark.clause("002 五(八)", "002 五(九)2")
def test_a_red_value_says_whom_to_call_at_once_also_where_nobody_hears(nurse, town, clock):  # noqa: F811
    order, visit = out_of_reach(nurse, town, clock, S.IN_SERVICE)
    page, part = nurse.page, nurse.page.locator("#reading-temp_c")

    nurse.fill("reading-temp_c", "38")
    page.locator('[name="reading-temp_c"]').blur()
    expect(part).to_contain_text("体温 38 ℃，达到报警值 37.3 ℃，请关注。")
    expect(part).not_to_contain_text("120")
    nurse.fill("reading-temp_c", "39.50")
    page.locator('[name="reading-temp_c"]').blur()
    expect(part).to_contain_text(RED)
    expect(part).not_to_contain_text("请关注")
    expect(part).to_contain_text("医生和值班台还没有收到。请先停下操作，马上打电话")
    expect(part.get_by_role("link", name="打 120")).to_be_visible()
    page.locator("summary", has_text="更多观察").click()
    nurse.choose("reading-consciousness", "昏睡")
    expect(page.locator("#reading-consciousness")).to_contain_text("意识为「昏睡」，请立即联系医生。")
    picture(nurse, "red-offline")
    new_tab(nurse)
    nurse.open(visit)
    expect(nurse.page.locator("#reading-temp_c")).to_contain_text("医生和值班台还没有收到")

    nurse.context.set_offline(False)

    until(lambda: CallBack.objects.filter(record__order=order).count() == 2, "the doctor to be asked")
    part = nurse.page.locator("#reading-temp_c")
    expect(part).not_to_contain_text("还没有收到")
    expect(part.get_by_text(RED, exact=True)).to_have_count(1)


SLOW_TO_REMEMBER = """
export * from './index.js?real';
import { openDB as open } from './index.js?real';
const later = () => new Promise((go) => setTimeout(go, 2000));
export const openDB = async (...how) => {
  const db = await open(...how);
  return new Proxy(db, { get(_, name) {
    if (name === 'get') {
      return async (store, ...key) => { if (store === 'drafts') await later(); return db.get(store, ...key); };
    }
    return typeof db[name] === 'function' ? db[name].bind(db) : db[name];
  } });
};"""


def slow_to_remember(person):
    """A phone that takes two seconds to tell a page what was typed in it before."""

    def served(route):
        if "real" in route.request.url:
            route.continue_()
        else:
            route.fulfill(content_type="text/javascript", body=SLOW_TO_REMEMBER)

    person.context.add_init_script("delete Navigator.prototype.serviceWorker")  # which would serve the script itself
    person.page.route("**/vendor/idb/index.js*", served)


def test_what_she_does_while_her_phone_still_remembers_is_not_undone(nurse, town, clock):  # noqa: F811
    slow_to_remember(nurse)
    order = world.order(town, S.ACCEPTED, numbers=(VITALS,))
    clock(THERE)
    nurse.open(f"/nurse/visit/{order.number}/")
    note = nurse.page.locator('[name="note"]')

    nurse.press("出发前往")
    nurse.comes_to("check_in")
    expect(nurse.page.locator("html")).to_have_attribute("data-outbox", "ready")
    nurse.comes_to("check_in")
    check_in(nurse)
    nurse.comes_to("record")
    until(lambda: world.fresh(order).status == S.IN_SERVICE, "the check-in to arrive")

    nurse.page.reload()
    note.press_sequentially("生命体征")
    nurse.page.wait_for_timeout(600)  # now these words are a draft
    note.press_sequentially("平稳")
    expect(nurse.page.locator("html")).to_have_attribute("data-outbox", "ready")
    expect(note).to_have_value("生命体征平稳")
    assert nurse.faults() == []


@pytest.mark.clause("002 五(七)1(1)")
def test_a_fall_is_reported_where_nobody_hears_and_arrives_once(nurse, town, clock):  # noqa: F811
    order, visit = out_of_reach(nurse, town, clock, S.IN_SERVICE)
    said = "翻身时从床边滑坐到地上，神志清楚，已测血压，家属在场。"
    card = nurse.page.locator("[data-entry=incident]")
    card.get_by_text("报告不良事件").click()
    nurse.choose("incident_kind", "跌倒或坠床")
    nurse.fill("incident_text", said)
    card.scroll_into_view_if_needed()
    picture(nurse, "incident-form")
    card.get_by_role("button", name="提交报告").click()
    expect(card).to_contain_text("仅在本机")
    picture(nurse, "incident-offline")

    nurse.context.set_offline(False)

    until(lambda: Incident.objects.filter(order=order).exists(), "the report to arrive")
    assert [(one.kind, one.text) for one in Incident.objects.filter(order=order)] == [("fall", said)]
    expect(card).to_contain_text("已报告，专员和中心管理员马上会看到")
    nurse.open(visit, kept=False)
    expect(card).to_contain_text("已登记：跌倒或坠床")
    card.get_by_text("报告不良事件").click()
    nurse.choose("incident_kind", "跌倒或坠床")
    nurse.fill("incident_text", "又滑了一次")
    card.get_by_role("button", name="提交报告").click()
    expect(card).to_contain_text("已报告过这一类不良事件")
    card.scroll_into_view_if_needed()
    nurse.look("incident-known")
    assert [fault for fault in nurse.wrong if "incident-known" in fault] == []
    assert Incident.objects.count() == 1


def test_where_there_is_network_the_page_says_what_the_server_says_and_no_more(nurse, town, clock):  # noqa: F811
    order = world.order(town, S.IN_SERVICE, numbers=(VITALS,))
    clock(THERE)
    nurse.open(f"/nurse/visit/{order.number}/")
    page, part = nurse.page, nurse.page.locator("#reading-temp_c")
    for value, sentence in (("39.5", RED), ("33", "体温 33 ℃，低于危急值 34 ℃，请立即联系医生。"), ("36.8", "")):
        nurse.fill("reading-temp_c", value)
        page.locator('[name="reading-temp_c"]').blur()
        until(lambda value=value: order_reading(order) == value, "the value to arrive")
        expect(part.locator(".kept")).to_have_count(0)
        expect(part.locator(".hint--ask")).to_have_text([sentence] if sentence else [])
        assert measured(order) == sentence
    expect(page.get_by_text("还没有收到")).to_have_count(0)


def order_reading(order):
    row = VisitRecord.objects.get(pk=order.visit_record_id).readings.filter(measurement="temp_c").first()
    return row and row.value


def measured(order):
    return VisitRecord.objects.get(pk=order.visit_record_id).readings.get(measurement="temp_c").alert
