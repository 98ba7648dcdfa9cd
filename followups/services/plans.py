"""Plans: opened after a visit or a discharge by a template, ended when the patient dies, moves or does not want it."""

from dataclasses import asdict, fields, replace
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import Organization
from accounts.roles import Role
from accounts.selectors import district_of
from audit.services import promise, recording
from clinical.models import VisitRecord
from followups import admission, selectors, workdays
from followups.admission import Admission
from followups.doors import PLANS, TASKS
from followups.lifecycle import FILE, PLAN_LIVE, TASK_OPEN
from followups.models import Discharge, FollowUp, FollowUpPlan, PlanTemplate
from followups.services.templates import publish_starting_content
from institutions import selectors as institutions
from kernel.actors import Actor, system
from kernel.refusals import Invalid, NotNow, Refusal, Refused, demand, hidden
from orders import gates
from orders.models import Order
from patients.models import Patient
from patients.selectors import current_address
from referrals import services as referrals

CONTINUITY = "003 二(六)16"
MORNING = time(8)
OLDEST = timedelta(days=90)
WHOLE = frozenset({FollowUpPlan.Ended.DIED, FollowUpPlan.Ended.MOVED, FollowUpPlan.Ended.WITHDREW})
GONE = frozenset({FollowUpPlan.Ended.DIED, FollowUpPlan.Ended.MOVED})


def open_plan(
    *, patient: Patient, centre: Organization, template: PlanTemplate, starts_on: date, order: Order | None = None,
    discharge: Discharge | None = None, by: Actor, now: datetime, **seen,
) -> FollowUpPlan:  # fmt: skip
    """
    Put a template to work for a patient: each of its follow-ups falls on a working day.

    :raises kernel.refusals.Refused: such a plan is under way, or was made for this visit already
    """
    row = FollowUpPlan(
        patient=patient, centre=centre, template=template, code=template.code, order=order, discharge=discharge,
        starts_on=starts_on, opened_at=now,
    )  # fmt: skip

    def prepare(row, entry):
        if running := selectors.running(row.patient_id).get(row.code):
            raise Refused(_under_way(running))

    def change(row, entry):
        ours = workdays.set_by_district(centre)
        grace = institutions.settings_of(centre, timezone.localdate(now))["followup.grace_days"]
        asked = {one.code: one for one in selectors.questionnaires(centre)}
        for number, one in enumerate(template.steps, start=1):
            due = workdays.on_or_after(starts_on + timedelta(days=one["after_days"]), ours)
            follow_up = FollowUp(
                plan=row, patient=patient, centre=centre, order=order, number=number, kind=one["kind"],
                script=one["script"][:500], questionnaire=asked[one["questionnaire"]], due_on=due,
                late_after=workdays.after(due, grace, ours),
            )  # fmt: skip
            TASKS.create("plan", follow_up, by=by, now=now, change=_promise_due)
        entry.data.update({"template": template.code, "template_version": template.version})

    inputs = {"patient": patient.pk, "template": template.pk, "order": order.pk if order else ""}
    return PLANS.create("open", row, by=by, now=now, prepare=prepare, change=change, inputs=inputs, **seen)


def plan_after_visit(*, order_id: int, by: Actor, now: datetime) -> list[FollowUpPlan]:
    """
    Open the plans of a finished visit whose nurse asked for a follow-up; asked again, nothing is doubled.

    :raises kernel.refusals.NotNow: a person asks, and there is nothing to plan, or the plans under way stand for it
    """
    order = Order.objects.select_related("patient", "centre", "visit_record").filter(pk=order_id).first()
    record = order.visit_record if order else None
    opened: list[FollowUpPlan] = []
    instead: list[FollowUpPlan] = []
    if order and record and record.next_step == VisitRecord.Next.FOLLOW_UP:
        _has_content(order.centre, by, now)
        with transaction.atomic():
            Patient.objects.select_for_update(of=("self",), no_key=True).get(pk=order.patient_id)
            had = set(FollowUpPlan.objects.filter(order=order).values_list("code", flat=True))
            instead = selectors.running_instead(order)
            known = had | {plan.code for plan in instead}
            starts_on = timezone.localdate(order.finished_at or now)
            opened = [
                open_plan(patient=order.patient, centre=order.centre, template=template, starts_on=starts_on,
                          order=order, by=by, now=now)
                for template in selectors.templates_for(order)
                if template.code not in known
            ]  # fmt: skip
    if not opened and by.kind == "user":
        if instead:
            raise NotNow(*map(_under_way, instead))
        raise NotNow(Refusal("followup.nothing_to_plan", "这次上门没有要求随访，或者同样的随访计划已经建过。", FILE))
    return opened


def register_discharge(
    *, patient: Patient | None, centre: Organization, hospital: str, ward: str = "", discharged_on: date,
    diagnosis: str, education: str, template: str, said: Admission | None = None, by: Actor, now: datetime, **seen,
) -> FollowUpPlan:  # fmt: skip
    """
    Note that somebody has come home from hospital, and open the plan of follow-ups from that day.

    ``said`` is what the hospital told of the admission: its assessment and the nursing grades. It is kept as the
    hospital's word; told later than the discharge it is added to it, and what was told once is not told otherwise.
    Where this discharge's plan by this template is under way already, that plan is the answer to what is told later.

    :raises kernel.refusals.Refused: not this actor's centre, something is missing, or such a plan is under way and
        nothing was told beside it
    """
    if centre.pk not in by.orgs_as(Role.DISPATCHER, Role.REVIEWER):
        raise hidden("这家中心")
    _has_content(centre, by, now)
    chosen = next((one for one in selectors.templates_in_use(centre) if one.code == template), None)
    today = timezone.localdate(now)
    said = said or Admission()
    said = replace(said, grade_words=said.grade_words.strip())
    found = _unsound(patient, hospital, discharged_on, diagnosis, education, chosen, today)
    found += admission.faults(said, discharged_on)
    if found or patient is None or chosen is None:
        raise Invalid(*found)
    address = current_address(patient_id=patient.pk)
    if address is None:
        raise Invalid(Refusal("discharge.address", "这位服务对象还没有登记地址，请先登记。", CONTINUITY, "number"))
    demand(gates.centre_serves(centre, address.town_id, today))
    with transaction.atomic():
        # Who registers the same at the same moment finds the other's discharge here instead of meeting it.
        Patient.objects.select_for_update(of=("self",), no_key=True).get(pk=patient.pk)
        row = Discharge(
            patient=patient, centre=centre, hospital=hospital.strip()[:60], ward=ward.strip()[:40],
            discharged_on=discharged_on, diagnosis=diagnosis.strip()[:200], education=education.strip()[:300],
            registered_by_id=by.account, registered_at=now, **asdict(said),
        )  # fmt: skip
        known = (
            Discharge.objects.select_for_update(of=("self",), no_key=True)
            .filter(patient=patient, centre=centre, discharged_on=discharged_on, hospital=row.hospital)
            .first()
        )
        if known is None:
            with recording("followups.discharge_registered", target=row, by=by, now=now) as entry:
                row.save(force_insert=True)
                entry.data.update({"hospital": row.hospital, "assessed": said.assessed})
        elif said.told:
            _add_admission(known, said, by, now)
            running = known.plans.filter(code=chosen.code, status__in=sorted(PLAN_LIVE)).first()
            if running:
                return running
        return open_plan(
            patient=patient, centre=centre, template=chosen, starts_on=discharged_on, discharge=known or row, by=by,
            now=now, **seen,
        )  # fmt: skip


def end_plan(*, plan_id: int, because: str, words: str = "", by: Actor, now: datetime, **seen) -> FollowUpPlan:
    """
    End a plan; what is still to be done is cancelled. Who died, moved or does not want it is asked nothing more:
    the patient's other plans at this centre end with it, and for who died or moved every referral under way.

    :raises kernel.refusals.Refused: no reason
    """
    if because not in FollowUpPlan.Ended.values:
        raise Invalid(Refusal("followup.because", "请选择结束的原因。", FILE, "because"))
    if because not in WHOLE and not words.strip():
        raise Invalid(Refusal("followup.words", "请写明结束的原因。", FILE, "words"))
    with transaction.atomic():
        row = _end(plan_id, because, words, by, now, seen)
        if because in WHOLE:
            others = FollowUpPlan.objects.filter(
                patient=row.patient_id, centre=row.centre_id, status__in=sorted(PLAN_LIVE)
            )
            for pk in list(others.order_by("pk").values_list("pk", flat=True)):
                _end(pk, because, words, by, now, {})
        if because in GONE:
            referrals.end_for_patient(
                patient_id=row.patient_id, centre_id=row.centre_id, because=because, by=by, now=now
            )  # fmt: skip
    return row


def _under_way(plan: FollowUpPlan) -> Refusal:
    """Say which plan goes on in the place of the one that was asked for, and when it asks next."""
    sentence = f"这位服务对象的{selectors.in_words(plan)}，没有另建。"
    return Refusal("followup.plan_live", sentence, FILE, field="template")


def _end(pk, because, words, by, now, seen):
    def change(row, entry):
        left = FollowUp.objects.filter(plan=row, status__in=sorted(TASK_OPEN)).order_by("pk")
        for task in left.values_list("pk", flat=True):
            TASKS.take("cancel", task, by=system("followups.plan_ended"), now=now)
        row.ended_because, row.end_words, row.over_at = because, words.strip()[:200], now
        entry.data["because"] = because

    reason = f"{FollowUpPlan.Ended(because).label}：{words.strip()[:200]}".rstrip("：")
    return PLANS.take("end", pk, by=by, now=now, change=change, reason=reason, **seen)


def _promise_due(row: FollowUp, entry) -> None:
    morning = timezone.make_aware(datetime.combine(row.due_on, MORNING))
    promise(kind="followup.due", key=f"followup.due:{row.pk}", object_id=row.pk, due_at=morning)


def _add_admission(known: Discharge, said: Admission, by: Actor, now: datetime) -> None:
    """What the hospital says after the discharge was registered is added to what it said before."""
    before = Admission(**{one.name: getattr(known, one.name) for one in fields(Admission)})
    whole = admission.joined(before, said)
    if whole is None:
        sentence = "这次出院已经登记了不同的入院评估或护理分级，请核对；原来的登记不改写。"
        raise Invalid(Refusal("discharge.told_otherwise", sentence, admission.GRADING, "assessed_on"))
    if whole == before:
        return
    if found := admission.faults(whole, known.discharged_on):
        raise Invalid(*found)
    with recording("followups.admission_added", target=known, by=by, now=now) as entry:
        told = asdict(whole)
        for name, value in told.items():
            setattr(known, name, value)
        known.save(update_fields=sorted(told))
        entry.data.update({"hospital": known.hospital, "assessed": said.assessed})


def _has_content(centre: Organization, by: Actor, now: datetime) -> None:
    """A district that has published nothing yet works with what comes with the platform."""
    district = district_of(centre)
    if not PlanTemplate.objects.filter(owner=district).exists():
        platform = replace(system("followups.starting"), ip=by.ip, request_id=by.request_id)
        publish_starting_content(district=district, by=platform, now=now)


def _unsound(patient, hospital, discharged_on, diagnosis, education, template, today) -> list[Refusal]:
    found = []
    if patient is None:
        sentence = "没有找到这位服务对象，请核对证件号码；还没有登记的，请先在“代为申请”中登记。"
        found.append(Refusal("discharge.patient", sentence, CONTINUITY, "number"))
    for field, text, what in (
        ("hospital", hospital, "出院医院"), ("diagnosis", diagnosis, "出院诊断"), ("education", education, "出院宣教")
    ):  # fmt: skip
        if not text.strip():
            found.append(Refusal(f"discharge.{field}", f"请填写{what}。", CONTINUITY, field))
    if not today - OLDEST <= discharged_on <= today:
        sentence = f"出院日期应在今天以前 {OLDEST.days} 天以内。"
        found.append(Refusal("discharge.day", sentence, CONTINUITY, "discharged_on"))
    if template is None:
        found.append(Refusal("discharge.template", "请选择随访模板。", CONTINUITY, "template"))
    return found
