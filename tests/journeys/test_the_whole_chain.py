"""The whole chain of 002 五(六) through the pages, as five people at once, each in a browser of one's own."""

import re
from contextlib import ExitStack
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts import services as accounts
from accounts.roles import Role
from clinical import sections
from nurses import services as nurses
from orders.models import Order
from tests import world
from tests.journeys.afterwards import ACTS, LABELS, the_record_is_in_order
from tests.journeys.people import DESK, PASSWORD, PHONE, TABLET, Album, Person
from tests.world import SETUP, persons, places
from tests.world.chain import VITAL_SIGNS, value_for

pytestmark = pytest.mark.django_db(transaction=True)

PATIENT, PHONE_NUMBER, IDENTITY_NUMBER = "沈玉兰", "15412345678", persons.citizen_number(7)
CONTACT, CONTACT_PHONE, ACCESS_NOTE = "沈家明", "15487654321", "没有电梯，请按 401 门铃。"
STREET, WISH = "芦荻路 12 弄 3 号 401 室", "妈妈最近血压不稳，想请护士上门量血压"
HERE = {"latitude": 31.2215, "longitude": 121.5236}
YOUNG = "临床护理工作 3 年，未满 5 年。"

NAMES = {
    "jiaming": "沈家明",
    "lumin": "陆敏",
    "zhouyi": "周毅",
    "guxiaowen": "顾晓雯",
    "qinfang": "秦芳",
    "hexiaoman": "何小曼",
}


@pytest.fixture
def town():
    return everybody()


def everybody():
    """Staff with passwords, one nurse who may go and one who may not, a family that nobody knows yet; it is now."""
    now = timezone.now()
    t = world.houses(now)
    t.users = {
        name: accounts.create_user(username=name, display_name=shown, password=PASSWORD, by=SETUP, now=now)
        for name, shown in NAMES.items()
    }
    places.post(t.centre, Role.DISPATCHER, user=t.users["lumin"], now=now)
    places.post(t.centre, Role.DOCTOR, user=t.users["zhouyi"], now=now)
    places.post(t.district, Role.SUPERVISOR, user=t.users["qinfang"], now=now)
    t.nurse = persons.nurse(t.centre, user=t.users["guxiaowen"], days=0, now=now)
    young = persons.nurse(t.centre, user=t.users["hexiaoman"], days=0, fails="years", now=now)
    for nurse in (t.nurse, young):  # a shift around this very hour, whatever hour it is
        nurses.plan_shift(
            nurse_id=nurse.pk, organisation_id=t.centre.pk, starts_at=now - timedelta(hours=2),
            ends_at=now + timedelta(hours=8), by=SETUP, now=now,
        )  # fmt: skip
    return t


@pytest.fixture
def people(browser, asgi_server, celery_worker_process, town):
    album = Album("chain")
    with ExitStack() as leaving:

        def somebody(username, shape, **more):
            person = Person(browser, album, asgi_server, shape, username, **more)
            leaving.callback(person.context.close)
            return person

        five = SimpleNamespace(
            family=somebody("jiaming", PHONE),
            dispatcher=somebody("lumin", DESK),
            doctor=somebody("zhouyi", TABLET),
            nurse=somebody("guxiaowen", PHONE, geolocation=HERE, permissions=["geolocation"]),
            supervisor=somebody("qinfang", DESK),
        )
        yield five
        for person in vars(five).values():
            print(*person.wrong, sep="\n")


@pytest.mark.clause("002 五(六)1", "002 五(六)2", "002 五(七)2(2)")
def test_from_application_to_rating_as_five_people(people, town):
    family, desk, doctor, nurse = people.family, people.dispatcher, people.doctor, people.nurse

    family.sign_in(look="login")
    answer_every_question(family)
    desk.sign_in()
    desk.at("/dispatch/queue/")
    desk.look("queue-empty")
    with desk.hears(PATIENT):
        family.press("提交申请")
    expect(desk.page.locator("#figures dl").filter(has_text="待受理")).to_contain_text("1")
    family.at("/family/requests/")
    family.look("request-sent")

    doctor.sign_in()
    doctor.at("/doctor/todo/")
    doctor.look("todo-empty")
    plan_the_first_visit(desk, doctor, family)
    assess(doctor)
    with family.hears("医生已开具护理项目"):
        prescribe(doctor, town.item(VITAL_SIGNS))
    family.look("request-prescribed")

    order = Order.objects.get()
    desk.open(f"/dispatch/orders/{order.number}/")
    desk.look("order-to-sign")
    sign_on_glass(family, desk)
    nurse.sign_in()
    nurse.at("/nurse/today/")
    nurse.look("today-empty")
    offer(desk, nurse)
    visit(nurse, desk, family)
    confirm_and_rate(family, nurse)
    read_the_trace(people.supervisor, order)

    the_record_is_in_order(town, order, HERE["latitude"])
    assert [fault for person in vars(people).values() for fault in person.wrong] == []


# --- the family -------------------------------------------------------------------------------------------------------


def answer_every_question(family):
    family.look("home-empty")
    family.follow("申请上门护理")
    family.look("apply-whom")
    family.tick("家人或其他人")
    family.press("下一步")
    family.at("/apply/person/")
    family.choose("relation", "儿子")
    family.fill("name", PATIENT)
    family.choose("identity_kind", "居民身份证")
    family.fill("identity_number", IDENTITY_NUMBER)
    family.look("apply-person")
    family.press("下一步")
    family.at("/apply/contact/")
    family.fill("phone", PHONE_NUMBER)
    family.fill("contact_name", CONTACT)
    family.fill("contact_relation", "儿子")
    family.fill("contact_phone", CONTACT_PHONE)
    family.look("apply-contact")
    family.press("下一步")
    family.at("/apply/address/")
    family.choose("town", "潍坊新村街道")
    family.fill("address", STREET)
    family.fill("access_note", ACCESS_NOTE)
    family.look("apply-address")
    family.press("下一步")
    family.at("/apply/wish/")
    family.tick("年纪大了，出门不方便")
    family.fill("wish", WISH)
    family.look("apply-wish")
    family.press("下一步")
    family.at("/apply/when/")
    family.page.locator("label.choice").nth(2).click()
    family.look("apply-when")
    family.press("下一步")
    family.at("/apply/check/")
    family.sees(STREET)
    family.look("apply-check")


def sign_on_glass(family, desk):
    """The family reads and signs; the desk, which has the order open, may choose a nurse at once."""
    family.follow("请阅读并签署同意书")
    family.at(r"/family/orders/[^/]+/$")
    family.look("order-to-sign")
    family.follow(re.compile("^看同意书并签字"))
    family.at("/consent/")
    family.draw()
    family.look("consent")
    with desk.hears("选择护士"):
        family.press("签署")
    family.at(r"/family/orders/[^/]+/$")
    family.look("order-signed")


def confirm_and_rate(family, nurse):
    family.look("order-to-confirm")
    family.follow("确认")
    family.at("/confirm/")
    family.look("confirm")
    with nurse.hears("这张订单有了变化"):
        family.press("确认服务完成")
    nurse.look("visit-confirmed-elsewhere")
    family.at("/rate/")
    for question in ("on_time", "explained", "asked", "observed"):
        family.tick_value(question, 5)
    family.fill("comment", "护士很仔细，讲得很清楚。")
    family.look("rate")
    family.press("提交评价")
    family.at(r"/family/orders/[^/]+/$")
    family.look("order-rated")


# --- the centre -------------------------------------------------------------------------------------------------------


def plan_the_first_visit(desk, doctor, family):
    desk.look("queue")
    desk.follow(PATIENT)
    desk.at("/dispatch/requests/")
    desk.look("request")
    with family.hears("已受理，正在安排医生上门评估"):
        desk.press("受理")
    desk.sees("已受理这份申请")
    plan = 'form[data-step="plan_assessment"]'
    desk.choose("doctor", "周毅", plan)
    desk.fill("planned_start", local(timezone.now() + timedelta(minutes=20)), plan)
    desk.look("request-received")
    with doctor.hears(PATIENT), family.hears("医生会先上门看看"):
        desk.press("安排首诊")
    desk.sees("已安排首诊")
    desk.look("request-planned")
    family.look("request-planned")


def offer(desk, nurse):
    """
    Every nurse of the centre is on the page: one with a button, the other with the rule that she fails.

    An hour from now is not what the family has wished for, so the desk is asked why.
    """
    desk.fill("start", local(timezone.now() + timedelta(hours=1)))
    desk.press("按这个时间查看")
    desk.at(r"\?start=")
    desk.page.get_by_text("为什么不能派给其他 1 名护士").click()
    bar = desk.page.locator("li").filter(has_text="何小曼").first
    expect(bar).to_contain_text(YOUNG)
    expect(bar).to_contain_text("依据 002 五(二)2")
    desk.look("order-choose-nurse")
    row = desk.page.get_by_role("row").filter(has_text="顾晓雯")
    row.get_by_text("说明原因后派单").click()
    expect(row).to_contain_text("不在服务对象希望的时段内")
    row.get_by_label("仍要这样派单的原因").fill("已与家属电话商定")
    desk.look("order-offer-with-a-reason")
    with nurse.hears("等您答复"):
        row.get_by_role("button", name="派单").click()
    desk.sees("已派单")
    desk.look("order-offered")


# --- the doctor -------------------------------------------------------------------------------------------------------


def assess(doctor):
    doctor.look("todo")
    doctor.follow(PATIENT)
    doctor.look("first-visit")
    doctor.press("出发前往")
    doctor.sees("已登记出发")
    doctor.look("first-visit-on-the-way")
    doctor.press("登记到达")
    answers = world.full_sections()
    for section in sections.SECTIONS:
        doctor.at(f"/{section.key}/$")
        for question in section.questions:
            answer = answers[section.key][question.key]
            if question.options:
                doctor.tick_value(question.key, answer[0] if isinstance(answer, list) else answer)
            else:
                doctor.fill(question.key, answer)
        if section.is_scale:
            expect(doctor.page.locator("#section-sum")).to_contain_text(re.compile(r"总分 \d+ 分"))
        doctor.look(f"section-{section.key}")
        doctor.press("保存，去核对" if section is sections.SECTIONS[-1] else "保存，下一部分")
    doctor.at("/check/")
    doctor.look("check")
    doctor.press("登记核对结果")
    doctor.sees("已核对证件原件，与本人一致")
    doctor.tick_value("result", "suitable")
    doctor.fill("opinion", "病情平稳，适合居家监测血压。", 'form[data-step="conclude"]')
    doctor.press("保存结论")
    doctor.sees("结论已保存")
    doctor.look("check-concluded")
    doctor.press("签名")
    doctor.at("/outcome/")


def prescribe(doctor, item):
    page = doctor.page
    doctor.tick_value("item", item.pk)
    page.locator(f'[name="times_{item.pk}"]').fill("2")
    page.locator(f'[name="frequency_{item.pk}"]').select_option("weekly")
    doctor.fill("cautions", "测量前请休息十分钟。", 'form[data-step="prescribe"]')
    doctor.look("outcome")
    doctor.press("签名开具")
    doctor.at("/doctor/requests/")
    doctor.look("request-prescribed")


# --- the nurse --------------------------------------------------------------------------------------------------------


def visit(nurse, desk, family):
    nurse.look("today-offer")
    nurse.follow("看详情")
    nurse.at("/nurse/offers/")
    nurse.look("offer")
    with desk.hears("已接单"), family.hears("护士已约好上门时间"):
        nurse.press("接单")
    nurse.at("/nurse/visit/")
    nurse.look("visit-depart")
    family.look("order-accepted")
    with family.hears("护士已出发"):
        nurse.press("出发前往")
    nurse.comes_to("check_in")
    nurse.look("visit-check-in")
    nurse.tick("姓名：")
    nurse.tick("出生日期：")
    with family.hears("护士正在服务"):
        nurse.press("到达签到")
    nurse.comes_to("record")
    nurse.sees("已到场签到")
    nurse.look("visit-record-empty")
    record(nurse)
    nurse.look("visit-record-full")
    with family.hears("服务已结束，请您确认"):
        nurse.press("下一步：签字确认")
    nurse.sees("补记或更正护理记录")  # the platform's own page: the phone's own goes once its finish is taken
    nurse.comes_to("confirm")
    nurse.look("visit-to-confirm")
    desk.look("order-finished")


def record(nurse):
    page, order = nurse.page, Order.objects.get()
    for step in page.locator('li[id^="step-"]').all():
        step.locator("label.check").click()
        expect(step.locator("time")).to_be_visible()
    (item,) = order.visit_record.items.all()
    for ask in item.asks.filter(required=True).select_related("measurement").order_by("pk"):
        box = page.locator(f'[name="reading-{ask.measurement_id}"]')
        box.fill(value_for(ask.measurement))
        with page.expect_response(lambda one: one.url.endswith("/nurse/sync/") and one.request.method == "POST"):
            box.press("Tab")
    nurse.tick_value("waste", "none")
    nurse.fill("note", "按计划测量，血压 128/76，服务对象无不适。")
    page.locator('[name="note"]').press("Tab")
    nurse.tick_value("next_step", "next_visit")
    nurse.sees("可以请服务对象或家属确认了")  # which only the server says


# --- the commission ---------------------------------------------------------------------------------------------------


def read_the_trace(supervisor, order):
    supervisor.sign_in()
    supervisor.at("/oversight/")
    supervisor.look("overview")
    supervisor.open("/oversight/orders/")
    supervisor.look("orders")
    supervisor.follow(order.number)
    supervisor.at(f"/oversight/orders/{order.number}/$")
    supervisor.look("order")
    supervisor.follow("全程留痕")
    supervisor.at("/trace/$")
    supervisor.look("order-trace")
    lines, said = lines_of(supervisor.page)
    left = iter(lines)
    for action, role, who in ACTS:
        line = next((one for one in left if one[0] == LABELS[action]), None)
        assert line, f"「{LABELS[action]}」 is missing, or not where it belongs"
        assert line[1:] == (f"{NAMES[who]}，{role.label}，潍坊", "成功"), line
    for clause in ("依据 002 五(六)1", "依据 002 五(六)2", "依据 002 五(七)1(4)", "依据 002 五(八)"):
        assert clause in said
    assert "上门前：地址、联系电话和护理风险" in said


def lines_of(page):
    """Read each line of the trace as (what, who, outcome), page by page, and all that the pages say."""
    lines, said = [], ""
    while True:
        for line in page.locator("ol.acts > li:not(.acts__day)").all():
            refused = "is-refused" in (line.get_attribute("class") or "")
            who = re.sub(r"的留痕|\s", "", line.locator(".acts__who").inner_text())
            what = line.locator(".acts__what b").inner_text()
            assert re.fullmatch(r"(\d+月\d+日 )?\d\d:\d\d:\d\d", line.locator(".acts__time time").inner_text())
            lines.append((what, who, "被拒绝" if refused else "成功"))
        said += page.locator("main").inner_text()
        more = page.locator('a[rel="next"]')
        if not more.count():
            return lines, said
        more.click()
        page.wait_for_load_state()


def local(moment):
    """As ``<input type=datetime-local>`` wants it: the next five minutes."""
    whole = moment + timedelta(minutes=5) - timedelta(minutes=moment.minute % 5)
    return f"{timezone.localtime(whole):%Y-%m-%dT%H:%M}"
