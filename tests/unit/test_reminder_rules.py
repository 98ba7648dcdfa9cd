"""When a message may go, which way it goes, and which reminder is due: pure answers."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from notifications import rules
from notifications.texts import TEXTS

ZONE = ZoneInfo("Asia/Shanghai")
NIGHT = {"quiet_from": time(21), "quiet_until": time(8), "zone": ZONE}


def at(hour, minute=0):
    return datetime(2026, 3, 2, hour, minute, tzinfo=ZONE)


@pytest.mark.clause("002 五(四)")
@pytest.mark.parametrize(
    ("now", "goes"),
    [
        (at(20, 59), at(20, 59)),
        (at(21), at(8) + timedelta(days=1)),
        (at(23, 59), at(8) + timedelta(days=1)),
        (at(3), at(8)),
        (at(7, 59), at(8)),
        (at(8), at(8)),
    ],
)
def test_what_can_wait_waits_for_the_morning(now, goes):
    assert rules.not_before(now, urgent=False, **NIGHT) == goes
    assert rules.not_before(now, urgent=True, **NIGHT) == now


def test_quiet_hours_within_one_day_and_none_at_all():
    noon = {"quiet_from": time(12), "quiet_until": time(14), "zone": ZONE}
    none = {"quiet_from": time(8), "quiet_until": time(8), "zone": ZONE}

    assert rules.not_before(at(13), urgent=False, **noon) == at(14)
    assert rules.not_before(at(15), urgent=False, **noon) == at(15)
    assert rules.not_before(at(3), urgent=False, **none) == at(3)


def test_every_urgent_and_every_spoken_message_has_words():
    assert set(TEXTS) >= rules.URGENT
    assert set(TEXTS) >= rules.BY_VOICE
    assert all(template.startswith("family.") for template in rules.BY_VOICE)


def test_a_letter_is_tried_again_ever_later_and_then_a_person_takes_over():
    pauses = [rules.again_at(at(9), n) for n in range(1, rules.TRIES + 1)]

    assert pauses[:-1] == sorted(pauses[:-1])
    assert pauses[0] == at(9) + timedelta(minutes=1)
    assert pauses[-1] is None


@pytest.mark.parametrize(
    ("left", "span"), [(91, None), (90, 90), (61, 90), (60, 60), (31, 60), (30, 30), (0, 30), (-1, None)]
)
def test_the_smallest_span_that_has_begun_is_the_one_that_is_due(left, span):
    today = date(2026, 3, 2)

    assert rules.span_reached(today + timedelta(days=left), today) == span


def test_a_span_that_had_begun_before_the_paper_was_written_is_no_news():
    signed = date(2026, 3, 2)
    ends = signed + timedelta(days=90)

    assert rules.span_reached(ends, signed, known_since=signed) is None
    assert rules.span_reached(ends, signed + timedelta(days=29), known_since=signed) is None
    assert rules.span_reached(ends, signed + timedelta(days=30), known_since=signed) == 60


def test_a_way_without_its_number_is_refused_beside_the_field():
    def said(**given):
        ways = {"sms": False, "wechat": False, "voice": False, "phone": "", "wechat_id": "", **given}
        return [(no.code, no.field) for no in rules.judge_reach(**ways)]

    assert said() == []
    assert said(sms=True) == [("reach.phone_missing", "phone")]
    assert said(voice=True, phone="不知道") == [("reach.phone", "phone")]
    assert said(wechat=True) == [("reach.wechat_missing", "wechat_id")]
    assert said(sms=True, phone="15400000001") == []
    assert said(voice=True, phone="02150000001") == []
