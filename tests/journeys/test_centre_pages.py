"""Every page of the centre's own desk in its main states, in a real browser: read by axe, kept as a picture."""

import pytest
from django.utils import timezone

from accounts.models import Post
from accounts.roles import Role
from institutions import services as institutions
from nurses.models import Shift
from orders.lifecycle import OrderStatus as S
from tests.journeys import offices
from tests.journeys.people import DESK, PHONE, Album, Person
from tests.services.test_portraits import face
from tests.world import places

PAGES = (
    "", "orders", "ratings", "people", "people/new", "credentials", "credentials/expiring", "credentials/new", "shifts",
    "offerings", "filing", "rulesets", "rulesets/nursing", "reading",
)  # fmt: skip


@pytest.fixture
def town(transactional_db):
    return offices.town()


@pytest.mark.browser
def test_every_page_of_the_desk_can_be_looked_at(browser, asgi_server, town):
    album = Album("centre")
    desk = Person(browser, album, asgi_server, DESK, town.users[Role.CENTRE_ADMIN].username)
    desk.sign_in()
    for name in ("orders", "ratings", "rulesets", "reading"):
        desk.open(f"/centre/{name}/")
        desk.look(f"{name}-empty")

    rows = offices.busy(town)
    offices.papers(town)
    institutions.save_profile(organisation=town.centre, uscc="123101990000000053", by=places.SETUP, now=town.now)
    for name in PAGES:
        desk.open(f"/centre/{name}/".replace("//", "/"))
        desk.look(name.replace("/", "-") or "home")
    desk.open(f"/centre/orders/{rows[S.COMPLETED].number}/")
    desk.look("order")
    desk.open("/centre/orders/?status=cancelled&by=planned&on=2026-01-01")
    desk.look("orders-nothing-found")
    desk.open(f"/centre/people/{Post.objects.get(user=town.nurse.user).pk}/end/")
    desk.look("people-end")
    desk.open("/centre/credentials/")
    desk.follow("梅若兰")
    desk.look("nurse-barred")
    desk.page.get_by_text("登记培训", exact=True).click()
    desk.look("nurse-training-form")
    desk.open(f"/centre/credentials/{town.nurse.pk}/papers/licence/0/")
    desk.look("paper-empty")
    desk.page.locator("[name=file]").set_input_files(
        {"name": "certificate.jpg", "mimeType": "image/jpeg", "buffer": face().read()}
    )
    desk.press("上传扫描件")
    desk.sees("扫描件已保存")
    desk.look("paper")
    desk.follow("第 1 份照片")
    desk.sees("返回这份资质")
    desk.look("scan")
    desk.open(f"/centre/shifts/{Shift.objects.first().pk}/")
    desk.look("shift")
    desk.open("/centre/offerings/")
    desk.page.get_by_text("停止开展", exact=True).first.click()
    desk.look("offering-form")
    nurse = Person(browser, album, asgi_server, PHONE, town.staff_nurse.username)
    nurse.sign_in()
    nurse.open("/centre/reading/nursing/")
    nurse.look("reading-phone")
    nurse.press("我已阅读并知晓")
    nurse.sees("已登记您阅读了护理管理制度")

    assert desk.wrong == []
    assert nurse.wrong == []


@pytest.mark.browser
def test_what_is_refused_stands_on_the_page_with_what_was_typed(browser, asgi_server, town):
    desk = Person(browser, Album("centre-refused"), asgi_server, DESK, town.users[Role.CENTRE_ADMIN].username)
    desk.sign_in()

    desk.open(f"/centre/credentials/{town.nurse.pk}/")
    desk.press("联网查询")
    desk.sees("请人工查询后登记结果和凭据")
    desk.look("look-up")
    desk.open("/centre/offerings/")
    desk.page.get_by_text("停止开展", exact=True).first.click()
    desk.page.locator("details[open] button[type=submit]").click()
    desk.sees("请填写不开展的原因。")
    desk.look("opt-out")
    desk.open("/centre/people/new/")
    desk.fill("username", town.users[Role.DISPATCHER].username)
    desk.tick("中心专员")
    desk.press("开始这个岗位")
    desk.sees("在这段时间已担任")
    desk.look("post-held")
    desk.open(f"/centre/shifts/?nurse={town.nurse.pk}&day={timezone.localdate()}#plan")
    desk.press("登记排班")
    desk.sees("这段时间已有班次")
    desk.look("shift-overlaps")

    assert desk.faults() == []
