"""
Who wears which hat towards a report or an export: the centre that it is about, and those who oversee the centre.

``*_hats`` answers for one row, ``*_visible_to`` for a table; a test proves that they agree.
"""

from django.db.models import Q, QuerySet

from accounts.models import Organization
from accounts.roles import Role
from kernel.actors import Actor
from kernel.refusals import hidden
from reporting.models import CityPack, Export, Summary

OVERSEEING = (Role.SUPERVISOR, Role.QC_INSPECTOR)
READERS = (Role.CENTRE_ADMIN, *OVERSEEING)


def summary_hats(actor: Actor, row: Summary) -> frozenset:
    """A centre's report is the centre's own until it was handed in for the first time."""
    worn = _worn(actor, row)
    own = row.organisation.kind == Organization.Kind.COMMISSION
    return worn if own or row.submitted_at else worn - set(OVERSEEING)


def summaries_visible_to(actor: Actor) -> QuerySet[Summary]:
    handed_in = Q(submitted_at__isnull=False) | Q(organisation__kind=Organization.Kind.COMMISSION)
    overseen = Q(organisation__in=actor.orgs_as(*OVERSEEING)) & handed_in
    return Summary.objects.filter(overseen | Q(organisation__in=actor.orgs_as(Role.CENTRE_ADMIN)))


def export_hats(actor: Actor, row: Export) -> frozenset:
    return _worn(actor, row)


def exports_visible_to(actor: Actor) -> QuerySet[Export]:
    return Export.objects.filter(organisation__in=actor.orgs_as(*READERS))


def pack_hats(actor: Actor, row: CityPack) -> frozenset:
    return frozenset(role for role in OVERSEEING if row.organisation_id in actor.orgs_as(role))


def packs_visible_to(actor: Actor) -> QuerySet[CityPack]:
    """What goes to the city is between the city and the district."""
    return CityPack.objects.filter(organisation__in=actor.orgs_as(*OVERSEEING))


def authors(organisation: Organization) -> tuple[Role, ...]:
    """Who writes in the name of an institution: the commission reads what a centre says, and edits none of it."""
    return OVERSEEING if organisation.kind == Organization.Kind.COMMISSION else (Role.CENTRE_ADMIN,)


def demand_author(actor: Actor, organisation: Organization, *, what: str) -> None:
    """:raises kernel.refusals.Hidden: this actor does not write in the name of this institution"""
    if organisation.pk not in actor.orgs_as(*authors(organisation)):
        raise hidden(what)


def _worn(actor: Actor, row) -> frozenset:
    return frozenset(role for role in READERS if row.organisation_id in actor.orgs_as(role))
