"""What goes to the city's quality-control centre: taken as it stood, handed over by somebody, answered by the city."""

import io
from datetime import date, timedelta
from uuid import uuid4

import openpyxl
import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.roles import Role
from kernel.refusals import Hidden, Invalid, NotNow, Refused, Stale, Unmet
from reporting import access, gateways, services
from reporting.lifecycle import PackStatus as P
from reporting.models import CityPack
from supervision import services as supervision
from tests import world
from tests.services.test_access_twins import everybody
from tests.world import places, traces

pytestmark = [pytest.mark.django_db, pytest.mark.clause("001 二(四)17")]
DAY = timedelta(days=1)
SECRET = "李桂兰家门口没有扶手"


class Connected:
    """A centre that answers as a test tells it."""

    answer: object = gateways.Receipt("unavailable", "市质控接口")
    packs: list

    def hand_in(self, *, number, sha256, name, content):
        Connected.packs.append((number, sha256, name, content))
        return Connected.answer() if callable(Connected.answer) else Connected.answer


@pytest.fixture
def t():
    t = world.town()
    t.today = timezone.localdate(t.now)
    t.head, t.inspector = t.actor(Role.SUPERVISOR), t.actor(Role.QC_INSPECTOR)
    t.finding = supervision.register(
        kind="walk", source="walk", key="walk:1", organisation=t.centre, words=SECRET, clause="003 四(四)",
        due_on=t.today + DAY, by=t.head, now=t.now,
    )  # fmt: skip
    return t


@pytest.fixture
def online(monkeypatch):
    Connected.packs = []
    monkeypatch.setattr(gateways, "quality_centre", Connected)
    return Connected


def prepared(t, **changed):
    given = {"organisation": t.district, "first": t.today - 30 * DAY, "last": t.today, "by": t.head, "now": t.now}
    return services.prepare_pack(**{**given, **changed})


def handed(t, row=None, **changed):
    row = row or prepared(t)
    services.fetch_pack(pack_id=row.pk, by=t.head, now=t.now)
    given = {"way": "person", "carried_by": "高敏", "handed_on": t.today, "by": t.head, "now": t.now}
    return services.hand_over_pack(pack_id=row.pk, **{**given, **changed})


def acknowledged(t, row, **changed):
    given = {"receipt_number": "沪质控〔2026〕12号", "answered_on": t.today, "by": t.inspector, "now": t.now}
    return services.acknowledge_pack(pack_id=row.pk, **{**given, **changed})


def fields(no) -> list[str]:
    return [reason.field for reason in no.value.reasons]


def test_the_file_holds_what_stood_there_and_nobodys_name_nor_words(t):
    row = prepared(t)
    supervision.register(
        kind="walk", source="walk", key="walk:2", organisation=t.centre, words="以后的事", clause="003 四(四)",
        due_on=t.today + DAY, by=t.head, now=t.now,
    )  # fmt: skip

    file = services.fetch_pack(pack_id=row.pk, by=t.inspector, now=t.now)

    book = openpyxl.load_workbook(io.BytesIO(file.content))
    assert book.sheetnames == ["质量指标", "监管问题", "质控评分", "报送说明"]
    assert book["监管问题"].max_row == 2  # a head and what stood there when it was prepared
    told = "".join(str(cell.value) for sheet in book for line in sheet.iter_rows() for cell in line)
    assert SECRET not in told
    assert row.sha256 in told
    row.refresh_from_db()
    assert (row.status, row.fetched, row.counts["监管问题"]) == (P.PREPARED, 1, 1)
    assert SECRET.encode() not in bytes(row.sealed)
    for action in ("reporting.pack_prepared", "reporting.pack_fetched"):
        assert traces.events().filter(action=action).count() == 1


def test_days_that_cannot_be_nothing_there_and_the_same_days_twice_are_refused(t):
    with pytest.raises(Invalid) as no:
        prepared(t, last=t.today + DAY)
    assert fields(no) == ["last"]
    with pytest.raises(Invalid):
        prepared(t, first=None)
    with pytest.raises(Unmet) as empty:
        prepared(t, first=date(2024, 1, 1), last=date(2024, 1, 31))
    assert empty.value.code == "pack.empty"
    prepared(t)
    with pytest.raises(Refused) as again:
        prepared(t, by=t.inspector)
    assert again.value.code == "pack.known"


def test_by_hand_it_is_downloaded_handed_over_and_acknowledged_by_a_receipt(t):
    row = prepared(t)
    with pytest.raises(Unmet) as no:
        services.hand_over_pack(
            pack_id=row.pk, way="person", carried_by="高敏", handed_on=t.today, by=t.head, now=t.now
        )
    assert no.value.code == "pack.not_fetched"

    row = handed(t, row)
    assert (row.status, row.carried_by, row.receipt_number) == (P.HANDED, "高敏", "")
    with pytest.raises(Invalid) as no:
        acknowledged(t, row, receipt_number=" ")
    assert fields(no) == ["receipt_number"]
    row = acknowledged(t, row)

    assert (row.status, row.receipt_number) == (P.ACKNOWLEDGED, "沪质控〔2026〕12号")
    assert services.fetch_pack(pack_id=row.pk, by=t.head, now=t.now).content  # can be shown years later
    row.refresh_from_db()
    assert row.status == P.ACKNOWLEDGED
    assert list(row.steps.order_by("pk").values_list("name", flat=True)) == [
        "prepare", "fetch", "hand_over", "acknowledge", "fetch",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"way": "online"}, "way"), ({"way": ""}, "way"), ({"carried_by": " "}, "carried_by"),
        ({"receipt_number": "长" * 61}, "receipt_number"), ({"handed_on": None}, "handed_on"),
        ({"handed_on": date(2026, 3, 1)}, "handed_on"), ({"handed_on": date(2026, 3, 9)}, "handed_on"),
    ],
)  # fmt: skip
def test_who_when_and_how_are_said_beside_their_fields(t, changed, field):
    with pytest.raises(Invalid) as no:
        handed(t, **changed)

    assert fields(no) == [field]
    assert CityPack.objects.get().status == P.PREPARED


def test_another_receipt_than_the_one_at_handing_over_is_asked_about(t):
    row = handed(t, receipt_number="收 8")

    with pytest.raises(Invalid) as no:
        acknowledged(t, row, receipt_number="收 9")
    assert no.value.code == "pack.other_receipt"
    assert acknowledged(t, row, receipt_number="收 8").status == P.ACKNOWLEDGED


def test_what_the_city_sends_back_is_kept_in_its_words_and_the_days_may_be_prepared_again(t):
    row = handed(t)
    with pytest.raises(Invalid):
        services.send_back_pack(pack_id=row.pk, answer="", answered_on=t.today, by=t.head, now=t.now)

    row = services.send_back_pack(pack_id=row.pk, answer="缺二月分母", answered_on=t.today, by=t.head, now=t.now)

    assert (row.status, row.answer) == (P.RETURNED, "缺二月分母")
    with pytest.raises(NotNow):
        acknowledged(t, row)
    again = prepared(t)
    assert services.drop_pack(pack_id=again.pk, reason="日期选错", by=t.head, now=t.now).status == P.DROPPED
    with pytest.raises(NotNow):
        services.fetch_pack(pack_id=again.pk, by=t.head, now=t.now)


def test_without_a_service_sending_says_so_and_pretends_nothing(t):
    row = prepared(t)

    with pytest.raises(Refused) as no:
        services.send_pack(pack_id=row.pk, by=t.head, now=t.now)

    assert no.value.code == "pack.by_hand"
    row.refresh_from_db()
    assert (row.status, row.way, row.steps.count()) == (P.PREPARED, "", 1)


def test_a_connected_centres_receipt_is_kept_and_still_waits_for_its_answer(t, online):
    row = prepared(t)
    online.answer = gateways.Receipt("taken", "市质控接口", "SH-7")

    row = services.send_pack(pack_id=row.pk, by=t.head, now=t.now)

    assert (row.status, row.way, row.receipt_number) == (P.HANDED, "online", "SH-7")
    assert [pack[:3] for pack in online.packs] == [(row.number, row.sha256, f"{row.number}.xlsx")]
    assert acknowledged(t, row, receipt_number="SH-7").status == P.ACKNOWLEDGED
    with pytest.raises(NotNow):
        services.send_pack(pack_id=row.pk, by=t.head, now=t.now)
    assert len(online.packs) == 1


def test_a_connected_centre_may_send_back_or_be_down(t, online):
    row = prepared(t)
    for answer in (gateways.Receipt("unavailable", "市质控接口"), gateways.Receipt("taken", "市质控接口", "")):
        online.answer = answer
        with pytest.raises(Refused) as no:
            services.send_pack(pack_id=row.pk, by=t.head, now=t.now)
        assert no.value.code == "pack.no_answer"
        row.refresh_from_db()
        assert (row.status, row.handed_on, row.receipt_number) == (P.SENDING, None, "")
    online.answer = gateways.Receipt("sent_back", "市质控接口", "格式不符")

    row = services.send_pack(pack_id=row.pk, by=t.head, now=t.now)

    assert (row.status, row.answer, row.receipt_number) == (P.RETURNED, "格式不符", "")


def test_an_old_page_hands_nothing_in_and_a_repeated_press_hears_the_first_answer(t, online):
    row = prepared(t)
    online.answer = gateways.Receipt("taken", "市质控接口", "SH-7")
    with pytest.raises(Stale):
        services.send_pack(pack_id=row.pk, by=t.head, now=t.now, version=row.version + 1)
    assert online.packs == []

    press = {"pack_id": row.pk, "by": t.head, "now": t.now, "version": row.version, "receipt": uuid4()}
    first = services.send_pack(**press)
    again = services.send_pack(**press)

    assert (first.status, again.status, again.receipt_number) == (P.HANDED, P.HANDED, "SH-7")
    assert len(online.packs) == 1
    assert list(row.steps.order_by("pk").values_list("name", flat=True)) == ["prepare", "send", "answer"]


def test_when_nobody_lives_to_hear_the_answer_the_pack_says_so_and_is_asked_about_again(t, online):
    row = prepared(t)

    def dies():
        raise SystemExit

    online.answer = dies
    press = {"pack_id": row.pk, "by": t.head, "now": t.now, "receipt": uuid4()}
    with pytest.raises(SystemExit):
        services.send_pack(**press)

    row.refresh_from_db()
    assert (row.status, row.way, row.carried_by) == (P.SENDING, "online", t.head.name)
    services.fetch_pack(pack_id=row.pk, by=t.head, now=t.now)
    with pytest.raises(NotNow):
        services.drop_pack(pack_id=row.pk, reason="不要了", by=t.head, now=t.now)
    with pytest.raises(NotNow):
        handed(t, row)
    with pytest.raises(Refused) as known:
        prepared(t)
    assert known.value.code == "pack.known"
    online.answer = gateways.Receipt("taken", "市质控接口", "SH-8")
    assert services.send_pack(**press).receipt_number == "SH-8"  # the same press once more, by a browser that waits
    assert {pack[:2] for pack in online.packs} == {(row.number, row.sha256)}


def test_without_an_answer_it_goes_by_hand_only_once_somebody_says_that_it_has_not_arrived(t, online):
    row = prepared(t)
    online.answer = gateways.Receipt("unavailable", "市质控接口")
    with pytest.raises(Refused):
        services.send_pack(pack_id=row.pk, by=t.head, now=t.now)
    with pytest.raises(Invalid):
        services.give_up_sending(pack_id=row.pk, reason=" ", by=t.head, now=t.now)

    row = services.give_up_sending(pack_id=row.pk, reason="电话核实没有收到", by=t.inspector, now=t.now)

    assert (row.status, row.way, row.carried_by) == (P.PREPARED, "", "")
    assert handed(t, row).status == P.HANDED


@pytest.mark.parametrize("meanwhile", ["given_up", "by_hand", "pressed_twice"])
def test_an_answer_that_comes_late_is_kept_or_said_and_never_lost(t, online, meanwhile):
    row = prepared(t)

    def late():
        online.answer = gateways.Receipt("taken", "市质控接口", "SH-9")
        if meanwhile == "pressed_twice":
            services.send_pack(pack_id=row.pk, by=t.inspector, now=t.now)
        else:
            services.give_up_sending(pack_id=row.pk, reason="电话核实没有收到", by=t.inspector, now=t.now)
        if meanwhile == "by_hand":
            handed(t, row)
        return online.answer

    online.answer = late
    if meanwhile == "by_hand":
        with pytest.raises(Refused) as no:
            services.send_pack(pack_id=row.pk, by=t.head, now=t.now)
        assert "SH-9" in no.value.sentence
        row.refresh_from_db()
        assert (row.status, row.way) == (P.HANDED, "person")
    else:
        row = services.send_pack(pack_id=row.pk, by=t.head, now=t.now)
        assert (row.status, row.way, row.receipt_number) == (P.HANDED, "online", "SH-9")


def test_a_download_leaves_what_others_have_open_as_it_is(t):
    row = prepared(t)
    services.fetch_pack(pack_id=row.pk, by=t.head, now=t.now)
    opened = CityPack.objects.get(pk=row.pk)
    services.fetch_pack(pack_id=row.pk, by=t.inspector, now=t.now + DAY)

    now = CityPack.objects.get(pk=row.pk)
    assert (now.fetched, now.version, now.status_since) == (2, opened.version, opened.status_since)
    assert handed(t, row, version=opened.version).status == P.HANDED


@pytest.mark.parametrize(
    "broken",
    [{"status": "acknowledged"}, {"status": "returned"}, {"status": "prepared"}, {"carried_by": ""},
     {"answered_on": date(2026, 1, 1)}, {"last": date(2025, 1, 1)}, {"status": "sending"}],
)  # fmt: skip
def test_the_database_keeps_no_answer_without_its_evidence(t, broken):
    row = handed(t)

    with pytest.raises(IntegrityError), transaction.atomic():
        CityPack.objects.filter(pk=row.pk).update(**broken)


def test_it_is_the_districts_own_matter(t):
    row = prepared(t)

    for actor in everybody(t):
        seen = access.packs_visible_to(actor).filter(pk=row.pk).exists()
        assert seen == bool(access.pack_hats(actor, row))
    for by in (t.actor(Role.CENTRE_ADMIN), t.actor(Role.REVIEWER)):
        with pytest.raises(Hidden):
            prepared(t, by=by)
        with pytest.raises(Hidden):
            services.fetch_pack(pack_id=row.pk, by=by, now=t.now)
    with pytest.raises(Hidden):
        prepared(t, organisation=t.centre, by=places.staff(t.centre, Role.CENTRE_ADMIN))
