"""Early warning: a month against its own past, with a rule that people can reckon again."""

import pytest

from indicators import early
from indicators.early import Tally


@pytest.mark.clause("000 三(七)")
@pytest.mark.parametrize(
    ("events", "visits", "past_events", "past_visits", "warned"),
    [
        (9, 100, 48, 1200, True),  # four were to be expected, eight are the limit
        (8, 100, 48, 1200, False),  # at the limit is not above it
        (9, 200, 48, 1200, False),  # twice the visits bring twice as many
        (3, 100, 0, 1200, True),  # what never happened before happened three times
        (2, 100, 0, 1200, False),  # two may be chance
        (9, 100, 1, 29, False),  # nothing to compare with
        (9, 100, 1, 30, True),
        (3, 0, 12, 1200, True),  # stopped visits only, none ended
        (0, 0, 0, 0, False),
    ],
)
def test_a_month_warns_only_when_it_is_well_above_its_own_past(events, visits, past_events, past_visits, warned):
    assert early.warns(Tally(events, visits, past_events, past_visits)) is warned


def test_the_words_name_what_is_compared():
    assert early.in_words(Tally(9, 100, 48, 1200)) == (
        "这个月 9 起（100 次上门），按前 12 个月的发生率约 4.0 起，超过 8.0 起提示预警。"
    )
    assert early.in_words(Tally(9, 100, 1, 29)) == (
        "这个月 9 起（100 次上门），前 12 个月上门 29 次，不足 30 次，不作比较。"
    )
    for number in (early.LEAST, early.KNOWN, early.BACK):
        assert f" {number} " in early.RULE
