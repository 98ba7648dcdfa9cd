"""Signing for a visit on the nurse's phone: what was shown, by whom, how, and that it confirms the visit once."""

import hashlib
import io
import json
import uuid
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from accounts.roles import Role
from kernel.refusals import Hidden, NotNow, NotYours, Refused, Stale
from orders import evidence, ink, services, summary
from orders.lifecycle import OrderStatus as S
from orders.models import VisitSignature
from patients import services as patients
from tests import world
from tests.world import persons, traces

pytestmark = [pytest.mark.django_db, pytest.mark.clause("002 五(六)2")]

LATER = world.NOW + timedelta(days=1, hours=1, minutes=45)
PAD = [{"penColor": "#16211f", "points": [{"x": 10, "y": 12, "time": 1}, {"x": 60.5, "y": 40}, {"x": 80, "y": 12}]}]


@pytest.fixture
def t():
    return world.town()


@pytest.fixture
def done(t):
    return world.order(t, S.AWAITING_CONFIRMATION)


def shown(row) -> str:
    return summary.digest(summary.lines(row))


def said(row, **changed):
    given = {
        "shown_sha256": shown(row), "signer_name": "沈家明", "capacity": "family", "method": "glass", "strokes": PAD,
        "device": "phone",
    }  # fmt: skip
    return {**given, **changed}


def sign(t, row, *, by=None, now=LATER, **changed):
    return services.sign_visit(order_id=row.pk, by=by or t.actor(Role.NURSE), now=now, **said(row, **changed))


def photo(t, row, kind="evidence"):
    data = io.BytesIO()
    Image.new("RGB", (40, 40), "white").save(data, "JPEG")
    file = SimpleUploadedFile("print.jpg", data.getvalue())
    return patients.upload(patient_id=row.patient_id, kind=kind, file=file, by=t.actor(Role.NURSE), now=LATER)


def test_a_signature_on_glass_confirms_the_visit(t, done):
    row = sign(t, done)

    kept = row.signatures.get()
    assert (row.status, row.confirmed_how) == (S.COMPLETED, "signed")
    assert (kept.signer_name, kept.version, kept.taken_by) == ("沈家明", 1, t.users[Role.NURSE])
    assert json.loads(kept.strokes) == PAD
    assert kept.shown_sha256 == shown(row)
    assert kept.sha256 not in ("", kept.shown_sha256)


def test_what_was_signed_says_what_was_done_and_what_was_not(t, done):
    words = dict(summary.lines(done))

    assert words["服务对象"] == "沈玉兰"
    assert words["护理记录"] == "按计划完成，服务对象无不适。"
    assert "体温" in words
    assert "按项目单继续上门" in words["下一步"]
    assert summary.lines(done) == summary.lines(world.fresh(done))


def test_the_hash_changes_with_any_word_and_with_the_mark(t, done):
    lines = summary.lines(done)
    assert summary.digest(lines) != summary.digest([*lines[:-1], (lines[-1][0], lines[-1][1] + "。")])

    first = sign(t, done).signatures.get()
    second = services.sign_again(
        order_id=done.pk, why="签错了人", by=t.actor(Role.NURSE), now=LATER, **said(done, strokes=PAD * 2)
    )
    assert first.shown_sha256 == second.shown_sha256
    assert first.sha256 != second.sha256


def test_other_words_than_those_shown_are_not_signed_for(t, done):
    with pytest.raises(Stale, match="请重新看过"):
        sign(t, done, shown_sha256="0" * 64)

    assert world.fresh(done).status == S.AWAITING_CONFIRMATION


def test_what_a_phone_without_network_showed_is_kept_in_its_own_words(t, done):
    words = "体温 36.6 ℃\n护理记录 按计划完成"
    early = LATER - timedelta(minutes=3)

    kept = sign(t, done, shown_sha256="", shown_words=words, happened_at=early).signatures.get()

    assert kept.shown_words == words
    assert kept.shown_sha256 == hashlib.sha256(words.encode()).hexdigest()
    assert (kept.signed_at, kept.recorded_at) == (early, LATER)


def test_who_was_shown_nothing_has_signed_nothing(t, done):
    with pytest.raises(Stale):
        sign(t, done, shown_sha256="", shown_words="  ")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"strokes": []}, "strokes"),
        ({"strokes": [{"points": [{"x": 1, "y": 1}]}]}, "strokes"),
        ({"strokes": [{"points": "nonsense"}]}, "strokes"),
        ({"strokes": [[[float("nan"), 1], [2, 2], [3, 3]]]}, "strokes"),
        ({"strokes": [[[1, 1], [2, 2]]] * 60_000}, "strokes"),
        ({"signer_name": "  "}, "signer_name"),
        ({"capacity": "self", "signer_name": "沈家明"}, "signer_name"),
        ({"capacity": "neighbour"}, "capacity"),
        ({"method": "typed"}, "method"),
        ({"method": "print"}, "picture"),
        ({"method": "witness", "reason": "手不能写"}, "witness_name"),
        ({"method": "witness", "witness_name": "周阿姨"}, "reason"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_signature_is_refused_beside_its_field(t, done, changed, field):
    with pytest.raises(Refused) as no:
        sign(t, done, **changed)

    assert field in no.value.field_errors
    assert not VisitSignature.objects.exists()
    assert world.fresh(done).status == S.AWAITING_CONFIRMATION


def test_who_cannot_write_leaves_a_print_of_a_finger(t, done):
    picture = photo(t, done)

    kept = sign(t, done, method="print", strokes=[], picture=picture).signatures.get()

    assert (kept.picture, kept.strokes) == (picture, "")


def test_another_patient_s_picture_is_no_print(t, done):
    other = world.neighbour(t)
    picture = patients.upload(
        patient_id=other.patient.pk, kind="evidence", file=jpeg(), by=t.actor(Role.NURSE), now=LATER
    )
    with pytest.raises(Refused, match="请拍下"):
        sign(t, done, method="print", strokes=[], picture=picture)


def jpeg():
    data = io.BytesIO()
    Image.new("RGB", (40, 40), "white").save(data, "JPEG")
    return SimpleUploadedFile("print.jpg", data.getvalue())


def test_a_witness_says_why_nobody_could_sign(t, done):
    kept = sign(
        t, done, method="witness", strokes=[], capacity="self", signer_name="沈玉兰", witness_name="周阿姨",
        reason="双手颤抖，不能握笔",
    ).signatures.get()  # fmt: skip

    assert (kept.witness_name, kept.reason) == ("周阿姨", "双手颤抖，不能握笔")


def test_it_is_given_on_the_phone_of_the_nurse_who_was_there(t, done):
    with pytest.raises(NotYours, match="自己的手机"):
        sign(t, done, by=t.actor(Role.PROXY))
    with pytest.raises(Refused):
        sign(t, done, by=t.actor(Role.DISPATCHER))
    with pytest.raises(Hidden):
        sign(t, done, by=persons.family())


@pytest.mark.parametrize("status", [S.ACCEPTED, S.COMPLETED, S.DISPUTED])
def test_it_is_asked_for_at_the_end_of_a_visit_and_at_no_other_time(t, status):
    row = world.order(t, status)
    digest = shown(row) if row.finished_at else "0" * 64
    with pytest.raises(Refused):
        services.sign_visit(
            order_id=row.pk, by=t.actor(Role.NURSE), now=LATER, shown_sha256=digest, signer_name="沈家明",
            capacity="family", method="glass", strokes=PAD,
        )  # fmt: skip


def test_a_phone_that_asks_twice_signs_once(t, done):
    receipt = uuid.uuid4()
    for _ in range(2):
        row = sign(t, done, receipt=receipt)

    assert row.status == S.COMPLETED
    assert VisitSignature.objects.count() == 1


def test_the_family_s_own_phone_and_the_code_still_confirm(t, done):
    row = services.confirm(order_id=done.pk, code=done.visit_code, by=t.actor(Role.NURSE), now=LATER)

    assert row.confirmed_how == "code"
    with pytest.raises(NotNow):
        sign(t, done)


def test_a_wrong_signature_is_replaced_within_a_day_and_both_stay(t, done):
    sign(t, done)
    again = {"order_id": done.pk, "by": t.actor(Role.NURSE)}

    kept = services.sign_again(why="上次由护工代签，本人要求自己签", now=LATER + timedelta(hours=2), **again,
                               **said(done, capacity="self", signer_name="沈玉兰"))  # fmt: skip

    first, second = done.signatures.order_by("version")
    assert (first.replaced_at, second.replaced_at) == (LATER + timedelta(hours=2), None)
    assert second == kept
    assert traces.act("orders.signed_again").reason == "上次由护工代签，本人要求自己签"
    with pytest.raises(NotNow, match="一天以内"):
        services.sign_again(why="再来", now=LATER + timedelta(days=2), **again, **said(done))
    with pytest.raises(Hidden):
        services.sign_again(why="再来", now=LATER, order_id=done.pk, by=t.actor(Role.PROXY), **said(done))


def test_each_signature_stands_among_the_papers_of_the_order(t, done):
    sign(t, done)
    services.sign_again(
        order_id=done.pk, why="签错了人", by=t.actor(Role.NURSE), now=LATER, **said(done, strokes=PAD * 2)
    )

    papers = {paper.name.partition(" ")[2]: paper.sha256 for paper in evidence.papers_of(world.fresh(done))}

    for one in done.signatures.all():
        assert papers[f"服务签字（第 {one.version} 次）"] == one.sha256
        assert any(one.sha256 in str(event.data) for event in traces.events())


def test_nobody_signs_again_for_what_nobody_signed(t):
    row = world.order(t, S.COMPLETED)
    with pytest.raises(NotNow):
        services.sign_again(order_id=row.pk, why="补签", by=t.actor(Role.NURSE), now=LATER, **said(row))


def test_the_database_holds_one_live_signature_with_a_mark(t, done):
    kept = sign(t, done).signatures.get()
    base = {
        "order": done, "capacity": "family", "signer_name": "甲", "shown_sha256": "0" * 64, "sha256": "0" * 64,
        "signed_at": LATER, "recorded_at": LATER, "taken_by": t.users[Role.NURSE],
    }  # fmt: skip
    for broken in (
        {"version": 1, "method": "glass", "strokes": "[1]", "replaced_at": LATER},
        {"version": 2, "method": "glass", "strokes": "[1]"},
        {"version": 2, "method": "glass", "strokes": "", "replaced_at": LATER},
        {"version": 2, "method": "witness", "witness_name": "乙", "replaced_at": LATER},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            VisitSignature.objects.create(**{**base, **broken})
    assert list(done.signatures.all()) == [kept]


def test_names_and_strokes_are_not_in_the_trace(t, done):
    traces.begin()
    sign(t, done, method="witness", strokes=[], witness_name="周阿姨", reason="双手颤抖")

    everything = " ".join(str(event.data) for event in [*traces.events(), *traces.rows("orders.visitsignature")])
    assert "周阿姨" not in everything
    assert "颤抖" not in everything
    assert "沈家明" not in everything


numbers = st.floats(-100_000, 100_000)
points = st.lists(st.tuples(numbers, numbers), min_size=1, max_size=20)


@given(st.lists(points, min_size=3, max_size=8))
def test_whatever_was_drawn_becomes_a_picture(strokes):
    with Image.open(io.BytesIO(ink.picture(strokes))) as picture:
        assert picture.size == (ink.WIDTH, ink.HEIGHT)
        assert picture.getbbox() is not None
        assert len(picture.getcolors(65_536)) > 1


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), lambda inner: st.lists(inner)))
def test_nothing_that_is_no_drawing_breaks_the_judge(thing):
    assert ink.is_signature(thing) in (True, False)
