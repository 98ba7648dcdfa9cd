"""
Who may see what goes on after a visit: the centre and those who oversee it, the family its own.

``hats`` answers for one row of any table of this app, ``visible`` for a whole table; a test proves that they agree.
"""

from django.db.models import Q, QuerySet

from accounts.roles import Role
from followups.models import Discharge, FollowUp, FollowUpPlan, GreenCase
from kernel.actors import Actor
from orders.access import BY_CENTRE
from patients import access as patients

FAMILY = (Role.PATIENT, Role.PROXY)


def hats(actor: Actor, row) -> frozenset:
    worn = {role for role in BY_CENTRE if row.centre_id in actor.orgs_as(role)}
    return frozenset(worn | patients.reading_hats(actor, row.patient_id))


def scopes(actor: Actor, row) -> frozenset:
    return actor.scopes_for(row.patient_id)


def tasks_visible_to(actor: Actor) -> QuerySet[FollowUp]:
    return FollowUp.objects.filter(_in_sight(actor))


def plans_visible_to(actor: Actor) -> QuerySet[FollowUpPlan]:
    return FollowUpPlan.objects.filter(_in_sight(actor))


def green_visible_to(actor: Actor) -> QuerySet[GreenCase]:
    return GreenCase.objects.filter(_in_sight(actor))


def discharges_visible_to(actor: Actor) -> QuerySet[Discharge]:
    return Discharge.objects.filter(_in_sight(actor))


def _in_sight(actor: Actor) -> Q:
    return Q(centre__in=actor.orgs_as(*BY_CENTRE)) | Q(patient__in=patients.read_by_family(actor))
