"""The record of one visit: opened at check-in, written at the bedside, closed when nothing is missing."""

import hashlib
import json
from collections.abc import Iterable
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.roles import Role
from audit.services import Entry, recording
from catalog import measurements
from catalog.models import Item, ItemMeasurement, ItemStep
from clinical import carrying, completeness, prompts
from clinical.models import CareMoment, Reading, StepEntry, VisitRecord
from clinical.services import call_backs
from institutions import selectors as institutions
from kernel.actors import Actor
from kernel.refusals import Invalid, NotNow, Refusal, Unmet, hidden

CLAUSE = "002 五(七)2(2)"
IDENTIFIERS = {"name": "姓名", "birth_date": "出生日期", "identity": "证件", "phone": "电话", "face": "本人面貌"}


def open_record(
    *, patient, centre, items: Iterable[Item], identifiers, place: dict, at: datetime | None = None, by: Actor,
    now: datetime,
) -> VisitRecord:  # fmt: skip
    """
    Begin the record of a visit, ``at`` the bedside. At least two identifiers of the patient must have been checked.

    ``place`` holds lon, lat (WGS-84), accuracy_m, distance_m, far_away, place_note; it never blocks care.
    """
    identifiers = [i for i in dict.fromkeys(identifiers) if i in IDENTIFIERS]
    if len(identifiers) < 2:
        raise Invalid(
            Refusal("checkin.identifiers", "请至少用两种方式核对服务对象身份。", "002 五(八)", field="identifiers")
        )
    with transaction.atomic():
        record = VisitRecord(
            patient=patient,
            centre=centre,
            nurse_id=by.account,
            started_at=at or now,
            identifiers=identifiers,
            missing=[],
            **place,
        )
        with recording("clinical.record_opened", target=record, by=by, now=now, role=Role.NURSE):
            record.save()
            record.items.set(items)
            _look_again(record)
    return record


def answer_step(
    *, record_id, step_id: int, done: bool, reason: str = "", at: datetime | None = None, by: Actor, now: datetime
) -> VisitRecord:
    """Tick a step, or say why it was not done. Answering again replaces the answer; both stand in the trace."""
    if not done and not reason.strip():
        raise Invalid(Refusal("record.reason", "没有做这一步的话，请写明原因。", CLAUSE, field=f"step-{step_id}"))
    with _writing(record_id, "clinical.step_answered", by, now) as (record, entry):
        step = ItemStep.objects.filter(pk=step_id, item__in=record.items.all()).first()
        if step is None:
            raise hidden("这个步骤")
        StepEntry.objects.update_or_create(
            record=record,
            step=step,
            defaults={"done": done, "reason": "" if done else reason.strip(), "at": at or now, "recorded_at": now},
        )
        entry.data.update({"step": step_id, "done": done})
    return record


def take_reading(
    *, record_id, key: str, raw, explanation: str = "", at: datetime | None = None, by: Actor, now: datetime
) -> VisitRecord:
    """
    Keep one measured value, cleaned and judged against its bounds.

    An unusual value is kept with its warning and asks for an ``explanation`` before the visit can end; a red one calls
    a doctor, and correcting it takes the call back.

    :raises kernel.refusals.Invalid: impossible value, beside the field
    """
    if len(explanation) > 200:
        raise Invalid(Refusal("record.explanation", "异常值说明请控制在 200 字以内。", CLAUSE, field=f"why-{key}"))
    with _writing(record_id, "clinical.reading_taken", by, now) as (record, entry):
        ask = (
            ItemMeasurement.objects.filter(item__in=record.items.all(), measurement=key)
            .select_related("measurement")
            .first()
        )
        if ask is None:
            raise hidden("这个测量项目")
        value = measurements.clean(ask.measurement, raw)
        if isinstance(value, Refusal):
            raise Invalid(Refusal(value.code, value.sentence, value.clause, field=f"reading-{key}"))
        entry.data["measurement"] = key
        kept = None
        if value is None:
            record.readings.filter(measurement=key).delete()
        else:
            kept = _keep(record, ask.measurement, value, at or now, now, explanation=explanation.strip())
        call_backs.follow_reading(record=record, measurement=ask.measurement, reading=kept, by=by, now=now)
    return record


def carry_over(
    *, record_id, keys: Iterable[str] = (), at: datetime | None = None, by: Actor, now: datetime
) -> VisitRecord:
    """
    Confirm by one tap that values of the last visit still hold; each remembers which reading it was copied from.

    Without ``keys`` all that are offered. What has been answered meanwhile stays as it is.
    """
    wanted = frozenset(keys)
    with _writing(record_id, "clinical.readings_carried", by, now) as (record, entry):
        offered = carrying.offered(record)
        chosen = [row for key, row in offered.items() if not wanted or key in wanted]
        if not chosen:
            raise NotNow(Refusal("record.nothing_to_carry", "没有可以沿用的内容，可能已经填写过了。", "000 三(十)"))
        for row in chosen:
            value = measurements.clean(row.measurement, row.value)
            _keep(record, row.measurement, value, at or now, now, copied_from=row)
        entry.data["measurements"] = sorted(row.measurement_id for row in chosen)
    return record


def declare_waste(*, record_id, waste: str, bags: int = 0, by: Actor, now: datetime) -> VisitRecord:
    """Say which medical waste arose and how many bags go back to the centre; "none" is an answer too."""
    if waste not in VisitRecord.Waste.values:
        raise Invalid(Refusal("record.waste", "请选择医疗废物类别。", completeness.WASTE_CLAUSE, field="waste"))
    if waste != VisitRecord.Waste.NONE and not 1 <= bags <= 50:
        raise Invalid(
            Refusal("record.waste_bags", "请填写 1 到 50 之间的袋数。", completeness.WASTE_CLAUSE, field="waste_bags")
        )
    with _writing(record_id, "clinical.waste_declared", by, now) as (record, entry):
        record.waste, record.waste_bags = waste, 0 if waste == VisitRecord.Waste.NONE else bags
        record.save(update_fields=["waste", "waste_bags"])
        entry.data["waste"] = waste
    return record


def take_back_waste(*, record_id, by: Actor, now: datetime) -> VisitRecord:
    """Leave the declaration open again: the last bag that it spoke of was withdrawn."""
    with _writing(record_id, "clinical.waste_taken_back", by, now) as (record, _):
        record.waste, record.waste_bags = "", 0
        record.save(update_fields=["waste", "waste_bags"])
    return record


def hand_over_specimen(*, record_id, label: str, handed_to: str, by: Actor, now: datetime) -> VisitRecord:
    """Register the specimen's label and where it was sent."""
    faults = [
        Refusal("record.specimen", f"请填写{name}。", "002 附件11", field=field)
        for field, name, value in (
            ("specimen_label", "标本编号", label),
            ("specimen_handed_to", "送往的检验科室", handed_to),
        )
        if not value.strip()
    ]
    if faults:
        raise Invalid(*faults)
    with _writing(record_id, "clinical.specimen_sent", by, now) as (record, _):
        record.specimen_label, record.specimen_handed_to = label.strip()[:40], handed_to.strip()[:60]
        record.specimen_handed_at = now
        record.save(update_fields=["specimen_label", "specimen_handed_to", "specimen_handed_at"])
    return record


def write_note(*, record_id, note: str, next_step: str, next_note: str = "", by: Actor, now: datetime) -> VisitRecord:
    """Write the nursing note and choose what comes next."""
    if next_step and next_step not in VisitRecord.Next.values:
        raise Invalid(Refusal("record.next", "请从列出的选项中选择下一步。", "002 五(六)2", field="next_step"))
    if len(note) > 1000:
        raise Invalid(Refusal("record.note", "护理记录请控制在 1000 字以内。", CLAUSE, field="note"))
    with _writing(record_id, "clinical.note_written", by, now) as (record, _):
        record.note, record.next_step, record.next_note = note.strip(), next_step, next_note.strip()[:200]
        record.save(update_fields=["note", "next_step", "next_note"])
    return record


def close_record(*, record_id, by: Actor, now: datetime) -> VisitRecord:
    """
    Close a complete record under its hash.

    :raises kernel.refusals.Unmet: with everything that is missing
    """
    with _writing(record_id, "clinical.record_closed", by, now) as (record, entry):
        _compute(record, now)
        left = _look_again(record)
        if left:
            raise Unmet(*left)
        record.closed_at, record.content_sha256 = now, content_hash(record)
        record.save(update_fields=["closed_at", "content_sha256"])
        entry.data["sha256"] = record.content_sha256
    return record


def stop_record(*, record_id: int, entry: Entry, now: datetime) -> VisitRecord:
    """
    End the record of a visit that was stopped, as it stands, under its hash; called inside the visit's own act.

    What is missing stays missing and is said; nobody writes in it any more, and what must be added is a new version.
    """
    record = VisitRecord.objects.select_for_update(of=("self",), no_key=True).get(pk=record_id)
    _compute(record, now)
    record.stopped_at, record.content_sha256 = now, content_hash(record)
    record.save(update_fields=["stopped_at", "content_sha256"])
    entry.data["record_sha256"] = record.content_sha256
    return record


def content_hash(record: VisitRecord) -> str:
    """SHA-256 over steps, readings, waste, specimen, note and next step (canonical JSON, keys sorted)."""
    covered = {
        "patient": str(record.patient_id),
        "nurse": record.nurse_id,
        "steps": sorted(record.step_entries.values_list("step", "done", "reason")),
        "readings": sorted(record.readings.values_list("measurement", "value")),
        "waste": [record.waste, record.waste_bags],
        "specimen": [record.specimen_label, record.specimen_handed_to],
        "note": record.note,
        "next": [record.next_step, record.next_note],
    }
    # Only where there is one, so that records closed before there were explanations keep the hash that they have.
    if said := sorted(record.readings.exclude(explanation="").values_list("measurement", "explanation")):
        covered["explanations"] = said
    return hashlib.sha256(json.dumps(covered, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@contextmanager
def _writing(record_id, action, by, now):
    """Lock an open record of this nurse, let the verb write, record the act, and look again at what is missing."""
    with transaction.atomic():
        record = (
            VisitRecord.objects.select_for_update(of=("self",))
            .select_related("patient")
            .filter(pk=record_id, nurse=by.user_id)
            .first()
        )
        if record is None:
            raise hidden("这份护理记录")
        if record.closed_at:
            raise NotNow(Refusal("record.closed", "护理记录已提交，不能再直接修改。", CLAUSE))
        if record.stopped_at:
            said = "这次上门已经中止，护理记录不能再直接填写；需要补记的，请致电值班台。"
            raise NotNow(Refusal("record.stopped", said, CLAUSE))
        with recording(action, target=record, by=by, now=now, role=Role.NURSE) as entry:
            yield record, entry
            if record.closed_at is None:
                _look_again(record)


def _look_again(record) -> list[Refusal]:
    items = list(record.items.prefetch_related("steps", "asks__measurement"))
    readings = list(record.readings.select_related("measurement"))
    left = completeness.missing(
        items=items,
        answered_steps=set(record.step_entries.values_list("step", flat=True)),
        readings={row.measurement_id: row.value for row in readings},
        unexplained=[row.measurement for row in readings if row.alert and not row.explanation],
        waste=record.waste,
        specimen_handed=bool(record.specimen_handed_at),
        note=record.note,
        next_step=record.next_step,
    )
    left += _contradictions(readings) + _unsaid(record, items)
    record.missing = [{"code": r.code, "sentence": r.sentence, "field": r.field, "clause": r.clause} for r in left]
    record.save(update_fields=["missing"])
    return left


def _unsaid(record, items) -> list[Refusal]:
    """The prompts that were not ticked, where the district wants them (000 二(三))."""
    if institutions.settings_of(record.centre, timezone.localdate(record.started_at))["record.prompts"] != "require":
        return []
    kept = {(row.item_id, row.moment) for row in record.moments.all()}
    return [
        Refusal("record.moment", f"「{item}」请记录{label}。", prompts.CLAUSE, field=f"moments-{item.pk}")
        for item in items
        for moment, label in CareMoment.Moment.choices
        if (item.pk, moment) not in kept
    ]


def _contradictions(readings) -> list[Refusal]:
    """What does not fit together, said as soon as it is written and not only at the end."""
    values = {row.measurement_id: measurements.clean(row.measurement, row.value) for row in readings}
    return [
        Refusal(r.code, r.sentence, r.clause or CLAUSE, field=f"reading-{r.field}") for r in measurements.cross(values)
    ]


def _compute(record, now, *, at=None, explanation="") -> list[tuple]:
    """
    Keep the sums that scales and sizes give; return those that moved: the measurement, what it was, what it is.

    A sum whose number stays keeps its moment and its word; one that moves takes ``at`` and ``explanation``.
    """
    known = {row.measurement_id: row for row in record.readings.select_related("measurement")}
    values = {key: measurements.clean(row.measurement, row.value) for key, row in known.items()}
    asks = ItemMeasurement.objects.filter(item__in=record.items.all(), measurement__type="computed")
    moved = {}
    for ask in asks.select_related("measurement"):
        sum_ = ask.measurement
        total = measurements.compute(sum_, values)
        old = known[sum_.pk].value if sum_.pk in known else ""
        if total is None or measurements.kept(total) == old:
            continue
        said = known[sum_.pk].explanation if sum_.pk in known else ""
        _keep(record, sum_, total, at or now, now, explanation=explanation or said)
        moved[sum_.pk] = (sum_, old, measurements.kept(total))  # two items of a visit may ask for the same sum
    return list(moved.values())


def _keep(record, measurement, value, at, now, *, explanation="", copied_from=None) -> Reading:
    alert = measurements.alert(measurement, value)
    kept, _ = Reading.objects.update_or_create(
        record=record,
        measurement=measurement,
        defaults={
            "value": measurements.kept(value),
            "alert": alert,
            "explanation": explanation if alert else "",
            "copied_from": copied_from,
            "at": at,
            "recorded_at": now,
        },
    )
    return kept
