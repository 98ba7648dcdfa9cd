"""An incident reported by hand, and the plan that is started for it: clock, calls, steps, outcome."""

from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.models import Organization
from accounts.roles import Role
from audit.services import recording
from institutions.models import EmergencyPlan
from kernel.actors import Actor
from kernel.refusals import Invalid, NotNow, NotYours, Refusal, hidden
from orders.models import Order
from safety import access
from safety.models import EmergencyLog, EmergencyRun, Incident

CLAUSE = "002 五(七)2(1)"
AT_THE_BEDSIDE = "002 五(七)1(1)"
KNOWN = Refusal(
    "incident.known", "这次上门已报告过这一类不良事件；还有要补充的，请打电话告诉专员。", AT_THE_BEDSIDE, "kind"
)
CALLS = {EmergencyLog.Kind.REACHED, EmergencyLog.Kind.UNREACHED}


def report_incident(*, centre: Organization, kind: str, text: str, by: Actor, now: datetime) -> Incident:
    """Write down an incident that no order has reported by itself, such as a fall in the treatment room."""
    if centre.pk not in by.orgs_as(*access.AT_THE_CENTRE):
        raise NotYours(Refusal("incident.centre", "不良事件由发生机构登记，不在您的权限内。", CLAUSE))
    if kind not in Incident.Kind.values:
        raise Invalid(Refusal("incident.kind", "请选择不良事件的类别。", CLAUSE, "kind"))
    row = Incident(centre=centre, kind=kind, text=_words(text, "text", "请写明经过，不超过 300 个字。"), opened_at=now)
    with recording("safety.incident_opened", target=row, by=by, now=now) as entry:
        row.save(force_insert=True)
        entry.data["kind"] = kind
        entry.payload["kind"] = kind
    return row


def report_at_visit(
    *, order_id: int, kind: str, text: str, at: datetime | None = None, by: Actor, now: datetime
) -> Incident:
    """
    The nurse writes down what went wrong at her visit, at the bedside or later.

    ``at`` is when it happened by her phone, which may have been without network until now. The same words sent again
    find the report that exists (002 五(七)1(1)).

    :raises kernel.refusals.Refused: not her visit, not yet at the door, no kind or words, or one of this kind exists
    """
    with transaction.atomic():
        order = Order.objects.select_for_update(of=("self",), no_key=True).filter(
            pk=order_id, nurse__user=by.user_id, centre__in=by.orgs_as(Role.NURSE)
        ).first()  # fmt: skip
        if order is None:
            raise hidden("这张订单")
        if order.arrived_at is None:
            raise NotNow(Refusal("incident.not_there", "签到以后才能报告这次上门的不良事件。", AT_THE_BEDSIDE))
        if kind not in Incident.BY_THE_NURSE:
            raise Invalid(Refusal("incident.kind", "请选择不良事件的类别。", AT_THE_BEDSIDE, "kind"))
        words = _words(text, "text", "请写明经过和已经做的处理，不超过 300 个字。")
        known = Incident.objects.filter(order=order, kind=kind).first()
        if known is not None:
            if known.text == words:
                return known
            raise NotNow(KNOWN)
        happened = max(order.arrived_at, min(at or now, now))
        row = Incident(order=order, centre_id=order.centre_id, kind=kind, text=words, opened_at=happened)
        recorded = recording(
            "safety.incident_opened", target=row, by=by, now=now, role=Role.NURSE, subject_id=order.patient_id
        )
        try:
            with transaction.atomic(), recorded as entry:
                row.save(force_insert=True)
                entry.data["kind"] = kind
                entry.payload.update({"order": order.pk, "kind": kind, "reporter": by.user_id})
        except IntegrityError as twin:  # the desk closed a call for help with the same kind at this moment
            raise NotNow(KNOWN) from twin
    return row


def start_plan(*, incident_id: int, plan_id: int, by: Actor, now: datetime) -> EmergencyRun:
    """
    Start the newest version of one of the centre's plans for an incident; the clock runs from now.

    :raises kernel.refusals.Refused: not this centre's staff, the incident is closed, or a plan is running for it
    """
    with transaction.atomic():
        incident = Incident.objects.select_for_update(of=("self",)).filter(pk=incident_id).first()
        if incident is None or not (worn := access.incident_hats(by, incident)):
            raise hidden("这条不良事件")
        role = _role(worn)
        if incident.closed_at:
            raise NotNow(Refusal("incident.closed", "这条不良事件已经结案，不能再启动预案。", CLAUSE))
        if EmergencyRun.objects.filter(incident=incident, closed_at__isnull=True).exists():
            raise NotNow(Refusal("emergency.running", "这条不良事件的预案已经启动。", CLAUSE))
        plan = EmergencyPlan.objects.filter(pk=plan_id, organisation=incident.centre_id).first()
        if plan is None:
            raise hidden("这份预案")
        row = EmergencyRun(
            incident=incident, centre_id=incident.centre_id, plan=plan, started_by_id=by.account, started_at=now
        )
        with recording("safety.emergency_started", target=row, by=by, now=now, role=role) as entry:
            row.save(force_insert=True)
            entry.data["plan"] = plan.pk
            entry.payload["incident"] = incident.pk
    return row


def log_step(*, run_id: int, step_id: int, text: str = "", by: Actor, now: datetime) -> EmergencyLog:
    """Say that a step of the plan is done; a step is done once."""
    with transaction.atomic():
        run, role = _running(run_id, by)
        step = run.plan.steps.filter(pk=step_id).first()
        if step is None:
            raise hidden("这个步骤")
        known = EmergencyLog.objects.filter(run=run, step=step).first()
        if known:
            return known
        return _log(run, EmergencyLog.Kind.STEP, role, by, now, step=step, text=_short(text))


def log_call(*, run_id: int, contact_id: int, kind: str, text: str = "", by: Actor, now: datetime) -> EmergencyLog:
    """Say that somebody of the call tree was called, and whether they were reached."""
    with transaction.atomic():
        run, role = _running(run_id, by)
        contact = run.plan.contacts.filter(pk=contact_id).first()
        if contact is None:
            raise hidden("这位联系人")
        if kind not in CALLS:
            raise Invalid(Refusal("emergency.call", "请选择是否联系上。", CLAUSE, "kind"))
        return _log(run, kind, role, by, now, contact=contact, text=_short(text))


def log_note(*, run_id: int, text: str, by: Actor, now: datetime) -> EmergencyLog:
    """Write down what happens while the plan runs."""
    with transaction.atomic():
        run, role = _running(run_id, by)
        words = _words(text, "text", "请写明情况，不超过 300 个字。")
        return _log(run, EmergencyLog.Kind.NOTE, role, by, now, text=words)


def close_plan(*, run_id: int, outcome: str, by: Actor, now: datetime) -> EmergencyRun:
    """End a started plan with its outcome; the incident itself stays open until its cause is written."""
    with transaction.atomic():
        run, role = _running(run_id, by)
        outcome = _words(outcome, "outcome", "请写明处置结果，不超过 300 个字。")
        with recording("safety.emergency_closed", target=run, by=by, now=now, role=role, reason=outcome) as entry:
            run.closed_at, run.closed_by_id, run.outcome = now, by.user_id, outcome
            run.save(update_fields=["closed_at", "closed_by", "outcome"])
            entry.data["minutes"] = int((now - run.started_at).total_seconds() // 60)
    return run


def _running(run_id: int, by: Actor) -> tuple[EmergencyRun, str]:
    run = (
        EmergencyRun.objects.select_for_update(of=("self",))
        .select_related("incident", "plan")
        .filter(pk=run_id)
        .first()
    )
    if run is None or not (worn := access.incident_hats(by, run.incident)):
        raise hidden("这次预案启动")
    role = _role(worn)
    if run.closed_at:
        raise NotNow(Refusal("emergency.closed", "这次预案已经终止，记录不能再改动。", CLAUSE))
    return run, role


def _role(worn: frozenset) -> str:
    held = sorted(worn & set(access.AT_THE_CENTRE))
    if not held:
        raise NotYours(Refusal("incident.centre", "应急预案由发生机构处置，不在您的权限内。", CLAUSE))
    return held[0]


def _log(run, kind, role, by, now, **about) -> EmergencyLog:
    row = EmergencyLog(run=run, kind=kind, at=now, by_id=by.user_id, **about)
    try:
        with recording(
            "safety.emergency_logged", target=row, by=by, now=now, role=role, organisation_id=run.centre_id
        ) as entry:
            row.save(force_insert=True)
            entry.data.update(run=run.pk, kind=kind)
    except IntegrityError as twice:
        raise NotNow(Refusal("emergency.step_done", "这个步骤刚刚已由别人登记完成。", CLAUSE)) from twice
    return row


def _words(text: str, field: str, sentence: str) -> str:
    text = text.strip()
    if not text or len(text) > 300:
        raise Invalid(Refusal(f"emergency.{field}", sentence, CLAUSE, field))
    return text


def _short(text: str) -> str:
    text = text.strip()
    if len(text) > 300:
        raise Invalid(Refusal("emergency.text", "情况请不要超过 300 个字。", CLAUSE, "text"))
    return text
