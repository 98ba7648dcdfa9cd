"""Every computed figure equals plain SQL over the raw rows of a district with planted edges; each has a source."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import Organization
from accounts.roles import Role
from accounts.services import create_organisation
from audit.models import Due
from clinical import services as clinical
from indicators import files, measures, months, selectors, services, subscriptions
from indicators.definitions import COMPUTED, DEFINITIONS, MEAN, SHARE
from indicators.models import ImportBatch, Snapshot
from kernel.refusals import Hidden, Refused
from orders import services as orders
from orders import shortfall
from orders.lifecycle import OrderStatus as S
from orders.models import Order, ServiceRequest
from safety import services as safety
from tests import world
from tests.desks import offices
from tests.world import persons, places, traces

pytestmark = pytest.mark.django_db

SHANGHAI = ZoneInfo("Asia/Shanghai")
MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)
SPAN = {"start": "2026-03-01 00:00+08", "end": "2026-04-01 00:00+08", "now": "2026-04-02 09:00+08"}
LATER = datetime(2026, 4, 2, 9, tzinfo=SHANGHAI)
MIDNIGHT = datetime(2026, 4, 1, 0, 0, tzinfo=SHANGHAI)

# What each figure is, written out a second time without the platform's own queries: (numerator, denominator).
PLAIN = {
    "first_contact": """
        SELECT sum(extract(epoch FROM first.at - r.submitted_at)) / 3600, count(*) FROM orders_servicerequest r
        JOIN (SELECT request_id, min(taken_at) AS at FROM orders_requeststep WHERE name IN ('receive', 'decline')
              GROUP BY request_id) first ON first.request_id = r.id
        WHERE r.submitted_at >= %(start)s AND r.submitted_at < %(end)s AND r.centre_id = %(centre)s""",
    "to_assessment": """
        SELECT sum(extract(epoch FROM a.arrived_at - r.submitted_at)) / 3600, count(*) FROM orders_servicerequest r
        JOIN clinical_assessment a ON a.id = r.assessment_id AND a.arrived_at IS NOT NULL
        WHERE r.submitted_at >= %(start)s AND r.submitted_at < %(end)s AND r.centre_id = %(centre)s""",
    "to_door": """
        SELECT sum(extract(epoch FROM o.came - r.submitted_at)) / 3600, count(*) FROM orders_servicerequest r
        JOIN (SELECT request_id, min(arrived_at) AS came FROM orders_order WHERE arrived_at IS NOT NULL
              GROUP BY request_id) o ON o.request_id = r.id
        WHERE r.submitted_at >= %(start)s AND r.submitted_at < %(end)s AND r.centre_id = %(centre)s""",
    "on_time": """
        SELECT count(*) FILTER (WHERE arrived_at - planned_start <= interval '15 minutes'), count(*)
        FROM orders_order WHERE arrived_at >= %(start)s AND arrived_at < %(end)s AND centre_id = %(centre)s""",
    "same_nurse": """
        SELECT count(*) FILTER (WHERE nurse_id = last), count(*) FROM (
            SELECT o.centre_id, o.finished_at, o.nurse_id,
                   lag(nurse_id) OVER (PARTITION BY coalesce(p.merged_into_id, p.id) ORDER BY finished_at, o.id) AS last
            FROM orders_order o JOIN patients_patient p ON p.id = o.patient_id WHERE finished_at IS NOT NULL) v
        WHERE last IS NOT NULL AND finished_at >= %(start)s AND finished_at < %(end)s AND centre_id = %(centre)s""",
    "acceptance": """
        SELECT count(accepted_at), count(*) FROM orders_offer
        WHERE offered_at >= %(start)s AND offered_at < %(end)s AND centre_id = %(centre)s
          AND NOT (accepted_at IS NULL AND ended IN ('', 'given_back', 'recalled', 'moved', 'cancelled'))""",
    "declines": """
        SELECT count(*), count(*) FROM orders_offer
        WHERE ended = 'declined' AND ended_at >= %(start)s AND ended_at < %(end)s AND centre_id = %(centre)s""",
    "unmet": """
        SELECT count(*) FILTER (WHERE arrived_at > window_end OR (arrived_at IS NULL AND (window_end < %(now)s
                   OR status IN ('completed', 'cancelled', 'no_show', 'aborted')))), count(*)
        FROM orders_order WHERE window_start >= %(start)s AND window_start < %(end)s AND centre_id = %(centre)s
          AND NOT (status = 'cancelled' AND status_since < window_start)""",
    "refusals": """
        SELECT count(*), count(*) FROM orders_eligibilityanswer e JOIN orders_order o ON o.id = e.order_id
        WHERE NOT e.eligible AND e.at >= %(start)s AND e.at < %(end)s AND o.centre_id = %(centre)s""",
    "record_24h": """
        SELECT count(*) FILTER (WHERE v.closed_at - o.finished_at <= interval '24 hours'), count(*)
        FROM orders_order o LEFT JOIN clinical_visitrecord v ON v.id = o.visit_record_id
        WHERE o.finished_at >= %(start)s AND o.finished_at < %(end)s AND o.centre_id = %(centre)s""",
    "corrected": """
        SELECT count(*) FILTER (WHERE v.id IN (SELECT record_id FROM clinical_recordversion)), count(*)
        FROM orders_order o JOIN clinical_visitrecord v ON v.id = o.visit_record_id
        WHERE v.closed_at >= %(start)s AND v.closed_at < %(end)s AND o.centre_id = %(centre)s""",
    **{
        f"rated_{column}": f"""
        SELECT sum({column}), count(*) FROM orders_rating
        WHERE rated_at >= %(start)s AND rated_at < %(end)s AND centre_id = %(centre)s"""  # noqa: S608 our own words
        for column in ("on_time", "explained", "asked", "observed")
    },
    "sos_answer": """
        SELECT sum(extract(epoch FROM acknowledged_at - raised_at)) / 60, count(*) FROM safety_alarm
        WHERE acknowledged_at IS NOT NULL AND raised_at >= %(start)s AND raised_at < %(end)s
          AND centre_id = %(centre)s""",
    "annex_23": """
        SELECT count(*), count(*) FROM orders_order
        WHERE finished_at >= %(start)s AND finished_at < %(end)s AND centre_id = %(centre)s""",
}


@pytest.fixture
def t():
    """A month in March with one of everything, a second centre, and what lies just beside the edges."""
    made = world.town()
    made.rows = {}
    for at in (
        S.COMPLETED, S.DISPUTED, S.CANCELLED, S.NO_SHOW, S.ABORTED, S.AWAITING_DISPATCH, S.OFFERED, S.IN_SERVICE,
    ):  # fmt: skip
        made.rows[at] = fresh_order(made, at)
    edges(made)
    made.other = places.offering_centre(
        made.hospital, made.edition, towns=(places.LUJIAZUI,), name="陆家嘴", now=made.now
    )
    return made


def fresh_order(made, at):
    offices.another_patient(made)
    made.nurse = persons.nurse(made.centre, now=made.now)
    made.users[Role.NURSE] = made.nurse.user
    return world.order(made, at=at)


def edges(made):
    """Rated, amended, declined and offered again, refused by the rules, a call for help; and moments at midnight."""
    done, family = made.rows[S.COMPLETED], made.actor(Role.PROXY)
    orders.rate(
        order_id=done.pk, answers={"on_time": 5, "explained": 4, "asked": 3, "observed": 2}, by=family, now=made.now
    )
    offered, desk = made.rows[S.OFFERED], made.actor(Role.DISPATCHER)
    hers = places.actor(offered.nurse.user, made.now.date())
    orders.decline(order_id=offered.pk, cause="far", reason="", by=hers, now=made.now)
    again = persons.nurse(made.centre, now=made.now)
    start = made.now + timedelta(days=1, hours=1)
    orders.offer(order_id=offered.pk, nurse_id=again.pk, planned_start=start, by=desk, now=made.now)
    young = persons.nurse(made.centre, fails=["years"], now=made.now)
    waiting = made.rows[S.AWAITING_DISPATCH]
    with pytest.raises(Refused):
        orders.offer(order_id=waiting.pk, nurse_id=young.pk, planned_start=start, by=desk, now=made.now)
    nurse = places.actor(made.nurse.user, made.now.date())
    alarm = safety.raise_alarm(kind="sos", by=nurse, now=made.now)
    safety.acknowledge(alarm_id=alarm.pk, by=desk, now=made.now + timedelta(seconds=90))
    safety.raise_alarm(kind="sos", by=nurse, now=made.now + timedelta(hours=1))
    late, early = fresh_order(made, S.COMPLETED), fresh_order(made, S.COMPLETED)
    amend(made, early)
    stamp(late, finished_at=MIDNIGHT, arrived_at=MIDNIGHT)
    stamp(early, finished_at=MIDNIGHT - timedelta(microseconds=1), arrived_at=MIDNIGHT - timedelta(minutes=20))
    ServiceRequest.objects.filter(pk=late.request_id).update(submitted_at=MIDNIGHT)
    after = world.order(made, at=S.COMPLETED)  # the same patient and nurse as ``early``, a day before
    stamp(after, finished_at=MIDNIGHT - timedelta(days=1))
    soon = fresh_order(made, S.AWAITING_DISPATCH)
    orders.cancel(
        order_id=soon.pk, reason="住院了", by=made.actor(Role.PROXY), now=soon.window_start + timedelta(minutes=1)
    )


def amend(made, order):
    clinical.amend_record(
        record_id=order.visit_record_id, field="reading-temp_c", value="36.9", reason="写错了一位数",
        happened_at=order.finished_at - timedelta(minutes=5), by=places.actor(order.nurse.user, made.now.date()),
        now=order.finished_at + timedelta(hours=1),
    )  # fmt: skip


def stamp(order, **moments):
    """Move an order's moments to an edge: nothing in the chain would wait there by itself."""
    Order.objects.filter(pk=order.pk).update(**moments)


def compute(t, now=LATER):
    return services.compute_month(district=t.district, month=MARCH, by=t.actor(Role.SUPERVISOR), now=now)


def kept(place, code) -> Snapshot | None:
    return Snapshot.objects.filter(organisation=place, code=code, month=MARCH).first()


def plain(code, centre) -> tuple[Decimal, Decimal]:
    with connection.cursor() as cursor:
        cursor.execute(PLAIN[code], {**SPAN, "centre": centre.pk})
        numerator, denominator = cursor.fetchone()
    return Decimal(numerator or 0), Decimal(denominator)


@pytest.mark.clause("001 二(四)20", "001 二(四)19", "000 六(二十一)", "003 四(四)")
def test_each_computed_figure_equals_plain_sql_over_the_raw_rows_and_adds_up_from_the_rows_behind_it(t):
    compute(t)

    wrong = {}
    for code in PLAIN:
        numerator, denominator = plain(code, t.centre)
        assert denominator > 0, f"nothing of {code} was planted"
        row, meant = kept(t.centre, code), DEFINITIONS[code]
        if (round(row.numerator, 3), row.denominator) != (round(numerator, 3), denominator):
            wrong[code] = (row.numerator, row.denominator, numerator, denominator)
        if meant.kind in (SHARE, MEAN):  # a value is its parts divided
            times = 100 if meant.kind == SHARE else 1
            assert abs(row.value - row.numerator / row.denominator * times) < Decimal("0.001"), code
        behind = list(measures.behind(code, month=MARCH, places=[t.centre.pk], now=LATER))
        assert len(behind) == row.denominator, code
        assert abs(sum(one["amount"] for one in behind) - float(row.numerator)) < 0.01, code
        if code != "annex_23":  # hospital and district are reckoned from the parts of their centres
            hospital, district = kept(t.hospital, code), kept(t.district, code)
            assert (row.numerator, row.denominator) == (hospital.numerator, hospital.denominator), code
            assert hospital.value == district.value, code
    assert wrong == {}
    assert {*measures.MEASURES} == {*PLAIN}
    assert (kept(t.centre, "rated_explained").value, kept(t.centre, "sos_answer").value) == (4, Decimal("1.5"))
    assert (kept(t.centre, "annex_23").value, kept(t.other, "annex_23").value) == (1, 0)
    assert kept(t.centre, "declines").parts == {"路程太远，赶不到": 1}
    assert kept(t.centre, "refusals").parts == {"002 五(二)2": 1}
    there = shortfall.totals(actor=t.actor(Role.SUPERVISOR), start=MARCH, end=date(2026, 3, 31), now=LATER)
    unmet = kept(t.district, "unmet")
    assert (unmet.numerator, unmet.denominator) == (there["unmet"], there["wanted"])

    services.compute_month(district=t.district, month=APRIL, by=t.actor(Role.SUPERVISOR), now=LATER)
    april = Snapshot.objects.get(organisation=t.centre, code="annex_23", month=APRIL)
    assert april.denominator == 1, "what ends at midnight belongs to the month that begins"
    assert kept(t.centre, "annex_23").denominator + 1 == Order.objects.filter(finished_at__isnull=False).count()


@pytest.mark.clause("000 六(二十一)")
def test_a_month_is_promised_once_reckoned_when_it_is_over_and_reckoning_again_changes_nothing():
    t = world.town()
    order = world.order(t, at=S.COMPLETED)
    for _ in range(2):
        services.expect_month(organisation=t.centre, now=t.now)
    due = Due.objects.get(kind="indicators.month", key=f"indicators.month:{t.district.pk}:2026-03")
    assert due.due_at == datetime(2026, 4, 1, 2, tzinfo=SHANGHAI)
    subscriptions.month_over(due, LATER)
    assert Due.objects.filter(key=f"indicators.month:{t.district.pk}:2026-04").count() == 1

    before = {row.pk: (row.value, row.recorded_at) for row in Snapshot.objects.all()}
    assert kept(t.centre, "on_time").value == 100
    subscriptions.month_over(due, LATER + timedelta(hours=1))
    assert {row.pk: (row.value, row.recorded_at) for row in Snapshot.objects.all()} == before
    assert traces.acts("indicators.month_computed")[-1].data["changed"] == 0

    stamp(order, arrived_at=order.planned_start + timedelta(minutes=16))
    compute(t)
    assert kept(t.centre, "on_time").value == 0


@pytest.mark.clause("000 六(二十一)")
def test_a_wait_that_ended_in_the_next_month_is_made_up_in_the_month_in_which_it_began():
    t = world.town()
    order = world.order(t, at=S.COMPLETED)
    services.expect_month(organisation=t.centre, now=t.now)
    march = Due.objects.get(key=f"indicators.month:{t.district.pk}:2026-03")
    began = order.request.submitted_at
    stamp(order, arrived_at=None)
    subscriptions.month_over(march, LATER)
    assert kept(t.centre, "to_door") is None  # nobody has come yet

    stamp(order, arrived_at=began + timedelta(days=40))
    april = Due.objects.get(key=f"indicators.month:{t.district.pk}:2026-04")
    subscriptions.month_over(april, LATER + timedelta(days=31))

    assert kept(t.centre, "to_door").denominator == 1
    assert not Snapshot.objects.filter(month=date(2026, 2, 1)).exists()
    stamp(order, arrived_at=MIDNIGHT, finished_at=MIDNIGHT)
    compute(t)
    assert kept(t.centre, "on_time") is None, "no row stands behind it any more"
    assert kept(t.centre, "annex_23").value == 0


@pytest.mark.clause("003 附件-1", "003 附件-27")
def test_all_27_rows_of_the_annex_stand_there_as_printed():
    rows = {meant.clause for meant in DEFINITIONS.values() if meant.code.startswith("annex_")}

    assert rows == {f"003 附件-{n}" for n in range(1, 28)}
    assert DEFINITIONS["annex_20"].marks == "▲"
    assert DEFINITIONS["annex_16"].marks == "#"
    for meant in DEFINITIONS.values():
        assert meant.name, meant.code
        assert meant.formula, meant.code
        if meant.source == COMPUTED:
            assert meant.code in measures.MEASURES or meant.code in measures.HOOKS, meant.code


def enter(t, code="annex_3", *, by=None, place=None, numerator="1", denominator=None, **changed):
    given = {"month": MARCH, "evidence": "医院预约平台 3 月报表，门诊部提供", **changed}
    return services.record_value(
        organisation=place or t.hospital, code=code, numerator=numerator and Decimal(numerator),
        denominator=denominator and Decimal(denominator), by=by or t.actor(Role.SUPERVISOR), now=LATER, **given,
    )  # fmt: skip


@pytest.mark.clause("003 附件-3", "003 附件-26", "001 二(四)20")
def test_a_value_by_hand_keeps_who_and_what_shows_it():
    t = world.town()
    row = enter(t)
    enter(t, numerator="0", evidence="更正：尚未开设")

    row.refresh_from_db()
    assert (row.value, row.source, row.recorded_by) == (0, "by_hand", t.users[Role.SUPERVISOR])
    assert len(traces.acts("indicators.value_recorded")) == 2


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"evidence": " "}, "indicator.evidence"),
        ({"numerator": "2"}, "indicator.numerator"),
        ({"numerator": None}, "indicator.numerator"),
        ({"denominator": "5"}, "indicator.denominator"),
        ({"code": "annex_1", "numerator": "5", "denominator": "0"}, "indicator.denominator"),
        ({"code": "annex_1", "numerator": "6", "denominator": "5"}, "indicator.numerator"),
        ({"code": "on_time", "numerator": "1", "denominator": "1"}, "indicator.computed"),
        ({"month": date(2026, 5, 1)}, "indicator.month"),
    ],
)
def test_what_cannot_be_a_value_is_refused(changed, code):
    t = world.town()
    with pytest.raises(Refused) as no:
        enter(t, **changed)

    assert no.value.code == code
    assert Snapshot.objects.count() == 0


def file_of(t, *lines):
    return "\r\n".join([",".join(files.HEAD), *(line.replace("@", t.hospital.short_name) for line in lines)]).encode()


def bring(t, content, *, by=None, evidence="医院信息系统，信息科提供", now=LATER):
    given = {"district": t.district, "name": "三月.csv", "content": content, "evidence": evidence}
    return services.apply_file(**given, by=by or t.actor(Role.SUPERVISOR), now=now)


@pytest.mark.clause("001 二(四)20", "003 附件-1")
def test_a_file_is_taken_over_as_a_whole_once_under_its_digest():
    t = world.town()
    content = file_of(t, "@,annex_1,2026-03,800,1000", "@,annex_4,2026-03,12.5,5")
    batch = bring(t, content)

    row = kept(t.hospital, "annex_1")
    assert (row.value, row.source, row.batch) == (80, "imported", batch)
    assert kept(t.hospital, "annex_4").value == Decimal("2.5")
    assert traces.act("indicators.file_imported").data["sha256"] == batch.sha256
    with pytest.raises(Refused) as no:
        bring(t, content)
    assert no.value.code == "import.twice"


def test_one_bad_line_keeps_the_whole_file_out_and_each_says_what_it_lacks():
    t = world.town()
    content = file_of(
        t, "@,annex_1,2026-03,800,1000", "查无此院,annex_1,2026-03,1,2", "@,annex_99,2026-03,1,2",
        "@,on_time,2026-03,1,2", "@,annex_1,三月,1,2", "@,annex_1,2026-03,很多,2", "@,annex_1,2026-03,1,2",
        "@,annex_1,2026-02,9,2", "@,annex_1,2027-02,1,2", "@,annex_1", "",
    )  # fmt: skip
    read = files.read(content, places=files.places_of(t.actor(Role.SUPERVISOR)), now=LATER)

    assert [one.n for one in read.problems] == [3, 4, 5, 6, 7, 8, 9, 10, 11]
    assert len({one.sentence for one in read.problems}) == 9
    with pytest.raises(Refused) as no:
        bring(t, content)
    assert no.value.code == "import.lines"
    assert (Snapshot.objects.count(), ImportBatch.objects.count()) == (0, 0)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b'a,"b', "机构,代码\r\n".encode(), b"x" * 1_000_001])
def test_a_file_that_is_none_is_said_to_be_none(content):
    t = world.town()
    read = files.read(content, places={}, now=LATER)

    assert [one.n for one in read.problems] == [0]
    with pytest.raises(Refused):
        bring(t, content)


def test_a_file_as_a_chinese_spreadsheet_saves_it_is_read():
    t = world.town()
    text = f"{','.join(files.HEAD)}\n{t.hospital.name},annex_6,2026-03,7,\n"
    read = files.read(text.encode("gb18030"), places=files.places_of(t.actor(Role.SUPERVISOR)), now=LATER)

    assert (len(read.good), read.problems) == (1, [])


@pytest.mark.clause("001 二(四)19")
def test_peers_are_shown_by_median_and_quartiles():
    values = [Decimal(n) for n in (1, 2, 3, 4, 100)]

    spread = selectors.spread(values)

    assert (spread.n, spread.low, spread.median, spread.high) == (5, 2, 3, 4)
    assert selectors.spread([]) is None


def test_constraints_hold_what_must_never_be_false():
    t = world.town()
    made = {"organisation": t.centre, "code": "annex_3", "recorded_at": LATER, "value": 1}
    wrong = {
        "snapshot_month_is_its_first_day": {"month": date(2026, 3, 2), "source": "computed"},
        "snapshot_by_hand_has_evidence_and_an_author": {"month": MARCH, "source": "by_hand"},
        "snapshot_imported_from_a_file": {"month": MARCH, "source": "imported"},
        "snapshot_parts_are_not_negative": {"month": MARCH, "source": "computed", "numerator": -1},
    }
    for name, facts in wrong.items():
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            Snapshot.objects.create(**made, **facts)
    Snapshot.objects.create(**made, month=MARCH, source="computed")
    with pytest.raises(IntegrityError, match="snapshot_once_per_month"), transaction.atomic():
        Snapshot.objects.create(**made, month=MARCH, source="computed")


def test_nobody_reaches_into_another_district():
    t = world.town()
    next_door = create_organisation(
        kind=Organization.Kind.COMMISSION, name="邻区卫生健康委", short_name="邻区", by=places.SETUP, now=t.now
    )
    stranger = places.staff(next_door, Role.SUPERVISOR)

    with pytest.raises(Hidden):
        enter(t, by=stranger)
    with pytest.raises(Hidden):
        services.compute_month(district=t.district, month=MARCH, by=stranger, now=LATER)
    with pytest.raises(Hidden):
        bring(t, file_of(t, "@,annex_1,2026-03,800,1000"), by=stranger)
    read = files.read(file_of(t, "@,annex_1,2026-03,8,10"), places=files.places_of(stranger), now=LATER)
    assert read.good == []
    with pytest.raises(Hidden):
        enter(t, by=t.actor(Role.CENTRE_ADMIN))


def test_months_and_halves_of_a_year():
    assert months.last_half(date(2026, 1, 15)) == "2025H2"
    assert months.last_half(date(2026, 6, 30)) == "2025H2"
    assert months.last_half(date(2026, 7, 1)) == "2026H1"
    assert months.last_half(date(2026, 12, 31)) == "2026H1"
    assert months.before(date(2026, 1, 1)) == date(2025, 12, 1)
    assert months.asked("2026-13") is None
