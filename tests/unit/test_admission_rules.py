"""What a hospital said of an admission: what stands together, and which grade is to be explained."""

from datetime import date

import pytest

from followups.admission import RISKS, Admission, band, faults, joined, unusual, watched_for

pytestmark = pytest.mark.clause("001 二(四)19")

HOME = date(2026, 3, 1)
WHOLE = {"assessed_on": date(2026, 2, 20), "self_care": 50, **dict.fromkeys(RISKS, False)}


def fields(said) -> list[str]:
    return [reason.field for reason in faults(said, HOME)]


def test_nothing_told_is_nothing_wrong():
    assert faults(Admission(), HOME) == []
    assert not Admission().told
    assert not watched_for(None)
    assert not watched_for(Admission())


def test_an_assessment_is_told_as_a_whole():
    assert fields(Admission(self_care=50)) == ["assessed_on", *RISKS]
    assert fields(Admission(**{**WHOLE, "fall_risk": None})) == ["fall_risk"]
    assert faults(Admission(**WHOLE), HOME) == []


@pytest.mark.parametrize("score", [-5, 3, 101, 105])
def test_a_score_stands_in_steps_of_five_up_to_a_hundred(score):
    assert fields(Admission(**{**WHOLE, "self_care": score})) == ["self_care"]


@pytest.mark.parametrize("day", [date(2026, 3, 2), date(2025, 2, 1)])
def test_an_assessment_lies_before_the_discharge_and_not_years_ago(day):
    assert fields(Admission(**{**WHOLE, "assessed_on": day})) == ["assessed_on"]


@pytest.mark.parametrize(("home", "day"), [(date.min, date.min), (date.min, HOME), (HOME, date.min), (HOME, date.max)])
def test_a_day_of_the_first_year_is_judged_like_any_other(home, day):
    said = Admission(**{**WHOLE, "assessed_on": day})
    assert [reason.field for reason in faults(said, home)] == ([] if home == day else ["assessed_on"])


def test_what_is_told_later_fills_what_was_left_out_and_contradicts_nothing():
    grades, whole = Admission(grade_in="first", grade_out="second"), Admission(**WHOLE)
    both = Admission(**WHOLE, grade_in="first", grade_out="second")
    assert joined(grades, whole) == joined(whole, grades) == joined(both, both) == joined(both, Admission()) == both
    assert joined(both, Admission(grade_out="third")) is None
    assert joined(both, Admission(**{**WHOLE, "fall_risk": True})) is None
    for first, then, told in (
        ("", "病情需要", "病情需要"),
        ("病情需要", "需要", "病情需要"),
        ("卧床。", "发热", "卧床；发热"),
    ):
        assert joined(Admission(grade_words=first), Admission(grade_words=then)).grade_words == told


@pytest.mark.parametrize(
    ("score", "words"),
    [
        (0, "重度依赖"), (40, "重度依赖"), (45, "中度依赖"), (60, "中度依赖"), (65, "轻度依赖"), (95, "轻度依赖"),
        (100, "无需依赖"),
    ],
)  # fmt: skip
def test_the_bands_are_those_of_the_national_standard(score, words):
    assert band(score)[0] == words


@pytest.mark.parametrize(
    ("score", "grade", "odd"),
    [
        (40, "first", False), (40, "special", False), (40, "second", True), (40, "third", True),
        (50, "second", False), (50, "first", False), (50, "third", True), (50, "special", True),
        (80, "third", False), (80, "second", False), (80, "first", True), (100, "special", True),
    ],
)  # fmt: skip
def test_a_grade_that_does_not_agree_with_the_score_is_to_be_explained_and_not_refused(score, grade, odd):
    said = {**WHOLE, "self_care": score, "grade_in": grade}

    assert bool(unusual(Admission(**said))) is odd
    assert fields(Admission(**said)) == (["grade_words"] if odd else [])
    assert fields(Admission(**said, grade_words="术后病情不稳定，按病情定级。")) == []


@pytest.mark.parametrize(
    ("before", "after", "odd"),
    [("first", "second", False), ("second", "second", False), ("", "third", False), ("second", "first", True),
     ("third", "second", True), ("", "special", True)],
)  # fmt: skip
def test_going_home_in_heavier_care_than_one_came_is_to_be_explained(before, after, odd):
    assert fields(Admission(grade_in=before, grade_out=after)) == (["grade_words"] if odd else [])


def test_a_grade_that_is_not_of_the_standard_is_turned_away():
    assert fields(Admission(grade_in="fifth")) == ["grade_in"]
    assert fields(Admission(grade_in="third", grade_words="长" * 201)) == ["grade_words"]


def test_who_is_watched_for_and_why():
    said = Admission(**{**WHOLE, "self_care": 35, "fall_risk": True}, grade_out="first")

    assert watched_for(said) == ("一级护理", "重度依赖", "跌倒风险")
    assert not watched_for(Admission(**WHOLE, grade_out="second"))
