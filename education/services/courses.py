"""A course's way: drafted with its bank, read by a second pair of eyes, published, withdrawn."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max

from accounts.models import Organization
from education import bank as banks
from education import rules, starting
from education.doors import COURSES
from education.lifecycle import READABLE, TRAINED
from education.models import Course
from education.services.articles import demand_other
from kernel.actors import Actor, system
from kernel.refusals import Invalid, demand_words
from nurses.models import Training

LONGEST = 12_000
TEXTS = ("title", "summary", "body", "specialty", "source")
NUMBERS = ("drawn", "hours", "valid_months", "pass_mark", "tries", "minutes")


def write_course(*, district: Organization, code: str, by: Actor, now: datetime, receipt=None, **facts) -> Course:
    """
    Draft a course, or the next edition of one that is published; ``bank`` is the questions as they are typed.

    :raises kernel.refusals.Refused: not this actor's district, something is missing, an edition is in work already
    """
    facts = _judged(code, facts)
    row = Course(district=district, code=code, written_by_id=by.account, written_at=now, **facts)

    def prepare(row, entry):
        Organization.objects.select_for_update(no_key=True).get(pk=district.pk)  # two who begin at once come in turn
        known = Course.objects.filter(district=district, code=code)
        row.edition = (known.aggregate(n=Max("edition"))["n"] or 0) + 1
        entry.data.update({"code": code, "edition": row.edition, "questions": len(row.bank)})

    return COURSES.create("write", row, by=by, now=now, prepare=prepare, inputs={"code": code, **facts},
                          receipt=receipt)  # fmt: skip


def change_course(*, course_id: int, by: Actor, now: datetime, **given) -> Course:
    """Change a draft; who changed it last has written it. :raises kernel.refusals.Refused: no draft, or incomplete"""
    seen = {key: given.pop(key) for key in ("version", "receipt") if key in given}

    def change(row, entry):
        for name, value in _judged(row.code, given).items():
            setattr(row, name, value)
        row.written_by_id, row.written_at = by.account, now
        row.reviewed_by = row.reviewed_at = None

    return COURSES.take("change", course_id, by=by, now=now, change=change, inputs=given, **seen)


def review_course(*, course_id: int, by: Actor, now: datetime, **seen) -> Course:
    """Say that content and questions are right. :raises kernel.refusals.Refused: one's own draft, or no draft"""

    def change(row, entry):
        demand_other(row, by)
        row.reviewed_by_id, row.reviewed_at = by.account, now

    return COURSES.take("review", course_id, by=by, now=now, change=change, **seen)


def send_back_course(*, course_id: int, reason: str, by: Actor, now: datetime, **seen) -> Course:
    """Give it back to be changed. :raises kernel.refusals.Refused: no reason"""
    demand_words(reason, "请写明需要修改的地方。", TRAINED)

    def change(row, entry):
        row.reviewed_by = row.reviewed_at = None

    return COURSES.take("send_back", course_id, by=by, now=now, change=change, reason=reason.strip()[:300],
                        inputs={"reason": reason}, **seen)  # fmt: skip


def publish_course(*, course_id: int, by: Actor, now: datetime, **seen) -> Course:
    """Let nurses take it; the edition before is replaced. :raises kernel.refusals.Refused: not reviewed"""

    def change(row, entry):
        old = Course.objects.filter(district=row.district_id, code=row.code, status__in=READABLE).first()
        if old:
            COURSES.take("replace", old.pk, by=system("education.replace"), now=now)
        row.published_at = now
        entry.data.update({"code": row.code, "edition": row.edition})

    return COURSES.take("publish", course_id, by=by, now=now, change=change, **seen)


def withdraw_course(*, course_id: int, reason: str, by: Actor, now: datetime, **seen) -> Course:
    """Stop offering it; what was passed stays passed. :raises kernel.refusals.Refused: no reason"""
    demand_words(reason, "请写明撤下的原因，会写入留痕。", TRAINED)
    return COURSES.take("withdraw", course_id, by=by, now=now, reason=reason.strip()[:300],
                        inputs={"reason": reason}, **seen)  # fmt: skip


def adopt_courses(*, district: Organization, by: Actor, now: datetime) -> list[Course]:
    """Put the platform's own courses in as drafts, as far as the district has none of that name; to be reviewed."""
    with transaction.atomic():
        known = set(Course.objects.filter(district=district).values_list("code", flat=True))
        return [
            write_course(district=district, by=by, now=now, **one)
            for one in starting.courses()
            if one["code"] not in known
        ]


def _judged(code: str, given: dict) -> dict:
    """Return what a course holds, when nothing is missing."""
    facts: dict[str, Any] = {name: str(given.get(name, "")).strip() for name in TEXTS}
    facts |= {name: given.get(name) for name in NUMBERS}
    facts["kind"] = given.get("kind", "")
    facts["bank"], found = banks.read(str(given.get("bank", "")))
    found += rules.paper(
        code=code, longest=LONGEST, clause=TRAINED,
        **{name: facts[name] for name in ("title", "summary", "body", "source")},
    )  # fmt: skip
    found += rules.course(
        kind=facts["kind"], kinds=Training.Kind.values, body=facts["body"], bank_size=len(facts["bank"]),
        **{name: facts[name] for name in NUMBERS},
    )  # fmt: skip
    if found:
        raise Invalid(*found)
    facts["hours"] = Decimal(str(facts["hours"]))
    facts["specialty"] = facts["specialty"][:40]
    return facts
