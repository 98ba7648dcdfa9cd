"""
Who wears which hat towards a finding: the centre that it is about, and those who oversee the centre.

``hats`` answers for one row, ``visible_to`` for a table; a test proves that they agree.
"""

from django.db.models import Q

from accounts.roles import Role
from kernel.actors import Actor
from supervision.models import EditionDraft, Finding, ScoreSheet, SettingChange, Tour

OVERSEEING = (Role.REVIEWER, Role.SUPERVISOR, Role.QC_INSPECTOR)
READERS = (Role.CENTRE_ADMIN, *OVERSEEING)
OF_THE_DISTRICT = (Role.SUPERVISOR, Role.QC_INSPECTOR)


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


def tour_hats(actor: Actor, row: Tour) -> frozenset:
    """Who plans and who oversees read all of it; the centre reads what was recorded there."""
    shown = READERS if row.visited_on else OVERSEEING
    return frozenset(role for role in shown if row.organisation_id in actor.orgs_as(role))


def tours_visible_to(actor: Actor):
    held = Q(visited_on__isnull=False, organisation__in=actor.orgs_as(Role.CENTRE_ADMIN))
    return Tour.objects.filter(held | Q(organisation__in=actor.orgs_as(*OVERSEEING)))


def district_hats(actor: Actor, row: SettingChange | EditionDraft) -> frozenset:
    """What a commission decides is its own people's."""
    return frozenset(role for role in OF_THE_DISTRICT if row.organisation_id in actor.orgs_as(role))


def changes_visible_to(actor: Actor):
    return SettingChange.objects.filter(organisation__in=actor.orgs_as(*OF_THE_DISTRICT))


def drafts_visible_to(actor: Actor):
    return EditionDraft.objects.filter(organisation__in=actor.orgs_as(*OF_THE_DISTRICT))
