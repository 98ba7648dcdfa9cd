"""
Who wears which hat towards a tube or a bag: the nurse who carries it, its centre, those who oversee the centre.

``hats`` answers for one row, ``*_visible_to`` for a table; a test proves that they agree.
"""

from django.db.models import Q

from accounts.roles import Role
from kernel.actors import Actor
from logistics.models import Specimen, WasteBag, WasteRemoval
from orders.access import BY_CENTRE


def hats(actor: Actor, row: Specimen | WasteBag) -> frozenset:
    worn = {role for role in BY_CENTRE if row.centre_id in actor.orgs_as(role)}
    if row.nurse_id == actor.user_id and row.centre_id in actor.orgs_as(Role.NURSE):
        worn.add(Role.NURSE)
    return frozenset(worn)


def specimens_visible_to(actor: Actor):
    return Specimen.objects.filter(_in_sight(actor))


def bags_visible_to(actor: Actor):
    return WasteBag.objects.filter(_in_sight(actor))


def removals_visible_to(actor: Actor):
    return WasteRemoval.objects.filter(centre__in=actor.orgs_as(*BY_CENTRE))


def _in_sight(actor: Actor) -> Q:
    mine = Q(nurse=actor.user_id, centre__in=actor.orgs_as(Role.NURSE))
    return Q(centre__in=actor.orgs_as(*BY_CENTRE)) | mine
