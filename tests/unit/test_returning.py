"""The test before the return visit: which days still bring the results in time."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders import returning

pytestmark = pytest.mark.clause("003 二(一)2")
BLOOD, DRESSING = SimpleNamespace(takes_specimen=True), SimpleNamespace(takes_specimen=False)
TODAY = date(2026, 3, 2)
TWO = {"order.results_days": 2}
days = st.integers(-40, 40).map(lambda n: TODAY + timedelta(days=n))


@pytest.mark.parametrize(
    ("back", "items", "code"),
    [
        (4, [BLOOD], None),
        (2, [BLOOD, DRESSING], None),
        (1, [BLOOD], "request.return_soon"),
        (0, [BLOOD], "request.return_soon"),
        (-5, [BLOOD], "request.return_soon"),
        (9, [DRESSING], "request.return_plain"),
        (9, [], "request.return_plain"),
    ],
)
def test_a_day_of_return_makes_sense_only_with_a_specimen_and_enough_days(back, items, code):
    no = returning.why_not_return(TODAY + timedelta(days=back), items, TODAY, TWO)

    assert (no and no.code) == code
    if no:
        assert (no.clause, no.field) == ("003 二(一)2", "return_on")


def test_a_visit_too_late_for_the_results_is_told_the_last_day():
    no = returning.too_late(date(2026, 3, 6), date(2026, 3, 7), [BLOOD], TODAY, TWO, "day")

    assert no.field == "day"
    assert "最晚须在 3 月 5 日上门采样" in no.sentence
    assert returning.too_late(date(2026, 3, 5), date(2026, 3, 7), [BLOOD], TODAY, TWO, "day") is None


@given(days, days, st.integers(1, 14))
def test_a_visit_is_refused_exactly_when_an_earlier_one_would_do(visit, back, results):
    settings = {"order.results_days": results}
    last = returning.latest(back, settings)
    refused = returning.too_late(visit, back, [BLOOD], TODAY, settings, "day") is not None

    assert refused == (visit > last >= TODAY)
    assert returning.too_late(min(visit, last), back, [BLOOD], TODAY, settings, "day") is None


@given(days, days)
def test_nothing_is_asked_where_nothing_is_taken_or_nobody_goes_back(visit, back):
    assert returning.too_late(visit, back, [DRESSING], TODAY, TWO, "day") is None
    assert returning.too_late(visit, None, [BLOOD], TODAY, TWO, "day") is None
    assert returning.note(visit, back, [DRESSING], TODAY, TWO) is None
    assert returning.note(visit, None, [BLOOD], TODAY, TWO) is None


def test_the_desk_reads_until_when_and_for_which_day():
    back = date(2026, 3, 7)

    assert returning.note(date(2026, 3, 4), back, [BLOOD], TODAY, TWO) == (
        "须在 3 月 5 日前（含当日）采样，供 3 月 7 日复诊", False,
    )  # fmt: skip
    assert returning.note(date(2026, 3, 6), back, [BLOOD], TODAY, TWO)[1]
    assert returning.note(date(2026, 3, 9), back, [BLOOD], TODAY, TWO)[1]  # later than the return itself
    assert returning.note(date(2026, 3, 4), back, [BLOOD], date(2026, 3, 8), TWO) is None


@given(days, days, days)
def test_nothing_is_said_of_visits_after_one_that_brings_the_results_in_time(visit, earliest, back):
    said = returning.note(visit, back, [BLOOD], TODAY, TWO, min(earliest, visit))
    last = returning.latest(back, TWO)

    assert (said is None) == (back < TODAY or (earliest < visit and earliest <= last))
    if said:
        assert said[1] == (visit > last)


@pytest.mark.parametrize("back", [date.min, date.max])
def test_a_day_that_no_calendar_of_ours_reaches_is_a_slip_and_no_fault(back):
    no = returning.objection(TODAY, back, [BLOOD], TODAY, TWO, "day")

    assert no.field == "return_on"
