"""The trace in a real browser: what was done, who looked, how it is sealed, and what one takes away as proof."""

import json
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.roles import Role
from audit import services as audit
from audit.sealing.sealer import Sealer
from audit.standalone import verify
from orders.lifecycle import OrderStatus as S
from patients import services as patients
from tests import world
from tests.journeys import offices
from tests.journeys.people import DESK, PASSWORD, PHONE, Album, Person

pytestmark = pytest.mark.browser


@pytest.fixture
def town(transactional_db):
    made = offices.town()
    family = made.users[Role.PROXY]
    family.set_password(PASSWORD)
    family.save()
    return made


@pytest.fixture
def order(town):
    """A completed visit that staff have looked at, with one row that somebody wrote past the platform."""
    order = world.order(town, at=S.COMPLETED)
    looks = (
        (Role.DISPATCHER, "接到家属电话，核对地址", timedelta(hours=3)),
        (Role.DOCTOR, "首诊前查看病情", timedelta(days=1, hours=2)),
        (Role.CENTRE_ADMIN, "处理服务评价", timedelta(days=1, hours=1)),
    )
    for role, why, ago in looks:
        audit.looked(target=town.patient, by=town.actor(role), now=timezone.now() - ago, why=why, role=role)
    patients.reveal(
        patient_id=town.patient.pk, field="phone", reason="电话确认上门时间", by=town.actor(Role.DISPATCHER),
        now=timezone.now(),
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("UPDATE orders_order SET minutes = 5 WHERE id = %s", [order.pk])
    return order


def seal():
    """The real sealer's one step: everything that has finished, under one signed head."""
    return Sealer().seal(heartbeat=True)


def unfold(person, words):
    person.page.locator("summary").filter(has_text=words).first.click()


def taken(person, role, words) -> bytes:
    """What the browser downloads when this button or link is pressed."""
    with person.page.expect_download() as waiting:
        person.page.get_by_role(role, name=words).first.click()
    return waiting.value.path().read_bytes()


def somebody(browser, server, user, album, shape):
    person = Person(browser, Album(f"trace/{album}"), server, shape, user.username, accept_downloads=True)
    person.sign_in()
    return person


@pytest.mark.parametrize(("shape", "name"), [(DESK, "desk"), (PHONE, "phone")])
def test_those_who_oversee_read_the_trace(browser, asgi_server, town, order, shape, name):
    desk = somebody(browser, asgi_server, town.users[Role.SUPERVISOR], f"supervisor-{name}", shape)
    desk.open("/oversight/trace/heads/")
    desk.look("heads-empty")
    sealed = seal()

    desk.open(f"/oversight/orders/{order.number}/")
    desk.follow("全程留痕")
    desk.sees(f"已封存 #{sealed.n}")
    desk.sees("有 1 条修改没有经过平台")
    desk.look("order")
    unfold(desk, "数据变更")
    unfold(desk, "编号和时间")
    desk.look("order-unfolded")
    desk.open(f"/oversight/orders/{order.number}/trace/?only=direct")
    unfold(desk, "数据变更 1 项")
    desk.look("order-only-direct")
    desk.open(f"/oversight/orders/{order.number}/trace/?only=login")
    desk.look("order-none-of-this-kind")
    for page, words in (("patients", town.patient.pk), ("nurses", town.nurse.pk)):
        desk.open(f"/oversight/trace/{page}/{words}/")
        desk.look(page)
    desk.open(f"/oversight/trace/accounts/{town.users[Role.DISPATCHER].pk}/")
    desk.look("account")
    desk.open("/oversight/trace/heads/")
    desk.look("heads")
    desk.follow(f"#{sealed.n}")
    desk.look("head")
    assert desk.wrong == []


def test_the_pack_is_taken_from_the_page_and_proves_itself(browser, asgi_server, town, order):
    seal()
    desk = somebody(browser, asgi_server, town.users[Role.SUPERVISOR], "pack", DESK)
    desk.open(f"/oversight/orders/{order.number}/trace/#pack")
    desk.press("导出证据包")
    desk.sees("请填写导出原因")
    desk.look("asked-what-for")
    desk.fill("reason", "处理投诉")
    pack = taken(desk, "button", "导出证据包")

    assert not verify.check(pack).failed
    page = desk.album.folder / "evidence.html"
    page.write_bytes(verify.read_pack(pack)["说明.html"])
    reader = Person(browser, desk.album, "", DESK, "reader")
    reader.open(page.as_uri())
    reader.look("evidence-page")
    assert reader.wrong == []
    assert desk.faults() == []


@pytest.mark.parametrize(("shape", "name"), [(DESK, "desk"), (PHONE, "phone")])
def test_an_auditor_searches_and_exports(browser, asgi_server, town, order, shape, name):
    seal()
    auditor = somebody(browser, asgi_server, town.users[Role.AUDITOR], f"auditor-{name}", shape)
    auditor.open("/oversight/trace/")
    auditor.look("search")
    auditor.fill("who", "查无此人")
    auditor.press("检索留痕")
    auditor.sees("没有找到")
    auditor.look("search-nobody")
    auditor.fill("who", "周建国")
    auditor.fill("purpose", "核查投诉")
    auditor.press("检索留痕")
    auditor.at(r"\?account=\d+$")
    auditor.look("search-of-an-account")
    auditor.open("/oversight/trace/?number=D00000000")
    auditor.look("search-nothing-found")
    auditor.open(f"/oversight/trace/?number={order.number}")
    lines = taken(auditor, "button", "导出 FHIR")
    assert {json.loads(line)["resourceType"] for line in lines.decode().splitlines()} == {"AuditEvent"}
    auditor.open(f"/oversight/trace/patients/{town.patient.pk}/")
    auditor.look("patient-with-a-purpose")
    assert auditor.faults() == []


def test_an_auditor_without_a_purpose_sees_nothing_about_health(browser, asgi_server, town, order):
    auditor = somebody(browser, asgi_server, town.users[Role.AUDITOR], "auditor-covered", DESK)
    auditor.open(f"/oversight/orders/{order.number}/trace/")
    auditor.sees("事由已遮盖")
    unfold(auditor, "数据变更")
    auditor.look("covered")
    auditor.fill("purpose", "核查投诉")
    auditor.press("写明用途并显示")
    auditor.page.wait_for_load_state("load")
    auditor.look("shown")
    auditor.open("/oversight/orders/")
    auditor.sees("您没有查看这个页面的权限")
    auditor.look("no-permission")
    assert auditor.faults(403) == []


def test_a_centre_reads_its_own(browser, asgi_server, town, order):
    sealed = seal()
    admin = somebody(browser, asgi_server, town.users[Role.CENTRE_ADMIN], "centre", DESK)
    admin.open(f"/centre/orders/{order.number}/")
    admin.follow("全程留痕")
    admin.look("order")
    admin.follow(f"已封存 #{sealed.n}")
    admin.look("head")
    admin.open(f"/centre/credentials/{town.nurse.pk}/")
    admin.follow("护士的留痕")
    admin.look("nurse")
    admin.open("/centre/people/")
    admin.look("people")
    admin.follow(re.compile("留痕.*周建国的账号"))
    admin.look("account")
    admin.open(f"/centre/trace/patients/{town.patient.pk}/")
    admin.look("patient")
    assert admin.wrong == []


@pytest.mark.parametrize(("shape", "name"), [(PHONE, "phone"), (DESK, "desk")])
def test_a_family_sees_who_looked_and_takes_the_proof(browser, asgi_server, town, order, shape, name):
    family = somebody(browser, asgi_server, town.users[Role.PROXY], f"family-{name}", shape)
    family.open("/family/people/")
    family.look("people")
    family.follow("谁看过沈玉兰的资料")
    family.sees("凭证正在生成")
    family.look("looks-before-the-seal")
    seal()
    family.page.reload()
    family.look("looks")
    assert not verify.check(taken(family, "link", "下载凭证")).failed

    family.open(f"/family/orders/{order.number}/")
    family.follow("下载全部记录")
    family.look("evidence")
    family.press("下载全部记录")
    family.look("evidence-asked-what-for")
    family.tick("自己或家人留存")
    assert not verify.check(taken(family, "button", "下载全部记录")).failed
    family.open("/checking/")
    family.look("checking")
    assert family.faults() == []


@pytest.mark.parametrize("size", ["large", "xlarge"])
def test_the_family_s_page_in_large_letters(browser, asgi_server, town, order, size):
    seal()
    family = somebody(browser, asgi_server, town.users[Role.PROXY], f"family-{size}", PHONE)
    family.context.add_cookies([{"name": "size", "value": size, "url": asgi_server}])
    family.open(f"/family/people/{town.patient.pk}/looks/")
    family.look("looks")
    assert family.wrong == []


def test_nobody_has_looked_yet(browser, asgi_server, town):
    family = somebody(browser, asgi_server, town.users[Role.PROXY], "family-nobody", PHONE)
    family.open(f"/family/people/{town.patient.pk}/looks/")
    family.sees("没有工作人员查看过")
    family.look("looks-nobody")
    assert family.wrong == []
