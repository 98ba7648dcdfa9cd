"""The prescription of nursing items: signed by a doctor, counted down by visits, never below zero."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from audit.door import Door
from audit.numbers import next_number
from audit.services import promise
from catalog.models import Item
from clinical import access
from clinical.lifecycle import EXHAUSTED, PRESCRIPTION, SIGNED, TIMES_MAY_BE_TAKEN, PrescriptionStatus
from clinical.models import Assessment, Prescription, PrescriptionLine, PrescriptionStep
from kernel.actors import Actor, system
from kernel.refusals import Invalid, Refusal, Unmet

DOOR = Door(
    workflow=PRESCRIPTION,
    model=Prescription,
    step_model=PrescriptionStep,
    owner="prescription",
    what="服务项目单",
    hats=access.prescription_hats,
    related=("patient", "centre"),
)
CLAUSE = "002 五(六)1"


@dataclass(frozen=True)
class Wanted:
    """One line as the doctor writes it: item, number of visits, how often, cautions."""

    item: Item
    times: int
    frequency: str
    cautions: str = ""


def sign_prescription(
    *, assessment: Assessment, lines: Sequence[Wanted], valid_until: date, longest_days: int, cautions: str = "",
    by: Actor, now: datetime, **seen,
) -> Prescription:  # fmt: skip
    """
    Sign a prescription on the strength of a signed, suitable, valid assessment.

    Whether each item may be prescribed here (edition, offering, negative list) is judged by the caller, who knows
    the centre's standing; this verb judges the assessment, the numbers and the dates.

    :raises kernel.refusals.Refused: with every line's fault named
    """
    today = timezone.localdate(now)
    _demand_assessment(assessment, today)
    _demand_lines(lines)
    if not today <= valid_until <= today + timedelta(days=longest_days):
        raise Invalid(
            Refusal(
                "prescription.valid_until", f"有效期应从今天起，不超过 {longest_days} 天。", CLAUSE, field="valid_until"
            )
        )
    if assessment.valid_until and valid_until > assessment.valid_until:
        until = f"{assessment.valid_until.year}年{assessment.valid_until.month}月{assessment.valid_until.day}日"
        said = f"首诊评估有效至{until}，项目单不能比它更久；需要更久的，请到期前重新评估。"
        raise Invalid(Refusal("prescription.after_assessment", said, "002 五(七)1(3)", field="valid_until"))
    row = Prescription(
        number=next_number("X", now=now),
        patient=assessment.patient,
        centre=assessment.centre,
        doctor_id=by.account,
        assessment=assessment,
        signed_at=now,
        valid_until=valid_until,
        cautions=cautions,
        content_sha256=_hash(assessment, lines, valid_until, cautions),
    )

    def change(row, entry):
        PrescriptionLine.objects.bulk_create(
            PrescriptionLine(prescription=row, item=w.item, times=w.times, frequency=w.frequency, cautions=w.cautions)
            for w in lines
        )
        entry.data["items"] = [w.item.code for w in lines]
        promise(
            kind="prescription.expire",
            key=f"prescription.expire:{row.pk}",
            object_id=row.pk,
            due_at=_midnight_after(valid_until, now),
        )

    return DOOR.create("sign", row, by=by, now=now, change=change, **seen)


def stop_prescription(*, prescription_id, reason: str, by: Actor, now: datetime, **seen) -> Prescription:
    return DOOR.take("stop", prescription_id, by=by, now=now, reason=reason, **seen)


def expire_prescription(*, prescription_id, now: datetime) -> Prescription:
    """Taken by the due row on the day after ``valid_until``."""
    return DOOR.take("expire", prescription_id, by=system("prescription.expire"), now=now, reason="有效期已过")


def take_times(*, prescription_id, line_ids: Sequence[int], by: Actor, now: datetime) -> list[PrescriptionLine]:
    """
    Take one time of each line for one visit; the last time left goes to exactly one caller.

    :raises kernel.refusals.Unmet: the prescription no longer holds, or a line has no time left
    """
    with transaction.atomic():
        row = Prescription.objects.select_for_update(no_key=True).get(pk=prescription_id)
        today = timezone.localdate(now)
        if row.status not in TIMES_MAY_BE_TAKEN or row.valid_until < today:
            label = PrescriptionStatus(row.status).label
            if row.status in TIMES_MAY_BE_TAKEN:
                label = "已过期"
            raise Unmet(Refusal("prescription.not_valid", f"服务项目单{label}，需要医生重新评估和开具。", "002 五(四)"))
        for line_id in line_ids:
            taken = PrescriptionLine.objects.filter(pk=line_id, prescription=row, times_used__lt=F("times")).update(
                times_used=F("times_used") + 1
            )
            if not taken:
                raise Unmet(
                    Refusal("prescription.no_times", "这个项目的次数已全部安排，需要医生重新开具。", "002 五(四)")
                )
        if not _anything_left(row):
            DOOR.take("use_up", row.pk, by=system("prescription"), now=now)
    return list(PrescriptionLine.objects.filter(pk__in=line_ids).select_related("item"))


def give_back_times(*, prescription_id, line_ids: Sequence[int], by: Actor, now: datetime) -> None:
    """Return the times of a visit that never began."""
    with transaction.atomic():
        row = Prescription.objects.select_for_update(no_key=True).get(pk=prescription_id)
        PrescriptionLine.objects.filter(pk__in=line_ids, prescription=row, times_used__gt=0).update(
            times_used=F("times_used") - 1
        )
        if row.status in EXHAUSTED:
            DOOR.take("restore", row.pk, by=system("prescription"), now=now)


def _anything_left(row) -> bool:
    return PrescriptionLine.objects.filter(prescription=row, times_used__lt=F("times")).exists()


def _demand_assessment(assessment, today):
    if assessment.status not in SIGNED:
        raise Unmet(Refusal("assessment.unsigned", "请先完成首诊评估并签名，再开具项目。", "002 五(七)1(3)"))
    if assessment.result != Assessment.Result.SUITABLE:
        raise Unmet(
            Refusal("assessment.not_suitable", "首诊结论不是「适宜上门护理」，不能开具项目。", "002 五(七)1(3)")
        )
    if assessment.valid_until < today:
        raise Unmet(Refusal("assessment.expired", "首诊评估已过有效期，需要重新评估。", "002 五(七)1(3)"))


def _demand_lines(lines):
    if not lines:
        raise Invalid(Refusal("prescription.empty", "请至少开具一个护理项目。", CLAUSE, field="lines"))
    faults = []
    for w in lines:
        if not 1 <= w.times <= 200:
            faults.append(
                Refusal("prescription.times", f"「{w.item}」的次数应在 1 到 200 之间。", CLAUSE, field="lines")
            )
        if w.frequency not in PrescriptionLine.Frequency.values:
            faults.append(Refusal("prescription.frequency", f"请选择「{w.item}」的频次。", CLAUSE, field="lines"))
    if len({w.item.pk for w in lines}) != len(lines):
        faults.append(Refusal("prescription.twice", "同一个项目请合并为一行。", CLAUSE, field="lines"))
    if faults:
        raise Invalid(*faults)


def _hash(assessment, lines, valid_until, cautions):
    covered = {
        "assessment": assessment.content_sha256,
        "lines": [[w.item.code, w.times, w.frequency, w.cautions] for w in lines],
        "valid_until": valid_until.isoformat(),
        "cautions": cautions,
    }
    return hashlib.sha256(json.dumps(covered, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _midnight_after(day: date, now: datetime) -> datetime:
    local = timezone.localtime(now)
    return datetime.combine(day + timedelta(days=1), datetime.min.time(), tzinfo=local.tzinfo)
