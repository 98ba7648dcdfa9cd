"""A changed rule over the last month: figures equal what plain SQL counts, and nothing is written."""

from datetime import timedelta

import pytest
from django.db import connection

from accounts.roles import Role
from audit.models import Event
from clinical.models import Prescription
from orders.lifecycle import OrderStatus as S
from orders.models import EligibilityAnswer
from supervision import whatif
from tests import world
from tests.desks import offices
from tests.world import persons

pytestmark = pytest.mark.django_db


@pytest.fixture
def t():
    t = world.town()
    for years in (6, 9, 12):
        offices.another_patient(t)
        t.nurse = persons.nurse(t.centre, now=t.now)
        with connection.cursor() as cursor:
            since = t.now.date() - timedelta(days=366 * years)
            cursor.execute("UPDATE nurses_nurse SET clinical_since = %s WHERE id = %s", [since, t.nurse.pk])
        t.users[Role.NURSE] = t.nurse.user
        world.order(t, S.COMPLETED)
    t.late = t.now + timedelta(days=3)
    return t


def ask(t, key, value):
    return whatif.judge(
        district=t.district, places=t.actor(Role.SUPERVISOR).orgs_as(Role.SUPERVISOR), key=key, value=value, now=t.late
    )


def one(sql, *values):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchone()[0]


@pytest.mark.clause("002 五(二)2")
@pytest.mark.parametrize("years", [5, 8, 10, 20])
def test_years_of_practice_count_as_plain_sql_counts_them(t, years):
    line = ask(t, "nurse.min_years", years)[0]

    refused = one(
        "SELECT count(*) FROM orders_offer o JOIN nurses_nurse n ON n.id = o.nurse_id "
        "WHERE (o.planned_start AT TIME ZONE 'Asia/Shanghai')::date < n.clinical_since + make_interval(years => %s)",
        years,
    )
    assert (line.centre, line.asked, line.refused_now, line.refused_then) == (t.centre, 3, 0, refused)


def test_a_lower_daily_cap_and_a_longer_way_refuse_nobody_who_went_once(t):
    assert ask(t, "nurse.daily_cap", 1)[0].more == 0
    assert ask(t, "nurse.travel_minutes", 180)[0].more == 0
    assert ask(t, "nurse.min_title", "chief")[0].more == 3


@pytest.mark.parametrize(
    ("key", "short", "long"),
    [("consent.validity_days", 1, 365), ("prescription.max_days", 30, 180), ("assessment.validity_days", 1, 180)],
)
def test_shorter_validity_is_judged_by_the_age_of_the_papers(t, key, short, long):
    assert ask(t, key, long)[0].refused_then == 0
    line = ask(t, key, short)[0]
    expected = {"consent.validity_days": 3, "prescription.max_days": 3, "assessment.validity_days": 0}[key]
    assert (line.asked, line.refused_then) == (Prescription.objects.count(), expected)


def test_nothing_is_written(t):
    before = (Event.objects.count(), EligibilityAnswer.objects.count())

    for key, value in (("nurse.min_years", 20), ("consent.validity_days", 1)):
        ask(t, key, value)

    assert (Event.objects.count(), EligibilityAnswer.objects.count()) == before


def test_a_centre_elsewhere_is_not_asked_about(t):
    assert whatif.judge(district=t.district, places=[], key="nurse.min_years", value=20, now=t.late) == []
