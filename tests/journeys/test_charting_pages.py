"""Charting in a real browser: a red value and its word, the doctor's answer, prompts, a picture, an amendment."""

import io
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from PIL import Image
from playwright.sync_api import expect

from accounts.roles import Role
from clinical.models import CallBack, CareMoment, Picture, Reading
from orders import services
from patients import vault
from tests import world
from tests.journeys.people import DESK, PHONE, Album, Person
from tests.services.test_charting import second_visit
from tests.world import chain

pytestmark = pytest.mark.django_db(transaction=True)
WOUND = 2
GPS = 0x8825


@pytest.fixture
def clock(clock, settings, tmp_path):
    settings.PRIVATE_UPLOADS = tmp_path
    return clock


def person(browser, server, user, shape, name, now):
    somebody = Person(browser, Album(f"charting/{name}"), server, shape, name)
    somebody.page.clock.set_fixed_time(now)
    client = Client()
    client.force_login(user)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    somebody.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": server}])
    return somebody


def photo():
    """A large picture as a phone takes it, with its place."""
    exif = Image.Exif()
    exif[0x0110] = "SECRET-PHONE"
    exif.get_ifd(GPS).update({1: "N", 2: (31.0, 13.0, 30.0)})
    out = io.BytesIO()
    Image.new("RGB", (3000, 2000), (180, 60, 50)).save(out, "JPEG", exif=exif)
    return out.getvalue()


@pytest.mark.browser
def test_a_wound_is_charted_from_the_word_to_the_amendment(browser, asgi_server, clock, celery_worker_process):
    town = world.town()
    _, order = second_visit(town, WOUND)
    now = order.arrived_at + timedelta(minutes=3)
    clock(now)
    nurse = person(browser, asgi_server, town.users[Role.NURSE], PHONE, "nurse", now)
    nurse.open(f"/nurse/visit/{order.number}/")
    nurse.look("record-with-what-still-holds")
    page = nurse.page

    page.get_by_role("button", name="核对无变化，全部沿用").click()
    expect(page.locator("#carry")).to_be_hidden()
    assert set(Reading.objects.filter(copied_from__isnull=False).values_list("measurement", flat=True)) == {
        "wound_site", "wound_type",
    }  # fmt: skip
    a_red_value(nurse, order)
    the_doctor_answers(browser, asgi_server, town, nurse, now)
    prompts(nurse, order)
    a_picture(nurse, order)
    assert nurse.faults() == []

    later = now + timedelta(minutes=30)
    chain.complete_record(town, order, later)
    services.finish(order_id=order.pk, by=town.actor(Role.NURSE), now=later)
    clock(later)
    an_amendment(nurse, order)
    assert nurse.faults() == []


def a_red_value(nurse, order):
    page = nurse.page
    part = page.locator("#reading-pain_nrs")
    part.evaluate("one => one.closest('details')?.setAttribute('open', '')")
    page.fill('[name="reading-pain_nrs"]', "8")
    page.locator('[name="reading-pain_nrs"]').blur()
    expect(page.locator("#why-pain_nrs")).to_be_visible()
    expect(page.locator("#call-backs")).to_contain_text("已请医生回电")
    page.fill('[name="why-pain_nrs"]', "换药时疼痛，已暂停")
    page.locator('[name="why-pain_nrs"]').blur()
    expect(page.locator("#left")).not_to_contain_text("请写一句说明")
    expect(part.locator(".kept")).to_have_count(0)
    nurse.look("red-value")
    assert Reading.objects.get(record=order.visit_record_id, measurement="pain_nrs").explanation == "换药时疼痛，已暂停"


def the_doctor_answers(browser, server, town, nurse, now):
    doctor = person(browser, server, town.users[Role.DOCTOR], DESK, "doctor", now)
    doctor.open("/doctor/call-backs/")
    doctor.look("calls")
    doctor.page.locator("#calls a").first.click()
    doctor.look("call-waiting")
    doctor.press("我来回电")
    expect(nurse.page.locator("#call-backs")).to_contain_text("已接手", timeout=40_000)
    doctor.look("call-taken")
    doctor.tick_value("outcome", "orders")
    doctor.fill("words", "先停止清创，口服止痛药半小时后再换药。")
    doctor.press("答复护士")
    doctor.look("call-answered")
    assert CallBack.objects.get().get_outcome_display() == "调整医嘱"
    expect(nurse.page.locator("#call-backs")).to_contain_text("先停止清创", timeout=40_000)
    nurse.look("doctor-answered")
    assert doctor.faults() == []
    doctor.context.close()


def prompts(nurse, order):
    page = nurse.page
    item = order.visit_record.items.get().pk
    page.locator(f'label[for="id_moment-{item}-before"]').click()
    expect(page.locator(f'[id="id_moment-{item}-before"]')).to_be_disabled()
    page.locator(f"#moments-{item} summary").click()
    nurse.look("observe")
    page.get_by_role("button", name="记录观察").click()
    expect(page.locator(f"#moments-{item}")).to_contain_text("没有异常")
    assert set(CareMoment.objects.values_list("moment", flat=True)) == {"before", "after"}


def a_picture(nurse, order):
    page = nurse.page
    page.locator("#photos label", has_text="同意").first.click()
    page.fill('[name="said_by"]', "沈家明")
    page.select_option('[name="relation"]', "子女")
    page.get_by_role("button", name="记下拍照意见").click()
    expect(page.locator("#photos")).to_contain_text("（子女）")
    chooser = page.locator('#photos input[type="file"]')
    chooser.set_input_files({"name": "wound.jpg", "mimeType": "image/jpeg", "buffer": photo()})
    page.fill('[name="caption"]', "换药前，骶尾部")
    page.get_by_role("button", name="保存照片").click()
    expect(page.locator("#photos")).to_contain_text("换药前，骶尾部")
    nurse.look("picture")
    kept = Picture.objects.get()
    data = vault.path_of(kept.pk).read_bytes()
    assert b"SECRET" not in data
    with Image.open(io.BytesIO(data)) as picture:
        assert max(picture.size) == 1600


def an_amendment(nurse, order):
    page = nurse.page
    nurse.open(f"/nurse/visit/{order.number}/amend/")
    nurse.look("amend")
    page.select_option('[name="field"]', "note")
    nurse.fill("value", "补充：已教会家属翻身。")
    nurse.fill("happened_at", f"{timezone.localtime(order.arrived_at + timedelta(minutes=5)):%Y-%m-%dT%H:%M}")
    nurse.fill("reason", "提交时漏写")
    nurse.press("写入新的版本")
    nurse.sees("已写入新的版本")
    nurse.open(f"/nurse/visit/{order.number}/amend/")
    expect(page.locator("#versions")).to_contain_text("提交时漏写")
    nurse.look("amended")
