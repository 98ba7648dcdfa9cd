"""The board of key tasks: 32 rows as printed, deadlines that remind, reviews each half-year, evidence at the end."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Organization
from accounts.roles import Role
from accounts.services import create_organisation
from audit.models import Due
from indicators import access, selectors, services, subscriptions
from indicators.definitions import model_tasks
from indicators.lifecycle import TASK, TaskStatus
from indicators.models import Task
from kernel.refusals import Hidden, NotNow, NotYours, Refused
from tests import world
from tests.world import places, traces

pytestmark = pytest.mark.django_db

SHANGHAI = ZoneInfo("Asia/Shanghai")
SOON = timedelta(days=30)


@pytest.fixture
def t():
    return world.town()


def add(t, *, by=None, now=None, **changed):
    given = {"area": "提高护理质量", "name": "准时到达率达到 95%", "lead": "区护理质控组", **changed}
    return services.add_task(district=t.district, by=by or t.actor(Role.SUPERVISOR), now=now or t.now, **given)


def act(t, verb, row, reason="已发文，浦卫护〔2026〕3号", *, role=Role.SUPERVISOR, now=None, **more):
    return getattr(services, verb)(task_id=row.pk, reason=reason, by=t.actor(role), now=now or t.now, **more)


@pytest.mark.clause("001 附件 1-32")
def test_the_32_rows_come_onto_the_board_as_printed_and_once(t):
    rows = services.adopt_model(district=t.district, by=t.actor(Role.SUPERVISOR), now=t.now)

    assert [row.number for row in rows] == list(range(1, 33))
    assert {row.lead for row in rows} == {line["lead"] for line in model_tasks()}
    by_number = {row.number: row for row in rows}
    assert by_number[1].due_on is None
    assert by_number[7].due_on == date(2025, 12, 31)
    assert (by_number[25].due_on, by_number[25].more_dates) == (date(2024, 6, 30), [date(2025, 12, 31)])
    assert len(traces.acts("indicators.task_added")) == 32
    with pytest.raises(NotNow):
        services.adopt_model(district=t.district, by=t.actor(Role.SUPERVISOR), now=t.now)
    assert Task.objects.count() == 32


@pytest.mark.clause("001 附件 1-32", "001 三(一)")
def test_the_state_follows_from_the_deadline_and_the_day(t):
    today = t.now.date()
    row = add(t, due_on=today + timedelta(days=31))

    assert selectors.state_of(row, today) == "ongoing"
    assert selectors.state_of(row, today + timedelta(days=1)) == "due"
    assert selectors.state_of(row, today + timedelta(days=31)) == "due"
    assert selectors.state_of(row, today + timedelta(days=32)) == "late"
    done = act(t, "finish", row)
    assert selectors.state_of(done, today + timedelta(days=99)) == "done"
    assert selectors.state_of(add(t), today + timedelta(days=9999)) == "ongoing"


@pytest.mark.clause("001 三(一)")
def test_a_deadline_reminds_thirty_days_before_and_the_day_after_unless_it_has_moved(t):
    row = add(t, due_on=date(2026, 6, 30))
    soon, late = Due.objects.get(kind="task.soon"), Due.objects.get(kind="task.late")

    assert soon.due_at == datetime(2026, 5, 31, 9, tzinfo=SHANGHAI)
    assert late.due_at == datetime(2026, 7, 1, 9, tzinfo=SHANGHAI)
    subscriptions.task_soon(soon, soon.due_at)
    assert traces.act("indicators.task_due_soon").data["due_on"] == "2026-06-30"
    act(t, "move", row, "上级文件延期", due_on=date(2026, 9, 30))
    with pytest.raises(NotNow):
        subscriptions.task_late(late, late.due_at)
    assert Due.objects.filter(kind="task.late").count() == 2
    assert traces.acts("indicators.task_late") == []


def test_a_deadline_that_had_passed_before_is_not_said_to_be_near(t):
    services.adopt_model(district=t.district, by=t.actor(Role.SUPERVISOR), now=t.now)
    seven = Task.objects.get(number=7)
    due = Due.objects.get(kind="task.soon", object_id=str(seven.pk))

    with pytest.raises(NotNow):
        subscriptions.task_soon(due, t.now)


@pytest.mark.clause("001 三(三)")
def test_each_half_year_is_reviewed_once_and_asked_for_when_it_is_over(t):
    row = add(t)
    july = datetime(2026, 7, 2, 9, tzinfo=SHANGHAI)
    due = Due.objects.get(kind="tasks.review")
    assert due.due_at == datetime(2026, 7, 1, 9, tzinfo=SHANGHAI)

    subscriptions.review_due(due, july)
    assert traces.act("indicators.review_due").data == {"half": "2026H1", "tasks": 1}
    assert Due.objects.filter(kind="tasks.review").count() == 2
    assert selectors.unreviewed([row], july.date()) == [row]
    row = act(t, "review", row, "进展正常，培训人数不足，下半年补训", role=Role.QC_INSPECTOR, now=july)
    assert selectors.unreviewed([row], july.date()) == []
    with pytest.raises(NotNow):
        act(t, "review", row, "再写一次", now=july)
    assert act(t, "review", row, "下半年评估", now=datetime(2027, 1, 3, 9, tzinfo=SHANGHAI)).reviewed_half == "2026H2"


def test_a_task_that_is_new_has_no_review_to_make_up_for(t):
    row = add(t)

    assert selectors.unreviewed([row], t.now.date()) == []


@pytest.mark.clause("001 附件 1-32")
def test_finishing_needs_evidence_and_reopening_keeps_it_in_the_history(t):
    row = add(t)
    with pytest.raises(Refused) as no:
        act(t, "finish", row, "  ")
    assert no.value.code == "reason.missing"
    done = act(t, "finish", row)
    assert (done.evidence, done.finished_on) == ("已发文，浦卫护〔2026〕3号", t.now.date())
    again = act(t, "reopen", done, "材料不齐")
    assert (again.evidence, again.finished_on) == ("", None)
    assert [step.reason for step in again.steps.order_by("pk")] == ["", "已发文，浦卫护〔2026〕3号", "材料不齐"]


def test_a_stage_reached_brings_the_next_deadline_and_the_last_is_reached_by_finishing(t):
    services.adopt_model(district=t.district, by=t.actor(Role.SUPERVISOR), now=t.now)
    row = act(t, "reach", Task.objects.get(number=25), "填报系统已上线")

    assert (row.due_on, row.more_dates) == (date(2025, 12, 31), [])
    with pytest.raises(NotNow):
        act(t, "reach", row)


def test_a_task_whose_stages_are_all_past_can_still_be_given_a_new_deadline(t):
    services.adopt_model(district=t.district, by=t.actor(Role.SUPERVISOR), now=t.now)
    row = Task.objects.get(number=25)
    assert max(row.due_on, *row.more_dates) < t.now.date()

    moved = act(t, "move", row, "本区 2026 年起填报", due_on=date(2026, 6, 30))

    assert (moved.due_on, moved.more_dates) == (date(2026, 6, 30), [date(2025, 12, 31)])
    reached = act(t, "reach", moved, "填报系统已上线")
    assert act(t, "move", reached, "按本区计划", due_on=date(2026, 12, 31)).due_on == date(2026, 12, 31)


def test_a_deadline_stays_before_the_next_stage_that_is_still_to_come(t):
    services.adopt_model(district=t.district, by=t.actor(Role.SUPERVISOR), now=t.now)
    row = Task.objects.get(number=25)
    earlier = datetime(2025, 7, 1, 9, tzinfo=SHANGHAI)

    with pytest.raises(Refused) as no:
        act(t, "move", row, "延期", due_on=date(2025, 12, 31), now=earlier)
    assert [reason.field for reason in no.value.reasons] == ["due_on"]
    assert act(t, "move", row, "延期", due_on=date(2025, 12, 30), now=earlier).due_on == date(2025, 12, 30)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": " "}, "name"),
        ({"lead": ""}, "lead"),
        ({"area": ""}, "area"),
        ({"due_on": date(2026, 3, 1)}, "due_on"),
        ({"indicator": "nonsense"}, "indicator"),
    ],
)
def test_a_task_without_sense_is_refused_beside_its_field(t, changed, field):
    with pytest.raises(Refused) as no:
        add(t, **changed)

    assert [reason.field for reason in no.value.reasons] == [field]


def test_each_status_and_role_is_judged_by_the_table(t):
    add(t)
    ends = {TaskStatus.ONGOING: None, TaskStatus.DONE: "finish", TaskStatus.DROPPED: "drop"}
    for status, way in ends.items():
        for step in (one for one in TASK.steps if not one.creates):
            for role in (Role.SUPERVISOR, Role.QC_INSPECTOR):
                row = add(t)
                if way:
                    row = act(t, way, row)
                more = {"due_on": t.now.date() + SOON} if step.name == "move" else {}
                allowed = role in step.by and status in step.from_
                if allowed and step.name != "reach":
                    act(t, step.name, row, role=role, **more)
                    continue
                expected = NotYours if role not in step.by else NotNow
                with pytest.raises(expected):
                    act(t, step.name, row, role=role, **more)


@pytest.mark.clause("001 附件 1-32")
def test_another_district_sees_no_task_and_takes_no_step(t):
    row = add(t)
    next_door = create_organisation(
        kind=Organization.Kind.COMMISSION, name="邻区卫生健康委", short_name="邻区", by=places.SETUP, now=t.now
    )
    stranger = places.staff(next_door, Role.SUPERVISOR)

    for actor in (stranger, t.actor(Role.CENTRE_ADMIN), t.actor(Role.REVIEWER), t.actor(Role.NURSE)):
        assert not selectors.tasks(actor=actor).exists()
        assert access.hats(actor, row) == frozenset()
        with pytest.raises(Hidden):
            selectors.task(actor=actor, pk=row.pk)
        with pytest.raises(Hidden):
            services.report(task_id=row.pk, reason="进展", by=actor, now=t.now)
        with pytest.raises(Refused):
            add(t, by=actor)
    assert Task.objects.count() == 1


def test_constraints_hold_what_must_never_be_false(t):
    row = add(t)
    wrong = {
        "task_done_with_evidence": {"status": "done"},
        "task_status_known": {"status": "nearly"},
        "task_has_somebody_in_the_lead": {"lead": ""},
        "task_dates_come_after_a_first": {"more_dates": [date(2027, 1, 1)]},
    }
    for name, facts in wrong.items():
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            Task.objects.filter(pk=row.pk).update(**facts)
