"""Whoever has to put a finding right hears of it and of its deadline; keepers of the task board hear of theirs."""

from datetime import datetime, time, timedelta

import pytest
from django.utils import timezone

from accounts.roles import Role
from audit import delivery
from audit.models import Due
from indicators import services as board
from notifications.models import Message
from orders.lifecycle import OrderStatus as S
from supervision import scoring, services
from supervision.models import Finding, Tour
from supervision.services import deadlines
from tests import world
from tests.desks import offices
from tests.services import test_compliance_checks as compliance
from tests.services.test_notifications import told
from tests.world import persons, places, traces

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def morning(day) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(9)))


def look(day) -> None:
    """What the tick does each morning."""
    deadlines.look_at_deadlines(now=morning(day))
    delivery.run_due(now=morning(day))


@pytest.mark.clause("002 六(二)2")
def test_the_owner_of_a_finding_hears_of_it_and_of_its_deadline_once_and_the_commission_when_it_has_passed():
    t = world.town()
    today = timezone.localdate(t.now)
    row = services.register(
        kind="walk", source="walk", key="walk:1", organisation=t.centre, words="标识不清", clause="002 六(二)2",
        due_on=today + 2 * DAY, by=t.actor(Role.QC_INSPECTOR), now=t.now,
    )  # fmt: skip
    given = {"finding_id": row.pk, "by": t.actor(Role.CENTRE_ADMIN), "now": t.now}
    services.assign(owner_id=t.users[Role.NURSE].pk, due_on=today + 10 * DAY, **given)
    assert told(Role.NURSE, t) == ["staff.finding_given"]
    assert told(Role.CENTRE_ADMIN, t) == ["centre.finding_opened"]  # who gave it knows that it is given

    Due.objects.all().delete()  # what was promised to others is not the matter here
    look(today + 6 * DAY)
    assert not Due.objects.exists()  # four days before
    for day in (7, 8, 9):
        look(today + day * DAY)  # said once, however often it is looked at
    assert told(Role.NURSE, t) == ["staff.finding_given", "staff.finding_soon"]
    assert told(Role.CENTRE_ADMIN, t) == ["centre.finding_opened", "centre.finding_soon"]
    assert told(Role.SUPERVISOR, t) == []
    for day in (10, 11, 12):
        look(today + day * DAY)
    assert told(Role.NURSE, t)[-1] == "staff.finding_late"
    assert told(Role.CENTRE_ADMIN, t) == ["centre.finding_opened", "centre.finding_soon", "centre.finding_late"]
    assert told(Role.SUPERVISOR, t) == ["oversight.finding_late"]
    assert told(Role.REVIEWER, t) == []
    letter = Message.objects.get(template="oversight.finding_late")
    assert (letter.text, letter.link) == (
        f"{t.centre.short_name}有一个监管问题的整改期限3月12日已过，请督促。", f"/oversight/findings/{row.pk}/",
    )  # fmt: skip
    assert traces.events().filter(action="supervision.finding_late").count() == 1

    # A new deadline is spoken of anew; what is reported as put right and closed is spoken of no more.
    later = {**given, "now": morning(today + 12 * DAY)}
    services.assign(owner_id=t.users[Role.CENTRE_ADMIN].pk, due_on=today + 13 * DAY, **later)
    look(today + 13 * DAY)
    assert told(Role.CENTRE_ADMIN, t)[-1] == "centre.finding_soon"
    services.excuse(
        finding_id=row.pk, reason="标识已全部更换", by=t.actor(Role.SUPERVISOR), now=morning(today + 13 * DAY)
    )
    Due.objects.create(
        kind="finding.late", key="again", object_id=row.pk, due_at=t.now,
        payload={"due_on": (today + 13 * DAY).isoformat()},
    )  # fmt: skip
    delivery.run_due(now=morning(today + 14 * DAY))
    assert Due.objects.get(key="again").outcome == "finding.moved_on"
    assert told(Role.CENTRE_ADMIN, t)[-1] == "centre.finding_soon"


def given(t, row, *, now, due_on):
    """Given to the administrator and reported as put right, by the centre itself."""
    act = {"finding_id": row.pk, "by": t.actor(Role.CENTRE_ADMIN), "now": now}
    services.assign(owner_id=t.users[Role.CENTRE_ADMIN].pk, due_on=due_on, **act)
    return services.rectify(measures="标识已全部更换", **act)


@pytest.mark.clause("002 六(二)2")
def test_what_is_reported_as_put_right_is_said_to_those_who_look_again_and_the_centre_is_left_alone():
    t = world.town()
    today = timezone.localdate(t.now)
    row = services.register(
        kind="walk", source="walk", key="walk:1", organisation=t.centre, words="标识不清", clause="002 六(二)2",
        due_on=today + 2 * DAY, by=t.actor(Role.QC_INSPECTOR), now=t.now,
    )  # fmt: skip
    given(t, row, now=t.now, due_on=today + 2 * DAY)
    assert told(Role.SUPERVISOR, t) == told(Role.QC_INSPECTOR, t) == ["oversight.finding_reported"]
    assert told(Role.REVIEWER, t) == []  # it is not she who has found it
    letter = Message.objects.filter(template="oversight.finding_reported").first()
    assert letter.text == f"{t.centre.short_name}报告了一个监管问题的整改，整改期限3月4日，请打开复核。"
    assert letter.link == f"/oversight/findings/{row.pk}/"

    Due.objects.all().delete()  # what was promised to others is not the matter here
    look(today)
    assert not Due.objects.exists()  # they have heard of it today
    for day in (1, 2, 3, 4):
        look(today + day * DAY)
    assert told(Role.SUPERVISOR, t) == ["oversight.finding_reported", "oversight.finding_waits"]
    assert told(Role.QC_INSPECTOR, t) == ["oversight.finding_reported", "oversight.finding_waits"]
    assert told(Role.CENTRE_ADMIN, t) == ["centre.finding_opened"]

    # Sent back it is the centre's again, and its deadline has passed.
    services.send_back(finding_id=row.pk, reason="没有照片", by=t.actor(Role.SUPERVISOR), now=morning(today + 4 * DAY))
    look(today + 5 * DAY)
    assert told(Role.CENTRE_ADMIN, t) == [
        "centre.finding_opened", "centre.finding_sent_back", "centre.finding_late",
    ]  # fmt: skip
    assert told(Role.SUPERVISOR, t)[-1] == "oversight.finding_late"


def test_a_reminder_promised_before_the_report_is_not_sent_after_it():
    t = world.town()
    today = timezone.localdate(t.now)
    row = services.register(
        kind="walk", source="walk", key="walk:1", organisation=t.centre, words="标识不清", clause="002 六(二)2",
        due_on=today + DAY, by=t.actor(Role.SUPERVISOR), now=t.now,
    )  # fmt: skip
    deadlines.look_at_deadlines(now=morning(today))
    given(t, row, now=morning(today), due_on=today + DAY)
    delivery.run_due(now=morning(today))

    assert Due.objects.get(kind="finding.soon").outcome == "finding.moved_on"
    assert told(Role.CENTRE_ADMIN, t) == ["centre.finding_opened"]


def test_the_lead_hospital_looks_again_at_what_it_has_found_and_one_sheet_is_one_message_to_the_centre():
    t = world.town()
    today, reviewer = timezone.localdate(t.now), t.actor(Role.REVIEWER)
    sheet = services.plan_tour(centre=t.centre, planned_on=today, by=reviewer, now=t.now)
    low = {item.code: item.points for item in scoring.SHEETS["tour"].items} | {"rules": 0, "waste": 0, "safety": 0}
    services.score(sheet_id=sheet.pk, scores=low, by=reviewer, now=t.now)

    assert Finding.objects.count() == 3
    assert told(Role.CENTRE_ADMIN, t) == ["centre.finding_opened"]
    row = Finding.objects.first()
    given(t, row, now=t.now, due_on=today + 5 * DAY)
    assert told(Role.REVIEWER, t) == ["review.finding_reported"]
    assert told(Role.SUPERVISOR, t) == ["oversight.finding_reported"]
    assert told(Role.QC_INSPECTOR, t) == []
    assert Message.objects.get(template="review.finding_reported").link == f"/review/findings/{row.pk}/"


def test_a_run_of_checks_is_one_message_to_each_centre_that_has_something_new():
    t = world.town()
    neighbour = places.centre(t.hospital, (places.LUJIAZUI,), name="陆家嘴", now=t.now)
    stranger = places.post(neighbour, Role.CENTRE_ADMIN, now=t.now).user
    compliance.rules_in_force(t)
    for _ in range(2):
        offices.another_patient(t)
        t.nurse = persons.nurse(t.centre, now=t.now)
        t.users[Role.NURSE] = t.nurse.user
        world.order(t, S.COMPLETED)
    compliance.sql("UPDATE nurses_nurse SET title = 'nurse'")
    later = t.now + 2 * DAY

    services.run_checks(district_id=t.district.pk, now=later)
    assert Finding.objects.count() == 2
    assert told(Role.CENTRE_ADMIN, t).count("centre.findings_by_checks") == 1
    services.run_checks(district_id=t.district.pk, now=later + DAY)
    assert told(Role.CENTRE_ADMIN, t).count("centre.findings_by_checks") == 1
    assert "centre.finding_opened" not in told(Role.CENTRE_ADMIN, t)
    assert not Message.objects.filter(person=stranger, template="centre.findings_by_checks").exists()


def test_the_lead_hospital_is_reminded_of_a_visit_three_days_before_and_when_its_day_has_passed():
    t = world.town()
    today, reviewer = timezone.localdate(t.now), t.actor(Role.REVIEWER)
    services.plan_tour(centre=t.centre, planned_on=today + 5 * DAY, by=reviewer, now=t.now)
    tour = Tour.objects.get()
    Due.objects.all().delete()  # what was promised to others is not the matter here

    def look(day):
        deadlines.look_at_tours(now=morning(today + day * DAY))
        delivery.run_due(now=morning(today + day * DAY))
        return told(Role.REVIEWER, t)

    assert look(1) == []
    assert look(2) == look(3) == look(5) == ["review.tour_soon"]
    services.move_tour(
        tour_id=tour.pk, planned_on=today + 10 * DAY, reason="中心评审", by=reviewer, now=morning(today + 5 * DAY)
    )
    assert look(6) == ["review.tour_soon"]
    assert look(11) == look(12) == ["review.tour_soon", "review.tour_late"]
    letter = Message.objects.get(template="review.tour_late")
    assert letter.text == f"对{t.centre.short_name}的督导计划日期3月12日已过，请您登记督导记录或者改期。"
    assert letter.link == f"/review/quality/tours/{tour.pk}/"
    assert told(Role.CENTRE_ADMIN, t) == []  # the centre reads of a visit when it was held


@pytest.mark.clause("001 三(一)", "001 三(三)")
def test_keepers_of_the_board_hear_of_deadlines_and_of_the_half_year_and_nobody_else_does():
    t = world.town()
    row = board.add_task(
        district=t.district, area="提高护理质量", name="准时到达率达到 95%", lead="区护理质控组",
        due_on=timezone.localdate(t.now) + 40 * DAY, by=t.actor(Role.SUPERVISOR), now=t.now,
    )  # fmt: skip
    stranger = places.post(places.district(t.now, name="邻区卫生健康委"), Role.SUPERVISOR, now=t.now).user
    board.note_soon(task_id=row.pk, due_on=row.due_on, now=t.now + 10 * DAY)
    board.note_late(task_id=row.pk, due_on=row.due_on, now=t.now + 41 * DAY)
    board.move(
        task_id=row.pk, due_on=row.due_on + 30 * DAY, reason="上级文件延期", by=t.actor(Role.SUPERVISOR),
        now=t.now + 41 * DAY,
    )  # fmt: skip
    board.note_review_due(district_id=t.district.pk, now=t.now + 200 * DAY)

    said = ["oversight.task_soon", "oversight.task_late", "oversight.task_moved", "oversight.task_review"]
    assert told(Role.QC_INSPECTOR, t) == said
    assert told(Role.SUPERVISOR, t) == [one for one in said if one != "oversight.task_moved"]  # who moved it knows
    assert told(Role.CENTRE_ADMIN, t) == []
    assert not Message.objects.filter(person=stranger).exists()
    assert set(Message.objects.filter(template="oversight.task_late").values_list("link", flat=True)) == {
        f"/oversight/tasks/{row.pk}/"
    }
