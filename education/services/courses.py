"""A course's way: drafted with its bank, read by a second pair of eyes, published, withdrawn."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from accounts.models import Organization
from education import bank as banks
from education import rules, starting
from education.doors import COURSES
from education.lifecycle import TRAINED
from education.models import Course
from education.services.papers import Papers
from kernel.actors import Actor
from kernel.refusals import Invalid
from nurses.models import Training

LONGEST = 12_000
TEXTS = ("title", "summary", "body", "specialty", "source")
NUMBERS = ("drawn", "hours", "valid_months", "pass_mark", "tries", "minutes")


def write_course(*, district: Organization, code: str, by: Actor, now: datetime, receipt=None, **facts) -> Course:
    """
    Draft a course, or the next edition of one that is published; ``bank`` is the questions as they are typed.

    :raises kernel.refusals.Refused: not this actor's district, something is missing, an edition is in work already
    """
    return PAPERS.write(district=district, code=code, by=by, now=now, receipt=receipt, **facts)


def change_course(*, course_id: int, by: Actor, now: datetime, **given) -> Course:
    """Change a draft; who changed it last has written it. :raises kernel.refusals.Refused: no draft, or incomplete"""
    return PAPERS.change(course_id, by=by, now=now, **given)


def review_course(*, course_id: int, by: Actor, now: datetime, **seen) -> Course:
    """Say that content and questions are right. :raises kernel.refusals.Refused: one's own draft, or no draft"""
    return PAPERS.review(course_id, by=by, now=now, **seen)


def send_back_course(*, course_id: int, reason: str, by: Actor, now: datetime, **seen) -> Course:
    """Give it back to be changed. :raises kernel.refusals.Refused: no reason"""
    return PAPERS.send_back(course_id, reason=reason, by=by, now=now, **seen)


def publish_course(*, course_id: int, by: Actor, now: datetime, **seen) -> Course:
    """Let nurses take it; the edition before is replaced. :raises kernel.refusals.Refused: not reviewed"""
    return PAPERS.publish(course_id, by=by, now=now, **seen)


def withdraw_course(*, course_id: int, reason: str, by: Actor, now: datetime, **seen) -> Course:
    """Stop offering it; what was passed stays passed. :raises kernel.refusals.Refused: no reason"""
    return PAPERS.withdraw(course_id, reason=reason, by=by, now=now, **seen)


def adopt_courses(*, district: Organization, by: Actor, now: datetime) -> list[Course]:
    """Put the platform's own courses in as drafts, as far as the district has none of that name; to be reviewed."""
    return PAPERS.adopt(starting.courses(), district=district, by=by, now=now)


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


PAPERS = Papers(
    door=COURSES, model=Course, clause=TRAINED, judged=_judged, more=lambda row: {"questions": len(row.bank)}
)
