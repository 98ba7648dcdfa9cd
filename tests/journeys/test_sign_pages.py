"""Signing for a visit, in a real browser: with a hand on glass, without one, and without network."""

import time
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from accounts.roles import Role
from orders.lifecycle import OrderStatus as S
from orders.models import VisitSignature
from tests import world
from tests.journeys.people import PHONE, Album, Person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser, pytest.mark.clause("002 五(六)2")]

START = world.NOW + timedelta(days=1, hours=1)
LATER = START + timedelta(minutes=45)
NARROW = {**PHONE, "viewport": {"width": 320, "height": 640}}
KEPT = "async (address) => Boolean(await (await caches.open('nurse-pages')).match(address))"


@pytest.fixture
def town(clock):
    return world.town()


@pytest.fixture
def people(browser, asgi_server, request):
    album = Album(f"sign/{request.node.originalname.removeprefix('test_')}")
    opened = []

    def person(name, user, shape=PHONE):
        someone = Person(browser, album, asgi_server, shape, name)
        client = Client()
        client.force_login(user)
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session, "url": asgi_server}
        someone.context.add_cookies([cookie])
        opened.append(someone)
        return someone

    yield person
    for someone in opened:
        someone.context.close()


def in_large_letters(person):
    person.page.evaluate("() => { document.documentElement.dataset.size = 'xlarge'; }")


def test_the_phone_is_handed_over_and_signed_on(people, town, clock):
    order = world.order(town, S.AWAITING_CONFIRMATION)
    clock(LATER)
    nurse = people("nurse", town.users[Role.NURSE])
    nurse.open(f"/nurse/visit/{order.number}/")
    nurse.look("stage")
    nurse.follow("单独一页")
    nurse.sees("按计划完成，服务对象无不适。")
    nurse.look("handed-over")
    in_large_letters(nurse)
    nurse.look("handed-over-large")
    nurse.page.reload()

    nurse.tick("家属")
    nurse.press("签字并确认")
    nurse.sees("还没有签名，请在上面的框里手写姓名后再提交。")
    nurse.draw("sign")
    nurse.look("drawn")
    nurse.press("签字并确认")
    nurse.sees("在护士手机上签字确认")

    family = people("family", town.users[Role.PROXY])
    family.open(f"/family/orders/{order.number}/")
    family.sees("沈家明（家属）")
    family.page.locator("summary", has_text="签字时看到的内容").click()
    picture = family.page.locator('img[alt="沈家明的手写签名"]')
    picture.scroll_into_view_if_needed()
    expect(picture).to_have_js_property("naturalWidth", 600)
    family.look("signed")

    assert nurse.faults() == []
    assert family.faults() == []


def test_who_cannot_hold_a_pen_has_a_witness(people, town, clock):
    order = world.order(town, S.AWAITING_CONFIRMATION)
    clock(LATER)
    nurse = people("nurse", town.users[Role.NURSE], NARROW)
    nurse.open(f"/nurse/visit/{order.number}/sign/")
    nurse.look("handed-over-320")

    nurse.tick("本人")
    expect(nurse.page.locator('[name="signer_name"]')).to_be_hidden()
    nurse.tick("见证人证明")
    expect(nurse.page.locator("[data-signature] canvas")).to_be_hidden()
    nurse.fill("witness_name", "周阿姨")
    nurse.press("签字并确认")
    nurse.sees("请写明不能签字的原因")
    nurse.look("witness-320")
    nurse.fill("reason", "双手颤抖，不能握笔")
    nurse.press("签字并确认")
    nurse.sees("在护士手机上签字确认")

    kept = VisitSignature.objects.get(order=order)
    assert (kept.signer_name, kept.witness_name) == (town.patient.name, "周阿姨")
    assert nurse.faults() == []


def test_a_signature_in_a_basement_waits_on_the_phone(people, town, clock):
    order = world.order(town, S.IN_SERVICE)
    clock(START + timedelta(minutes=30))
    world.complete_record(town, world.fresh(order), timezone.now())
    visit = f"/nurse/visit/{order.number}/"
    nurse = people("nurse", town.users[Role.NURSE])
    nurse.open("/nurse/today/")
    until(lambda: nurse.page.evaluate(KEPT, visit), "the visit to be kept")
    nurse.context.set_offline(True)

    nurse.open(visit)
    nurse.press("下一步：签字确认")
    nurse.sees("请签字")
    nurse.tick("家属")
    nurse.draw("sign")
    nurse.photograph(nurse.album.path("offline"), full_page=True)
    nurse.press("签字并确认")
    nurse.sees("已记在这台手机上")
    assert not VisitSignature.objects.exists()

    nurse.context.set_offline(False)
    until(lambda: world.fresh(order).status == S.COMPLETED, "the signature to arrive", 60)

    kept = VisitSignature.objects.get(order=order)
    assert "按计划完成" in kept.shown_words
    assert world.fresh(order).confirmed_how == "signed"


def until(holds, what, seconds=30):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.1)
