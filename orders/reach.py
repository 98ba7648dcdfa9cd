"""
How far a district's sight reaches where an event, an account or a person belongs to no institution (002 五(八)).

Log-ins and what people do for themselves name no institution. They are the district's in which the person works or is
served; who has never come to any belongs to all, for otherwise nobody would look.
"""

from django.db.models import CharField, Q
from django.db.models.functions import Cast

from accounts.models import Organization, User
from patients.models import Patient

HERE = ("requests__centre__in", "addresses__town__jurisdictions__organisation__in")
LINKS = ("patient", "proxy_for__patient")


def patients_of(places: frozenset):
    """Who has asked for care at these institutions, or lives where they serve."""
    return Patient.objects.filter(_any(*HERE, value=places)).values("pk")


def accounts_of(places: frozenset) -> Q:
    """Accounts of those who work there, of families served there, and of people who have come to no institution yet."""
    family = Q(posts__isnull=True)
    linked = _any(*(f"{link}__in" for link in LINKS), value=patients_of(places))
    unlinked = Q(patient__isnull=True, proxy_for__isnull=True)
    return Q(posts__organisation__in=places) | family & (linked | unlinked)


def of_no_place(places: frozenset) -> Q:
    """Events of no institution, without those of people who belong to another district alone."""
    nowhere = Q(organisation_id__isnull=True)
    if not Organization.objects.filter(kind=Organization.Kind.COMMISSION).exclude(pk__in=places).exists():
        return nowhere  # the only district of this platform
    theirs = User.objects.exclude(pk__in=User.objects.filter(accounts_of(places)).values("pk"))
    elsewhere = Patient.objects.exclude(pk__in=patients_of(places))
    return (
        nowhere
        & ~(Q(actor_kind="user") & Q(actor_id__in=theirs.values_list(_words("pk"))))
        & ~Q(subject_id__in=elsewhere.values_list(_words("pk")))
    )


def _any(*names: str, value) -> Q:
    found = Q()
    for name in names:
        found |= Q(**{name: value})
    return found


def _words(column: str) -> Cast:
    return Cast(column, CharField())
