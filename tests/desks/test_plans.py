"""The page of a day's plan: asked for, watched, accepted in part, thrown away; never another centre's."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.roles import Role
from kernel.actors import system
from orders import services
from orders.doors import PLANS
from orders.lifecycle import OrderStatus as S
from orders.lifecycle import PlanStatus as P
from orders.models import DayPlan, PlanProgress
from orders.services import planner, plans
from tests import world
from tests.world import persons, places

pytestmark = pytest.mark.django_db

NOW = world.NOW
TOMORROW = NOW.date() + timedelta(days=1)
PAGE = f"/dispatch/planner/{TOMORROW}/plan/"
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def t(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    return world.town(lon=121.5201, lat=31.2203)


@pytest.fixture
def desk(t, client):
    client.force_login(t.users[Role.DISPATCHER])
    return client


def waiting(t, count):
    rows = [world.order(t, S.AWAITING_DISPATCH)]
    for number in range(1, count):
        door = world.neighbour(t, name=f"沈玉{'兰梅竹菊荷桂'[number % 6]}", lon=121.5201 + number / 500, lat=31.2203)
        rows.append(world.order(door, S.AWAITING_DISPATCH))
    return rows


def computed(desk, **given):
    desk.post(PAGE + ("repair/" if given else "ask/"), given)
    planner.compute(DayPlan.objects.latest("pk").pk, clock=lambda: NOW)
    return DayPlan.objects.latest("pk")


def test_an_empty_day_says_that_there_is_nothing_to_plan(t, desk):
    page = desk.get(PAGE).content.decode()

    assert "这一天没有等待派单的上门" in page
    assert "disabled" in page


def test_asking_shows_how_far_it_is_and_offers_to_stop(t, desk):
    waiting(t, 1)

    answer = desk.post(PAGE + "ask/", **HTMX).content.decode()
    assert "正在准备" in answer
    assert 'hx-trigger="every 1s"' in answer

    plan = DayPlan.objects.get()
    PLANS.take("begin", plan.pk, by=system("plan.compute"), now=NOW, change=planner._begin)
    PlanProgress.objects.update(share=0.42)
    assert "已完成 42%" in desk.get(PAGE, **HTMX).content.decode()

    answer = desk.post(PAGE + "discard/", {"plan": plan.pk}, **HTMX).content.decode()
    assert "已放弃这份建议" in answer
    assert world.fresh(plan).status == P.DISCARDED


def test_a_proposal_shows_whom_when_and_what_it_changes(t, desk):
    rows = waiting(t, 3)
    computed(desk)

    page = desk.get(PAGE).content.decode()

    for row in rows:
        assert row.patient.name in page
    assert "顾晓雯" in page
    assert "排上的上门" in page
    assert "派出勾选的" in page
    assert "every 1s" not in page


def test_the_chosen_lines_are_sent_and_the_others_stay(t, desk):
    first, second = waiting(t, 2)
    plan = computed(desk)

    answer = desk.post(
        PAGE + "apply/",
        {"plan": plan.pk, "version": plan.version, "which": "chosen", "line": plan.lines.get(order=first).pk},
        **HTMX,
    )

    assert "已派出 1 单" in answer.content.decode()
    assert (world.fresh(first).status, world.fresh(second).status) == (S.OFFERED, S.AWAITING_DISPATCH)


def test_nothing_chosen_is_refused_beside_what_was_asked(t, desk):
    waiting(t, 1)
    plan = computed(desk)

    answer = desk.post(PAGE + "apply/", {"plan": plan.pk, "which": "chosen"}, **HTMX)

    assert answer.status_code == 422
    assert "请至少选择一行" in answer.content.decode()


def test_a_line_that_no_longer_passes_says_why_in_its_row(t, desk):
    (row,) = waiting(t, 1)
    plan = computed(desk)
    services.cancel(order_id=row.pk, reason="住院了", by=t.actor(Role.PROXY), now=NOW)

    answer = desk.post(PAGE + "apply/", {"plan": plan.pk, "which": "all"}, **HTMX).content.decode()

    assert "有 1 单没有通过" in answer
    assert "刚被他人更新" in answer


def test_what_failed_says_what_happened_and_may_be_asked_again(t, desk):
    waiting(t, 1)
    desk.post(PAGE + "ask/")
    plans.fail(
        plan_id=DayPlan.objects.get().pk, outcome="计算程序中途停止了。没有任何订单被改动，请重新计算。", now=NOW
    )

    page = desk.get(PAGE).content.decode()

    assert "这次没有算出来" in page
    assert "计算排班建议" in page


def test_a_nurse_who_cannot_come_is_chosen_from_those_who_have_visits(t, desk):
    other = persons.nurse(t.centre, name="郭丽")
    held = world.order(t, S.ACCEPTED)

    page = desk.get(PAGE).content.decode()
    assert f'<option value="{t.nurse.pk}">' in page
    assert f'<option value="{other.pk}">' not in page
    plan = computed(desk, nurse=t.nurse.pk, why="absent")

    assert plan.touched == [{"nurse": t.nurse.pk, "why": "absent"}]
    assert plan.lines.get(order=held).nurse == other
    assert "由顾晓雯" in desk.get(PAGE).content.decode()


def test_why_a_visit_cannot_be_planned_stands_beside_the_proposal(t, desk):
    waiting(t, 1)
    t.nurse.insurances.update(expires_on=NOW.date())
    computed(desk)

    page = desk.get(PAGE).content.decode()

    assert "排不上的" in page
    assert "没有一位护士符合" in page


def test_another_centres_plan_is_not_there(t, desk, client):
    waiting(t, 1)
    plan = computed(desk)
    elsewhere = places.centre(t.district, (places.LUJIAZUI,), name="陆家嘴")
    client.force_login(places.post(elsewhere, Role.DISPATCHER).user)

    assert "这一天没有等待派单的上门" in client.get(PAGE + f"?centre={t.centre.pk}").content.decode()
    assert client.post(PAGE + "apply/", {"plan": plan.pk, "which": "all"}).status_code == 404
    assert client.post(PAGE + "ask/" + f"?centre={t.centre.pk}").status_code == 302
    assert set(DayPlan.objects.values_list("centre", flat=True)) == {t.centre.pk, elsewhere.pk}


@pytest.mark.parametrize("day", ["today", "2026-13-01"])
def test_a_day_that_is_none_is_not_found(desk, day):
    assert desk.get(f"/dispatch/planner/{day}/plan/").status_code == 404


def test_a_change_for_nobody_asks_for_whom_beside_the_field(t, desk):
    waiting(t, 1)
    plan = computed(desk)
    desk.post(PAGE + "apply/", {"plan": plan.pk, "version": plan.version, "which": "all"})

    answer = desk.post(PAGE + "repair/", {"nurse": "", "why": "late"})

    assert answer.status_code == 422
    said = answer.content.decode()
    assert "请选择哪位护士来不了或要晚到" in said
    assert re.search(r'value="late"[^>]* checked', said)
    assert DayPlan.objects.count() == 1


def test_rubbish_is_answered_and_breaks_nothing(t, desk):
    assert desk.post(PAGE + "apply/", {"plan": "x"}).status_code == 404
    assert desk.post(PAGE + "repair/", {"nurse": "x", "why": "?"}).status_code == 404
    assert desk.post(PAGE + "nothing/").status_code == 404


def test_the_page_costs_the_same_at_one_line_and_at_many(t, desk):
    waiting(t, 1)
    computed(desk)

    def queries():
        with CaptureQueriesContext(connection) as seen:
            assert desk.get(PAGE).status_code == 200
        return len(seen)

    queries()
    few = queries()
    waiting(world.neighbour(t), 5)
    computed(desk)

    assert queries() == few
