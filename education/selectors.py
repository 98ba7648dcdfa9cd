"""Reads that pages need, complete: no query per row."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Case, Count, F, Q, QuerySet, Sum, Value, When

from accounts.models import Organization
from accounts.roles import Role
from accounts.selectors import district_of, posts_in_force
from catalog.models import Item
from clinical.models import Reading
from education import access, texts
from education.lifecycle import READABLE, SHOWN_TO_ALL, TO_MODERATE
from education.models import Article, Assignment, Course, Exam, Expert, ExtraTry, Handout, Post, PostDay, Study
from kernel.actors import Actor
from kernel.refusals import hidden
from nurses.models import Nurse
from orders.models import Order

TEACH_BACK = "teach_back"  # the key of the catalogue's measurement


# --- articles ---------------------------------------------------------------------------------------------------------


def public_articles(district: Organization) -> QuerySet[Article]:
    """What anybody may read, by kind and title."""
    return Article.objects.filter(district=district, status__in=READABLE).order_by("kind", "title", "pk")


def readable(centre: Organization) -> QuerySet[Article]:
    """What a centre may hand out."""
    return public_articles(district_of(centre))


def public_article(district: Organization, code: str) -> Article:
    """:raises kernel.refusals.Hidden: there is none of that name, or not any more"""
    row = public_articles(district).select_related("reviewed_by", "district").filter(code=code).first()
    if row is None:
        raise hidden("这篇文章")
    return row


def articles(*, actor: Actor) -> QuerySet[Article]:
    """Every edition, the newest of each first."""
    rows = access.articles_visible_to(actor).select_related("written_by", "reviewed_by")
    return rows.order_by("code", "-edition").annotate(sent=Count("handouts"))


def article(*, actor: Actor, pk: int) -> Article:
    """:raises kernel.refusals.Hidden: not there, or not for this actor"""
    rows = access.articles_visible_to(actor).select_related("written_by", "reviewed_by", "district")
    row = rows.prefetch_related("steps__taken_by").filter(pk=pk).first()
    if row is None:
        raise hidden("这篇文章")
    return row


def fitting(order: Order) -> list[Article]:
    """What may be handed out at a visit: what is about its items first."""
    numbers = {line.item.number for line in order.lines.select_related("item")}
    found = list(readable(order.centre))
    return sorted(found, key=lambda one: (not numbers & set(one.items), one.kind, one.title))


def items_in_words(district: Organization, on: date) -> dict[int, str]:
    """The names of the items of the edition in force, by number."""
    return dict(
        Item.objects.filter(edition__district=district, edition__effective_from__lte=on)
        .order_by("edition__effective_from", "number")
        .values_list("number", "name")
    )


# --- handed out -------------------------------------------------------------------------------------------------------


def handed_at(order: Order) -> QuerySet[Handout]:
    return Handout.objects.filter(order=order).select_related("article", "sent_by").order_by("pk")


def teach_back_of(order: Order) -> str:
    """What the visit's own record says was kept of the teaching; empty when it was not asked."""
    found = Reading.objects.filter(record=order.visit_record_id, measurement__key=TEACH_BACK)
    return found.values_list("value", flat=True).first() or ""


def handouts_of_family(*, actor: Actor) -> QuerySet[Handout]:
    rows = Handout.objects.filter(patient__in=actor.patients_as(*access.FAMILY))
    return rows.select_related("article", "patient", "sent_by", "centre").order_by("-sent_at", "-pk")


def handout(*, actor: Actor, pk: int) -> Handout:
    """:raises kernel.refusals.Hidden: not there, or not of this family"""
    row = handouts_of_family(actor=actor).select_related("article__district", "order").filter(pk=pk).first()
    if row is None:
        raise hidden("这条健康教育")
    return row


# --- courses ----------------------------------------------------------------------------------------------------------


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
    used, allowed, scores, passed = _tries(course, exams, extra)
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


# --- plans and figures ------------------------------------------------------------------------------------------------


def nurses_at(centre: Organization, on: date) -> list[Nurse]:
    """Nurses in post at a centre today, by name."""
    users = posts_in_force(on=on).filter(organisation=centre, role=Role.NURSE.value).values("user")
    found = Nurse.objects.filter(user__in=users).select_related("user")
    return sorted(found, key=lambda one: (str(one), one.pk))


def assignments(centre: Organization) -> QuerySet[Assignment]:
    rows = Assignment.objects.filter(centre=centre, ended_at__isnull=True).select_related("nurse__user", "course")
    return rows.order_by(F("passed_at").asc(nulls_first=True), "due_on", "pk")


def assignment(*, centre: Organization, pk: int) -> Assignment:
    """:raises kernel.refusals.Hidden: not there, or another centre's"""
    row = assignments(centre).filter(pk=pk).first()
    if row is None:
        raise hidden("这项培训安排")
    return row


@dataclass(frozen=True, slots=True)
class Tries:
    """How often a nurse has sat since she passed last, her best points, and whether a try is left."""

    used: int
    allowed: int
    best: int | None

    @property
    def used_up(self) -> bool:
        return self.used >= self.allowed


def tries_left(rows: Iterable[Assignment]) -> dict[int, Tries]:
    """The tries of each assignment's nurse, in two queries however many rows there are."""
    rows = list(rows)
    nurses, codes = {row.nurse_id for row in rows}, {row.course.code for row in rows}
    exams: dict[tuple, list[Exam]] = defaultdict(list)
    sat = Exam.objects.filter(nurse__in=nurses, course__code__in=codes).select_related("course").order_by("pk")
    for exam in sat:
        exams[exam.nurse_id, exam.course.district_id, exam.course.code].append(exam)
    extra: dict[tuple, list] = defaultdict(list)
    more = ExtraTry.objects.filter(nurse__in=nurses, course__code__in=codes)
    for nurse, district, code, at in more.values_list("nurse", "course__district", "course__code", "given_at"):
        extra[nurse, district, code].append(at)
    found = {}
    for row in rows:
        key = (row.nurse_id, row.course.district_id, row.course.code)
        used, allowed, scores, _ = _tries(row.course, exams[key], extra[key])
        found[row.pk] = Tries(used, allowed, max(scores, default=None))
    return found


def _tries(course, exams, extra) -> tuple[int, int, list[int], Exam | None]:
    """Tries count from the last time she passed; so do those that were given on top."""
    passed = next((exam for exam in reversed(exams) if exam.passed), None)
    since = [exam for exam in exams if passed is None or exam.pk > passed.pk]
    more = sum(passed is None or at > passed.submitted_at for at in extra)
    return len(since), course.tries + more, [exam.score for exam in exams if exam.score is not None], passed


@dataclass(frozen=True, slots=True)
class Score:
    """How the training of one centre goes (001 二(二)6, 7)."""

    centre: Organization
    nurses: int
    planned: int
    passed: int
    late: int
    sat: int
    first_time: int
    average: float | None

    @property
    def rate(self) -> int | None:
        return round(100 * self.passed / self.planned) if self.planned else None

    @property
    def first_rate(self) -> int | None:
        return round(100 * self.first_time / self.sat) if self.sat else None


def scores(centres: Iterable[Organization], today: date) -> list[Score]:
    """Each centre's training in figures, in four queries however many centres there are."""
    centres = list(centres)
    staff = dict(
        posts_in_force(on=today)
        .filter(organisation__in=centres, role=Role.NURSE.value)
        .values_list("organisation")
        .annotate(n=Count("user", distinct=True))
    )
    planned = {
        row["centre"]: row
        for row in Assignment.objects.filter(centre__in=centres, ended_at__isnull=True)
        .values("centre")
        .annotate(
            n=Count("pk"),
            passed=Count("pk", filter=Q(passed_at__isnull=False)),
            late=Count("pk", filter=Q(passed_at__isnull=True, due_on__lt=today)),
        )
    }
    at: dict[int, set] = defaultdict(set)
    for user, place in (
        posts_in_force(on=today)
        .filter(organisation__in=centres, role=Role.NURSE.value)
        .values_list("user", "organisation")
    ):
        at[place].add(user)
    judged: dict[int, list] = defaultdict(list)
    for user, number, passed, score in Exam.objects.filter(
        nurse__user__in=set().union(*at.values()) if at else (), submitted_at__isnull=False,
        submitted_at__date__gte=today - timedelta(days=365),
    ).values_list("nurse__user", "number", "passed", "score"):  # fmt: skip
        judged[user].append((number, passed, score))
    return [_score(one, staff, planned.get(one.pk, {}), at[one.pk], judged) for one in centres]


def _score(centre, staff, planned, users, judged) -> Score:
    exams = [exam for user in users for exam in judged[user]]
    first = [passed for number, passed, _ in exams if number == 1]
    points = [score for _, _, score in exams]
    return Score(
        centre=centre,
        nurses=staff.get(centre.pk, 0),
        planned=planned.get("n", 0),
        passed=planned.get("passed", 0),
        late=planned.get("late", 0),
        sat=len(first),
        first_time=sum(first),
        average=round(sum(points) / len(points), 1) if points else None,
    )


def experts(district: Organization) -> QuerySet[Expert]:
    """The pool: who is in it first, by field."""
    return Expert.objects.filter(district=district).order_by(F("ends_on").desc(nulls_first=True), "field", "pk")


# --- posts ------------------------------------------------------------------------------------------------------------


def public_posts(district: Organization) -> QuerySet[Post]:
    """What everybody may read, the newest first."""
    rows = Post.objects.filter(district=district, status__in=SHOWN_TO_ALL).select_related("organisation")
    return rows.annotate(reads=Sum("days__reads")).order_by("-publish_at", "-pk")


def public_post(district: Organization, pk: int) -> Post:
    """:raises kernel.refusals.Hidden: not there, or not shown"""
    row = public_posts(district).filter(pk=pk).first()
    if row is None:
        raise hidden("这篇稿件")
    return row


def posts(*, actor: Actor) -> QuerySet[Post]:
    """What these readers see, what waits for the commission first."""
    rows = access.posts_visible_to(actor).select_related("organisation", "written_by")
    waiting = Case(When(status__in=TO_MODERATE, then=Value(0)), default=Value(1))
    return rows.alias(waiting=waiting).annotate(reads=Sum("days__reads")).order_by("waiting", "-written_at", "-pk")


def post(*, actor: Actor, pk: int) -> Post:
    """:raises kernel.refusals.Hidden: not there, or not for this actor"""
    rows = access.posts_visible_to(actor).select_related("organisation", "written_by", "decided_by", "honoured_by")
    row = rows.prefetch_related("steps__taken_by").annotate(reads=Sum("days__reads")).filter(pk=pk).first()
    if row is None:
        raise hidden("这份稿件")
    return row


def showcase_figures(district: Organization, today: date) -> dict[str, Any]:
    """Posts of the last seven days and reads of the year, against what 001 二(四)25 asks for."""
    shown = Post.objects.filter(district=district, status__in=SHOWN_TO_ALL)
    week = shown.filter(publish_at__date__gt=today - timedelta(days=7)).count()
    reads = PostDay.objects.filter(post__district=district, day__year=today.year).aggregate(n=Sum("reads"))["n"] or 0
    waiting = Post.objects.filter(district=district, status__in=TO_MODERATE).count()
    return {"week": week, "reads": reads, "waiting": waiting}
