"""A whole assessment on a tablet: few inputs, nothing lost when the browser dies, two screens that hear each other."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Organization
from accounts.roles import Role
from clinical import sections
from clinical.models import Assessment
from orders.lifecycle import OrderStatus as S
from orders.lifecycle import RequestStatus as Q
from tests import world
from tests.journeys.people import DESK, PASSWORD, PHONE, TABLET, Album, Person

BUDGET = 90_000  # bytes of one page as it travels, with everything that it asks for
pytestmark = pytest.mark.browser


class Counted(Person):
    """Everything that a hand does on the page is counted."""

    inputs = 0

    def fill(self, *given, **more):
        self.inputs += 1
        super().fill(*given, **more)

    def choose(self, *given, **more):
        self.inputs += 1
        super().choose(*given, **more)

    def tick(self, words):
        self.inputs += 1
        super().tick(words)

    def tick_value(self, name, value):
        self.inputs += 1
        super().tick_value(name, value)

    def press(self, words):
        self.inputs += 1
        super().press(words)


@pytest.fixture
def town(transactional_db):
    town = world.town(now=world.last_nine())
    for role in (Role.DOCTOR, Role.DISPATCHER):
        user = town.users[role]
        user.set_password(PASSWORD)
        user.save()
    return town


def follow_up(town):
    """A second first visit of somebody who was assessed before."""
    world.request(town, Q.PRESCRIBED)
    town.now += timedelta(minutes=1)
    return world.request(town, Q.ASSESSING)


def somebody(browser, base, town, album, shape=TABLET, role=Role.DOCTOR, kind=Counted):
    person = kind(browser, album, base, shape, town.users[role].username)
    person.sign_in()
    person.inputs = 0
    return person


def password_is_old():
    """As if the password had been given long before the signature."""
    for session in Session.objects.all():
        data = session.get_decoded()
        data["password_given_at"] = (timezone.now() - timedelta(hours=2)).isoformat()
        store = Session.get_session_store_class()(session.session_key)
        store.update(data)
        store.save()


@pytest.mark.clause("002 五(七)1(3)", "002 五(六)1")
def test_a_usual_assessment_and_prescription_take_few_inputs_and_survive_a_dead_browser(browser, asgi_server, town):
    row, album = follow_up(town), Album("doctor-assessment")
    ten = timezone.localtime().replace(hour=10, minute=0, second=0, microsecond=0)  # a way is told of today's visits
    Assessment.objects.filter(pk=row.assessment_id).update(planned_start=ten, planned_end=ten + timedelta(hours=1))
    Organization.objects.filter(pk=town.centre.pk).update(lon=121.50, lat=31.22)
    at = f"/doctor/assess/{row.assessment_id}"
    first = somebody(browser, asgi_server, town, album)
    first.open("/doctor/todo/")
    first.sees("从中心出发约")
    first.look("todo-route")
    first.open(f"{at}/")
    first.press("出发前往")
    first.press("登记到达")
    first.sees("以下内容来自")
    first.look("section-carried")
    first.press("保存，下一部分")
    first.fill("allergies", "青霉素，皮疹")
    first.sees("已自动保存")
    first.look("section-kept")
    first.context.close()  # the tablet dies, and nothing was pressed

    second = somebody(browser, asgi_server, town, album)
    second.open(f"{at}/allergy/")
    expect(second.page.locator("[name=allergies]")).to_have_value("青霉素，皮疹")
    for section in sections.SECTIONS[1:]:
        second.at(f"/{section.key}/")
        if section.key == "fall":
            second.tick_value("history", 25)
            second.sees("总分 25 分")
        second.press("保存，去核对" if section is sections.SECTIONS[-1] else "保存，下一部分")
    second.at("/check/")
    second.tick("适宜上门护理")
    second.press("保存结论")
    second.sees("结论已保存")
    password_is_old()
    second.open(f"{at}/check/")
    second.look("check-with-password")
    second.fill("password", PASSWORD, within="[data-step=sign]")
    second.press("签名")
    second.at("/outcome/")
    second.look("outcome")
    item = town.item(14)
    second.fill(f"times_{item.pk}", "4")
    second.choose(f"frequency_{item.pk}", "每周一次")
    second.press("签名开具")
    second.sees("后续上门建议")
    second.look("prescribed-with-course")

    used = first.inputs + second.inputs
    print(f"a usual assessment and prescription took {used} inputs")
    assert used <= 40
    row = world.fresh(row)
    assert row.status == Q.PRESCRIBED
    assert row.assessment.sections["allergy"]["allergies"] == "青霉素，皮疹"
    assert first.wrong + second.wrong == []


@pytest.mark.clause("002 五(七)1(3)", "002 五(六)1")
def test_a_first_assessment_ever_takes_few_inputs_too_and_its_presses_survive_a_dead_browser(
    browser, asgi_server, town
):
    town.patient.conditions, town.patient.allergies = "脑梗死后遗症、高血压", "青霉素"
    town.patient.save(update_fields=["conditions", "allergies"])
    row, album = world.request(town, Q.ASSESSING), Album("doctor-first-ever")
    at = f"/doctor/assess/{row.assessment_id}"
    doctor = somebody(browser, asgi_server, town, album)
    doctor.open(f"{at}/")
    doctor.press("出发前往")
    doctor.press("登记到达")
    doctor.tick_value("course", "stable")
    doctor.tick_value("tubes", "none")
    doctor.press("保存，下一部分")
    doctor.fill("medication", "氨氯地平 5 毫克，每天一次")
    doctor.tick_value("anticoagulant", "no")
    doctor.press("保存，下一部分")
    doctor.at("/barthel/")
    doctor.page.set_viewport_size(PHONE["viewport"])
    doctor.look("press-offered-phone")
    doctor.page.set_viewport_size(TABLET["viewport"])
    doctor.press("日常生活均能自理，大小便能控制")
    doctor.sees("填好并保存 10 项")
    doctor.sees("总分 100 分")
    doctor.tick_value("bath", 0)
    doctor.sees("总分 95 分")
    doctor.sees("已自动保存")
    doctor.look("pressed-and-changed")
    doctor.context.close()  # the tablet dies after the press and the change

    again = somebody(browser, asgi_server, town, album)
    again.open(f"{at}/barthel/")
    again.sees("总分 95 分")
    again.press("保存，下一部分")
    again.press("行走平稳，没有静脉置管，清楚自身能力")
    again.sees("还没有填：近三个月跌倒过、有两个以上诊断。")
    again.look("what-is-left-to-ask")
    again.tick_value("history", 0)
    again.tick_value("second", 15)
    again.press("保存，下一部分")
    again.press("感知和活动不受限，皮肤干爽，进食良好")
    again.press("保存，下一部分")
    again.tick_value("nrs", 0)
    again.press("保存，下一部分")
    again.press("进食量正常，近期没有急性病")
    again.tick_value("loss", 0)
    again.press("保存，下一部分")
    again.tick_value("interest", 0)
    again.tick_value("low", 0)
    again.press("保存，下一部分")
    again.tick_value("recall", 3)
    again.tick_value("clock", 2)
    again.press("保存，下一部分")
    again.tick_value("pets", "none")
    again.tick_value("risk", "none")
    again.press("保存，下一部分")
    again.sees("以下内容来自家属的申请")
    again.tick_value("carer", "child")
    again.press("保存，去核对")
    again.at("/check/")
    again.tick("适宜上门护理")
    again.press("保存结论")
    again.sees("结论已保存")
    password_is_old()
    again.open(f"{at}/check/")
    again.look("check")
    again.fill("password", PASSWORD, within="[data-step=sign]")
    again.press("签名")
    again.at("/outcome/")
    item = town.item(14)
    again.fill(f"times_{item.pk}", "4")
    again.choose(f"frequency_{item.pk}", "每周一次")
    again.press("签名开具")
    again.sees("后续上门建议")

    used = doctor.inputs + again.inputs
    print(f"a first assessment ever and its prescription took {used} inputs")
    assert used <= 40
    row = world.fresh(row)
    assert row.status == Q.PRESCRIBED
    assert row.assessment.sections["barthel"]["bath"] == 0
    assert "bath" not in row.assessment.saves["barthel"]["pressed"]
    assert row.assessment.sections["disease"]["diagnosis"] == "脑梗死后遗症、高血压"
    assert doctor.wrong + again.wrong == []


@pytest.mark.clause("002 五(七)1(3)")
def test_two_screens_on_one_assessment_hear_each_other_at_once(browser, asgi_server, celery_worker_process, town):
    row, album = world.request(town, Q.ASSESSING), Album("doctor-two-screens")
    tablet = somebody(browser, asgi_server, town, album)
    tablet.open(f"/doctor/assess/{row.assessment_id}/")
    tablet.press("出发前往")
    tablet.press("登记到达")
    desk = somebody(browser, asgi_server, town, album, DESK)
    for person in (tablet, desk):
        person.open(f"/doctor/assess/{row.assessment_id}/pain/")

    with desk.hears("从另一处保存了这一部分"):
        tablet.tick_value("nrs", 3)
        tablet.sees("已自动保存")
    desk.look("heard")
    assert desk.wrong == []
    desk.press("保存，下一部分")
    desk.sees("依据 002 五(七)1(3)")
    desk.look("refused")

    assert Assessment.objects.get(pk=row.assessment_id).sections["pain"] == {"nrs": 3}
    assert tablet.wrong == []
    assert desk.faults() == []


def test_the_further_pages_of_the_desk_can_be_looked_at(browser, asgi_server, town):
    row, album = world.order(town, at=S.AWAITING_DISPATCH, times=6), Album("doctor-further")
    town.now += timedelta(minutes=1)
    doctor = somebody(browser, asgi_server, town, album)
    doctor.open("/doctor/renewals/")
    doctor.look("renewals-empty")
    Assessment.objects.filter(pk=row.request.assessment_id).update(valid_until=timezone.localdate() + timedelta(days=9))
    for shape, name in ((TABLET, "tablet"), (DESK, "desktop"), (PHONE, "phone")):
        one = somebody(browser, asgi_server, town, album, shape)
        one.open("/doctor/renewals/")
        one.look(f"renewals-{name}")
        assert one.wrong == []
    doctor.open("/doctor/renewals/")
    doctor.page.get_by_role("button", name="已电话商定").click()
    doctor.sees("已提交续期评估申请")
    doctor.look("renewals-submitted")

    dispatcher = somebody(browser, asgi_server, town, album, DESK, Role.DISPATCHER)
    dispatcher.open(f"/dispatch/orders/{row.number}/")
    dispatcher.look("course-proposed")
    dispatcher.press("生成所选订单")
    dispatcher.sees("已按所选日期生成后续订单")
    dispatcher.look("course-booked")
    assert doctor.wrong + dispatcher.wrong == []


@pytest.mark.parametrize("shape", [TABLET, DESK, PHONE], ids=["tablet", "desktop", "phone"])
def test_a_page_of_the_desk_stays_within_its_weight_and_its_window(browser, asgi_server, town, shape):
    row, album = follow_up(town), Album(f"doctor-{shape['viewport']['width']}")
    doctor = somebody(browser, asgi_server, town, album, shape)
    carried = []
    doctor.page.on("response", lambda answer: carried.append(answer.request))
    for path in ("", "warn/"):
        carried.clear()
        doctor.open(f"/doctor/assess/{row.assessment_id}/{path}")
        doctor.page.wait_for_load_state("networkidle")
        weight = sum(one.sizes()["responseBodySize"] for one in carried if "/ws/" not in one.url)
        doctor.look(path.strip("/") or "start")
        assert weight <= BUDGET, (path, weight)
    assert doctor.wrong == []
