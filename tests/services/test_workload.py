"""Workload: the same minutes as on the nurse's own page, weighed by the formula of the day, always beside the hours."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection

from accounts.models import Organization
from accounts.roles import Role
from accounts.services import create_organisation
from indicators import services, workload
from institutions import services as institutions
from kernel.refusals import Hidden, Refused
from orders import workload as hers
from orders.lifecycle import OrderStatus as S
from orders.models import Order
from tests import world
from tests.desks import offices
from tests.world import persons, places, traces

pytestmark = pytest.mark.django_db

FIRST, LAST = date(2026, 3, 1), date(2026, 3, 31)


@pytest.fixture
def t():
    """Two nurses: one with two visits, of which one had a hard item and odd seconds; one who broke a visit off."""
    made = world.town()
    made.one = made.nurse
    made.easy = world.order(made, at=S.COMPLETED)
    offices.another_patient(made)
    made.hard = world.order(made, at=S.COMPLETED, numbers=(14, 9))
    Order.objects.filter(pk=made.hard.pk).update(
        departed_at=made.hard.departed_at, finished_at=made.hard.arrived_at + timedelta(minutes=41, seconds=30)
    )
    offices.another_patient(made)
    made.nurse = made.two = persons.nurse(made.centre, name="顾小满", now=made.now)
    made.users[Role.NURSE] = made.two.user
    world.order(made, at=S.ABORTED)
    offices.another_patient(made)
    made.last = world.order(made, at=S.DISPUTED)
    return made


def lines(t, by="nurse", *, actor=None, start=FIRST, end=LAST, centre=None):
    actor = actor or t.actor(Role.SUPERVISOR)
    return workload.lines(actor=actor, by=by, start=start, end=end, district_id=t.district.pk, centre=centre)


def choose(t, key, value, on):
    return institutions.choose_setting(
        district=t.district, key=key, value=value, effective_on=on, reason="按调研结果", by=t.actor(Role.SUPERVISOR),
        now=t.now,
    )  # fmt: skip


@pytest.mark.clause("002 五(八)")
def test_a_nurses_line_says_what_her_own_page_says(t):
    for nurse in (t.one, t.two):
        month = hers.of_nurse(actor=places.actor(nurse.user, LAST), today=LAST).month
        line = next(row for row in lines(t) if row.names[1] == nurse.user.display_name)

        assert month.visits > 0
        said = (line.visits, line.along, line.bedside, line.travel)
        assert said == (month.visits, month.along, month.bedside, month.travel)


def test_the_lines_equal_plain_sql_over_the_visits(t):
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT count(*),
                      sum(round(extract(epoch FROM finished_at - arrived_at)::float8 / 60)),
                      sum(round(extract(epoch FROM arrived_at - departed_at)::float8 / 60))
               FROM orders_order WHERE finished_at >= '2026-03-01 00:00+08' AND finished_at < '2026-04-01 00:00+08'"""
        )
        visits, bedside, travel = cursor.fetchone()
    for by in ("nurse", "centre", "town"):
        whole = workload.total(lines(t, by))
        assert (whole.visits, whole.bedside, whole.travel) == (visits, bedside, travel), by
    assert visits == 3


@pytest.mark.clause("000 五(十七)", "000 五(十六)")
def test_the_score_weighs_the_hardest_item_and_the_way_and_can_be_worked_out_by_hand(t):
    risk = {"low": 100, "medium": 130, "high": 160}
    hardest = max((line.item.risk for line in t.hard.lines.select_related("item")), key=list(risk).index)
    easy = t.easy.lines.get().item.risk
    line = next(row for row in lines(t) if row.visits == 2)

    minutes = {t.easy.pk: (38, risk[easy]), t.hard.pk: (42, risk[hardest])}
    by_hand = sum(Decimal(n * weight) for n, weight in minutes.values()) + line.travel * 50
    assert line.bedside == 80
    assert line.points == by_hand
    assert line.score == (by_hand / 6000).quantize(Decimal("0.1"))
    assert line.hours == (Decimal(line.bedside + line.travel) / 60).quantize(Decimal("0.1"))


@pytest.mark.clause("000 五(十七)")
def test_a_changed_formula_weighs_visits_from_its_day_on_only(t):
    before = lines(t, "centre")[0].points
    later = t.easy.finished_at.date() + timedelta(days=1)
    for key in ("low", "medium", "high", "travel"):
        choose(t, f"workload.weight_{key}", 200, later)

    assert lines(t, "centre")[0].points == before
    Order.objects.filter(finished_at__isnull=False).update(
        departed_at=t.last.departed_at + timedelta(days=3), arrived_at=t.last.arrived_at + timedelta(days=3),
        finished_at=t.last.finished_at + timedelta(days=3),
    )  # fmt: skip
    line = lines(t, "centre")[0]
    assert line.points == (line.bedside + line.travel) * 200
    spans = workload.formulas(district_id=t.district.pk, start=FIRST, end=LAST)
    assert [(one.first, one.last) for one in spans] == [(FIRST, later - timedelta(days=1)), (later, LAST)]


def test_a_visit_counts_on_the_day_it_ended_and_an_item_once_for_each_visit(t):
    Order.objects.filter(pk=t.easy.pk).update(finished_at="2026-04-01 00:00+08")

    assert workload.total(lines(t)).visits == 2
    assert workload.total(lines(t, start=date(2026, 4, 1), end=date(2026, 4, 1))).visits == 1
    assert sum(row.visits for row in lines(t, "item")) == 3
    assert {row.travel for row in lines(t, "item")} == {0}


@pytest.mark.clause("002 三(一)")
def test_an_export_says_what_for_and_leaves_its_digest(t):
    rows = workload.table(lines(t), "nurse")
    given = {"rows": rows, "asked": "按护士 3 月", "place": t.district, "now": t.now}
    with pytest.raises(Refused):
        services.export_workload(reason=" ", by=t.actor(Role.SUPERVISOR), **given)
    file = services.export_workload(reason="年度绩效评审", by=t.actor(Role.SUPERVISOR), **given)

    text = file.content.decode("utf-8-sig")
    assert text.startswith("机构,护士,上门次数,同行次数,护理分钟,路途分钟,合计小时,难度积分,每小时积分")
    assert "共 2 行" in text
    assert traces.act("indicators.workload_exported").reason == "年度绩效评审"


@pytest.mark.clause("002 五(八)")
def test_others_see_no_line_and_take_no_file(t):
    next_door = create_organisation(
        kind=Organization.Kind.COMMISSION, name="邻区卫生健康委", short_name="邻区", by=places.SETUP, now=t.now
    )
    stranger = places.staff(next_door, Role.SUPERVISOR)
    rows = workload.table(lines(t), "nurse")
    for actor in (stranger, t.actor(Role.CENTRE_ADMIN), t.actor(Role.REVIEWER), t.actor(Role.NURSE)):
        for by in workload.BY:
            assert lines(t, by, actor=actor) == []
        assert lines(t, actor=actor, centre=t.centre.pk) == []
        with pytest.raises(Hidden):
            services.export_workload(rows=rows, asked="", reason="看看", place=t.district, by=actor, now=t.now)
