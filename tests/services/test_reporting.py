"""A report's way: figures with their sources, text, versions; judged by another, shown to everybody, or sent back."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.roles import Role
from indicators import services as indicators
from indicators.models import Snapshot
from kernel.refusals import Hidden, Invalid, NotNow, NotYours, Refused, Unmet
from orders.lifecycle import OrderStatus as S
from orders.lifecycle import RequestStatus
from reporting import access, figures, selectors, services, trends
from reporting.doors import SUMMARIES
from reporting.kinds import OUTLINES, Kind
from reporting.models import Summary, SummaryVersion
from tests import world
from tests.services.test_access_twins import another_district, everybody
from tests.world import persons, places, traces

pytestmark = pytest.mark.django_db
FIRST, LAST = date(2026, 1, 1), date(2026, 3, 31)


@pytest.fixture
def t():
    t = world.town()
    t.order = world.order(t, S.COMPLETED)
    t.late = t.now + timedelta(days=40)
    t.head = t.actor(Role.SUPERVISOR)
    t.other_head = places.staff(t.district, Role.SUPERVISOR)
    indicators.reconcile(district=t.district, first=FIRST, last=LAST, by=t.head, now=t.late)
    indicators.compute_month(district=t.district, month=date(2026, 3, 1), by=t.head, now=t.late)
    return t


def begun(t, kind=Kind.PILOT, by=None, at=None, **days):
    at = at or t.centre
    by = by or (t.actor(Role.CENTRE_ADMIN) if at == t.centre else t.head)
    days = {"first": FIRST, "last": LAST} | days
    return services.begin(organisation=at, kind=kind, by=by, now=t.late, **days)


def written(row) -> dict:
    return {one.key: row.sections.get(one.key) or "没有。" for one in OUTLINES[row.kind].sections}


def handed_in(t, **more):
    row = begun(t, **more)
    by = more.get("by") or (t.actor(Role.CENTRE_ADMIN) if row.organisation_id == t.centre.pk else t.head)
    return services.submit(summary_id=row.pk, sections=written(row), by=by, now=t.late)


def value(row, key) -> str:
    return next(one["value"] for group in row.figures["groups"] for one in group["rows"] if one["key"] == key)


@pytest.mark.clause("002 六(三)", "000 四(十二)", "000 四(十四)", "001 二(四)21-24")
def test_a_report_begins_with_figures_that_say_where_they_are_from(t):
    row = begun(t)

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(DISTINCT patient_id) FROM orders_order"
            " WHERE centre_id = %s AND finished_at IS NOT NULL",
            [t.centre.pk],
        )
        finished, people = cursor.fetchone()
        cursor.execute(
            "SELECT count(DISTINCT item_id) FROM catalog_offering WHERE organisation_id = %s AND offered", [t.centre.pk]
        )
        (items,) = cursor.fetchone()
    assert (value(row, "finished"), value(row, "people")) == (str(finished), str(people))
    assert (value(row, "institutions"), value(row, "items")) == ("1", str(items))
    assert value(row, "on_time") == "100"
    assert value(row, "checks") == ""
    everything = [one for group in row.figures["groups"] for one in group["rows"]]
    assert [one["key"] for one in everything if not one["source"] or not one["label"]] == []
    assert f"完成上门 {finished} 次" in row.sections["progress"]
    assert row.sections["doings"] == ""
    assert row.reckoned_at == t.late
    assert [one["month"] for one in row.figures["months"]] == ["2026-01", "2026-02", "2026-03"]
    assert row.figures["months"][-1]["finished"] == finished

    figures_now = figures.reckoned(organisation=t.centre, first=FIRST, last=LAST, now=t.late)
    assert figures.differences(row.figures, figures_now) == []


@pytest.mark.parametrize(
    ("first", "last", "since", "until"),
    [
        (date(2026, 3, 1), date(2026, 3, 31), date(2026, 2, 1), date(2026, 2, 28)),
        (FIRST, LAST, date(2025, 10, 1), date(2025, 12, 31)),
        (date(2026, 1, 1), date(2026, 12, 31), date(2025, 1, 1), date(2025, 12, 31)),
        (date(2026, 3, 2), date(2026, 3, 31), date(2026, 1, 31), date(2026, 3, 1)),
        (date(2026, 3, 1), date(2026, 3, 30), date(2026, 1, 30), date(2026, 2, 28)),
    ],
)
def test_whole_months_are_compared_with_as_many_whole_months_and_days_with_days(first, last, since, until):
    before = figures.Span(None, (), first, last).before

    assert (before.first, before.last) == (since, until)


def test_march_is_compared_with_february_alone(t):
    for month, met in ((date(2026, 1, 1), 1), (date(2026, 2, 1), 9)):
        Snapshot.objects.create(
            organisation=t.centre, code="on_time", month=month, numerator=met, denominator=10, value=10 * met,
            source="computed", recorded_at=t.late,
        )  # fmt: skip

    row = begun(t, kind=Kind.MONTHLY, first=date(2026, 3, 1))

    rows = {one["key"]: one for group in row.figures["groups"] for one in group["rows"]}
    assert (rows["on_time"]["value"], rows["on_time"]["before"]) == ("100", "90")


def test_a_figure_is_called_what_is_counted(t):
    turned_down = world.request(t, at=RequestStatus.DECLINED)
    persons.nurse(t.centre, now=t.now, fails=["registry", "shift"])  # holds a post, and may not be sent
    indicators.reconcile(district=t.district, first=FIRST, last=LAST, by=t.head, now=t.late)

    row = begun(t)

    rows = {one["key"]: one for group in row.figures["groups"] for one in group["rows"]}
    assert turned_down.submitted_at < t.late
    assert (rows["requests"]["label"], rows["requests"]["value"]) == ("提交申请", "2")
    assert (rows["nurses"]["label"], rows["nurses"]["value"]) == ("在岗护士", "2")
    assert "本期提交申请 2 份" in row.sections["progress"]


@pytest.mark.clause("002 六(三)")
def test_the_commission_s_report_adds_up_its_centres_and_no_other_district_s(t):
    world.order(world.neighbour(t), S.COMPLETED)
    places.centre(t.hospital, (places.LUJIAZUI,), name="花木", now=t.now)
    places.centre(another_district(t), (), name="他区中心", now=t.now)
    indicators.reconcile(district=t.district, first=FIRST, last=LAST, by=t.head, now=t.late)

    of_district, of_centre = begun(t, at=t.district), begun(t)

    assert (value(of_district, "finished"), value(of_district, "people")) == ("2", "2")
    assert (value(of_district, "institutions"), value(of_centre, "institutions")) == ("2", "1")


def test_what_was_corrected_since_is_shown_beside_what_was_reported(t):
    row = begun(t)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE indicators_daycount SET finished = finished + 1 WHERE finished > 0")

    compared = selectors.compared(row, t.late)
    again = services.reckon(summary_id=row.pk, by=t.actor(Role.CENTRE_ADMIN), now=t.late + timedelta(hours=1))

    assert [(one["label"], one["kept"], one["now"]) for one in compared] == [("完成上门", "1", "2")]
    assert value(again, "finished") == "2"
    assert again.reckoned_at == t.late + timedelta(hours=1)
    assert again.sections == row.sections


@pytest.mark.clause("002 六(三)")
def test_every_part_is_written_before_a_report_is_handed_in(t):
    row = begun(t)
    by = t.actor(Role.CENTRE_ADMIN)

    with pytest.raises(Invalid) as no:
        services.submit(summary_id=row.pk, sections={"doings": " "}, by=by, now=t.late)
    with pytest.raises(Invalid) as long:
        services.write(summary_id=row.pk, sections={"doings": "长" * 4001}, by=by, now=t.late)
    kept = services.write(summary_id=row.pk, sections={"doings": "入户前先打电话。", "unknown": "x"}, by=by, now=t.late)

    assert {"organised", "doings", "problems", "next"} == set(no.value.field_errors)
    assert set(long.value.field_errors) == {"doings"}
    assert kept.sections["doings"] == "入户前先打电话。"
    assert "unknown" not in kept.sections
    assert not SummaryVersion.objects.exists()


@pytest.mark.clause("002 六(三)", "003 三(二)")
def test_a_report_is_judged_by_another_and_each_handing_in_stays(t):
    row = handed_in(t, at=t.district, kind=Kind.YEARLY)

    with pytest.raises(Unmet, match="另一位监管员"):
        services.accept(summary_id=row.pk, by=t.head, now=t.late)
    back = services.return_for_changes(summary_id=row.pk, reason="请补充基线数据", by=t.other_head, now=t.late)
    assert (back.opinion, back.status) == ("请补充基线数据", "returned")
    text = written(row) | {"baseline": "年初调查 1 家机构。"}
    services.submit(summary_id=row.pk, sections=text, by=t.head, now=t.late)
    agreed = services.accept(summary_id=row.pk, by=t.other_head, now=t.late)
    assert [one.number for one in agreed.versions.order_by("number")] == [1, 2]
    assert len(set(agreed.versions.values_list("sha256", flat=True))) == 2

    public = services.publish(summary_id=row.pk, by=t.head, now=t.late)
    assert [one.pk for one in selectors.published()] == [row.pk]
    assert public.published_at == t.late
    gone = services.retract(summary_id=row.pk, reason="数据有更正", by=t.other_head, now=t.late)
    assert (list(selectors.published()), gone.published_at) == ([], None)
    services.revise(summary_id=row.pk, reason="补充数据", by=t.head, now=t.late)
    acts = set(traces.events().filter(kind="act").values_list("action", flat=True))
    assert acts >= {f"reporting.summary_{word}" for word in ("begun", "submitted", "returned", "accepted", "published")}


def test_the_database_itself_refuses_whoever_judges_the_own_report(t):
    row = handed_in(t)

    with pytest.raises(IntegrityError, match="summary_judged_by_another"), transaction.atomic():
        Summary.objects.filter(pk=row.pk).update(decided_by=row.submitted_by)
    with pytest.raises(IntegrityError, match="summary_public_since_a_moment"), transaction.atomic():
        Summary.objects.filter(pk=row.pk).update(published_at=t.late)


@pytest.mark.clause("003 三(二)")
def test_only_what_the_commission_sums_up_is_shown_to_everybody(t):
    of_centre = services.accept(summary_id=handed_in(t).pk, by=t.head, now=t.late)
    monthly = handed_in(t, at=t.district, kind=Kind.MONTHLY, first=date(2026, 3, 9))
    monthly = services.accept(summary_id=monthly.pk, by=t.other_head, now=t.late)

    for row in (of_centre, monthly):
        with pytest.raises(Unmet, match="向社会公布"):
            services.publish(summary_id=row.pk, by=t.head, now=t.late)
        assert "publish" not in {chance.name for chance in selectors.summary_chances(row, t.head)}
    assert (monthly.first, monthly.last) == (date(2026, 3, 1), date(2026, 3, 31))


IMPOSSIBLE = [
    ({"kind": Kind.YEARLY}, {"kind"}),
    ({"kind": "nonsense", "last": None}, {"kind"}),
    ({"first": None}, {"first"}),
    ({"first": date(2026, 8, 1), "last": date(2026, 9, 1)}, {"first"}),
    ({"first": LAST, "last": FIRST}, {"last"}),
    ({"first": date(2020, 1, 1)}, {"last"}),
    ({"last": None}, {"last"}),
]


def test_what_cannot_be_reported_is_said_beside_its_field_and_the_same_days_are_begun_once(t):
    for asked, fields in IMPOSSIBLE:
        with pytest.raises(Invalid) as no:
            begun(t, **asked)
        assert set(no.value.field_errors) == fields, asked

    begun(t)
    with pytest.raises(Refused, match="已经有了"):
        begun(t)


@pytest.mark.clause("002 六(三)", "002 五(八)")
def test_a_centre_s_report_is_its_own_until_it_is_handed_in_and_nobody_edits_it_for_the_centre(t):
    row = begun(t)
    stranger = places.staff(places.bare_centre(t.hospital, name="花木", now=t.now), Role.CENTRE_ADMIN)
    foreign = places.staff(another_district(t), Role.SUPERVISOR)

    for outsider in (t.head, stranger, foreign, t.actor(Role.REVIEWER), t.actor(Role.DISPATCHER)):
        with pytest.raises(Hidden):
            services.write(summary_id=row.pk, sections={"doings": "x"}, by=outsider, now=t.late)
        with pytest.raises(Hidden):
            selectors.summary(actor=outsider, pk=row.pk)
    services.submit(summary_id=row.pk, sections=written(row), by=t.actor(Role.CENTRE_ADMIN), now=t.late)
    services.return_for_changes(summary_id=row.pk, reason="请补充", by=t.head, now=t.late)
    with pytest.raises(NotYours):
        services.write(summary_id=row.pk, sections={"doings": "x"}, by=t.head, now=t.late)
    mine = t.actor(Role.CENTRE_ADMIN)
    services.write(summary_id=row.pk, sections={"doings": "还没写完"}, by=mine, now=t.late)
    read = selectors.shown(selectors.summary(actor=t.head, pk=row.pk), t.head)
    assert dict((part.key, text) for part, text in read.parts)["doings"] == "没有。"
    assert read.version.number == 1
    with pytest.raises(Hidden):
        begun(t, by=stranger)
    with pytest.raises(Hidden):
        begun(t, by=t.head, at=t.centre)
    with pytest.raises(NotNow):
        services.publish(summary_id=row.pk, by=t.head, now=t.late)


def test_hats_and_the_list_agree_for_everybody_at_every_stage(t):
    row = begun(t)
    district = begun(t, at=t.district)
    people = [*everybody(t), t.other_head]

    def agree():
        for actor in people:
            for pk in (row.pk, district.pk):
                one = Summary.objects.select_related("organisation").get(pk=pk)
                seen = access.summaries_visible_to(actor).filter(pk=pk).exists()
                assert seen == bool(access.summary_hats(actor, one)), (actor.name, actor.orgs, one)
                assert seen or not SUMMARIES.chances(one, actor)

    agree()
    services.submit(summary_id=row.pk, sections=written(row), by=t.actor(Role.CENTRE_ADMIN), now=t.late)
    agree()
    services.return_for_changes(summary_id=row.pk, reason="请补充", by=t.head, now=t.late)
    agree()


def test_a_report_costs_the_same_queries_however_many_months_and_places(t):
    def cost(first, at):
        with CaptureQueriesContext(connection) as queries:
            figures.reckoned(organisation=at, first=first, last=LAST, now=t.late)
        return len(queries)

    before = cost(date(2026, 3, 1), t.district)
    for n in range(3):
        places.centre(t.hospital, (), name=f"第{n}", now=t.now)

    assert cost(date(2024, 4, 1), t.district) == before
    assert len(trends.months(places=[t.centre.pk], first=date(2020, 1, 1), last=LAST)) == trends.MOST
    assert timezone.localdate(t.late) > LAST
