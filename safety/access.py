"""
Who may see what this app keeps: the centre, those who oversee it, the nurse her own calls for help, the family its own
complaints and whatever it was told of a warning about its household.

``*_hats`` answers for one row, ``*_visible_to`` for a whole table. They are twins: a test proves that they
never disagree.
"""

from django.db.models import Q

from accounts.roles import Role
from kernel.actors import Actor
from orders.lifecycle import COMPANION_LIVE, MANAGE, SEATED, WAITING
from orders.models import Order, ServiceRequest
from safety.models import Alarm, Complaint, Incident, Report, RiskFlag

AT_THE_CENTRE = (Role.DISPATCHER, Role.CENTRE_ADMIN)
OVERSEEING = (Role.REVIEWER, Role.SUPERVISOR, Role.QC_INSPECTOR)
FAMILY = (Role.PATIENT, Role.PROXY)
# A call that nobody answers is carried on: from which level each of them is told of it (``Alarm.level``).
CARRIED_FROM = {Role.DISPATCHER: 1, Role.CENTRE_ADMIN: 2, Role.REVIEWER: 3, Role.SUPERVISOR: 3}


def complaints_visible_to(actor: Actor):
    mine = Q(patient__in=actor.patients_as(*FAMILY))
    return Complaint.objects.filter(Q(centre__in=actor.orgs_as(*AT_THE_CENTRE, *OVERSEEING)) | mine)


def incidents_visible_to(actor: Actor):
    return Incident.objects.filter(centre__in=actor.orgs_as(*AT_THE_CENTRE, *OVERSEEING))


def incident_hats(actor: Actor, incident: Incident) -> frozenset:
    return frozenset(r for r in (*AT_THE_CENTRE, *OVERSEEING) if incident.centre_id in actor.orgs_as(r))


def alarm_hats(actor: Actor, alarm: Alarm) -> frozenset:
    worn = {role for role in (*AT_THE_CENTRE, *OVERSEEING) if alarm.centre_id in actor.orgs_as(role)}
    if alarm.nurse.user_id == actor.user_id and alarm.centre_id in actor.orgs_as(Role.NURSE):
        worn.add(Role.NURSE)
    return frozenset(worn)


def alarms_visible_to(actor: Actor):
    mine = Q(nurse__user=actor.user_id, centre__in=actor.orgs_as(Role.NURSE))
    return Alarm.objects.filter(Q(centre__in=actor.orgs_as(*AT_THE_CENTRE, *OVERSEEING)) | mine)


def carried_to(actor: Actor) -> Q:
    """Calls that were carried as far as a post of this actor, out of those that may be seen."""
    reached = Q(pk__in=())
    for role, level in CARRIED_FROM.items():
        reached |= Q(centre__in=actor.orgs_as(role), level__gte=level)
    return reached


def flag_hats(actor: Actor, flag: RiskFlag) -> frozenset:
    """Only those who have to know: the desk, the nurse who goes there, the doctor who assesses; the family if told."""
    worn = {role for role in AT_THE_CENTRE if flag.centre_id in actor.orgs_as(role)}
    if _visits(actor).filter(patient=flag.patient_id, centre=flag.centre_id).exists():
        worn.add(Role.NURSE)
    if _assessments(actor).filter(patient=flag.patient_id, centre=flag.centre_id).exists():
        worn.add(Role.DOCTOR)
    if flag.told_at:
        worn |= {role for role in FAMILY if flag.patient_id in actor.patients_as(role)}
    return frozenset(worn)


def flags_visible_to(actor: Actor):
    by_desk = Q(centre__in=actor.orgs_as(*AT_THE_CENTRE))
    by_nurse = Q(patient__in=_visits(actor).values("patient"), centre__in=actor.orgs_as(Role.NURSE))
    by_doctor = Q(patient__in=_assessments(actor).values("patient"), centre__in=actor.orgs_as(Role.DOCTOR))
    told = Q(told_at__isnull=False, patient__in=actor.patients_as(*FAMILY))
    return RiskFlag.objects.filter(by_desk | by_nurse | by_doctor | told)


def flag_scopes(actor: Actor, flag: RiskFlag) -> frozenset:
    return actor.scopes_for(flag.patient_id)


def report_hats(actor: Actor, report: Report) -> frozenset:
    """
    Whoever filed it, and whoever handles it. The commission sees what its centres handle; a centre never sees what
    went past it, not even when it is the one accused.
    """
    worn = set()
    if actor.user_id is not None and report.filed_by_id == actor.user_id:
        worn.add(Role.PATIENT if actor.patients_as(Role.PATIENT) else Role.PROXY)
    worn |= {role for role in (Role.CENTRE_ADMIN, Role.SUPERVISOR) if report.organisation_id in actor.orgs_as(role)}
    return frozenset(worn)


def reports_visible_to(actor: Actor):
    handled = Q(organisation__in=actor.orgs_as(Role.CENTRE_ADMIN, Role.SUPERVISOR))
    return Report.objects.filter(handled | Q(filed_by=actor.user_id) if actor.user_id else handled)


def report_scopes(actor: Actor, report: Report) -> frozenset:
    """What one has said oneself one may also take back: no authorisation of a patient is asked for that."""
    return frozenset({MANAGE}) if actor.user_id is not None and report.filed_by_id == actor.user_id else frozenset()


def _visits(actor):
    """Visits for which this nurse is asked, or which she has taken on and not yet ended; beside another one as well."""
    beside = Q(companions__nurse__user=actor.user_id, companions__status__in=sorted(COMPANION_LIVE))
    mine = Q(nurse__user=actor.user_id) | beside
    return Order.objects.filter(mine, centre__in=actor.orgs_as(Role.NURSE), status__in=sorted(SEATED))


def _assessments(actor):
    """Requests whose first visit is this doctor's to make."""
    return ServiceRequest.objects.filter(
        centre__in=actor.orgs_as(Role.DOCTOR), assessment__doctor=actor.user_id, status__in=sorted(WAITING)
    )
