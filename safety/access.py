"""Who may see a complaint or an incident: the centre, those who oversee it, and for a complaint the family as well."""

from django.db.models import Q

from accounts.roles import Role
from kernel.actors import Actor
from safety.models import Complaint, Incident

AT_THE_CENTRE = (Role.DISPATCHER, Role.CENTRE_ADMIN)
OVERSEEING = (Role.REVIEWER, Role.SUPERVISOR, Role.QC_INSPECTOR)


def complaints_visible_to(actor: Actor):
    mine = Q(patient__in=actor.patients_as(Role.PATIENT, Role.PROXY))
    return Complaint.objects.filter(Q(centre__in=actor.orgs_as(*AT_THE_CENTRE, *OVERSEEING)) | mine)


def incidents_visible_to(actor: Actor):
    return Incident.objects.filter(centre__in=actor.orgs_as(*AT_THE_CENTRE, *OVERSEEING))


def incident_hats(actor: Actor, incident: Incident) -> frozenset:
    return frozenset(r for r in (*AT_THE_CENTRE, *OVERSEEING) if incident.centre_id in actor.orgs_as(r))
