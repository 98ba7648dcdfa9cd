"""
Who wears which hat towards a finding: the centre that it is about, and those who oversee the centre.

``hats`` answers for one row, ``visible_to`` for a table; a test proves that they agree.
"""

from accounts.roles import Role
from kernel.actors import Actor
from supervision.models import Finding

OVERSEEING = (Role.REVIEWER, Role.SUPERVISOR, Role.QC_INSPECTOR)
READERS = (Role.CENTRE_ADMIN, *OVERSEEING)


def hats(actor: Actor, row: Finding) -> frozenset:
    return frozenset(role for role in READERS if row.organisation_id in actor.orgs_as(role))


def visible_to(actor: Actor):
    return Finding.objects.filter(organisation__in=actor.orgs_as(*READERS))
