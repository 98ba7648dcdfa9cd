"""
Who is what towards a nurse's file: the nurse, the centre that she belongs to, the commission of her district.

A centre's sight ends with the post that ties the nurse to it; the commission keeps sight of whoever served in it.
"""

from datetime import date

from django.db.models import Q, QuerySet

from accounts.roles import Role
from kernel.actors import Actor
from kernel.refusals import NotYours, Refusal, hidden
from nurses.models import Affiliation, Nurse

AT_THE_CENTRE = (Role.CENTRE_ADMIN, Role.DISPATCHER)
CLAUSE = "002 五(二)2"


def hats(actor: Actor, nurse: Nurse, *, on: date) -> frozenset:
    worn = set()
    if actor.user_id is not None and actor.user_id == nurse.user_id:
        worn.add(Role.NURSE)
    tied = set(nurse.affiliations.filter(_in_force(on)).values_list("post__organisation", flat=True))
    worn.update(role for role in AT_THE_CENTRE if actor.orgs_as(role) & tied)
    served = set(nurse.affiliations.values_list("post__organisation", flat=True))
    if actor.orgs_as(Role.SUPERVISOR) & served:
        worn.add(Role.SUPERVISOR)
    return frozenset(worn)


def visible_to(actor: Actor, *, on: date) -> QuerySet[Nurse]:
    """The queryset twin of :func:`hats`."""
    tied = Affiliation.objects.filter(_in_force(on), post__organisation__in=actor.orgs_as(*AT_THE_CENTRE))
    served = Affiliation.objects.filter(post__organisation__in=actor.orgs_as(Role.SUPERVISOR))
    found = Q(pk__in=tied.values("nurse")) | Q(pk__in=served.values("nurse"))
    if actor.user_id is not None:
        found |= Q(user=actor.user_id)
    return Nurse.objects.filter(found)


def demand(actor: Actor, nurse: Nurse, *roles: Role, on: date) -> None:
    """
    Let pass whoever wears one of the hats towards this nurse, and the platform itself.

    :raises kernel.refusals.Hidden: the file is outside the actor's world
    :raises kernel.refusals.NotYours: the actor sees the file, but this act is another role's
    """
    if actor.kind == "system":
        return
    worn = hats(actor, nurse, on=on)
    if not worn:
        raise hidden("这位护士")
    if not worn & set(roles):
        who = "或".join(role.label for role in roles)
        raise NotYours(Refusal("nurse.not_yours", f"这项内容由{who}办理，不在您的权限内。", CLAUSE))


def _in_force(on: date) -> Q:
    return Q(post__ended_at__isnull=True) & (Q(post__ends_on__isnull=True) | Q(post__ends_on__gte=on))
