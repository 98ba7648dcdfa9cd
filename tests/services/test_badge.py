"""A badge's statement: what it says, how long it counts, and that nobody else can make or change one."""

import base64
import json
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from nurses import badge
from nurses.badge import Statement, Verdict
from tests import world

NOW = world.NOW
DISTRICT = "示范区卫健委"


def statement(**changed):
    facts = {
        "nurse_id": 7, "name": "张敏", "title": "主管护师", "institution": "潍坊社区卫生服务中心", "institution_id": 3,
        "district": DISTRICT, "issued_at": NOW, "until": NOW + timedelta(hours=3), "number": "D2026-0001",
        "starts_at": NOW + timedelta(hours=1),
    }  # fmt: skip
    return Statement(**{**facts, **changed})


def judge(text, now=NOW, district=DISTRICT):
    return badge.check(text, now=now, district=district)


def parts(text):
    return [base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in text.split(".")]


def packed(*data):
    return ".".join(base64.urlsafe_b64encode(one).decode().rstrip("=") for one in data)


def test_a_statement_is_read_back_as_it_was_signed():
    said = statement()

    assert judge(badge.sign(said)) == (Verdict.REAL, said)


def test_anybody_can_check_it_with_the_public_key_alone():
    body, signature = parts(badge.sign(statement()))
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(badge.public_key()))

    key.verify(signature, body)


def test_it_names_nobody_but_the_nurse():
    body, _ = parts(badge.sign(statement()))

    assert set(json.loads(body)) == {"v", "k", "d", "o", "c", "i", "n", "t", "a", "x", "y", "s"}
    assert set(json.loads(parts(badge.sign(statement(number="", starts_at=None)))[0])) == {*"vkdocintax"}


def test_it_is_short_enough_for_a_code_on_a_telephone():
    long = statement(name="欧阳娜仁托娅·阿卜杜勒克里木", institution="上海市浦东新区南汇新城社区卫生服务中心")

    assert len(badge.sign(long)) < 700


@given(st.data())
def test_no_single_changed_character_passes(data):
    text = badge.sign(statement())
    at = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.sampled_from("ABCXYZabcxyz0189-_."))
    if text[at] == letter:
        return

    verdict, said = judge(text[:at] + letter + text[at + 1 :])

    assert verdict in (Verdict.FORGED, Verdict.FOREIGN)
    assert said is None


def test_another_name_under_an_old_signature_is_forged():
    body, signature = parts(badge.sign(statement()))
    altered = json.dumps({**json.loads(body), "n": "李丽"}, ensure_ascii=False, separators=(",", ":")).encode()

    assert judge(packed(altered, signature)) == (Verdict.FORGED, None)


def test_a_signature_by_another_key_is_forged():
    body, _ = parts(badge.sign(statement()))

    assert judge(packed(body, Ed25519PrivateKey.generate().sign(body))) == (Verdict.FORGED, None)


def test_another_platform_s_badge_is_told_apart_from_a_forgery(settings):
    settings.BADGE_KEY = base64.b64encode(b"another platform's very own key!").decode()
    theirs = badge.sign(statement())
    settings.BADGE_KEY = base64.b64encode(b"this platform's own badge key...").decode()

    assert judge(theirs) == (Verdict.FOREIGN, None)


def test_another_district_s_badge_is_told_apart():
    assert judge(badge.sign(statement(district="邻区卫健委"))) == (Verdict.FOREIGN, None)


def test_it_counts_until_its_last_moment_and_not_longer():
    text = badge.sign(statement())

    assert judge(text, NOW + timedelta(hours=3))[0] == Verdict.REAL
    assert judge(text, NOW + timedelta(hours=3, seconds=1))[0] == Verdict.EXPIRED


def test_one_from_the_future_does_not_count_yet():
    text = badge.sign(statement())

    assert judge(text, NOW - timedelta(minutes=4))[0] == Verdict.REAL
    assert judge(text, NOW - timedelta(minutes=6))[0] == Verdict.EXPIRED


@pytest.mark.parametrize(
    ("ends_in", "counts_for"),
    [
        (None, timedelta(minutes=15)),
        (timedelta(hours=2), timedelta(hours=3)),
        (timedelta(days=3), timedelta(hours=12)),
        (timedelta(hours=-5), timedelta(minutes=15)),
    ],
    ids=["no visit", "a visit", "a visit in three days", "a visit long over"],
)
def test_it_counts_for_the_visit_and_never_longer_than_half_a_day(ends_in, counts_for):
    planned_end = None if ends_in is None else NOW + ends_in

    assert badge.valid_until(NOW, planned_end) == NOW + counts_for


@given(st.text() | st.text("AB.-_=").map(lambda text: text + "."))
def test_whatever_is_scanned_is_answered(text):
    assert judge(text)[0] in (Verdict.FORGED, Verdict.FOREIGN)


@pytest.mark.parametrize("facts", [[], {}, {"k": 1}, {"v": 1, "k": "x", "x": "soon"}, None, "text", 5])
def test_what_is_signed_but_no_statement_is_forged_or_foreign(facts):
    body = json.dumps(facts).encode()

    assert judge(packed(body, badge._key().sign(body)))[1] is None


def test_a_moment_that_no_calendar_knows_is_forged():
    body, _ = parts(badge.sign(statement()))
    body = json.dumps({**json.loads(body), "x": 10**30}).encode()

    assert judge(packed(body, badge._key().sign(body))) == (Verdict.FORGED, None)
