"""The family doctor's first home assessment, from planning to signature (002 五(六)1, 五(七)1(3))."""

import hashlib
import json
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import Organization, User
from accounts.roles import Role
from accounts.selectors import holds_post
from audit.door import Door
from audit.services import recording
from clinical import access, saves, sections, usual
from clinical.lifecycle import ASSESSMENT, WRITABLE
from clinical.models import Assessment, AssessmentStep
from institutions import selectors as institutions
from kernel.actors import Actor
from kernel.refusals import Invalid, NotNow, NotYours, Refusal, Stale, Unmet, hidden
from patients.models import Patient

DOOR = Door(
    workflow=ASSESSMENT,
    model=Assessment,
    step_model=AssessmentStep,
    owner="assessment",
    what="首诊评估",
    hats=access.assessment_hats,
    related=("patient", "centre", "doctor"),
)
CLAUSE = "002 五(七)1(3)"
LONGEST = timedelta(hours=4)


def plan_assessment(
    *, patient: Patient, centre: Organization, doctor: User, planned_start: datetime, planned_end: datetime,
    by: Actor, now: datetime, **seen,
) -> Assessment:  # fmt: skip
    """
    Plan the doctor's visit.

    :raises kernel.refusals.Refused: the doctor holds no post at the centre that day, or the time is impossible
    """
    _demand_doctor(doctor, centre, planned_start)
    _demand_time(planned_start, planned_end, now)
    row = Assessment(
        patient=patient, centre=centre, doctor=doctor, planned_start=planned_start, planned_end=planned_end
    )
    return DOOR.create("plan", row, by=by, now=now, **seen)


def replan_assessment(
    *, assessment_id, doctor: User, planned_start: datetime, planned_end: datetime, by: Actor, now: datetime, **seen
) -> Assessment:
    """Give the visit to another doctor or another time, before anyone is there: nobody may have opened the door."""

    def change(row, entry):
        _demand_doctor(doctor, row.centre, planned_start)
        _demand_time(planned_start, planned_end, now)
        row.doctor, row.planned_start, row.planned_end = doctor, planned_start, planned_end
        row.departed_at = None

    return DOOR.take("replan", assessment_id, by=by, now=now, change=change, **seen)


def depart(*, assessment_id, by: Actor, now: datetime, **seen) -> Assessment:
    def change(row, entry):
        row.departed_at = now

    return DOOR.take("depart", assessment_id, by=by, now=now, change=change, **seen)


def arrive(*, assessment_id, by: Actor, now: datetime, **seen) -> Assessment:
    def change(row, entry):
        row.arrived_at = now

    return DOOR.take("arrive", assessment_id, by=by, now=now, change=change, **seen)


def save_section(
    *, assessment_id, key: str, answers: dict, press: bool = False, seen: int | None = None, hand: str = "",
    turn: int = 0, by: Actor, now: datetime,
) -> Assessment:  # fmt: skip
    """
    Keep one section's answers as far as they are given; only the sign step asks for completeness.

    With ``press`` the doctor also gives the section's normal answers to what is unanswered; the record says which.
    ``seen`` is the save of this section that the screen was drawn from and ``hand`` the screen's own number: what
    another screen has written meanwhile is not overwritten unread. ``turn`` counts what was changed on that screen:
    what it asked for before and comes late changes nothing.

    :raises kernel.refusals.Invalid: an answer is not among the options; the reasons name the questions
    :raises kernel.refusals.Stale: somebody else, or another screen, has saved this section since; says who and when
    """
    section = sections.BY_KEY.get(key)
    if section is None:
        raise hidden("这一部分评估")
    clean, errors = sections.clean(section, answers)
    if errors:
        raise Invalid(*(Refusal("assessment.answer", text, CLAUSE, field=name) for name, text in errors.items()))
    filled = usual.unsaid(section, clean) if press else {}
    clean |= filled
    with transaction.atomic():
        row = _in_hand(assessment_id, by)
        if other := saves.of_another_screen(row, key, seen=seen, hand=hand):
            raise Stale(other)
        if saves.is_older(row, key, hand=hand, turn=turn):
            return row
        if row.sections.get(key) == clean and key in row.saves and turn <= row.saves[key].get("turn", 0):
            return row  # a screen that saves as one types asks more often than anything changes
        with recording("clinical.assessment_saved", target=row, by=by, now=now, role=Role.DOCTOR) as entry:
            row.sections = {**row.sections, key: clean}
            pressed = usual.still_pressed(section, [*saves.pressed(row, key), *filled], clean)
            # The page is drawn anew after a press: what its screen sent before and comes late must not undo it.
            screen = "" if press else hand
            made = saves.next_one(row, key, hand=screen, turn=turn, pressed=pressed, by=by, now=now)
            row.saves = {**row.saves, key: made}
            row.save(update_fields=["sections", "saves"])
            entry.data["section"] = key
            if filled:
                entry.data["pressed"] = sorted(filled)
    return row


def conclude(*, assessment_id, result: str, opinion: str, by: Actor, now: datetime) -> Assessment:
    """Write the conclusion that the signature will cover."""
    if result not in Assessment.Result.values:
        raise Invalid(Refusal("assessment.result", "请选择评估结论。", CLAUSE, field="result"))
    if result != Assessment.Result.SUITABLE and not opinion.strip():
        raise Invalid(Refusal("assessment.opinion", "不宜上门或转诊时，请写明原因和建议。", CLAUSE, field="opinion"))
    with transaction.atomic():
        row = _in_hand(assessment_id, by)
        with recording("clinical.assessment_concluded", target=row, by=by, now=now, role=Role.DOCTOR) as entry:
            row.result, row.opinion = result, opinion.strip()
            row.save(update_fields=["result", "opinion"])
            entry.data["result"] = result
    return row


def sign_assessment(*, assessment_id, valid_days: int | None = None, by: Actor, now: datetime, **seen) -> Assessment:
    """
    Sign what stands; from here on the content does not change, and its hash says so.

    Without ``valid_days`` it holds as long as the district allows, which nobody may exceed.

    :raises kernel.refusals.Unmet: a section or the conclusion is missing
    :raises kernel.refusals.Invalid: it would hold longer than the district allows
    """

    def change(row, entry):
        days = _demand_days(row, valid_days, now)
        if not row.result:
            raise Unmet(Refusal("assessment.result", "请先选择评估结论，再签名。", CLAUSE, field="result"))
        row.signed_at = now
        row.valid_until = timezone.localdate(now) + timedelta(days=days)
        row.content_sha256 = content_hash(row)
        entry.data["sha256"] = row.content_sha256

    return DOOR.take("sign", assessment_id, by=by, now=now, change=change, **seen)


def cancel_assessment(*, assessment_id, reason: str, by: Actor, now: datetime, **seen) -> Assessment:
    return DOOR.take("cancel", assessment_id, by=by, now=now, reason=reason, **seen)


def content_hash(row: Assessment) -> str:
    """SHA-256 of what the signature covers: who, sections, result, opinion (canonical JSON, keys sorted)."""
    covered = {
        "patient": str(row.patient_id),
        "doctor": row.doctor_id,
        "sections": row.sections,
        "result": row.result,
        "opinion": row.opinion,
    }
    return hashlib.sha256(json.dumps(covered, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _in_hand(assessment_id, by) -> Assessment:
    row = (
        Assessment.objects.select_for_update(of=("self",))
        .select_related("patient", "centre", "doctor")
        .filter(pk=assessment_id)
        .first()
    )
    if row is None:
        raise hidden("这份首诊评估")
    worn = access.assessment_hats(by, row)
    if Role.DOCTOR not in worn and row.centre_id in by.orgs_as(Role.DOCTOR):
        raise NotYours(saves.in_another_hand(row))
    if not worn:
        raise hidden("这份首诊评估")
    if Role.DOCTOR not in worn:
        raise NotYours(Refusal("assessment.doctor", "首诊评估由被安排的家庭医生填写。", CLAUSE))
    if row.status not in WRITABLE:
        raise NotNow(Refusal("assessment.not_arrived", "到达服务对象家中并登记到达后，才能填写首诊评估。", CLAUSE))
    return row


def _demand_days(row, days, now) -> int:
    longest = institutions.settings_of(row.centre, timezone.localdate(now))["assessment.validity_days"]
    if days is None:
        return longest
    if not 1 <= days <= longest:
        said = f"评估有效天数应在 1 到 {longest} 天之间。"
        raise Invalid(Refusal("assessment.valid_days", said, CLAUSE, field="valid_days"))
    return days


def _demand_doctor(doctor: User, centre: Organization, when: datetime):
    on: date = timezone.localdate(when)
    if not holds_post(user_id=doctor.pk, role=Role.DOCTOR, organisation_id=centre.pk, on=on):
        raise Invalid(
            Refusal("assessment.doctor", f"{doctor}当天不是{centre}的家庭医生。", "002 五(六)1", field="doctor")
        )


def _demand_time(start, end, now):
    if end <= start or end - start > LONGEST:
        raise Invalid(Refusal("assessment.time", "首诊时间应在四小时以内，且结束晚于开始。", field="planned_start"))
    if end <= now:
        raise Invalid(Refusal("assessment.past", "首诊时间已经过去，请另选时间。", field="planned_start"))
