"""
Who wears which hat towards a consult: the family, the centre's nurses, and those who oversee the centre.

``hats`` answers for one row, ``visible_to`` for the table; a test proves that they agree.
"""

from django.db.models import Q

from accounts.roles import Role
from consults.models import Consult
from kernel.actors import Actor
from patients import access as patients

FAMILY = (Role.PATIENT, Role.PROXY)
AT_THE_CENTRE = (Role.NURSE, Role.DISPATCHER, Role.CENTRE_ADMIN, Role.DOCTOR)


def hats(actor: Actor, row: Consult) -> frozenset:
    family = patients.reading_hats(actor, row.patient_id)
    return frozenset(family | {role for role in AT_THE_CENTRE if row.centre_id in actor.orgs_as(role)})


def visible_to(actor: Actor):
    mine = Q(patient__in=patients.read_by_family(actor))
    return Consult.objects.filter(mine | Q(centre__in=actor.orgs_as(*AT_THE_CENTRE)))
