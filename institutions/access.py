"""Who may do what towards an institution: the centre's administrator, and the commission of its district."""

from accounts.models import Organization
from accounts.roles import AT_CENTRE, OVER_SUBTREE, Role
from kernel.actors import Actor
from kernel.refusals import NotYours, Refusal


def hats(actor: Actor, organisation: Organization) -> frozenset:
    """Roles that the actor wears towards this institution's own files; the public list needs none."""
    return frozenset(role for role in AT_CENTRE | OVER_SUBTREE if organisation.pk in actor.orgs_as(role))


def visible_to(actor: Actor):
    """The queryset twin of :func:`hats`: institutions towards which the actor wears any."""
    return Organization.objects.filter(pk__in=actor.orgs_as(*(AT_CENTRE | OVER_SUBTREE)))


def demand(actor: Actor, organisation_id: int, *roles: Role, clause: str = "") -> None:
    """
    Let pass whoever holds one of the roles there, and the platform itself.

    :raises NotYours: the actor holds none of them at this institution
    """
    if actor.kind == "system" or organisation_id in actor.orgs_as(*roles):
        return
    who = "或".join(role.label for role in roles)
    raise NotYours(Refusal("centre.not_yours", f"这项办理由本机构的{who}负责，不在您的权限内。", clause))


def demand_post(actor: Actor, organisation_id: int) -> None:
    """Let pass whoever holds any post at the institution itself."""
    if actor.kind == "system" or organisation_id in actor.orgs_as(*AT_CENTRE):
        return
    raise NotYours(Refusal("centre.not_yours", "只有在本机构任职的人员可以办理，不在您的权限内。"))
