"""Who wears which hat here: those who oversee a district, towards its organisations and its tasks."""

from django.db.models import QuerySet

from accounts.models import Organization
from accounts.roles import Role
from indicators.models import Snapshot, Task
from kernel.actors import Actor
from kernel.refusals import hidden

READERS = (Role.SUPERVISOR, Role.QC_INSPECTOR)


def hats(actor: Actor, row: Task) -> frozenset:
    return frozenset(role for role in READERS if row.organisation_id in actor.orgs_as(role))


def tasks_visible_to(actor: Actor) -> QuerySet[Task]:
    return Task.objects.filter(organisation__in=actor.orgs_as(*READERS))


def snapshots_visible_to(actor: Actor) -> QuerySet[Snapshot]:
    return Snapshot.objects.filter(organisation__in=actor.orgs_as(*READERS))


def demand_over(actor: Actor, organisation: Organization, *, what: str) -> None:
    """:raises kernel.refusals.Hidden: the organisation is not overseen by this actor"""
    if actor.kind != "system" and organisation.pk not in actor.orgs_as(*READERS):
        raise hidden(what)
