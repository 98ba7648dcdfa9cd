"""How a nurse stands with the courses she may take: no query per row."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from accounts.models import Organization
from accounts.roles import Role
from accounts.selectors import district_of
from education import access, texts
from education.lifecycle import READABLE
from education.models import Assignment, Course, Exam, ExtraTry, Study
from kernel.actors import Actor
from kernel.refusals import hidden
from nurses.models import Nurse


@dataclass(frozen=True, slots=True)
class Standing:
    """How a nurse stands with a course: read, sat, passed, how many tries are used since she passed last."""

    course: Course
    read: frozenset
    parts: int
    used: int
    allowed: int
    sat: int
    best: int | None
    valid_until: date | None
    open_exam: Exam | None
    due_on: date | None
    passed: Exam | None

    @property
    def studied(self) -> bool:
        return len(self.read) >= self.parts


def courses(*, actor: Actor) -> QuerySet[Course]:
    rows = access.courses_visible_to(actor).select_related("written_by", "reviewed_by")
    return rows.order_by("code", "-edition")


def course(*, actor: Actor, pk: int) -> Course:
    """:raises kernel.refusals.Hidden: not there, or not for this actor"""
    rows = access.courses_visible_to(actor).select_related("written_by", "reviewed_by", "district")
    row = rows.prefetch_related("steps__taken_by").filter(pk=pk).first()
    if row is None:
        raise hidden("这门课程")
    return row


def courses_for(*, actor: Actor) -> QuerySet[Course]:
    """The courses of the districts in which this nurse works, of every edition that was ever published."""
    centres = Organization.objects.filter(pk__in=actor.orgs_as(Role.NURSE)).select_related("parent__parent")
    return Course.objects.filter(district__in={district_of(one).pk for one in centres}, published_at__isnull=False)


def offered_in(centre: Organization) -> QuerySet[Course]:
    return Course.objects.filter(district=district_of(centre), status__in=READABLE).order_by("kind", "title", "pk")


def standing(*, nurse: Nurse, course: Course, today: date) -> Standing:
    return standings(nurse=nurse, courses=[course], today=today)[0]


def standings(*, nurse: Nurse, courses: Iterable[Course], today: date) -> list[Standing]:
    """How one nurse stands with each of these courses, in four queries however many there are."""
    courses = list(courses)
    codes = {one.code for one in courses}
    read = dict(Study.objects.filter(nurse=nurse, course__in=courses).values_list("course", "sections"))
    exams: dict[tuple, list[Exam]] = defaultdict(list)
    for exam in Exam.objects.filter(nurse=nurse, course__code__in=codes).select_related("course", "training"):
        exams[exam.course.district_id, exam.course.code].append(exam)
    extra: dict[tuple, list] = defaultdict(list)
    for district, code, at in ExtraTry.objects.filter(nurse=nurse, course__code__in=codes).values_list(
        "course__district", "course__code", "given_at"
    ):
        extra[district, code].append(at)
    due = {
        (district, code): day
        for district, code, day in Assignment.objects.filter(
            nurse=nurse, course__code__in=codes, passed_at__isnull=True, ended_at__isnull=True
        )
        .order_by("-due_on")
        .values_list("course__district", "course__code", "due_on")
    }
    return [
        _standing(one, read.get(one.pk, ()), exams[one.district_id, one.code], extra[one.district_id, one.code],
                  due.get((one.district_id, one.code)))
        for one in courses
    ]  # fmt: skip


def _standing(course, read, exams, extra, due_on) -> Standing:
    exams = sorted(exams, key=lambda exam: exam.pk)
    used, allowed, scores, passed = tries_of(course, exams, extra)
    return Standing(
        course=course,
        read=frozenset(read),
        parts=len([part for part in texts.sections(course.body) if part.title]),
        used=used,
        allowed=allowed,
        sat=sum(exam.course_id == course.pk for exam in exams),
        best=max(scores, default=None),
        valid_until=passed.training.expires_on if passed and passed.training else None,
        open_exam=next((exam for exam in exams if exam.submitted_at is None and exam.course_id == course.pk), None),
        due_on=due_on,
        passed=passed,
    )


def exam_of(*, actor: Actor, pk: int) -> Exam:
    """:raises kernel.refusals.Hidden: not there, or not hers"""
    rows = Exam.objects.select_related("course__district", "nurse__user", "training")
    row = rows.filter(pk=pk, nurse__user=actor.user_id).first()
    if row is None:
        raise hidden("这次考试")
    return row


def tries_of(course, exams, extra) -> tuple[int, int, list[int], Exam | None]:
    """Tries count from the last time she passed; so do those that were given on top."""
    passed = next((exam for exam in reversed(exams) if exam.passed), None)
    since = [exam for exam in exams if passed is None or exam.pk > passed.pk]
    more = sum(passed is None or at > passed.submitted_at for at in extra)
    return len(since), course.tries + more, [exam.score for exam in exams if exam.score is not None], passed
