"""At the door, in real browsers: the badge, its check on the family's phone with and without network, and the codes."""

import io
import re
import time
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image, ImageDraw
from playwright.sync_api import expect

from accounts.roles import Role
from nurses import services as nurses
from orders import arrival, services
from orders.lifecycle import OrderStatus as S
from orders.models import Whereabout
from tests import world
from tests.journeys.people import DESK, PHONE, Album, Person
from tests.world import chain

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

START = world.NOW + timedelta(days=1, hours=1)
ON_THE_WAY = START - timedelta(minutes=10)
HERE = {"latitude": 31.2215, "longitude": 121.5236, "accuracy": 30}
NARROW = {**PHONE, "viewport": {"width": 320, "height": 640}}
KEPT = "async () => { await navigator.serviceWorker.ready; return Boolean(await caches.match('/badge/')); }"


@pytest.fixture
def town(clock):
    clock(ON_THE_WAY)
    return world.town(lon=121.5201, lat=31.2203)


@pytest.fixture
def order(town):
    return world.order(town, S.EN_ROUTE)


@pytest.fixture
def people(browser, asgi_server, request):
    """Opens a browser of somebody; ``user`` is logged in, nobody where there is none."""
    album = Album(f"badge/{request.node.originalname.removeprefix('test_')}")
    opened = []

    def person(name, shape=PHONE, user=None, **more):
        someone = Person(browser, album, asgi_server, shape, name, **more)
        someone.page.clock.set_fixed_time(timezone.now())
        if user is not None:
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


def address_of(nurse) -> str:
    """What the code on her phone says, as a camera would read it."""
    return nurse.page.locator("[data-badge-address]").get_attribute("data-badge-address")


def a_face():
    """A drawn face: no person's."""
    picture = Image.new("RGB", (480, 640), "#cfe3df")
    pen = ImageDraw.Draw(picture)
    pen.ellipse((140, 120, 340, 380), fill="#e8c7a8")
    pen.pieslice((130, 90, 350, 320), 180, 360, fill="#2d2a28")
    pen.rounded_rectangle((70, 400, 410, 700), 90, fill="#f7fbfa")
    out = io.BytesIO()
    picture.save(out, "JPEG")
    return SimpleUploadedFile("face.jpg", out.getvalue())


def until(holds, seconds=30):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.1)


def in_large_letters(person):
    person.page.evaluate("() => { document.documentElement.dataset.size = 'xlarge'; }")


@pytest.mark.clause("000 三(七)", "002 五(八)")
def test_a_family_checks_the_badge_at_the_door(people, town, order):
    nurses.record_portrait(nurse_id=town.nurse.pk, file=a_face(), by=town.actor(Role.CENTRE_ADMIN), now=timezone.now())
    nurse = people("nurse", user=town.users[Role.NURSE], geolocation=HERE, permissions=["geolocation"])
    nurse.open("/nurse/badge/")
    expect(nurse.page.get_by_role("img", name=f"{town.nurse.user.display_name}的照片")).to_be_visible()
    nurse.sees(order.number)
    nurse.look("badge")
    in_large_letters(nurse)
    nurse.look("badge-large")
    address = address_of(nurse)

    door = people("door")
    door.open(address)
    door.sees("是真的")
    door.sees("今天 10:00 到您家")
    expect(door.page.get_by_role("img", name="这位护士的照片")).to_be_visible()
    door.look("real")
    in_large_letters(door)
    door.look("real-large")

    altered = address[:-4] + ("AAAA" if not address.endswith("AAAA") else "BBBB")
    door.open("/badge/")
    door.sees("还没有扫到工牌")
    door.look("nothing")
    door.page.goto(altered)
    door.sees("不能确认，请不要开门")
    door.sees("签名对不上")
    door.look("forged")

    narrow = people("narrow", NARROW)
    narrow.open(address)
    narrow.sees("是真的")
    narrow.look("real-320")

    assert nurse.wrong == []
    assert [fault for fault in door.wrong if " 422 " not in fault] == []
    assert narrow.wrong == []


def test_a_page_that_was_open_once_checks_without_network_and_asks_again_with_it(people, town, order):
    nurse = people("nurse", user=town.users[Role.NURSE])
    nurse.open("/nurse/badge/")
    address = address_of(nurse)
    door = people("door")
    door.open("/badge/")
    assert door.page.evaluate(KEPT)
    door.wrong.clear()

    door.context.set_offline(True)
    door.page.goto(address)
    door.page.reload()
    door.sees("是真的")
    door.sees("现在没有网络，只核对了签名")
    door.photograph(door.album.path("door-offline"), full_page=True)
    door.page.goto(address[:-4] + ("AAAA" if not address.endswith("AAAA") else "BBBB"))
    door.sees("不能确认，请不要开门")

    services.abort(order_id=order.pk, reason="交通事故", by=town.actor(Role.NURSE), now=timezone.now())
    door.page.goto(address)
    door.sees("是真的")
    door.context.set_offline(False)
    door.press("再核对一次")
    door.sees("这次上门已改由别人负责，或已经取消")
    door.look("moved")


@pytest.mark.clause("002 五(八)", "004 三(八)")
def test_the_way_the_code_and_the_check_in(people, town, order):
    nurse = people("nurse", user=town.users[Role.NURSE], geolocation=HERE, permissions=["geolocation"])
    family = people("family", user=town.users[Role.PROXY])
    desk = people("desk", DESK, user=town.users[Role.DISPATCHER])

    nurse.open(f"/nurse/visit/{order.number}/")
    nurse.sees("已共享一次")
    assert Whereabout.objects.filter(order=order).count() == 1
    nurse.look("on-the-way")
    family.open(f"/family/orders/{order.number}/")
    family.sees(re.compile(r"护士已出发，约 \d+ 分钟"))
    family.sees(" ".join(arrival.door_code(order)))
    family.look("coming")
    in_large_letters(family)
    family.look("coming-large")
    desk.open(f"/dispatch/orders/{order.number}/")
    desk.sees("离住址")

    nurse.open(f"/nurse/visit/{order.number}/?door={arrival.door_code(order)}")
    expect(nurse.page.locator('[name="door_code"]')).to_have_value(arrival.door_code(order))
    nurse.tick("姓名：")
    nurse.tick("出生日期：")
    nurse.press("到达签到")
    until(lambda: world.fresh(order).arrived_at)
    family.page.reload()
    family.press("护士到了")
    family.sees("您已确认护士到了")
    desk.page.reload()
    desk.sees("扫家属手机上的到门码")
    desk.sees("家属在手机上确认")
    desk.look("presence")

    for person in (nurse, family, desk):
        assert person.wrong == []


def test_a_check_in_without_anything_may_be_proved_later(people, town, order):
    nurse = people("nurse", NARROW, user=town.users[Role.NURSE])
    nurse.open(f"/nurse/visit/{order.number}/")
    nurse.look("check-in-320")
    nurse.tick("姓名：")
    nurse.tick("出生日期：")
    nurse.press("到达签到")
    until(lambda: world.fresh(order).arrived_at)
    nurse.open(f"/nurse/visit/{order.number}/", kept=False)
    nurse.page.locator("summary", has_text="补充到达凭据").click()
    nurse.page.get_by_label("没有凭据的原因").fill("家属的手机没电了")
    nurse.look("prove-later-320")
    nurse.press("保存到达凭据")
    nurse.sees("护士说明：家属的手机没电了")
    nurse.press("关闭位置共享")
    nurse.sees("已关闭这次上门的位置共享")

    assert nurse.wrong == []


def test_her_workload_is_read_on_a_small_phone(people, town, order, clock):
    chain.walk(town, order, S.COMPLETED)
    clock(START + timedelta(hours=3))
    nurse = people("nurse", NARROW, user=town.users[Role.NURSE])

    nurse.open("/nurse/me/")
    nurse.look("me-320")
    nurse.follow("我的工作量")
    nurse.sees("报酬由中心按自己的办法结算")
    nurse.look("workload-320")
    in_large_letters(nurse)
    nurse.look("workload-large-320")

    assert nurse.wrong == []
