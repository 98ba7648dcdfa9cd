"""Complications by month, centre and item equal the rows; so do the rows of the follow-up rate."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.utils import timezone

from accounts.roles import Role
from clinical import services as clinical
from followups import selectors as followups
from followups import services as follow_up
from indicators import measures, months, services, signals
from indicators.early import Tally
from indicators.models import SignalCount
from orders.lifecycle import OrderStatus as S
from safety import services as safety
from tests import world
from tests.desks import offices
from tests.services.test_notifications import deliver_all
from tests.world import chain, persons
from tests.world import followups as made

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")
MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)

# The same counts a second time, without the platform's own queries.
PLAIN = """
    WITH happened AS (
        SELECT centre_id, order_id, opened_at AS at FROM safety_incident WHERE kind IN ('aborted', 'other')
        UNION ALL SELECT c.centre_id, o.id, c.opened_at FROM clinical_callback c
            JOIN orders_order o ON o.visit_record_id = c.record_id
        UNION ALL SELECT centre_id, order_id, opened_at FROM followups_greencase
    ), here AS (SELECT * FROM happened WHERE to_char(at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM') = %(month)s)
    SELECT 0 AS item, count(*) FROM here
    UNION ALL
    SELECT i.number, count(*) FROM here JOIN orders_orderline l ON l.order_id = here.order_id
        JOIN catalog_item i ON i.id = l.item_id GROUP BY 1 ORDER BY 1"""


def plain(month: date) -> dict[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(PLAIN, {"month": f"{month:%Y-%m}"})
        return {item: n for item, n in cursor.fetchall() if n}


def kept(t, month: date) -> dict[int, int]:
    rows = SignalCount.objects.filter(centre=t.centre, month=month, events__gt=0)
    return dict(rows.values_list("item_number", "events"))


def somebody_else(t) -> None:
    offices.another_patient(t)
    t.nurse = persons.nurse(t.centre, now=t.now)
    t.users[Role.NURSE] = t.nurse.user


@pytest.mark.clause("000 三(七)")
def test_signals_follow_what_happens_at_or_after_a_visit_and_equal_the_rows():
    t = world.town()
    task = made.answered(t, made.BAD)  # a red answer after the visit
    visit = task.plan.order
    somebody_else(t)
    running = world.order(t, at=S.IN_SERVICE)
    clinical.take_reading(
        record_id=running.visit_record_id, key="spo2_pct", raw="85", explanation="已给氧",
        by=t.actor(Role.NURSE), now=running.arrived_at,
    )  # fmt: skip
    chain.walk(t, running, S.ABORTED)
    end = datetime(2026, 4, 1, tzinfo=SHANGHAI)
    safety.open_incident(order=visit, kind="other", text="伤口渗血", now=end - timedelta(microseconds=1))
    safety.open_incident(order=visit, kind="overrun", text="超时", now=t.now)  # the nurse's safety, not counted
    safety.report_incident(centre=t.centre, kind="other", text="候诊时滑倒", by=t.actor(Role.DISPATCHER), now=end)
    deliver_all()

    assert kept(t, MARCH) == plain(MARCH) == {0: 4, made.WOUND: 2, chain.VITAL_SIGNS: 2}
    assert kept(t, APRIL) == plain(APRIL) == {0: 1}  # of the next month, and of no order
    rows = list(signals.behind(centre=t.centre.pk, item_number=signals.ALL, month=MARCH))
    assert len(rows) == 4
    assert {row["about"] for row in rows} == {visit.number, running.number}
    assert len(signals.behind(centre=t.centre.pk, item_number=made.WOUND, month=MARCH)) == 2
    assert [row["about"] for row in signals.behind(centre=t.centre.pk, item_number=0, month=APRIL)] == [None]

    # Proved each night: what was spoilt is put right, and a second proof finds nothing.
    SignalCount.objects.filter(item_number=made.WOUND).update(events=9)
    assert services.prove_signals(centres=[t.centre.pk], last=APRIL) == 1
    assert services.prove_signals(centres=[t.centre.pk], last=APRIL) == 0
    assert kept(t, MARCH) == plain(MARCH)

    # Beside a year with few of them, this month is above its own past; its own neighbour is not looked at.
    for back in range(1, 13):
        SignalCount.objects.create(
            centre=t.centre, item_number=0, month=months.before(MARCH, back), visits=100, events=1
        )
    assert signals.warnings(centres=[t.centre.pk], month=MARCH) == {(t.centre.pk, 0): Tally(4, 1, 12, 1200)}
    assert signals.warnings(centres=[t.hospital.pk], month=MARCH) == {}
    assert signals.warnings(centres=[t.centre.pk], month=APRIL) == {}


FOLLOWED = """
    SELECT count(*), count(*) FILTER (WHERE f.status = 'done') FROM followups_followup f
    WHERE f.due_on BETWEEN %s AND %s AND f.status IN ('due', 'missed', 'done')"""


def followed(first: date, last: date) -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(FOLLOWED, [first, last])
        return cursor.fetchone()


@pytest.mark.clause("003 附件-21")
def test_the_follow_up_rate_and_the_overdue_list_equal_plain_sql():
    t = world.town()
    first, *later = made.plan(t).tasks.order_by("number")
    follow_up.fall_due(follow_up_id=first.pk, now=made.morning(first))
    made.answered(t, row=first)
    missed, ahead = later[0], later[-1]
    follow_up.fall_due(follow_up_id=missed.pk, now=made.morning(missed))
    after = timezone.make_aware(datetime.combine(missed.late_after + timedelta(days=1), datetime.min.time()))
    follow_up.miss(follow_up_id=missed.pk, now=after)
    month = months.month_of(first.due_on)
    span = months.ends(month)
    last = months.after(month) - timedelta(days=1)

    found = list(followups.indicator_rows(*span, after).values_list("amount", "site", "about"))
    assert (len(found), sum(amount for amount, *_ in found)) == followed(month, last)
    assert not followups.discharged_indicator_rows(*span, after).exists()  # nobody of them was in hospital
    number = first.plan.order.number
    assert {about for _, _, about in followups.indicator_rows(*span, after).values_list("amount", "site", "about")} == {
        number
    }
    # A day belongs to the month in which it lies here, from its midnight on.
    at = followups.indicator_rows(*span, after).order_by("due_on").values_list("at", flat=True)[0]
    assert at == datetime.combine(first.due_on, datetime.min.time(), tzinfo=SHANGHAI)
    assert measures.sums("follow_up", month=month, now=after)[t.centre.pk].denominator == followed(month, last)[0]
    if ahead.due_on > last:
        assert followed(month, ahead.due_on) == followed(month, last)  # what is not due yet counts nowhere
    overdue = followups.tasks(actor=t.actor(Role.DISPATCHER), group="overdue")
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM followups_followup WHERE status = 'missed'")
        assert [row.pk for row in overdue] == [pk for (pk,) in cursor.fetchall()] == [missed.pk]
