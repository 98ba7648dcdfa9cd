"""Every figure of both overviews equals plain SQL, at midnight and for visits that went another way than planned."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from accounts.models import Organization
from accounts.roles import Role
from accounts.services import create_organisation
from audit.models import Outbox
from clinical import services as clinical
from desks.oversight.concerns import KINDS
from indicators import months, services
from indicators.models import SignalCount
from indicators.subscriptions import day_moved
from institutions import services as institutions
from institutions.models import Filing
from orders import services as orders
from orders.lifecycle import OrderStatus as S
from orders.models import Order, ServiceRequest
from safety import services as safety
from supervision import services as supervision
from tests import world
from tests.desks import offices
from tests.desks.offices import client, count, text
from tests.world import chain, persons, places

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)

# The figures of the page a second time, without the platform's own queries.
PLAIN = {
    "今日申请": "SELECT count(*) FROM orders_servicerequest WHERE submitted_at @today",
    "未开具的申请": "SELECT count(*) FROM orders_servicerequest WHERE status IN ('submitted', 'received', 'assessing')",
    "今日上门": "SELECT count(*) FROM orders_order WHERE planned_start @today",
    "前往中和服务中": "SELECT count(*) FROM orders_order WHERE status IN ('en_route', 'in_service')",
    "今日确认完成": "SELECT count(*) FROM orders_order WHERE confirmed_at @today",
    "待派单": "SELECT count(*) FROM orders_order WHERE status = 'awaiting_dispatch'",
    "有异议": "SELECT count(*) FROM orders_order WHERE status = 'disputed'",
    "今日失约和中止": """SELECT count(*) FROM orders_order
        WHERE status IN ('no_show', 'aborted') AND finished_at IS NULL AND status_since @today""",
}  # fmt: skip
SPAN = {
    "新申请": PLAIN["今日申请"],
    "约定上门": PLAIN["今日上门"],
    "准时到达率": """SELECT round(100.0 * count(*) FILTER (WHERE arrived_at - planned_start <= interval '15 minutes')
        / nullif(count(*), 0), 1) FROM orders_order WHERE arrived_at @today""",
    "申请到首诊": """SELECT round(sum(round(extract(epoch FROM a.arrived_at - r.submitted_at) / 60)) / 1440
        / nullif(count(*), 0), 1) FROM clinical_assessment a JOIN orders_servicerequest r ON r.assessment_id = a.id
        WHERE a.arrived_at @today""",
    "服务满意度": """SELECT round(sum(on_time + explained + asked + observed) / 4.0 / nullif(count(*), 0), 2)
        FROM orders_rating WHERE rated_at @today""",
    "失约和中止": PLAIN["今日失约和中止"],
}  # fmt: skip


def asked(question: str, day):
    with connection.cursor() as cursor:
        question = question.replace("@today", "BETWEEN %(a)s::timestamptz AND %(z)s::timestamptz")
        cursor.execute(question, {"a": f"{day} 00:00+08", "z": f"{day} 23:59:59.999999+08", "day": day})
        return cursor.fetchone()[0]


def moved(order: Order, **moments) -> None:
    """Set an order's moments to the edge of a day, which no verb could be made to hit."""
    Order.objects.filter(pk=order.pk).update(**moments)


def another(t, at, **changed) -> Order:
    offices.another_patient(t)
    t.nurse = persons.nurse(t.centre, now=t.now)
    t.users[Role.NURSE] = t.nurse.user
    return world.order(t, at=at, **changed)


@pytest.mark.clause("000 六(二十一)", "001 二(四)20")
def test_every_figure_of_both_overviews_equals_plain_sql():
    t = offices.town()
    desk, today = client(t, Role.SUPERVISOR), timezone.localdate()
    midnight = timezone.make_aware(timezone.datetime.combine(today, timezone.datetime.min.time()))
    last = midnight + DAY - timedelta(microseconds=1)
    done = world.order(t, at=S.COMPLETED)
    answers = {"on_time": 5, "explained": 4, "asked": 3, "observed": 2}
    orders.rate(order_id=done.pk, answers=answers, by=t.actor(Role.PROXY), now=last)
    moved(done, confirmed_at=midnight, arrived_at=done.planned_start + timedelta(minutes=15))
    amended = another(t, S.COMPLETED)  # its record was corrected afterwards: one visit still, neither more nor less
    record = amended.visit_record
    clinical.amend_record(
        record_id=record.pk, field="reading-temp_c", value="36.9", reason="抄写时看错了一位",
        happened_at=record.started_at, by=t.actor(Role.NURSE), now=record.closed_at + timedelta(hours=1),
    )  # fmt: skip
    yesterday = another(t, S.COMPLETED)
    moved(yesterday, confirmed_at=midnight - timedelta(microseconds=1), arrived_at=midnight)
    another(t, S.DISPUTED)
    gone = another(t, S.NO_SHOW)
    moved(gone, status_since=midnight - timedelta(microseconds=1))
    moved(another(t, S.ABORTED), status_since=last)
    quarrel = another(t, S.DISPUTED)  # it was done, and settled today as not done: nobody stayed away or broke off
    orders.settle(
        order_id=quarrel.pk, outcome="没有换药，重新安排", completed=False, by=t.actor(Role.DISPATCHER), now=midnight,
    )  # fmt: skip
    another(t, S.CANCELLED)
    offered = another(t, S.OFFERED)  # taken back and held out again, for the first moment of tomorrow
    orders.recall(order_id=offered.pk, reason="护士临时请假", by=t.actor(Role.DISPATCHER), now=t.now)
    chain.walk(t, offered, S.OFFERED)
    moved(offered, planned_start=last, planned_end=last + timedelta(hours=1))
    another(t, S.AWAITING_DISPATCH)
    another(t, S.EN_ROUTE)
    for at in (midnight, midnight - timedelta(microseconds=1)):
        offices.another_patient(t)
        ServiceRequest.objects.filter(pk=world.request(t).pk).update(submitted_at=at)

    state = desk.get(reverse("oversight:overview")).context["state"]
    figures = {figure["label"]: figure for figure in state["figures"]}
    assert set(figures) == set(PLAIN)
    for label, figure in figures.items():
        assert figure["value"] == asked(PLAIN[label], today), label
        assert desk.get(figure["url"]).context["page"].paginator.count == figure["value"], label
    assert figures["今日失约和中止"]["value"] == 1
    assert sum(figure["value"] > 0 for figure in figures.values()) >= 7
    assert sum(tile["visits"] for tile in state["tiles"]) == figures["今日上门"]["value"]
    assert sum(tile["in_care"] for tile in state["tiles"]) == 1

    for event in Outbox.objects.order_by("pk"):
        day_moved(event)
    services.freshen(now=timezone.now())
    page = desk.get(reverse("oversight:span"))
    span = {figure["label"]: figure["value"] for figure in page.context["figures"]}
    assert set(span) == set(SPAN)
    for label, value in span.items():
        ought = asked(SPAN[label], today)
        assert ("无" if ought is None else Decimal(ought)) == (value if value == "无" else Decimal(value)), label
    line = next(line for line in page.context["page"].object_list if line["row"].pk == t.centre.pk)
    assert line["counts"]["stopped"] == asked(SPAN["失约和中止"], today) == 1
    assert sum(tile["visits"] for tile in page.context["tiles"]) == span["约定上门"]
    finished = "SELECT count(*) FROM orders_order WHERE finished_at @today"
    assert page.context["chart"]["bars"][-1]["n"] == asked(finished, today)


CONCERNS = {
    "alarms": "SELECT count(*) FROM safety_alarm WHERE status IN ('raised', 'acknowledged')",
    "overdue": """SELECT count(*) FROM supervision_finding
        WHERE status IN ('opened', 'assigned', 'rectified') AND due_on < %(day)s::date""",
    "breaches": """SELECT count(*) FROM supervision_finding
        WHERE status IN ('opened', 'assigned', 'rectified') AND kind = 'check'""",
    "signals": "SELECT 1",
    "reports": "SELECT count(*) FROM safety_report WHERE status IN ('filed', 'accepted')",
    "tasks": """SELECT count(*) FROM indicators_task
        WHERE status = 'ongoing' AND due_on < %(day)s::date""",
    "licences": """SELECT count(*) FROM (SELECT organisation_id, max(expires_on) AS last FROM institutions_licence
        GROUP BY 1) l WHERE last BETWEEN %(day)s::date
        AND %(day)s::date + 60""",
    "filings": "SELECT count(*) FROM institutions_filing WHERE approved IS NULL AND withdrawn_on IS NULL",
}  # fmt: skip


def finding(t, *, due_on, kind="walk", key="1"):
    return supervision.register(
        kind=kind, source="walk", key=f"walk:{key}", organisation=t.centre, words="标识不清", clause="002 六(二)2",
        due_on=due_on, by=t.actor(Role.QC_INSPECTOR), now=t.now,
    )  # fmt: skip


def task(t, *, due_on):
    return services.add_task(
        district=t.district, area="提高护理质量", name="准时到达率达到 95%", lead="区护理质控组", due_on=due_on,
        by=t.actor(Role.SUPERVISOR), now=t.now,
    )  # fmt: skip


def planted(t) -> Organization:
    """One of everything that needs attention, beside its like that does not; the centre whose licence ends soon."""
    today = timezone.localdate()
    world.order(t, at=S.IN_SERVICE)
    safety.raise_alarm(kind="sos", by=t.actor(Role.NURSE), now=timezone.now(), receipt=uuid4())
    finding(t, due_on=today - DAY)
    finding(t, due_on=today, key="2")  # the last day is not late
    finding(t, due_on=today, key="3", kind="check")
    said = {"kind": "care", "words": "护士没有洗手", "by": t.actor(Role.PROXY), "now": t.now}
    safety.file_report(to_commission=True, accused=t.centre, **said)
    safety.file_report(to_commission=False, accused=t.centre, **said)
    answered = safety.file_report(to_commission=False, accused=t.centre, **said)
    safety.accept_report(report_id=answered.pk, by=t.actor(Role.CENTRE_ADMIN), now=t.now)
    safety.answer_report(report_id=answered.pk, answer="已重新培训", by=t.actor(Role.CENTRE_ADMIN), now=t.now)
    task(t, due_on=today - DAY)
    task(t, due_on=today)
    ending = places.bare_centre(t.hospital, name="洋泾", now=t.now)
    places.licence(ending, expires_on=today + 60 * DAY, now=t.now)
    renewed = places.bare_centre(t.hospital, name="陆家嘴", now=t.now)
    places.licence(renewed, expires_on=today + 5 * DAY, now=t.now)
    places.licence(renewed, now=t.now)
    institutions.file_mode(organisation=t.centre, mode=Filing.Mode.ROUNDS, by=places.SETUP, now=t.now)
    this = months.month_of(today)
    for back in range(13):
        SignalCount.objects.create(
            centre=t.centre, item_number=0, month=months.before(this, back), visits=100, events=1 if back else 9
        )
    return ending


@pytest.mark.clause("000 六(二十一)", "000 三(七)", "002 五(八)")
def test_what_needs_attention_is_counted_as_plain_sql_counts_it_and_each_kind_leads_to_its_rows():
    t = offices.town()
    desk, today = client(t, Role.SUPERVISOR), timezone.localdate()
    url = reverse("oversight:overview")
    empty = desk.get(url)
    assert empty.context["state"]["concerns"] == []
    assert "现在没有需要关注的事项" in text(empty)
    queries = count(desk, url)

    ending = planted(t)

    page = desk.get(url)
    concerns = {name: one for one in page.context["state"]["concerns"] for name in CONCERNS if _is(one, name)}
    assert set(concerns) == set(CONCERNS)
    for name, one in concerns.items():
        assert one["n"] == asked(CONCERNS[name], today) == {"reports": 2}.get(name, 1), name
        listed = desk.get(one["kind"].url)
        assert listed.status_code == 200
        assert f"{one['n']} {one['kind'].title}" in text(page)
        if "page" in listed.context and name not in ("signals", "filings"):
            assert listed.context["page"].paginator.count == one["n"], name
    assert len(desk.get(concerns["filings"]["kind"].url).context["waiting"]) == 1
    assert count(desk, url) <= queries + 3  # the order's own row, its patient's lines, the item's name

    # The warning leads to its months and rows; the centre reads its own alone, a stranger nothing at all.
    signals = desk.get(reverse("oversight:signals"))
    (warned,) = signals.context["warnings"]
    assert (warned["place"], warned["name"]) == (t.centre, "全部项目")
    rows = desk.get(warned["url"])
    assert rows.context["warned"]
    assert len(rows.context["chart"]["bars"]) == 13
    assert "这个月没有计入的记录" in text(rows)  # the counts were planted, the rows were not
    head = client(t, Role.CENTRE_ADMIN)
    assert "高于本中心以往" in text(head.get(reverse("centre:home")))
    own = head.get(reverse("centre:signals"))
    assert [line["place"] for line in own.context["warnings"]] == [t.centre]
    assert head.get(reverse("centre:signals_one", args=[t.centre.pk, 0])).status_code == 200
    assert head.get(reverse("centre:signals_one", args=[ending.pk, 0])).status_code == 404
    for nonsense in ("?month=2026-99", "?month=abc", "?page=99"):
        assert desk.get(reverse("oversight:signals") + nonsense).status_code == 200
    assert desk.get(reverse("oversight:signals_one", args=[t.centre.pk, 99])).status_code == 404
    next_door = create_organisation(
        kind=Organization.Kind.COMMISSION, name="邻区卫生健康委", short_name="邻区", by=places.SETUP, now=t.now
    )
    t.users["stranger"] = places.post(next_door, Role.SUPERVISOR, now=t.now).user
    stranger = client(t, "stranger")
    assert stranger.get(url).context["state"]["concerns"] == []
    assert stranger.get(reverse("oversight:signals_one", args=[t.centre.pk, 0])).status_code == 404
    assert not [
        one for one in client(t, Role.QC_INSPECTOR).get(url).context["state"]["concerns"] if _is(one, "reports")
    ]


def _is(one, name) -> bool:
    return one["kind"] == KINDS[name]
