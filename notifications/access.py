"""Who makes a centre's telephone calls: its dispatchers and its administrator. ``hats`` and its twin for the table."""

from accounts.roles import Role
from kernel.actors import Actor
from notifications.models import Call

CALLERS = (Role.DISPATCHER, Role.CENTRE_ADMIN)


def hats(actor: Actor, call: Call) -> frozenset:
    return frozenset(role for role in CALLERS if call.centre_id in actor.orgs_as(role))


def visible_to(actor: Actor):
    return Call.objects.filter(centre__in=actor.orgs_as(*CALLERS))
