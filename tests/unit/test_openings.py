"""When a nurse could first begin, asked of the pure rules: no database."""

from datetime import date, datetime, time, timedelta

import pytest
from django.utils import timezone

from institutions.settings import defaults
from nurses.models import Affiliation, Insurance, Training
from nurses.rules import Candidate, Item, Registry, Visit
from orders.openings import first_start

DAY = date(2026, 3, 3)
LATER = date(2028, 1, 1)


def at(hour, minute=0, day=DAY):
    return timezone.make_aware(datetime.combine(day, time(hour, minute)))


def nurse(**changed):
    facts = {
        "user_id": 1, "nurse_id": 1, "name": "顾晓雯", "clinical_since": date(2010, 1, 1), "title": "supervisor",
        "certificate_expires_on": LATER,
        "affiliations": ((7, Affiliation.Kind.REGISTERED, date(2024, 1, 1), None),),
        "registry": Registry(found=True, checked_on=DAY, recheck_due=LATER),
        "trainings": dict.fromkeys(Training.Kind, LATER),
        "insurances": {kind: (date(2025, 1, 1), LATER) for kind in Insurance.Kind},
        "shifts": ((at(8), at(18)),),
    }  # fmt: skip
    return Candidate(**{**facts, **changed})


def visit(minutes=60, items=()):
    return Visit(
        organisation_id=7, starts_at=at(0), ends_at=at(0) + timedelta(minutes=minutes), items=items,
        patient_sex="female", settings=defaults(),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "earliest", "expected"),
    [
        ({}, at(0), at(8)),
        ({}, at(9, 30), at(9, 30)),
        ({}, at(17, 30), None),  # an hour does not fit any more
        ({"shifts": ()}, at(0), None),
        ({"leaves": ((at(7), at(12)),)}, at(0), at(12)),
        ({"bookings": ((at(8), at(9), "D1"),)}, at(0), at(9, 20)),  # the way is made
        ({"bookings": ((at(8, 30), at(17, 30), "D1"),)}, at(0), None),
        ({"bookings": tuple((at(8, n), at(8, n + 1), f"D{n}") for n in range(8))}, at(0), None),  # eight a day
        ({"certificate_expires_on": date(2026, 1, 1)}, at(0), None),
    ],
)
def test_the_first_moment_is_the_first_that_every_rule_allows(changed, earliest, expected):
    assert first_start(nurse(**changed), visit(), earliest) == expected


def test_a_want_of_skill_leaves_no_moment():
    asked = (Item(code="8", name="导尿", certificates=(("urology", "泌尿专科", "002 附件6"),)),)

    assert first_start(nurse(), visit(items=asked), at(0)) is None


def test_a_shift_of_another_day_is_none_of_this_one():
    other = DAY + timedelta(days=1)

    assert first_start(nurse(shifts=((at(8, day=other), at(18, day=other)),)), visit(), at(0)) is None
