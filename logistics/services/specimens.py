"""A tube's way: drawn and labelled, handed over cool and in time, received, its result told (002 附件-11)."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from audit.services import promise
from clinical import services as clinical
from institutions import selectors as institutions
from kernel.actors import Actor
from kernel.refusals import Invalid, Refusal
from logistics import rules
from logistics.doors import SPECIMENS
from logistics.kinds import SPECIMENS as KINDS
from logistics.lifecycle import CARRIED, DRAWN, DRAWN_WELL
from logistics.models import Specimen
from logistics.services.visits import visit_of

MOST_NAMED = 40  # characters of the record's own line about its tubes


def collect(
    *, order_id, kind: str, label: str, destination: str, box_number: str = "", note: str = "",
    at: datetime | None = None, by: Actor, now: datetime, **seen,
) -> Specimen:  # fmt: skip
    """
    Register one labelled tube at the bedside, and where it is to go; the record of the visit says so at once.

    :raises kernel.refusals.Refused: no such kind, a label that is none or is under way already, the record is closed
    """
    order, record = visit_of(order_id, by)
    label, box_number = rules.plain(label), rules.plain(box_number)[:20]
    row = Specimen(
        order=order, record=record, patient_id=order.patient_id, centre_id=order.centre_id,
        nurse_id=record.nurse_id, kind=kind, label=label, destination=destination.strip()[:60],
        box_number=box_number, note=note.strip()[:200], collected_at=at or now, recorded_at=now,
    )  # fmt: skip

    def prepare(row, entry):
        _judge(row, now)
        row.due_at = row.collected_at + timedelta(hours=KINDS[kind].hours)
        entry.payload["nurse"] = row.nurse_id

    def change(row, entry):
        _write_down(row, by, now)
        promise(
            kind="specimen.overdue", key=f"specimen.overdue:{row.pk}", object_id=row.pk, due_at=row.due_at
        )  # fmt: skip

    inputs = {"order": order_id, "kind": kind, "label": label, "destination": destination}
    return SPECIMENS.create(
        "collect", row, by=by, now=now, prepare=prepare, change=change, inputs=inputs, **seen
    )  # fmt: skip


def hand_over(
    *, specimen_id, giver: str, receiver: str, temperature: Decimal | None = None, words: str = "",
    at: datetime | None = None, by: Actor, now: datetime, **seen,
) -> Specimen:  # fmt: skip
    """
    Hand the tube to the laboratory: both names, the box's temperature, the time.

    :raises kernel.refusals.Refused: a name is missing, an impossible temperature, a warm box without a word
    """
    giver, receiver, words, at = giver.strip()[:40], receiver.strip()[:40], words.strip()[:200], at or now

    def change(row, entry):
        found = rules.two_people(giver, receiver)
        found += rules.cool_enough(KINDS[row.kind], bool(row.box_number), temperature, words)
        late = rules.moment(at, after=row.collected_at, now=now, field="at", what="送交时间")
        if late or found:
            raise Invalid(*found, *([late] if late else []))
        row.handed_by, row.handed_to, row.box_temp = giver, receiver, temperature
        row.handover_note, row.handed_at = words, at
        entry.data["late"] = at > row.due_at
        entry.payload["nurse"] = row.nurse_id

    inputs = {"giver": giver, "receiver": receiver, "temperature": str(temperature), "words": words}
    return SPECIMENS.take("hand_over", specimen_id, by=by, now=now, change=change, inputs=inputs, **seen)


def receive(*, specimen_id, receiver: str, by: Actor, now: datetime, **seen) -> Specimen:
    """Note that the laboratory has taken the tube in. :raises kernel.refusals.Refused: nobody is named"""

    def change(row, entry):
        if not receiver.strip():
            raise Invalid(Refusal("handover.name", "请填写检验接收人的姓名。", CARRIED, "receiver"))
        row.received_by, row.received_at = receiver.strip()[:40], now

    return SPECIMENS.take("receive", specimen_id, by=by, now=now, change=change, inputs={"receiver": receiver}, **seen)


def reject(*, specimen_id, because: str, reason: str, by: Actor, now: datetime, **seen) -> Specimen:
    """Note that the laboratory does not take the tube, and why; the desk has to see to another one."""

    def change(row, entry):
        _gone(row, because, reason, "请写明检验科拒收的具体情况。", entry)

    inputs = {"because": because, "reason": reason}
    return SPECIMENS.take("reject", specimen_id, by=by, now=now, change=change, inputs=inputs, **seen)


def lose_specimen(*, specimen_id, because: str, reason: str, by: Actor, now: datetime, **seen) -> Specimen:
    """Say that the tube will never reach the laboratory, and why: broken, lost, wrongly labelled."""

    def change(row, entry):
        _gone(row, because, reason, "请写明标本为什么没有送检。", entry)

    inputs = {"because": because, "reason": reason}
    return SPECIMENS.take("lose", specimen_id, by=by, now=now, change=change, inputs=inputs, **seen)


def result(*, specimen_id, text: str, flag: str, by: Actor, now: datetime, **seen) -> Specimen:
    """
    Write down the laboratory's answer. A critical one is told to desk and doctor at once, and again until the patient
    knows.

    :raises kernel.refusals.Refused: no result, or nobody said how to read it
    """

    def change(row, entry):
        found = []
        if not text.strip():
            found.append(Refusal("specimen.result", "请填写检验结果。", DRAWN, "text"))
        if flag not in Specimen.Flag.values:
            found.append(Refusal("specimen.flag", "请选择结果判断。", DRAWN, "flag"))
        if found:
            raise Invalid(*found)
        row.result, row.flag, row.resulted_at = text.strip()[:500], flag, now
        entry.payload.update(nurse=row.nurse_id, critical=flag == Specimen.Flag.CRITICAL)
        if flag == Specimen.Flag.CRITICAL:
            minutes = institutions.settings_of(row.centre, timezone.localdate(now))["specimen.critical_minutes"]
            promise(
                kind="specimen.critical", key=f"specimen.critical:{row.pk}", object_id=row.pk,
                due_at=now + timedelta(minutes=minutes),
            )  # fmt: skip

    inputs = {"text": text, "flag": flag}
    return SPECIMENS.take("result", specimen_id, by=by, now=now, change=change, inputs=inputs, **seen)


def tell(*, specimen_id, words: str, by: Actor, now: datetime, **seen) -> Specimen:
    """Note that patient or family know the result: who was told, how, and what they were advised."""

    def change(row, entry):
        if not words.strip():
            raise Invalid(Refusal("specimen.told", "请写明告知了谁、怎样告知、交代了什么。", DRAWN, "words"))
        row.told_how, row.told_at = words.strip()[:200], now

    return SPECIMENS.take("tell", specimen_id, by=by, now=now, change=change, inputs={"words": words}, **seen)


def _judge(row: Specimen, now: datetime) -> None:
    found = []
    if row.kind not in KINDS:
        found.append(Refusal("specimen.kind", "请选择标本类型。", DRAWN, "kind"))
    elif KINDS[row.kind].cooled and not row.box_number and not row.note:
        said = "这类标本须冷藏转运，请填写冷藏箱编号；没有冷藏的话，请在说明中写明原因。"
        found.append(Refusal("specimen.box", said, DRAWN, "box_number"))
    if wrong := rules.label(row.label):
        found.append(wrong)
    if not row.destination:
        found.append(Refusal("specimen.destination", "请填写送往的检验科室。", DRAWN, "destination"))
    begun = row.record.started_at
    if early := rules.moment(row.collected_at, after=begun, now=now, field="at", what="采集时间"):
        found.append(early)
    if found:
        raise Invalid(*found)


def _gone(row, because, reason, sentence, entry):
    found = []
    if because not in Specimen.Gone.values:
        found.append(Refusal("specimen.because", "请选择原因类别。", CARRIED, "because"))
    if not reason.strip():
        found.append(Refusal("specimen.reason", sentence, CARRIED, "reason"))
    if found:
        raise Invalid(*found)
    row.gone_because, row.gone_reason = because, reason.strip()[:200]
    entry.data["because"] = because
    entry.payload["nurse"] = row.nurse_id


def _write_down(row: Specimen, by: Actor, now: datetime) -> None:
    """The record names its tubes in one line, which its hash covers."""
    tubes = list(Specimen.objects.filter(record=row.record_id, status__in=DRAWN_WELL).order_by("pk"))
    labels = [tube.label for tube in tubes]
    line = "、".join(labels)
    if len(line) > MOST_NAMED:
        line = f"{labels[0]} 等 {len(labels)} 管"
    places = "、".join(dict.fromkeys(tube.destination for tube in tubes))[:60]
    clinical.hand_over_specimen(record_id=row.record_id, label=line, handed_to=places, by=by, now=now)
