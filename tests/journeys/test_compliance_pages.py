"""Compliance, findings, quality control and the policy library in a real browser, at three widths."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.roles import Role
from orders.lifecycle import OrderStatus as S
from supervision import services
from supervision.models import Finding, ScoreSheet
from tests import world
from tests.journeys import offices
from tests.journeys.people import Album, Person

WIDTHS = (1280, 1920)  # beside the usual 1440


def wide(width) -> dict:
    return {"viewport": {"width": width, "height": 900}}


@pytest.fixture
def town(transactional_db):
    t = offices.town()
    t.order = world.order(t, at=S.IN_SERVICE)
    return t


def broken(t) -> None:
    """Three runs with less and less in order, a finding on its way, a sample, a plan, a walk."""
    now = timezone.now()
    services.run_checks(district_id=t.district.pk, now=now - timedelta(hours=3))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE nurses_nurse SET title = 'nurse' WHERE id = %s", [t.order.nurse_id])
        services.run_checks(district_id=t.district.pk, now=now - timedelta(hours=2))
        cursor.execute("UPDATE nurses_insurance SET expires_on = starts_on")
        cursor.execute("UPDATE orders_order SET finished_at = now() - interval '1 day' WHERE id = %s", [t.order.pk])
    services.run_checks(district_id=t.district.pk, now=now - timedelta(hours=1))
    t.finding = Finding.objects.get(source="nurse_title")
    services.assign(
        finding_id=t.finding.pk, owner_id=t.users[Role.CENTRE_ADMIN].pk,
        due_on=timezone.localdate() + timedelta(days=5), by=t.actor(Role.CENTRE_ADMIN), now=now,
    )  # fmt: skip
    yesterday = timezone.localdate() - timedelta(days=1)
    t.sample = services.draw_sample(
        district=t.district, title="十一月质控抽查", seed="福彩 2026-0815", starts_on=yesterday,
        ends_on=yesterday, size=3,
        by=t.actor(Role.SUPERVISOR), now=now,
    )  # fmt: skip
    services.file_inspector(
        district=t.district, user_id=t.users[Role.QC_INSPECTOR].pk, kind="expert", expertise="护理管理，副主任护师",
        paper="浦卫质控〔2026〕1号", starts_on=yesterday, by=t.actor(Role.SUPERVISOR), now=now,
    )  # fmt: skip
    services.plan_tour(centre=t.centre, planned_on=timezone.localdate(), by=t.actor(Role.REVIEWER), now=now)
    t.walk = services.begin_walk(centre=t.centre, by=t.actor(Role.SUPERVISOR), now=now)


@pytest.mark.browser
def test_the_commissions_pages_can_be_looked_at(browser, asgi_server, town):
    album = Album("compliance")
    desk = Person(browser, album, asgi_server, wide(1440), town.users[Role.SUPERVISOR].username)
    desk.sign_in()
    for name in ("compliance", "findings", "quality", "quality/inspectors"):
        desk.open(f"/oversight/{name}/")
        desk.look(f"{name.replace('/', '-')}-empty")

    broken(town)
    for name in (
        "compliance", "compliance/nurse_title", "compliance/consent", "findings", f"findings/{town.finding.pk}",
        "quality", f"quality/samples/{town.sample.pk}", f"quality/sheets/{town.walk.pk}", "quality/inspectors",
        "quality/walk", "policy", "policy/002", "settings/what-if",
    ):  # fmt: skip
        desk.open(f"/oversight/{name}/")
        desk.look(name.replace("/", "-"))
    for width in WIDTHS:
        desk.page.set_viewport_size({"width": width, "height": 900})
        for name in ("compliance", "compliance/nurse_title", "findings", "quality"):
            desk.open(f"/oversight/{name}/")
            desk.look(f"{name.replace('/', '-')}-{width}")
    desk.open("/oversight/settings/what-if/?key=nurse.min_years&value=20")
    desk.look("what-if-asked")
    desk.open(f"/oversight/findings/{town.finding.pk}/")
    desk.page.get_by_text("说明后结案", exact=True).first.click()
    desk.look("finding-excuse")

    assert desk.wrong == []


@pytest.mark.browser
def test_the_hospitals_and_the_centres_pages_can_be_looked_at(browser, asgi_server, town):
    broken(town)
    tour = ScoreSheet.objects.get(kind="tour")
    for name, role in (("review", Role.REVIEWER), ("centre", Role.CENTRE_ADMIN)):
        desk = Person(browser, Album(f"compliance-{name}"), asgi_server, wide(1440), town.users[role].username)
        desk.sign_in()
        pages = ["compliance", "compliance/nurse_title", "findings", f"findings/{town.finding.pk}", "quality"]
        pages += [f"quality/sheets/{tour.pk}", "quality/walk"] if name == "review" else []
        for page in pages:
            desk.open(f"/{name}/{page}/")
            desk.look(page.replace("/", "-"))
        if name == "review":
            desk.open(f"/review/quality/sheets/{tour.pk}/")
            desk.press("提交评分表")
            desk.sees("请填写 0 到")
            desk.look("sheet-refused")
            assert desk.faults() == []
        else:
            assert desk.wrong == []
