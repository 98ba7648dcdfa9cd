"""Who must pass what until when, the training of centres in figures, the pool of experts: no query per row."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, F, Q, QuerySet

from accounts.models import Organization
from accounts.roles import Role
from accounts.selectors import posts_in_force
from education.models import Assignment, Exam, Expert, ExtraTry
from education.selectors.courses import tries_of
from kernel.refusals import hidden
from nurses.models import Nurse


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
        used, allowed, scores, _ = tries_of(row.course, exams[key], extra[key])
        found[row.pk] = Tries(used, allowed, max(scores, default=None))
    return found


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
