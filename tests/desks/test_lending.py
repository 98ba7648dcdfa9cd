"""The commission's report on lending nurses: asked for, watched, read; it moves nobody."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.roles import Role
from orders.lifecycle import OrderStatus as S
from orders.lifecycle import PlanStatus as P
from orders.models import DayPlan, Order
from orders.services import planner
from tests import world
from tests.world import persons, places

pytestmark = pytest.mark.django_db

NOW = world.NOW
PAGE = "/oversight/lending/"


@pytest.fixture
def t(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    t = world.town(lon=121.5201, lat=31.2203)
    t.nurse.insurances.update(expires_on=NOW.date())
    there = places.offering_centre(t.hospital, t.edition, NOW, towns=(places.LUJIAZUI,), name="陆家嘴")
    persons.nurse(there, name="郭丽")
    world.order(t, S.AWAITING_DISPATCH)
    t.asked = {"alliance": t.hospital.pk, "day": (NOW.date() + timedelta(days=1)).isoformat()}
    return t


@pytest.fixture
def commission(t, client):
    client.force_login(t.users[Role.SUPERVISOR])
    return client


def test_the_report_is_asked_for_watched_and_read(t, commission):
    assert "这一天还没有测算过" in commission.get(PAGE).content.decode()
    assert commission.post(PAGE + "ask/", t.asked).status_code == 302
    assert "正在准备" in commission.get(PAGE).content.decode()

    planner.compute(DayPlan.objects.get().pk, clock=lambda: NOW)

    page = commission.get(PAGE).content.decode()
    assert "借调后全部排得上" in page
    assert "陆家嘴" in page
    assert "不能派出" in page
    assert Order.objects.get().status == S.AWAITING_DISPATCH


def test_it_may_be_stopped(t, commission):
    commission.post(PAGE + "ask/", t.asked)

    commission.post(PAGE + "discard/", t.asked)

    assert DayPlan.objects.get().status == P.DISCARDED


def test_an_inspector_reads_and_does_not_ask(t, commission, client):
    commission.post(PAGE + "ask/", t.asked)
    planner.compute(DayPlan.objects.get().pk, clock=lambda: NOW)
    client.force_login(t.users[Role.QC_INSPECTOR])

    page = client.get(PAGE).content.decode()

    assert "借调后全部排得上" in page
    assert "重新测算" not in page
    assert client.post(PAGE + "ask/", t.asked).status_code == 403


def test_the_desk_of_a_centre_does_not_see_it(t, commission, client):
    commission.post(PAGE + "ask/", t.asked)
    client.force_login(t.users[Role.DISPATCHER])

    assert client.get(PAGE).status_code == 403


def test_a_past_day_is_refused_with_the_reason(t, commission):
    answer = commission.post(PAGE + "ask/", {**t.asked, "day": "2026-03-01"})

    assert answer.status_code == 422
    assert "只能为今天起" in answer.content.decode()


def test_rubbish_is_answered(t, commission):
    assert commission.get(PAGE, {"alliance": "x", "day": "?"}).status_code == 200
    assert commission.post(PAGE + "nothing/", t.asked).status_code == 404
    assert commission.post(PAGE + "discard/", t.asked).status_code == 404
