"""Whoever counts the days is killed between two of them: nothing is half counted, and the next one goes on."""

import psycopg2
import pytest
from django.db import connection
from django.utils import timezone

from accounts.roles import Role
from audit.models import Due
from audit.subscribers import daily
from indicators import services
from indicators.models import DayCount, StaleDay
from orders import services as orders
from orders.lifecycle import OrderStatus as S
from tests import world
from tests.desks import offices
from tests.faults.running import Platform, wait_until
from tests.services.test_notifications import deliver_all
from tests.services.test_overview import counts, plain
from tests.world import persons

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def waiting(transactional_db):
    """A day of applications and a day of visits that were counted, and on both of which something has moved since."""
    t = world.town()
    world.order(t, at=S.COMPLETED)
    deliver_all()
    services.freshen(now=t.now)
    assert counts(t) == plain()
    offices.another_patient(t)
    t.nurse = persons.nurse(t.centre, now=t.now)
    t.users[Role.NURSE] = t.nurse.user
    done = world.order(t, at=S.COMPLETED)
    answers = {"on_time": 5, "explained": 4, "asked": 3, "observed": 2}
    orders.rate(order_id=done.pk, answers=answers, by=t.actor(Role.PROXY), now=done.confirmed_at)
    deliver_all()
    t.first, t.last = StaleDay.objects.order_by("day").values_list("day", flat=True)
    # What else the coming tick would do is not the matter here; the nightly proof least of all.
    now, today = timezone.now(), timezone.localdate()
    Due.objects.all().delete()
    for kind, _ in daily():
        Due.objects.create(kind=kind, key=f"{kind}:{today}", object_id=f"{today}", due_at=now, done_at=now)
    return t


@pytest.mark.clause("000 六(二十一)")
def test_counts_equal_the_rows_after_the_counter_was_killed_between_two_days(waiting):
    t = waiting
    before = counts(t, t.last, t.last)
    hand = psycopg2.connect(**connection.get_connection_params())
    with Platform() as running, hand.cursor() as cursor:
        cursor.execute("SELECT id FROM indicators_daycount WHERE day = %s FOR UPDATE", [t.last])
        counter = running.start_tick()
        wait_until(lambda: not StaleDay.objects.filter(day=t.first).exists(), "the first day")
        wait_until(lambda: _waits_for_a_lock(), "the second day's counter")
        running.kill(counter)
        hand.rollback()
        wait_until(lambda: not _waits_for_a_lock(), "its end")

        assert counts(t, t.first, t.first) == plain(t.first, t.first)
        assert counts(t, t.last, t.last) == before != plain(t.last, t.last)  # as it was, not half of it
        assert StaleDay.objects.filter(day=t.last).exists()
        running.start_tick()
        wait_until(lambda: not StaleDay.objects.exists(), "every day")
    hand.close()

    assert counts(t) == plain()
    assert DayCount.objects.count() == 2


def _waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return cursor.fetchone()[0] > 0
