"""Who must pass which course until when, and one more try."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import Organization
from accounts.roles import Role
from audit.services import promise, recording
from education import rules, selectors
from education.lifecycle import TRAINED
from education.models import Assignment, Course, ExtraTry
from kernel.actors import Actor, system
from kernel.refusals import Invalid, NotNow, Refusal, demand_words, hidden
from nurses.models import Nurse

MOST_AT_ONCE = 200
SOON = timedelta(days=7)
MORNING = time(9)
BY_PLAN = system("education.plan")


def plan_training(
    *, centre: Organization, course_id: int | None, nurse_ids: Iterable[int], due_on: date | None, by: Actor,
    now: datetime,
) -> list[Assignment]:  # fmt: skip
    """
    Give nurses of a centre a course to pass until a day; who has it already keeps the earlier day.

    :raises kernel.refusals.Refused: not this actor's centre, no course, nobody chosen, an impossible day
    """
    _demand_centre(centre, by)
    today, found = timezone.localdate(now), []
    course = selectors.offered_in(centre).filter(pk=course_id or 0).first()
    if course is None:
        found.append(Refusal("assignment.course", "请选择课程。", TRAINED, "course"))
    if wrong := rules.deadline(due_on, today):
        found.append(wrong)
    wanted = set(nurse_ids)
    people = {row.pk: row for row in selectors.nurses_at(centre, today)}
    if not wanted or not wanted <= set(people) or len(wanted) > MOST_AT_ONCE:
        found.append(Refusal("assignment.nurses", "请在本中心在岗护士中选择。", TRAINED, "nurses"))
    if found or course is None or due_on is None:
        raise Invalid(*found)
    with transaction.atomic():
        Organization.objects.select_for_update(no_key=True).get(pk=centre.pk)  # two plans at once come in turn
        held = set(
            Assignment.objects.filter(
                centre=centre, course__code=course.code, passed_at__isnull=True, ended_at__isnull=True
            ).values_list("nurse", flat=True)
        )
        return [_assign(centre, course, people[pk], due_on, by, now) for pk in sorted(wanted - held)]


def end_assignment(*, assignment_id: int, reason: str, by: Actor, now: datetime) -> Assignment:
    """Take a duty back. :raises kernel.refusals.Refused: not this actor's, no reason, or it is over"""
    demand_words(reason, "请写明取消的原因。", TRAINED)
    with transaction.atomic():
        row = Assignment.objects.select_for_update(of=("self",)).filter(pk=assignment_id).first()
        if row is None or row.centre_id not in by.orgs_as(Role.CENTRE_ADMIN):
            raise hidden("这项培训安排")
        if row.passed_at or row.ended_at:
            raise NotNow(Refusal("assignment.over", "这项安排已经结束。", TRAINED))
        with recording("education.training_ended", target=row, by=by, now=now, reason=reason.strip()):
            row.ended_at, row.ended_by_id, row.ended_reason = now, by.account, reason.strip()[:200]
            row.save(update_fields=["ended_at", "ended_by", "ended_reason"])
    return row


def give_extra_try(
    *, centre: Organization, nurse_id: int, course_id: int, reason: str, by: Actor, now: datetime
) -> ExtraTry:
    """Let a nurse sit once more. :raises kernel.refusals.Refused: not this actor's nurse, no reason, tries are left"""
    _demand_centre(centre, by)
    demand_words(reason, "请写明安排补考的原因。", TRAINED)
    today = timezone.localdate(now)
    with transaction.atomic():
        nurse = Nurse.objects.select_for_update(of=("self",), no_key=True).filter(pk=nurse_id).first()
        course = selectors.offered_in(centre).filter(pk=course_id).first()
        if nurse is None or course is None or nurse.pk not in {row.pk for row in selectors.nurses_at(centre, today)}:
            raise hidden("这位护士的课程")
        standing = selectors.standing(nurse=nurse, course=course, today=today)
        if standing.used < standing.allowed:
            raise NotNow(Refusal("exam.tries_left", "这位护士还有考试机会，不需要补考。", TRAINED))
        row = ExtraTry(
            centre=centre, nurse=nurse, course=course, reason=reason.strip()[:200], given_by_id=by.account, given_at=now
        )
        with recording("education.extra_try_given", target=row, by=by, now=now, reason=reason.strip()):
            row.save(force_insert=True)
    return row


def remind_assignment(*, assignment_id: int, now: datetime) -> Assignment | None:
    """Tell the nurse that a duty ends in a week, when it is still open."""
    with transaction.atomic():
        if row := _still_open(assignment_id):
            with recording("education.training_reminded", target=row, by=BY_PLAN, now=now) as entry:
                entry.payload["nurse"] = row.nurse.user_id
    return row


def note_late(*, assignment_id: int, now: datetime) -> Assignment | None:
    """Tell the nurse and her centre that a duty's day has gone by, when it is still open."""
    with transaction.atomic():
        if row := _still_open(assignment_id):
            with recording("education.training_late", target=row, by=BY_PLAN, now=now) as entry:
                entry.payload["nurse"] = row.nurse.user_id
    return row


def _assign(centre, course: Course, nurse: Nurse, due_on, by, now) -> Assignment:
    row = Assignment(
        centre=centre, nurse=nurse, course=course, due_on=due_on, assigned_by_id=by.account, assigned_at=now
    )
    with recording("education.training_planned", target=row, by=by, now=now) as entry:
        row.save(force_insert=True)
        entry.data.update({"course": course.pk, "due_on": due_on})
        entry.payload["nurse"] = nurse.user_id
    soon, late = due_on - SOON, due_on + timedelta(days=1)
    for kind, day in (("education.training_soon", soon), ("education.training_late", late)):
        at = timezone.make_aware(datetime.combine(day, MORNING))
        if at > now:
            promise(kind=kind, key=f"{kind}:{row.pk}", object_id=row.pk, due_at=at)
    return row


def _still_open(assignment_id: int) -> Assignment | None:
    open_ones = Assignment.objects.filter(passed_at__isnull=True, ended_at__isnull=True)
    return open_ones.select_for_update(of=("self",)).select_related("nurse").filter(pk=assignment_id).first()


def _demand_centre(centre: Organization, by: Actor) -> None:
    if centre.pk not in by.orgs_as(Role.CENTRE_ADMIN):
        raise hidden("这家中心")
