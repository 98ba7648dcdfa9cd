"""The counts of days follow what happens, equal the rows they are made of, and are proved and put right each night."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from accounts.models import Organization
from accounts.roles import Role
from accounts.services import create_organisation
from audit.models import Outbox
from indicators import overview, services, subscriptions
from indicators.models import DayCount, StaleDay
from indicators.rollups import COUNTS
from kernel.refusals import Hidden
from orders import services as orders
from orders.lifecycle import OrderStatus as S
from tests import world
from tests.desks import offices
from tests.world import persons, places, traces

pytestmark = pytest.mark.django_db

SHANGHAI = ZoneInfo("Asia/Shanghai")
FIRST, LAST = date(2026, 2, 1), date(2026, 4, 30)

# The same counts a second time, without the platform's own queries.
PLAIN = """
    SELECT (SELECT count(*) FROM orders_servicerequest WHERE submitted_at BETWEEN %(a)s AND %(z)s),
           (SELECT count(*) FROM orders_order WHERE planned_start BETWEEN %(a)s AND %(z)s),
           (SELECT count(*) FROM orders_order WHERE arrived_at BETWEEN %(a)s AND %(z)s),
           (SELECT count(*) FROM orders_order WHERE arrived_at BETWEEN %(a)s AND %(z)s
               AND arrived_at - planned_start <= interval '15 minutes'),
           (SELECT count(*) FROM orders_order WHERE finished_at BETWEEN %(a)s AND %(z)s),
           (SELECT count(*) FROM orders_order WHERE status IN ('no_show', 'aborted')
               AND status_since BETWEEN %(a)s AND %(z)s),
           (SELECT count(*) FROM clinical_assessment a JOIN orders_servicerequest r ON r.assessment_id = a.id
               WHERE a.arrived_at BETWEEN %(a)s AND %(z)s),
           (SELECT coalesce(sum(round(extract(epoch FROM a.arrived_at - r.submitted_at) / 60)), 0)
               FROM clinical_assessment a JOIN orders_servicerequest r ON r.assessment_id = a.id
               WHERE a.arrived_at BETWEEN %(a)s AND %(z)s),
           (SELECT count(*) FROM orders_rating WHERE rated_at BETWEEN %(a)s AND %(z)s),
           (SELECT coalesce(sum(on_time + explained + asked + observed), 0) FROM orders_rating
               WHERE rated_at BETWEEN %(a)s AND %(z)s)"""


def plain(first=FIRST, last=LAST) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(PLAIN, {"a": f"{first} 00:00+08", "z": f"{last} 23:59:59.999999+08"})
        return dict(zip(COUNTS, map(int, cursor.fetchone()), strict=True))


def counts(t, first=FIRST, last=LAST):
    return overview.counts(centres=[t.centre.pk], first=first, last=last)


def follow() -> None:
    """Tell the subscriber all that has happened, as the delivery does; again does no harm."""
    for event in Outbox.objects.order_by("pk"):
        subscriptions.day_moved(event)


@pytest.mark.clause("000 六(二十一)", "001 二(四)20")
def test_counts_follow_what_happens_and_equal_the_rows():
    t = world.town()
    done = world.order(t, at=S.COMPLETED)
    answers = {"on_time": 5, "explained": 4, "asked": 3, "observed": 2}
    orders.rate(order_id=done.pk, answers=answers, by=t.actor(Role.PROXY), now=t.now)
    offices.another_patient(t)
    t.nurse = persons.nurse(t.centre, now=t.now)
    t.users[Role.NURSE] = t.nurse.user
    offered = world.order(t, at=S.OFFERED)
    follow()
    follow()
    assert StaleDay.objects.exists()
    services.freshen(now=t.now)

    assert not StaleDay.objects.exists()
    assert counts(t) == plain()
    assert plain()["finished"] == 1
    day = done.finished_at.astimezone(SHANGHAI).date()
    assert counts(t, day, day) == plain(day, day)
    by_town = overview.grouped("town", centres=[t.centre.pk], first=FIRST, last=LAST)
    assert by_town == {places.WEIFANG: counts(t)}

    # Somebody else goes on another day: the old day loses the visit, the new one gains it.
    start, desk = datetime(2026, 3, 4, 10, tzinfo=SHANGHAI), t.actor(Role.DISPATCHER)
    window = {"window_start": start - timedelta(hours=1), "window_end": start + timedelta(hours=3)}
    orders.reschedule(order_id=offered.pk, reason="家里有事", by=desk, now=t.now, **window)
    other = persons.nurse(t.centre, now=t.now)
    start = datetime(2026, 3, 4, 10, tzinfo=SHANGHAI)
    orders.offer(order_id=offered.pk, nurse_id=other.pk, planned_start=start, by=t.actor(Role.DISPATCHER), now=t.now)
    follow()
    services.freshen(now=t.now)
    for one in (date(2026, 3, 3), date(2026, 3, 4)):
        assert counts(t, one, one) == plain(one, one), one
    assert counts(t, date(2026, 3, 4), date(2026, 3, 4))["visits"] == 1

    # Proved each night; what was spoilt is found and put right.
    supervisor = t.actor(Role.SUPERVISOR)
    prove = {"district": t.district, "first": FIRST, "last": LAST, "by": supervisor, "now": t.now}
    assert services.reconcile(**prove) == 0
    DayCount.objects.filter(finished=1).update(finished=7)
    assert services.reconcile(**prove) == 1
    assert counts(t) == plain()
    DayCount.objects.all().delete()
    assert services.prove_lately(now=t.now) > 0
    assert counts(t) == plain()
    assert [act.data["wrong"] for act in traces.acts("indicators.rollups_proved")][:2] == [0, 1]


def test_each_span_has_its_days_and_those_before():
    assert overview.days_of("month", date(2026, 3, 17)) == (
        date(2026, 3, 1), date(2026, 3, 31), date(2026, 2, 1), date(2026, 2, 28),
    )  # fmt: skip
    assert overview.days_of("week", date(2026, 3, 4)) == (
        date(2026, 3, 2), date(2026, 3, 8), date(2026, 2, 23), date(2026, 3, 1),
    )  # fmt: skip
    day = date(2026, 3, 4)
    assert overview.days_of("day", day) == (day, day, day - timedelta(days=7), day - timedelta(days=7))


@pytest.mark.clause("002 五(八)")
def test_no_scope_reaches_beyond_what_is_overseen():
    t = world.houses()
    next_door = create_organisation(
        kind=Organization.Kind.COMMISSION, name="邻区卫生健康委", short_name="邻区", by=places.SETUP, now=t.now
    )
    stranger = places.staff(next_door, Role.SUPERVISOR)
    rows = list(overview.providers(actor=stranger))

    assert rows == []
    assert overview.scope(rows=rows, span="day", on=FIRST).centres == ()
    for asked in ({"centre": t.centre.pk}, {"alliance": t.hospital.pk}):
        with pytest.raises(Hidden):
            overview.scope(rows=rows, span="day", on=FIRST, **asked)
    with pytest.raises(Hidden):
        services.reconcile(district=t.district, first=FIRST, last=LAST, by=stranger, now=t.now)
    mine = list(overview.providers(actor=places.staff(t.district, Role.SUPERVISOR)))
    assert overview.scope(rows=mine, span="nonsense", on=FIRST, centre=t.centre.pk).centres == (t.centre.pk,)
