"""
Who wears which hat towards a finding: the centre that it is about, and those who oversee the centre.

``hats`` answers for one row, ``visible_to`` for a table; a test proves that they agree.
"""

from django.db.models import Q

from accounts.roles import Role
from kernel.actors import Actor
from supervision.models import Finding, ScoreSheet

OVERSEEING = (Role.REVIEWER, Role.SUPERVISOR, Role.QC_INSPECTOR)
READERS = (Role.CENTRE_ADMIN, *OVERSEEING)


def hats(actor: Actor, row: Finding) -> frozenset:
    return frozenset(role for role in READERS if row.organisation_id in actor.orgs_as(role))


def visible_to(actor: Actor):
    return Finding.objects.filter(organisation__in=actor.orgs_as(*READERS))


def sheet_hats(actor: Actor, row: ScoreSheet) -> frozenset:
    """The centre reads what was judged of it; those who oversee it read what is still to be judged as well."""
    shown = READERS if row.scored_at else OVERSEEING
    return frozenset(role for role in shown if row.organisation_id in actor.orgs_as(role))


def sheets_visible_to(actor: Actor):
    judged = Q(scored_at__isnull=False, organisation__in=actor.orgs_as(Role.CENTRE_ADMIN))
    return ScoreSheet.objects.filter(judged | Q(organisation__in=actor.orgs_as(*OVERSEEING)))
