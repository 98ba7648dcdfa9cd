"""Reads of what goes wrong, or may, complete: no query per row."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from django.db.models import Case, Prefetch, When

from accounts.models import Organization
from accounts.roles import Role
from institutions import selectors as institutions
from institutions.models import PlanContact, PlanStep
from kernel.actors import Actor
from kernel.refusals import hidden
from orders.models import Order
from safety import access
from safety.lifecycle import ALARM_OPEN, FLAG_LIVE, REPORT_FILED, REPORT_OPEN, UNANSWERED
from safety.models import (
    Alarm,
    AlarmPlace,
    AlarmStep,
    Carrying,
    EmergencyLog,
    EmergencyRun,
    Incident,
    Recorder,
    Report,
    ReportStep,
    RiskFlag,
    SafetyTimer,
)


def complaints(*, actor: Actor):
    """Complaints that this actor may see, newest first."""
    return (
        access.complaints_visible_to(actor)
        .select_related("order", "patient", "centre", "opened_by", "closed_by")
        .order_by("-pk")
    )


def incidents(*, actor: Actor):
    """Incidents that this actor may see, newest first."""
    return (
        access.incidents_visible_to(actor)
        .select_related("order__patient", "order__nurse__user", "centre", "closed_by")
        .order_by("-pk")
    )


def incidents_of(order):
    """What was reported of one visit, the first first; for the nurse whose visit it is, who knows of it."""
    return Incident.objects.filter(order=order, kind__in=Incident.BY_THE_NURSE).order_by("pk")


def open_incidents(*, actor: Actor):
    return incidents(actor=actor).filter(closed_at__isnull=True)


# --- calls for help ---


def alarms(*, actor: Actor):
    """Calls for help that this actor may see, newest first, with what a row of a list shows."""
    return (
        access.alarms_visible_to(actor)
        .select_related("nurse__user", "centre", "order__address__town", "patient", "acknowledged_by", "closed_by")
        .order_by("-pk")
    )


def open_alarms(*, actor: Actor):
    """Calls that nobody has ended yet, first those that nobody has answered."""
    return alarms(actor=actor).filter(status__in=sorted(ALARM_OPEN)).order_by("-status", "pk")


def alarms_carried(*, actor: Actor):
    """Open calls that this actor was told of: the desk at once, the others when nobody had answered."""
    return open_alarms(actor=actor).filter(access.carried_to(actor))


def is_unanswered(alarm: Alarm) -> bool:
    return alarm.status in UNANSWERED


def is_open(alarm: Alarm) -> bool:
    return alarm.status in ALARM_OPEN


def alarm(*, actor: Actor, pk: int) -> Alarm:
    """
    One call for help with where it came from and what was done.

    :raises kernel.refusals.Hidden: not there, or not for this actor
    """
    rows = alarms(actor=actor).prefetch_related(
        Prefetch("places", AlarmPlace.objects.order_by("-located_at")),
        Prefetch("steps", AlarmStep.objects.select_related("taken_by").order_by("pk")),
    )
    row = rows.filter(pk=pk).first()
    if row is None:
        raise hidden("这次求助")
    return row


def newest_of_nurse(*, actor: Actor) -> Alarm | None:
    """The last call of this nurse that is still open."""
    return open_alarms(actor=actor).filter(nurse__user=actor.user_id).order_by("-pk").first()


def seconds_to_cancel(centre: Organization, on: date) -> int:
    """For how long a press can be taken back."""
    return institutions.settings_of(centre, on)["alarm.cancel_seconds"]


# --- the clock of a visit ---


def timer_of(order: Order) -> SafetyTimer | None:
    """The running clock of a visit, or nothing."""
    return SafetyTimer.objects.filter(order=order, ended_at__isnull=True).first()


# --- recorders ---


def recorders(*, actor: Actor, centre_id: int):
    """The devices of a centre that this administrator keeps, each with the visit it is on."""
    out = Prefetch(
        "carried",
        Carrying.objects.filter(returned_at__isnull=True).select_related("order", "nurse__user"),
        to_attr="out",
    )
    mine = actor.orgs_as(Role.CENTRE_ADMIN) & {centre_id}
    return Recorder.objects.filter(centre__in=mine).prefetch_related(out).order_by("state", "number")


def free_recorders(order: Order):
    """The devices that may be carried on this visit: at hand, or carried on it already."""
    away = Carrying.objects.filter(returned_at__isnull=True, recorder__isnull=False).exclude(order=order)
    rows = Recorder.objects.filter(centre=order.centre_id, state=Recorder.State.IN_USE)
    return rows.exclude(pk__in=away.values("recorder")).order_by("number")


def carrying(order: Order) -> Carrying | None:
    """What was said about the recorder of this visit."""
    return Carrying.objects.filter(order=order).select_related("recorder", "nurse__user").first()


# --- reports ---


def reports(*, actor: Actor):
    """Reports that this actor has made or may see, open ones by their deadline, then the newest."""
    is_open = Case(When(status__in=sorted(REPORT_OPEN), then=0), default=1)
    rows = access.reports_visible_to(actor).select_related(
        "organisation", "accused", "order", "filed_by", "answered_by"
    )
    return rows.annotate(over=is_open).order_by("over", Case(When(over=0, then="answer_by")), "-pk")


def report(*, actor: Actor, pk: int) -> Report:
    """:raises kernel.refusals.Hidden: not there, or not for this actor"""
    rows = reports(actor=actor).prefetch_related(
        Prefetch("steps", ReportStep.objects.select_related("taken_by").order_by("pk"))
    )
    row = rows.filter(pk=pk).first()
    if row is None:
        raise hidden("这件投诉举报")
    return row


def is_late(report: Report, now: datetime) -> bool:
    """Say whether somebody owes the first word, or the answer, past its deadline."""
    if report.status in REPORT_FILED and report.accept_by < now:
        return True
    return report.status in REPORT_OPEN and report.answer_by < now


# --- warnings about a household ---


def flags(*, actor: Actor):
    """Warnings that this actor has to know of, newest first."""
    return access.flags_visible_to(actor).select_related("patient", "centre", "raised_by", "decided_by").order_by("-pk")


def live_flags(*, actor: Actor, patient_ids: Iterable[UUID], now: datetime):
    """Warnings in force about these households, for this actor."""
    return flags(actor=actor).filter(patient__in=list(patient_ids), status__in=sorted(FLAG_LIVE), until__gt=now)


def flag(*, actor: Actor, pk: int) -> RiskFlag:
    """:raises kernel.refusals.Hidden: not there, or not for this actor"""
    row = flags(actor=actor).filter(pk=pk).first()
    if row is None:
        raise hidden("这条风险提示")
    return row


def is_live(flag: RiskFlag) -> bool:
    return flag.status in FLAG_LIVE


def told_to_family(*, actor: Actor):
    """What the family was told of, in force or decided."""
    return flags(actor=actor).filter(told_at__isnull=False, patient__in=actor.patients_as(*access.FAMILY))


# --- plans that were started ---


def running_plans(incidents: Iterable[Incident]) -> dict[int, EmergencyRun]:
    """The plan that is running for each of these incidents."""
    rows = EmergencyRun.objects.filter(incident__in=[one.pk for one in incidents], closed_at__isnull=True)
    return {row.incident_id: row for row in rows.select_related("plan")}


def last_run(incident: Incident) -> EmergencyRun | None:
    """The plan that was started last for this incident, with people, steps and log."""
    return (
        EmergencyRun.objects.filter(incident=incident)
        .select_related("plan", "started_by", "closed_by")
        .prefetch_related(
            Prefetch("plan__contacts", PlanContact.objects.order_by("position")),
            Prefetch("plan__steps", PlanStep.objects.order_by("position")),
            Prefetch("log", EmergencyLog.objects.select_related("by", "step", "contact").order_by("pk")),
        )
        .order_by("-pk")
        .first()
    )
