"""The lead hospital's visits: a year planned, one held and recorded, scored, assessed, its problems put right."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from kernel.refusals import Hidden, Invalid, NotNow, NotYours
from supervision import access, scoring, selectors, services
from supervision.models import Finding, QualityGroup, ScoreSheet, Tour
from supervision.services.tours import grade_of
from tests.desks import offices
from tests.desks.offices import client, counted, text
from tests.services.test_access_twins import everybody
from tests.world import places

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def t():
    return offices.town()


def today():
    return timezone.localdate()


def points(**low):
    return {item.code: item.points for item in scoring.SHEETS["tour"].items} | low


@pytest.mark.clause("002 四", "002 七(三)")
def test_a_visit_is_planned_recorded_scored_assessed_and_what_was_found_is_put_right(t):
    reviewer, supervisor = client(t, Role.REVIEWER), client(t, Role.SUPERVISOR)
    listed = reverse("review:tours")
    asked = {"centre": t.centre.pk, "rounds": "once", "planned_on": today(), "focus": "首诊评估"}
    assert reviewer.post(listed, {**asked, "planned_on": today() - DAY}).status_code == 422
    assert reviewer.post(listed, asked).status_code == 302
    tour = Tour.objects.get()

    def press(verb, browser=reviewer, **typed):
        return browser.post(reverse("review:tours_step", args=[tour.pk, verb]), typed)

    early = press("evaluate", conclusion="很好")
    half = press("record", visited_on=today(), visitors="许志远、方护士长", met="", guidance="演示 PICC 换药")
    tomorrow = press("record", visited_on=today() + DAY, visitors="许志远", met="欧阳明月", guidance="示教")
    done = press("record", visited_on=today(), visitors="许志远、方护士长", met="欧阳明月", guidance="演示 PICC 换药")
    unscored = press("evaluate", conclusion="制度齐全")
    sheet = reverse("review:quality_sheet", args=[tour.sheet_id])
    scored = reviewer.post(sheet, points(rules=3))
    found = press("find", words="急救箱药品过期", clause="004 三(五)", due_on=today() + 5 * DAY)
    assessed = press("evaluate", conclusion="制度需要补齐，其余良好", next_on=today() + 90 * DAY)

    assert early.status_code == 422
    assert "不能「作出评估」" in text(early)
    assert half.status_code == 422
    assert "演示 PICC 换药" in text(half)
    assert "请选择今天或以前" in text(tomorrow)
    assert done.status_code == scored.status_code == found.status_code == assessed.status_code == 302
    assert "请先提交这次督导的评分表" in text(unscored)
    tour.refresh_from_db()
    assert (tour.status, tour.grade, tour.sheet.total) == ("evaluated", "good", 88)
    assert {row.words for row in Finding.objects.filter(organisation=t.centre, kind="visit")} == {
        "急救箱药品过期", "管理制度齐全，人员知晓：3 分，满分 15 分",
    }  # fmt: skip
    page = text(supervisor.get(reverse("oversight:tours_one", args=[tour.pk])))
    assert "制度需要补齐，其余良好" in page
    assert "演示 PICC 换药" in page
    assert "列入计划" not in text(supervisor.get(reverse("oversight:tours")))
    assert "良好" in text(reviewer.get(listed))
    assert press("evaluate", conclusion="再来一次").status_code == 422
    assert reviewer.post(reverse("review:tours_step", args=[tour.pk, "nonsense"])).status_code == 404
    assert client(t, Role.SUPERVISOR).post(reverse("review:tours_step", args=[tour.pk, "cancel"])).status_code == 403


def assessed(t, **more) -> Tour:
    """A visit of today, held, scored and assessed by the real verbs."""
    act = {"by": t.actor(Role.REVIEWER), "now": timezone.now()}
    sheet = services.plan_tour(centre=t.centre, planned_on=today(), **act)
    tour = {"tour_id": Tour.objects.get(sheet=sheet).pk, **act}
    services.record_tour(visited_on=today(), visitors="许志远", met="欧阳明月", guidance="示教", **tour)
    services.score(sheet_id=sheet.pk, scores=points(), **act)
    return services.evaluate_tour(conclusion="制度齐全", **tour, **more)


@pytest.mark.clause("002 四")
def test_the_next_day_that_an_assessment_names_is_planned_with_its_sheet_and_once(t):
    next_on, reviewer = today() + 90 * DAY, t.actor(Role.REVIEWER)

    def line():
        (one,) = selectors.coverage(actor=reviewer, centres=[t.centre], today=today())
        return one

    first = assessed(t)
    assert line()["next_on"] is None
    assessed(t, next_on=next_on)
    planned = Tour.objects.get(status="planned")
    assert (planned.planned_on, planned.sheet.planned_on, planned.hospital_id) == (next_on, next_on, first.hospital_id)
    assert [step.name for step in planned.steps.all()] == ["plan"]
    assert line()["next_on"] == next_on
    assert "没有计划" not in text(client(t, Role.REVIEWER).get(reverse("review:tours")))

    assessed(t, next_on=next_on)
    assert Tour.objects.filter(planned_on=next_on).count() == 1
    services.cancel_tour(tour_id=planned.pk, reason="中心搬迁", by=reviewer, now=timezone.now())
    assessed(t, next_on=next_on)
    assert Tour.objects.filter(planned_on=next_on, status="planned").count() == 1


def test_an_assessment_pressed_twice_plans_the_next_visit_once(t):
    receipt, next_on = uuid4(), today() + 30 * DAY
    tour = assessed(t, next_on=next_on, receipt=receipt)
    planned = Tour.objects.get(status="planned")
    services.move_tour(
        tour_id=planned.pk, planned_on=next_on + DAY, reason="中心评审", by=t.actor(Role.REVIEWER), now=timezone.now()
    )

    services.evaluate_tour(
        tour_id=tour.pk, conclusion="制度齐全", next_on=next_on, receipt=receipt, by=t.actor(Role.REVIEWER),
        now=timezone.now(),
    )  # fmt: skip

    assert [row.planned_on for row in Tour.objects.filter(status="planned")] == [next_on + DAY]


@pytest.mark.clause("002 四")
def test_a_year_is_planned_at_once_for_the_own_alliance_only_and_a_visit_that_is_off_asks_for_no_sheet(t):
    second = places.centre(t.hospital, (places.LUJIAZUI,), name="陆家嘴", now=t.now)
    reviewer = t.actor(Role.REVIEWER)
    by = client(t, Role.REVIEWER)
    asked = {"centre": "all", "rounds": "quarter", "planned_on": date(today().year + 1, 11, 30), "focus": ""}

    assert by.post(reverse("review:tours"), asked).status_code == 302
    days = list(Tour.objects.filter(organisation=t.centre).order_by("planned_on").values_list("planned_on", flat=True))
    assert Tour.objects.filter(organisation=second).count() == len(days) == 4
    first = asked["planned_on"] + (timedelta(days=0) if days[0] == asked["planned_on"] else timedelta(days=7))
    assert days[0] == first
    assert days[1].month in (2, 3)  # three months after 30 November is the last day of February
    with pytest.raises(Invalid):
        services.plan_round(centres=[t.centre] * 30, planned_on=today(), times=4, months=3, by=reviewer, now=t.now)
    with pytest.raises(Hidden):
        services.plan_round(centres=[t.district], planned_on=today(), times=1, months=1, by=reviewer, now=t.now)
    tour = Tour.objects.filter(organisation=t.centre).earliest("planned_on")
    services.move_tour(tour_id=tour.pk, planned_on=today() + DAY, reason="中心评审", by=reviewer, now=t.now)
    assert ScoreSheet.objects.get(tour=tour).planned_on == today() + DAY
    services.cancel_tour(tour_id=tour.pk, reason="台风停工", by=reviewer, now=t.now)
    with pytest.raises(NotNow):
        services.score(sheet_id=tour.sheet_id, scores=points(), by=reviewer, now=t.now)
    assert tour.sheet_id not in set(selectors.sheets(actor=reviewer).values_list("pk", flat=True))
    with pytest.raises((NotYours, Hidden)):
        services.cancel_tour(
            tour_id=Tour.objects.exclude(pk=tour.pk).first().pk, reason="不去了", by=t.actor(Role.SUPERVISOR), now=t.now
        )
    for actor in everybody(t):
        seen = set(access.tours_visible_to(actor).values_list("pk", flat=True))
        assert seen == {row.pk for row in Tour.objects.all() if access.tour_hats(actor, row)}
    assert [grade_of(total) for total in (100, 90, 89, 80, 79, 60, 59)] == [
        "excellent", "excellent", "good", "good", "fair", "fair", "poor",
    ]  # fmt: skip
    with counted() as many:
        by.get(reverse("review:tours"))
    services.plan_round(centres=[second], planned_on=today(), times=6, months=1, by=reviewer, now=t.now)
    with counted() as more:
        by.get(reverse("review:tours"))
    assert len(more) == len(many)


@pytest.mark.clause("001 二(四)17")
def test_three_levels_of_quality_control_are_on_file_and_one_is_taken_off(t):
    desk, url = client(t, Role.SUPERVISOR), reverse("oversight:quality_groups")
    form = {
        "level": "region", "name": "东片护理质控组", "unit": "示范医院", "head": "方静", "phone": "021-50000001",
        "duties": "东片十家中心的上门护理质量", "paper": "浦卫〔2025〕8号", "starts_on": today(),
    }  # fmt: skip

    assert "还没有登记质控组织" in text(desk.get(url))
    assert "请填写" in text(desk.post(url, {**form, "head": " "}))
    assert desk.post(url, form).status_code == 302
    again = desk.post(url, form)
    assert again.status_code == 422
    assert "已经登记" in text(again)
    group = QualityGroup.objects.get()
    inspector = client(t, Role.QC_INSPECTOR)
    assert "片区级" in text(inspector.get(url))
    assert inspector.post(url, form).status_code == 403
    end = reverse("oversight:quality_groups_end", args=[group.pk])
    assert desk.post(end).status_code == 302
    assert "已经撤销" in text(desk.post(end, follow=True))
    with pytest.raises(Hidden):
        services.end_quality_group(group_id=group.pk, by=t.actor(Role.REVIEWER), now=t.now)
