"""The scales of a first home assessment: sums and bands are worked out, never typed in."""

import pytest

from clinical import sections, usual
from clinical.sections import BY_KEY, SECTIONS

SCALES = [section for section in SECTIONS if section.is_scale]


def extremes(section):
    """Answers with the fewest and with the most points."""
    scored = [q for q in section.questions if q.kind == "score"]
    return [{q.key: pick(points for points, _ in q.options) for q in scored} for pick in (min, max)]


@pytest.mark.clause("000 二(二)", "003 二(四)11")
def test_self_care_pain_nutrition_and_mood_are_asked_of_everybody():
    assert {"barthel", "pain", "nutrition", "mood"} <= {section.key for section in SCALES}
    assert [s.key for s in sections.unanswered({})] == [s.key for s in SECTIONS]


@pytest.mark.clause("003 二(四)11")
@pytest.mark.parametrize("section", SCALES, ids=lambda section: section.key)
def test_every_sum_that_can_come_out_has_exactly_one_band(section):
    low, high = (section.total(answers) for answers in extremes(section))

    for total in range(low, high + 1):
        assert sum(band.low <= total <= band.high for band in section.bands) == 1, total


@pytest.mark.clause("000 二(二)")
@pytest.mark.parametrize(
    ("changed", "total", "band", "flagged"),
    [
        ({}, 100, "无需依赖", False),
        ({"stairs": 5}, 95, "轻度依赖", False),
        ({"walk": 0, "transfer": 0, "stairs": 0}, 60, "中度依赖", True),
        ({"walk": 0, "transfer": 0, "stairs": 0, "eat": 0, "dress": 0}, 40, "重度依赖", True),
    ],
)
def test_self_care_is_graded_by_barthels_sum(changed, total, band, flagged):
    barthel = BY_KEY["barthel"]
    answers = {**extremes(barthel)[1], **changed}

    assert barthel.total(answers) == total
    assert (barthel.band(answers).label, barthel.band(answers).flag) == (band, flagged)
    assert bool(sections.red_flags({"barthel": answers})) is flagged


def test_a_sum_waits_for_its_last_part():
    answers = extremes(BY_KEY["barthel"])[1]
    del answers["eat"]

    assert BY_KEY["barthel"].total(answers) is None
    assert BY_KEY["barthel"].band(answers) is None
    assert [q.key for q in sections.left_in(BY_KEY["barthel"], answers)] == ["eat"]


@pytest.mark.clause("003 二(四)11")
def test_only_points_that_the_scale_knows_are_taken():
    clean, errors = sections.clean(BY_KEY["pain"], {"nrs": "11", "site": "左膝", "unheard_of": "x"})
    kept, none = sections.clean(BY_KEY["pain"], {"nrs": "7"})

    assert (clean, list(errors)) == ({"site": "左膝"}, ["nrs"])
    assert (kept, none) == ({"nrs": 7}, {})
    assert BY_KEY["pain"].band(kept).label == "重度"


@pytest.mark.clause("002 五(七)1(3)")
def test_a_press_gives_only_what_is_normal_and_leaves_what_must_be_asked():
    for key, press in usual.PRESSES.items():
        section = sections.BY_KEY[key]
        normal = next(answers for answers in extremes(section) if not section.band(answers).flag)
        assert press.answers.items() <= normal.items(), key

    asked = {(key, q.key) for key in usual.PRESSES for q in usual.one_by_one(sections.BY_KEY[key])}
    assert asked == {("fall", "history"), ("fall", "second"), ("nutrition", "loss")}
    assert usual.PRESSES.keys().isdisjoint({"disease", "allergy", "pain", "mood", "cognition", "home", "family"})


def test_a_press_never_changes_an_answer_and_what_is_changed_later_is_typed():
    fall = sections.BY_KEY["fall"]
    given = {"history": 25, "gait": 20}

    filled = usual.unsaid(fall, given)

    assert filled == {"aid": 0, "drip": 0, "mental": 0}
    assert usual.still_pressed(fall, [*filled, *filled], {**given, **filled, "aid": 15}) == ["drip", "mental"]
    assert usual.unsaid(sections.BY_KEY["mood"], {}) == {}
