"""A day's work is what a nurse has done as well as what she still has before her (000 五(十六))."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.roles import Role
from institutions import services as institutions
from kernel.refusals import Unmet
from orders import daywork, eligibility, services
from orders.lifecycle import OrderStatus as S
from tests import world
from tests.world import places

pytestmark = [pytest.mark.django_db, pytest.mark.clause("000 五(十六)")]


def capped(t, most):
    institutions.choose_setting(
        district=t.district, key="nurse.daily_cap", value=most, effective_on=places.TODAY, reason="减轻负担",
        by=t.actor(Role.SUPERVISOR), now=t.now,
    )  # fmt: skip


def offered(t, order, start):
    return services.offer(
        order_id=order.pk, nurse_id=t.nurse.pk, planned_start=start, by=t.actor(Role.DISPATCHER), now=t.now,
        override="家属同意",
    )  # fmt: skip


def test_a_finished_visit_counts_against_the_cap_of_its_day():
    t = world.town()
    capped(t, 1)
    done = world.order(t, at=S.COMPLETED)
    waiting = world.order(world.neighbour(t, name="陆美珍"), at=S.AWAITING_DISPATCH)

    with pytest.raises(Unmet) as no:
        offered(t, waiting, done.planned_start + timedelta(hours=3))

    assert [reason.code for reason in no.value.reasons] == ["nurse.daily_cap"]
    assert "已安排 1 次上门，达到每日 1 次的上限" in no.value.sentence
    assert offered(t, waiting, done.planned_start + timedelta(days=1)).status == S.OFFERED


@pytest.mark.parametrize(("at", "counted"), [(S.ABORTED, 1), (S.DISPUTED, 1), (S.NO_SHOW, 0), (S.ACCEPTED, 0)])
def test_what_is_behind_her_is_what_she_was_at_the_door_for(at, counted):
    t = world.town()
    order = world.order(t, at=at)
    day = timezone.localdate(order.planned_start)

    assert eligibility.made([t.nurse.pk], day)[t.nurse.pk] == counted
    assert eligibility.made(None, day)[t.nurse.pk] == counted


def test_the_desk_and_the_day_plan_see_what_she_has_done():
    t = world.town()
    capped(t, 3)
    done = world.order(t, at=S.COMPLETED)
    waiting = world.order(world.neighbour(t, name="陆美珍"), at=S.AWAITING_DISPATCH)
    start, day = done.planned_start + timedelta(hours=3), timezone.localdate(done.planned_start)

    (row,) = eligibility.answers(waiting, start, start + timedelta(minutes=waiting.minutes))
    work = daywork.of_centre(t.centre, day, t.now)

    assert row["load"] == 1
    assert "当天已有 1 次上门" in [part.words for part in row["standing"].parts]
    assert [nurse.max_visits for nurse in work.problem.nurses] == [2]
