"""The days of a course: by frequency, past days off, never beyond the times left or the validity."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinical.course import STEADY, Left, propose
from clinical.models import PrescriptionLine
from institutions import holidays

MONDAY = date(2026, 3, 2)
NEW_YEAR = date(2027, 3, 1)


def days(frequency, times, *, earliest=MONDAY, until=NEW_YEAR, last=None):
    line = Left(1, times, frequency, last)
    return [visit.day for visit in propose([line], earliest=earliest, until=until, works=holidays.is_working_day)]


@pytest.mark.clause("002 五(六)1")
@pytest.mark.parametrize(
    ("frequency", "apart"),
    [("daily", [1, 1]), ("every_other_day", [2, 2]), ("twice_weekly", [3, 4]), ("weekly", [7, 7]),
     ("fortnightly", [14, 14])],
)  # fmt: skip
def test_each_frequency_has_its_days(frequency, apart):
    found = days(frequency, 3)

    assert found[0] == MONDAY
    assert [(b - a).days for a, b in zip(found, found[1:], strict=False)] == apart


def test_a_month_later_is_the_same_day_or_the_months_last():
    assert days("monthly", 3, earliest=date(2026, 3, 31)) == [date(2026, 3, 31), date(2026, 4, 30), date(2026, 6, 1)]


def test_the_first_follows_the_latest_visit_and_never_lies_in_the_past():
    assert days("weekly", 1, last=date(2026, 2, 26)) == [date(2026, 3, 5)]
    assert days("weekly", 1, last=date(2025, 12, 1)) == [MONDAY]


def test_weekly_care_moves_past_a_holiday_and_daily_care_does_not():
    national_day = date(2026, 10, 1)
    assert holidays.called(national_day)

    (moved,) = propose(
        [Left(1, 1, "weekly")], earliest=national_day, until=NEW_YEAR, works=holidays.is_working_day
    )  # fmt: skip

    assert moved.moved
    assert holidays.is_working_day(moved.day)
    assert days("daily", 3, earliest=national_day) == [national_day + timedelta(days=n) for n in range(3)]


def test_a_day_made_up_for_a_holiday_is_a_working_day():
    made_up = date(2026, 2, 14)
    assert made_up.weekday() == 5

    assert holidays.is_working_day(made_up)
    assert not holidays.is_working_day(date(2026, 3, 7))
    assert not holidays.is_working_day(date(2027, 1, 1))


def test_lines_that_are_due_on_one_day_share_a_visit():
    found = propose(
        [Left(1, 2, "weekly"), Left(2, 3, "weekly")], earliest=MONDAY, until=NEW_YEAR, works=lambda day: True
    )

    assert [visit.lines for visit in found] == [(1, 2), (1, 2), (2,)]


LINES = st.lists(
    st.builds(
        Left,
        line=st.integers(1, 10**6),
        times=st.integers(0, 40),
        frequency=st.sampled_from(PrescriptionLine.Frequency.values),
        last=st.none() | st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    ),
    max_size=5,
    unique_by=lambda left: left.line,
)


@given(LINES, st.dates(date(2026, 1, 1), date(2026, 12, 31)), st.integers(-5, 200))
def test_no_line_is_proposed_more_often_than_it_has_times_nor_after_its_validity(lines, earliest, length):
    until = earliest + timedelta(days=length)

    found = propose(lines, earliest=earliest, until=until, works=holidays.is_working_day)

    assert [visit.day for visit in found] == sorted({visit.day for visit in found})
    assert all(earliest <= visit.day <= until for visit in found)
    for line in lines:
        hers = [visit.day for visit in found if line.line in visit.lines]
        assert len(hers) <= line.times
        assert line.last is None or all(day > line.last for day in hers)
        if line.frequency not in STEADY:
            assert all(holidays.is_working_day(day) for day in hers)
