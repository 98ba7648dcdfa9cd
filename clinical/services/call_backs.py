"""
A red value asks a doctor to call: opened with the reading, taken, answered; withdrawn when the value was wrong.

Who has taken it and cannot finish gives it back. Each stage has its clock: nobody is waited for in silence.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from audit.door import Door
from audit.services import promise, recording
from catalog import measurements
from clinical import access
from clinical.lifecycle import CALL_BACK, CALL_BACK_RUNS
from clinical.models import CallBack, CallBackStep, Reading
from institutions import selectors as institutions
from kernel.actors import Actor, system
from kernel.refusals import Invalid, NotNow, Refusal

DOOR = Door(
    workflow=CALL_BACK,
    model=CallBack,
    step_model=CallBackStep,
    owner="call_back",
    what="医生回电",
    hats=access.call_back_hats,
    related=("record", "measurement", "patient", "centre", "doctor", "nurse"),
    conflicts={
        "call_back_runs_once_per_reading": Refusal("call_back.runs", "这个危急值已经请医生回电，请等候答复。"),
    },
)
CLAUSE = "000 三(六)"
LONGEST_WORDS, LONGEST_REASON = 300, 200


def follow_reading(*, record, measurement, reading: Reading | None, by: Actor, now: datetime) -> None:
    """
    Open a call-back for a red value, withdraw one whose value was corrected; called inside the reading's own act.

    The same value again changes nothing: a doctor is not called twice for one number.
    """
    value = reading.value if reading else ""
    known = CallBack.objects.filter(record=record, measurement=measurement).order_by("-pk").first()
    if known and known.value == value:
        return
    if known and known.status in CALL_BACK_RUNS:
        said = "护士更正了测量值" if value else "护士删除了测量值"
        DOOR.take("withdraw", known.pk, by=by, now=now, reason=said, change=_name_people)
    if reading and measurements.severity(measurement, measurements.clean(measurement, value)) == measurements.RED:
        _open(record, measurement, reading, by, now)


def take_call_back(*, call_back_id, by: Actor, now: datetime, **seen) -> CallBack:
    """Say that this doctor calls the nurse now; from here on the answer is waited for."""

    def change(row, entry):
        row.doctor_id, row.taken_at = by.account, now
        _wait_anew(row, now)
        _name_people(row, entry)

    return DOOR.take("take", call_back_id, by=by, now=now, change=change, **seen)


def release_call_back(*, call_back_id, reason: str, by: Actor, now: datetime, **seen) -> CallBack:
    """
    Give a call back that was taken and cannot be finished: who took it, a colleague, or the desk on their behalf.

    :raises kernel.refusals.Invalid: no reason
    """
    reason = reason.strip()
    if not 1 <= len(reason) <= LONGEST_REASON:
        said = f"请用 {LONGEST_REASON} 字以内写明交回的原因。"
        raise Invalid(Refusal("call_back.release", said, CLAUSE, field="reason"))

    def change(row, entry):
        entry.payload["had_it"] = row.doctor_id
        row.doctor, row.taken_at = None, None
        _wait_anew(row, now)
        _name_people(row, entry)

    return DOOR.take(
        "release", call_back_id, by=by, now=now, change=change, reason=reason, inputs={"reason": reason}, **seen
    )


def close_call_back(*, call_back_id, outcome: str, words: str, by: Actor, now: datetime, **seen) -> CallBack:
    """
    Answer the nurse: what is to be done, in words that she reads at the bedside.

    :raises kernel.refusals.Invalid: no outcome, no words, or another doctor has taken the call
    """
    words = words.strip()
    if outcome not in CallBack.Outcome.values:
        raise Invalid(Refusal("call_back.outcome", "请选择处理方式。", CLAUSE, field="outcome"))
    if not words:
        raise Invalid(Refusal("call_back.words", "请写明给护士的答复。", CLAUSE, field="words"))
    if len(words) > LONGEST_WORDS:
        raise Invalid(Refusal("call_back.words", f"答复请控制在 {LONGEST_WORDS} 字以内。", CLAUSE, field="words"))

    def change(row, entry):
        if row.doctor_id != by.user_id:
            raise NotNow(Refusal("call_back.another", f"{row.doctor.display_name}已接手，由接手的医生答复。", CLAUSE))
        row.outcome, row.words, row.closed_at = outcome, words, now
        entry.data["outcome"] = outcome
        _name_people(row, entry)

    return DOOR.take(
        "close", call_back_id, by=by, now=now, change=change, inputs={"outcome": outcome, "words": words}, **seen
    )


def remind_of_call_back(*, call_back_id, version: int, now: datetime) -> None:
    """Taken by the due row when nobody took the call, or answered it, in time: every doctor of the centre is told."""
    if row := _still_waiting(call_back_id, version, now, event="clinical.call_back_reminded"):
        _promise(row, "call_back.overdue", version, now + _patience(row))


def report_call_back(*, call_back_id, version: int, now: datetime) -> None:
    """Taken by the due row when the reminder brought nothing either: the centre's desk and head are told."""
    _still_waiting(call_back_id, version, now, event="clinical.call_back_overdue")


def _open(record, measurement, reading, by, now):
    row = CallBack(
        record=record,
        measurement=measurement,
        patient_id=record.patient_id,
        centre=record.centre,
        nurse_id=by.account,
        value=reading.value,
        sentence=reading.alert,
        opened_at=now,
    )
    row.due_at = now + _patience(row)

    def change(row, entry):
        entry.data["measurement"] = measurement.pk
        _name_people(row, entry)
        _promise(row, "call_back.remind", row.version, row.due_at)

    DOOR.create("open", row, by=by, now=now, change=change)


def _wait_anew(row, now):
    """Start the clock of the stage that the door is about to enter."""
    row.due_at = now + _patience(row)
    _promise(row, "call_back.remind", row.version + 1, row.due_at)


def _promise(row, kind, version, at):
    promise(
        kind=kind, key=f"{kind}:{row.pk}:{version}", object_id=row.pk, due_at=at, payload={"version": version}
    )  # fmt: skip


def _still_waiting(call_back_id, version, now, *, event):
    """The call, if it stands where the promise found it: every step moves its version, and has a clock of its own."""
    with transaction.atomic():
        row = (
            CallBack.objects.select_for_update(of=("self",), no_key=True).select_related("centre").get(pk=call_back_id)
        )
        if row.version != version:
            return None
        with recording(event, target=row, by=system(event), now=now) as entry:
            _name_people(row, entry)
    return row


def _name_people(row, entry):
    """Whose page shows it: the nurse's at the bedside, and the record that it belongs to."""
    entry.payload.update({"nurse": row.nurse_id, "record": row.record_id})


def _patience(row):
    settings = institutions.settings_of(row.centre, timezone.localdate(row.opened_at))
    return timedelta(minutes=settings["call_back.minutes"])
