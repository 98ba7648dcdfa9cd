"""A nurse reads a course, sits its exam, and what she passes stands in her file as a training, once."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.roles import Role
from audit.services import promise, recording
from education import bank, rules, selectors, texts
from education.lifecycle import READABLE, TRAINED
from education.models import Assignment, Course, Exam, Study
from kernel.actors import Actor, system
from kernel.refusals import Invalid, NotNow, Refusal, Unmet, hidden
from nurses import services as nurses
from nurses.models import Nurse

BY_EXAM = "education.exam"


def read_section(*, course_id: int, section: int, by: Actor, now: datetime) -> Study:
    """Note that she has finished one section. :raises kernel.refusals.Refused: no such course or section"""
    with transaction.atomic():
        nurse, course = _nurse(by), _course(course_id, by)
        parts = len([part for part in texts.sections(course.body) if part.title])
        if course.status not in READABLE:
            raise NotNow(Refusal("course.withdrawn", "这门课程已撤下，请学习新的一版。", TRAINED))
        if not 1 <= section <= parts:
            raise Invalid(Refusal("course.section", "没有这一节，请回到课程目录。", TRAINED))
        row = Study.objects.filter(nurse=nurse, course=course).first() or Study(
            nurse=nurse, course=course, begun_at=now
        )
        with recording("education.section_read", target=row, by=by, now=now, organisation_id=_place(by)) as entry:
            row.sections = sorted({*row.sections, section})
            row.finished_at = row.finished_at or (now if len(row.sections) == parts else None)
            row.save()
            entry.data.update({"course": course.pk, "section": section})
    return row


def begin_exam(*, course_id: int, by: Actor, now: datetime) -> Exam:
    """
    Draw an exam, or go on with the one that is open.

    :raises kernel.refusals.Refused: not read to the end, passed and valid, or every try is used
    """
    with transaction.atomic():
        nurse, course = _nurse(by), _course(course_id, by)
        open_one = Exam.objects.filter(nurse=nurse, course=course, submitted_at__isnull=True).first()
        if open_one and now <= open_one.due_at:
            return open_one
        if open_one:
            _close(open_one, {}, late=True, by=system(BY_EXAM), place=_place(by), now=now)
        today = timezone.localdate(now)
        standing = selectors.standing(nurse=nurse, course=course, today=today)
        if no := rules.may_sit(
            readable=course.status in READABLE, studied=standing.studied, used=standing.used,
            allowed=standing.allowed, valid_until=standing.valid_until, today=today,
        ):  # fmt: skip
            raise Unmet(no)
        seed = secrets.token_hex(8)
        row = Exam(
            nurse=nurse, course=course, number=standing.sat + 1, seed=seed, drawn_at=now,
            questions=bank.draw(seed, course.bank, course.drawn), due_at=now + timedelta(minutes=course.minutes),
        )  # fmt: skip
        with recording("education.exam_begun", target=row, by=by, now=now, organisation_id=_place(by)) as entry:
            row.save(force_insert=True)
            entry.data.update({"course": course.pk, "number": row.number, "seed": seed})
        promise(kind="education.exam_over", key=f"education.exam_over:{row.pk}", object_id=row.pk,
                due_at=row.due_at + rules.GRACE)  # fmt: skip
    return row


def submit_exam(*, exam_id: int, answers: Mapping[str, Sequence[int]], by: Actor, now: datetime) -> Exam:
    """
    Hand in an exam; pressed twice it is judged once. What is passed becomes a training of her file.

    :raises kernel.refusals.Refused: not hers, or a question without an answer
    """
    with transaction.atomic():
        nurse = _nurse(by)
        row = Exam.objects.select_for_update(of=("self",)).select_related("course").filter(pk=exam_id).first()
        if row is None or row.nurse_id != nurse.pk:
            raise hidden("这次考试")
        if row.submitted_at is not None:
            return row
        late = now > row.due_at + rules.GRACE
        kept = _kept(row, answers)
        if not late and (missing := [n for n, one in enumerate(row.questions, 1) if not kept.get(str(one["n"]))]):
            said = f"第 {'、'.join(str(n) for n in missing[:10])} 题还没有作答。"
            raise Invalid(Refusal("exam.unanswered", said, TRAINED))
        _close(row, kept, late=late, by=by, place=_place(by), now=now)
    return row


def close_exam(*, exam_id: int, now: datetime) -> Exam | None:
    """End an exam whose time is over and that nobody handed in: it counts as a try without points."""
    with transaction.atomic():
        row = (
            Exam.objects.select_for_update(of=("self",))
            .select_related("course", "nurse")
            .filter(pk=exam_id, submitted_at__isnull=True)
            .first()
        )
        if row is not None:
            _close(row, {}, late=True, by=system(BY_EXAM), place=None, now=now)
    return row


def after_months(day: date, months: int) -> date:
    """Return the same day so many months later, or that month's last one."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = (date(year + (month == 11), (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, last))


def _close(row, answers, *, late, by, place, now) -> None:
    """Judge an exam; what is passed is recorded and ends what was planned."""
    course = row.course
    with recording("education.exam_submitted", target=row, by=by, now=now, organisation_id=place) as entry:
        row.answers, row.submitted_at = answers, now
        row.score = 0 if late else bank.judge(course.bank, row.questions, answers)
        row.passed = not late and row.score >= course.pass_mark
        if row.passed:
            today = timezone.localdate(now)
            row.training = nurses.record_training(
                nurse_id=row.nurse_id, kind=course.kind, hours=course.hours, score=row.score, passed_on=today,
                expires_on=after_months(today, course.valid_months), by=system(BY_EXAM), now=now,
            )  # fmt: skip
            Assignment.objects.filter(
                nurse=row.nurse_id, course__district=course.district_id, course__code=course.code,
                passed_at__isnull=True, ended_at__isnull=True,
            ).update(passed_at=now)  # fmt: skip
        row.save()
        entry.data.update({"course": course.pk, "score": row.score, "passed": row.passed, "late": late})
        entry.payload.update({"passed": row.passed, "late": late})


def _kept(row, answers) -> dict:
    """Return the answers to what was asked, with choices that there are."""
    kept = {}
    for one in row.questions:
        given = answers.get(str(one["n"]), ())
        ticked = sorted({n for n in given if n in one["order"]})
        if ticked:
            kept[str(one["n"])] = ticked
    return kept


def _nurse(by: Actor) -> Nurse:
    """Lock her file first, so that two presses come in turn. :raises kernel.refusals.Hidden: she has none"""
    row = Nurse.objects.select_for_update(of=("self",), no_key=True).filter(user=by.user_id).first()
    if row is None or not by.orgs_as(Role.NURSE):
        raise hidden("您的护士档案")
    return row


def _course(course_id: int, by: Actor) -> Course:
    row = selectors.courses_for(actor=by).filter(pk=course_id).first()
    if row is None:
        raise hidden("这门课程")
    return row


def _place(by: Actor) -> int | None:
    return min(by.orgs_as(Role.NURSE), default=None)
