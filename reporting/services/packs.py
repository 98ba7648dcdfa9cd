"""
A pack's way to the city's quality-control centre: prepared once, handed over, answered.

Only what the city said counts: by a receipt that somebody holds and types in, or by a connected service's own answer.
"""

import hashlib
import json
from datetime import date, datetime

from django.utils import timezone

from accounts.models import Organization
from accounts.sealed import keyring
from accounts.selectors import members_of_district
from audit.numbers import next_number
from institutions import selectors as institutions
from kernel.actors import Actor, system
from kernel.refusals import Invalid, NotNow, Refusal, Refused, Unmet, demand_words, hidden
from reporting import access, datasets, files, gateways, rules
from reporting.doors import PACKS
from reporting.lifecycle import CITY, PACK, UNANSWERED, PackStatus
from reporting.models import CityPack

TABLES = {"质量指标": datasets.indicators, "监管问题": datasets.findings, "质控评分": datasets.score_sheets}
BY_PERSON = tuple(way for way in CityPack.Way.values if way != CityPack.Way.ONLINE)
RECEIPT, CARRIER, WORDS = 60, 40, 300
LINE = system("reporting.city_line")
LEFT_OUT = "不含服务对象和护士的姓名，不含情况和整改情况的文字"


def prepare_pack(
    *, organisation: Organization, first: date | None, last: date | None, by: Actor, now: datetime, **seen
) -> CityPack:
    """
    Take indicators, findings and score sheets of these days as they stand now, for the city's centre.

    :raises kernel.refusals.Refused: not this actor's district, impossible days, nothing there, prepared before
    """
    if organisation.kind != Organization.Kind.COMMISSION or organisation.pk not in by.orgs_as(*access.OVERSEEING):
        raise hidden("这个区")
    today = timezone.localdate(now)
    found = rules.days(first, last, today, longest=rules.LONGEST_EXPORT, clause=CITY)
    if not found and last and last > today:
        found.append(Refusal("pack.ahead", "结束日期不能晚于今天。", CITY, "last"))
    if found or first is None or last is None:
        raise Invalid(*found)
    most = institutions.settings_of(organisation, today)["export.most_lines"]
    tables = _tables(organisation, first, last, most)
    text = json.dumps(tables, ensure_ascii=False)
    row = CityPack(
        organisation=organisation, first=first, last=last, counts={name: len(t) - 1 for name, t in tables.items()},
        sha256=hashlib.sha256(text.encode()).hexdigest(), prepared_by_id=by.account, prepared_at=now,
    )  # fmt: skip

    def prepare(row, entry):
        row.number = next_number("Q", now=now)
        row.sealed = keyring().seal(text, about=_about(row))
        entry.data.update({"number": row.number, "sha256": row.sha256, **row.counts})

    inputs = {"organisation": organisation.pk, "first": first, "last": last}
    return PACKS.create("prepare", row, by=by, now=now, prepare=prepare, inputs=inputs, **seen)


def fetch_pack(*, pack_id: int, by: Actor, now: datetime) -> files.File:
    """Take the file away. Each time is an act of its own. :raises kernel.refusals.Refused: not there, or dropped"""
    made: list[files.File] = []

    def change(row, entry):
        row.fetched, row.fetched_at = row.fetched + 1, now
        made.append(_file(row, by, now))
        entry.data.update({"number": row.number, "sha256": hashlib.sha256(made[0].content).hexdigest()})

    PACKS.take("fetch", pack_id, by=by, now=now, change=change)
    return made[0]


def send_pack(*, pack_id: int, by: Actor, now: datetime, **seen) -> CityPack:
    """
    Hand the pack in by the connected service and keep its answer.

    First the pack is claimed, then the service is asked outside any transaction: if nobody lives to hear the answer,
    the pack still says that it may have arrived. Pressed again, the service gives its first answer again.

    :raises kernel.refusals.Refused: ``pack.by_hand``, no service is connected: hand it over by hand and record that;
        ``pack.no_answer``, it did not answer, or not in time
    """
    if not gateways.connected():
        row = access.packs_visible_to(by).filter(pk=pack_id).first()
        if row is None:
            raise hidden("这份市质控报送")
        PACK.check("send", row, access.pack_hats(by, row))
        said = "目前没有可用的市质控中心在线接口，请下载文件按规定方式递交后登记。"
        raise Refused.because("pack.by_hand", said, CITY)

    def change(row, entry):
        row.way, row.carried_by = CityPack.Way.ONLINE, by.name[:CARRIER]
        entry.data["number"] = row.number

    row = PACKS.take("send", pack_id, by=by, now=now, change=change, **seen)
    if row.status not in UNANSWERED:
        return row  # the same press once more: what it was answered is kept already
    file = _file(row, by, now)
    answer = gateways.quality_centre().hand_in(
        number=row.number, sha256=row.sha256, name=file.name, content=file.content
    )  # fmt: skip
    if answer.state == "unavailable" or not answer.evidence:
        said = (
            "市质控中心的在线接口没有答复，还不知道是否收到。请稍后再按「在线报送」，同一份不会重复受理；"
            "向市质控中心核实没有收到的，可以改为人工递交。"
        )
        raise Refused.because("pack.no_answer", said, CITY)
    return _keep_answer(row, answer, by, now)


def _keep_answer(sent: CityPack, answer: gateways.Receipt, by: Actor, now: datetime) -> CityPack:
    """Taken whoever has done what meanwhile, unless an answer is kept already."""
    taken = answer.state == "taken"

    def change(row, entry):
        today = timezone.localdate(now)
        row.way, row.carried_by, row.handed_on = CityPack.Way.ONLINE, by.name[:CARRIER], today
        row.answered_on = today
        if taken:
            row.receipt_number = answer.evidence[:RECEIPT]
        else:
            row.answer = answer.evidence[:WORDS]
        entry.data.update({"number": row.number, "source": answer.source, "taken": taken})

    to = PackStatus.HANDED if taken else PackStatus.RETURNED
    try:
        return PACKS.take("answer", sent.pk, by=LINE, now=now, change=change, to=lambda: to)
    except NotNow:
        row = CityPack.objects.select_related("organisation").get(pk=sent.pk)
        if row.way == CityPack.Way.ONLINE:
            return row  # somebody pressed at the same time and heard the same
        said = f"在线接口答复「{answer.evidence[:WORDS]}」时，这份报送已另外登记，请与市质控中心核对以哪一次为准。"
        raise Refused.because("pack.answered_late", said, CITY) from None


def give_up_sending(*, pack_id: int, reason: str, by: Actor, now: datetime, **seen) -> CityPack:
    """
    Take the pack back from the service that has not answered, so that it can go by hand.

    :raises kernel.refusals.Refused: not said how it is known that the city has not got it
    """
    demand_words(reason, "请写明怎样向市质控中心核实没有收到。", CITY)

    def change(row, entry):
        row.way = row.carried_by = ""
        entry.data["number"] = row.number

    return PACKS.take(
        "give_up", pack_id, by=by, now=now, change=change, reason=reason.strip()[:200], inputs={"reason": reason},
        **seen,
    )  # fmt: skip


def hand_over_pack(
    *, pack_id: int, way: str, carried_by: str, handed_on: date | None, receipt_number: str = "", by: Actor,
    now: datetime, **seen,
) -> CityPack:  # fmt: skip
    """
    Record that somebody has handed the downloaded file over: who, when, how, under which receipt if one was given.

    :raises kernel.refusals.Refused: nobody has downloaded it, something is missing, a day that cannot be
    """
    found = []
    if way not in BY_PERSON:
        found.append(Refusal("pack.way", "请选择递交方式。", CITY, "way"))
    if not 0 < len(carried_by.strip()) <= CARRIER:
        found.append(Refusal("pack.carried_by", f"请填写递交人姓名，不超过 {CARRIER} 个字。", CITY, "carried_by"))
    found += _receipt_wrong(receipt_number)
    if found:
        raise Invalid(*found)

    def change(row, entry):
        _demand_day(handed_on, timezone.localdate(row.prepared_at), "准备文件的日期", now, "handed_on")
        row.way, row.carried_by, row.handed_on = way, carried_by.strip(), handed_on
        row.receipt_number = receipt_number.strip()
        entry.data.update({"number": row.number, "way": way, "receipt_number": row.receipt_number})

    inputs = {"way": way, "carried_by": carried_by, "handed_on": handed_on, "receipt_number": receipt_number}
    return PACKS.take("hand_over", pack_id, by=by, now=now, change=change, inputs=inputs, **seen)


def acknowledge_pack(
    *, pack_id: int, receipt_number: str, answered_on: date | None, by: Actor, now: datetime, **seen
) -> CityPack:
    """Record the city's receipt. :raises kernel.refusals.Refused: no number, another than before, or no such day"""
    if not receipt_number.strip():
        raise Invalid(
            Refusal("pack.receipt", "请填写市质控中心的回执编号，没有回执的不能登记签收。", CITY, "receipt_number")
        )
    if found := _receipt_wrong(receipt_number):
        raise Invalid(*found)

    def change(row, entry):
        _demand_day(answered_on, row.handed_on, "递交日期", now, "answered_on")
        if row.receipt_number and row.receipt_number != receipt_number.strip():
            said = f"与递交时登记的回执编号「{row.receipt_number}」不一致，请核对。"
            raise Invalid(Refusal("pack.other_receipt", said, CITY, "receipt_number"))
        row.receipt_number, row.answered_on = receipt_number.strip(), answered_on
        entry.data.update({"number": row.number, "receipt_number": row.receipt_number})

    inputs = {"receipt_number": receipt_number, "answered_on": answered_on}
    return PACKS.take("acknowledge", pack_id, by=by, now=now, change=change, inputs=inputs, **seen)


def send_back_pack(
    *, pack_id: int, answer: str, answered_on: date | None, by: Actor, now: datetime, **seen
) -> CityPack:
    """Record that the city sent it back, in its words. :raises kernel.refusals.Refused: no words, or no such day"""
    if not 0 < len(answer.strip()) <= WORDS:
        said = f"请照原文填写市质控中心的退回意见，不超过 {WORDS} 个字。"
        raise Invalid(Refusal("pack.answer", said, CITY, "answer"))

    def change(row, entry):
        _demand_day(answered_on, row.handed_on, "递交日期", now, "answered_on")
        row.answer, row.answered_on = answer.strip(), answered_on
        entry.data["number"] = row.number

    inputs = {"answer": answer, "answered_on": answered_on}
    return PACKS.take(
        "send_back", pack_id, by=by, now=now, change=change, reason=answer.strip(), inputs=inputs, **seen
    )  # fmt: skip


def drop_pack(*, pack_id: int, reason: str, by: Actor, now: datetime, **seen) -> CityPack:
    """Leave a pack that was not handed over. :raises kernel.refusals.Refused: no reason"""
    demand_words(reason, "请写明作废的原因。", CITY)
    return PACKS.take("drop", pack_id, by=by, now=now, reason=reason.strip()[:200], **seen)


def _tables(organisation, first, last, most) -> dict[str, list[list[str]]]:
    places = list(members_of_district(root_id=organisation.pk).values_list("pk", flat=True))
    asked = datasets.Asked(organisation, places, first, last, plain=False, most=most)
    tables = {name: table(asked) for name, table in TABLES.items()}
    if all(len(table) == 1 for table in tables.values()):
        raise Unmet(Refusal("pack.empty", "这段时间没有指标、监管问题和评分，没有可以报送的内容。", CITY))
    if any(len(table) - 1 > most for table in tables.values()):
        said = f"超过一次报送的上限 {most} 行，请缩短日期后分几次准备。"
        raise Invalid(Refusal("pack.too_many", said, CITY, "last"))
    return tables


def _file(row: CityPack, by: Actor, now: datetime) -> files.File:
    tables = json.loads(keyring().open(bytes(row.sealed), about=_about(row)))
    at = f"{timezone.localtime(now):%Y-%m-%d %H:%M}"
    said = [
        ("报送编号", row.number), ("报送单位", row.organisation.name), ("范围", f"{row.first} 至 {row.last}"),
        *((name, f"{n} 行") for name, n in row.counts.items()),
        ("准备时间", f"{timezone.localtime(row.prepared_at):%Y-%m-%d %H:%M}"), ("下载人", by.name), ("下载时间", at),
        ("略去", LEFT_OUT), ("内容摘要", row.sha256),
    ]  # fmt: skip
    line = f"{row.number} 市质控报送，{row.organisation.name}，由{by.name}于 {at} 取出"
    return files.as_book(tables, number=row.number, line=line, said=said)


def _about(row: CityPack) -> str:
    return f"reporting_citypack:{row.number}:sealed"


def _receipt_wrong(number: str) -> list[Refusal]:
    if len(number.strip()) <= RECEIPT:
        return []
    return [Refusal("pack.receipt_long", f"回执编号不超过 {RECEIPT} 个字。", CITY, "receipt_number")]


def _demand_day(day: date | None, earliest: date | None, what: str, now: datetime, field: str) -> None:
    today = timezone.localdate(now)
    if day is None or not (earliest or today) <= day <= today:
        raise Invalid(Refusal("pack.day", f"请选择日期，不早于{what}，不晚于今天。", CITY, field))
