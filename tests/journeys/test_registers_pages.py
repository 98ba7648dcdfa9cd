"""Tubes and bags in a real browser: registered at the bedside, handed over from the phone, kept by the centre."""

import pytest
from playwright.sync_api import expect

from accounts.roles import Role
from logistics import services
from logistics.models import Specimen, WasteBag
from orders.lifecycle import OrderStatus as S
from tests import world
from tests.desks.offices import another_patient
from tests.journeys import offices
from tests.journeys.people import DESK, PASSWORD, PHONE, Album, Person

BLOOD = 11
NARROW = {**PHONE, "viewport": {"width": 320, "height": 700}}


@pytest.fixture
def town(transactional_db):
    made = offices.town()
    another_patient(made)
    made.order = world.order(made, at=S.IN_SERVICE, numbers=(BLOOD,))
    made.act = {"by": made.actor(Role.NURSE), "now": made.order.arrived_at}
    return made


def tube(t, label, kind="chemistry", **more):
    return services.collect(
        order_id=t.order.pk, kind=kind, label=label, destination="中心检验科", **more, **t.act
    )  # fmt: skip


def bag(t, kind="infectious", **more):
    return services.seal(order_id=t.order.pk, kind=kind, count=1, **more, **t.act)


def someone(browser, server, shape, user, album):
    person = Person(browser, album, server, shape, user.username)
    person.sign_in()
    return person


@pytest.mark.browser
@pytest.mark.clause("002 附件-11", "002 五(七)1(1)")
def test_a_nurse_registers_tubes_and_bags_and_hands_them_over(browser, asgi_server, town):
    nurse = someone(browser, asgi_server, PHONE, town.staff_nurse, Album("registers-nurse"))
    nurse.open("/nurse/carried/")
    nurse.look("carried-nothing")
    nurse.open(f"/nurse/visit/{town.order.number}/")
    part = nurse.page.locator("#specimen")
    for label, kind in (("B-0007", "blood_count"), ("B-0008", "chemistry")):
        part.locator("[name=specimen_kind]").select_option(kind)
        part.locator("[name=specimen_label]").fill(label)
        part.locator("[name=specimen_handed_to]").fill("中心检验科")
        part.get_by_role("button", name="登记这一管").click()
        part.get_by_text(f"{label}，").wait_for()
        expect(part.locator("[name=specimen_kind]")).to_have_value("")
        expect(part.locator("[name=specimen_label]")).to_have_value("")
        expect(part.locator("[name=specimen_handed_to]")).to_have_value("中心检验科")
    part.locator("[name=specimen_label]").fill("标本三")
    part.get_by_role("button", name="登记这一管").click()
    part.get_by_text("请选择标本类型。").first.wait_for()
    part.scroll_into_view_if_needed()
    nurse.look("tubes-and-a-refusal")
    nurse.tick_value("waste", "infectious")
    waste = nurse.page.locator("#waste")
    waste.get_by_text(f"编号 {town.order.number}-1").wait_for()
    waste.get_by_text("再登记一袋（盒）", exact=True).click()
    waste.locator("[name=bag_kind]").select_option("sharps")
    waste.locator("[name=bag_number]").fill("L-01")
    waste.get_by_role("button", name="登记这一袋（盒）").click()
    waste.get_by_text("编号 L-01").wait_for()
    expect(waste.locator("[name=bag_number]")).to_have_value("")
    waste.scroll_into_view_if_needed()
    nurse.look("bags")

    nurse.open("/nurse/carried/")
    nurse.look("carried")
    nurse.page.locator("#tubes [name=receiver]").fill("王工")
    nurse.press("交给检验科")
    nurse.sees("已登记 2 管标本交给检验科。")
    nurse.press("交回机构")
    nurse.sees("请填写要交回的每一袋（盒）的重量。")
    nurse.look("carried-refused")
    for field in nurse.page.locator("#bags input[name^=weight-]").all():
        field.fill("300")
    nurse.page.locator("#bags [name=receiver]").fill("孙保管")
    nurse.press("交回机构")
    nurse.sees("您手上没有标本和医疗废物")

    assert nurse.faults() == []
    assert set(Specimen.objects.values_list("status", flat=True)) == {"handed_over"}
    assert set(WasteBag.objects.values_list("kind", "status")) == {("infectious", "handed_in"), ("sharps", "handed_in")}


@pytest.mark.browser
def test_the_page_of_what_she_carries_holds_on_a_narrow_phone_with_large_letters(browser, asgi_server, town):
    tube(town, "U-1", "urine", box_number="LC-03")
    tube(town, "LAB-2026-0012345")
    bag(town)
    bag(town, "sharps", number="LQH-2026-000001")
    nurse = someone(browser, asgi_server, NARROW, town.staff_nurse, Album("registers-narrow"))
    nurse.open("/nurse/carried/")
    nurse.look("carried-320")
    nurse.page.context.add_cookies([{"name": "size", "value": "xlarge", "url": asgi_server}])
    nurse.open("/nurse/carried/")
    nurse.look("carried-320-large")

    assert nurse.wrong == []


@pytest.mark.browser
@pytest.mark.clause("000 五(十五)")
def test_the_centre_keeps_its_registers(browser, asgi_server, town):
    album = Album("registers-centre")
    admin = someone(browser, asgi_server, DESK, town.users[Role.CENTRE_ADMIN], album)
    for name in ("specimens", "waste", "waste/remove"):
        admin.open(f"/centre/registers/{name}/")
        admin.look(f"{name.replace('/', '-')}-empty")
    first, cool = tube(town, "B-0007"), tube(town, "U-0001", "urine", box_number="LC-03")
    bags = [bag(town), bag(town, "sharps")]
    services.hand_in(bag_id=bags[0].pk, giver="李敏", receiver="孙保管", weight_g=320, **town.act)

    admin.open("/centre/registers/specimens/")
    admin.look("specimens")
    admin.follow("U-0001")
    admin.page.locator("summary", has_text="交给检验科").click()
    admin.page.locator("details[open] button[type=submit]").click()
    admin.sees("请填写接收人的姓名。")
    admin.look("specimen-refused")
    form = admin.page.locator("details[open]")
    form.locator("[name=receiver]").fill("王工")
    form.locator("[name=temperature]").fill("4.5")
    form.locator("button[type=submit]").click()
    admin.sees("已登记交给检验科。")
    admin.look("specimen")
    admin.open("/centre/registers/specimens/print/")
    admin.look("specimens-paper")

    admin.open("/centre/registers/waste/")
    admin.look("waste")
    admin.follow("登记移交处置单位")
    for name, value in (("disposer", "市固体废物处置有限公司"), ("licence", "SH-YF-0012"), ("batch", "0305-1")):
        admin.fill(name, value)
    admin.press("登记移交")
    admin.sees("请填写转移联单号。")
    admin.look("remove-refused")
    admin.fill("manifest", "LD-2026-0001")
    admin.fill("receiver", "陈师傅")
    admin.press("登记移交")
    admin.sees("联单 LD-2026-0001，共 1 袋（盒）。")
    admin.follow(bags[0].number)
    admin.look("bag-removed")

    assert admin.faults() == []
    assert first.pk != cool.pk

    desk = someone(browser, asgi_server, DESK, town.users[Role.DISPATCHER], album)
    desk.open("/dispatch/queue/")
    desk.follow("标本登记")
    desk.look("dispatcher")
    town.users[Role.DOCTOR].set_password(PASSWORD)
    town.users[Role.DOCTOR].save()
    doctor = someone(browser, asgi_server, DESK, town.users[Role.DOCTOR], album)
    doctor.open("/centre/registers/specimens/?state=late")
    doctor.look("doctor")

    assert desk.wrong + doctor.wrong == []
