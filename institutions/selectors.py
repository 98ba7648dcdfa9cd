"""Reads about institutions, complete: no query per row anywhere."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils import timezone

from accounts.models import Organization
from accounts.selectors import district_of, members_of_district
from institutions import rules, settings
from institutions.models import (
    Filing,
    Jurisdiction,
    Licence,
    PlatformAgreement,
    Profile,
    RuleSet,
    Setting,
    Suspension,
    Town,
)
from institutions.rules import FilingFact, LicenceFact, Standing, SuspensionFact, TownFact
from kernel.refusals import Refusal


@dataclass(frozen=True, slots=True)
class ServingCentre:
    """One line of the public list of institutions (004 五(三))."""

    organisation: Organization
    profile: Profile | None
    modes: tuple[str, ...]
    towns: tuple[Town, ...]


@dataclass(frozen=True, slots=True)
class RuleSetLine:
    """One of the ten management systems of an institution; without a ``rule_set`` it is still missing."""

    kind: str
    label: str
    rule_set: RuleSet | None


def standing(organisation_id: int) -> Standing:
    """:raises Organization.DoesNotExist: there is no such institution"""
    found = standings([organisation_id])
    if organisation_id not in found:
        raise Organization.DoesNotExist(f"no organisation {organisation_id}")
    return found[organisation_id]


def standings(organisation_ids: Iterable[int]) -> dict[int, Standing]:
    """The dated facts of many institutions in five queries, however many there are."""
    ids = set(organisation_ids)
    licences, filings, suspensions, towns = (defaultdict(list) for _ in range(4))
    for one in Licence.objects.filter(organisation__in=ids).order_by("issued_on", "pk"):
        licences[one.organisation_id].append(LicenceFact(one.number, one.issued_on, one.expires_on))
    for one in Filing.objects.filter(organisation__in=ids).order_by("filed_at", "pk"):
        fact = FilingFact(one.mode, one.approved, one.approved_from, one.withdrawn_on)
        filings[one.organisation_id].append(fact)
    for one in Suspension.objects.filter(organisation__in=ids).order_by("starts_on", "pk"):
        lifted_on = timezone.localdate(one.lifted_at) if one.lifted_at else None
        fact = SuspensionFact(one.starts_on, one.ends_on, one.reason, one.clause, lifted_on)
        suspensions[one.organisation_id].append(fact)
    for one in Jurisdiction.objects.filter(organisation__in=ids).order_by("town", "starts_on"):
        towns[one.organisation_id].append(TownFact(one.town_id, one.starts_on, one.ends_on))
    names = Organization.objects.filter(pk__in=ids).values_list("pk", "name")
    return {
        pk: Standing(
            organisation_id=pk,
            name=name,
            licences=tuple(licences[pk]),
            filings=tuple(filings[pk]),
            suspensions=tuple(suspensions[pk]),
            towns=tuple(towns[pk]),
        )
        for pk, name in names
    }


def why_not_serve(organisation_id: int, on: date, town_code: str | None = None) -> list[Refusal]:
    """All reasons why the institution may not serve on the day, at an address in the town if one is given."""
    return rules.why_not_serve(standing(organisation_id), on, town_code)


def setting(district_id: int, key: str, on: date) -> Any:
    """:raises KeyError: nobody declared this key (a mistake of the program)"""
    declared = settings.SETTINGS[key]
    chosen = (
        Setting.objects.filter(district=district_id, key=key, effective_on__lte=on)
        .order_by("-effective_on")
        .values_list("value", flat=True)
        .first()
    )
    return declared.default if chosen is None else chosen


def settings_on(district_id: int, on: date) -> dict[str, Any]:
    """Every declared setting as it holds on the day; a key that is declared no more is left out."""
    chosen = Setting.objects.filter(district=district_id, effective_on__lte=on).order_by("effective_on")
    found = settings.defaults()
    found.update((row.key, row.value) for row in chosen if row.key in found)
    return found


def settings_of(organisation: Organization, on: date) -> dict[str, Any]:
    """The settings that hold for an institution on the day: those of its district."""
    return settings_on(district_of(organisation).pk, on)


def setting_history(district_id: int, key: str):
    """All choices of one setting, the latest first, with who made them."""
    return Setting.objects.filter(district=district_id, key=key).select_related("set_by").order_by("-effective_on")


def towns():
    return Town.objects.order_by("code")


def serving_centres(district_id: int, on: date, town_code: str | None = None) -> list[ServingCentre]:
    """Institutions that may serve (the town) on the day, for the public list with supervision phones (004 五(三))."""
    centres = {
        centre.pk: centre
        for centre in members_of_district(root_id=district_id)
        .filter(kind__in=Organization.PROVIDERS)
        .order_by("name", "pk")
    }
    profiles = {profile.organisation_id: profile for profile in Profile.objects.filter(organisation__in=centres)}
    by_code = {town.code: town for town in towns()}
    facts = standings(centres)
    return [
        ServingCentre(
            organisation=centre,
            profile=profiles.get(pk),
            modes=tuple(Filing.Mode(mode).label for mode in facts[pk].modes_on(on)),
            towns=tuple(by_code[code] for code in sorted(facts[pk].towns_on(on))),
        )
        for pk, centre in centres.items()
        if not rules.why_not_serve(facts[pk], on, town_code)
    ]


def centre_for_town(district_id: int, town_code: str, on: date) -> list[Organization]:
    """Institutions that may serve an address in the town, the one that bears the town's name first."""
    town = Town.objects.filter(code=town_code).first()
    here = Jurisdiction.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on), town=town, starts_on__lte=on)
    centres = list(
        members_of_district(root_id=district_id)
        .filter(kind__in=Organization.PROVIDERS, pk__in=here.values("organisation"))
        .order_by("name", "pk")
    )
    facts = standings([centre.pk for centre in centres])
    serving = [centre for centre in centres if not rules.why_not_serve(facts[centre.pk], on, town_code)]
    return sorted(serving, key=lambda centre: not town.name.startswith(centre.short_name))


def rule_sets(organisation_id: int) -> list[RuleSetLine]:
    """The newest version of each of the ten management systems, the missing ones included (004 三(五))."""
    newest = {
        row.kind: row
        for row in RuleSet.objects.filter(organisation=organisation_id)
        .select_related("published_by")
        .order_by("kind", "-version")
        .distinct("kind")
    }
    return [RuleSetLine(kind.value, kind.label, newest.get(kind.value)) for kind in RuleSet.Kind]


def unread_rule_sets(user_id: int, organisation_id: int) -> list[RuleSet]:
    """Newest versions that this member of staff has not acknowledged yet."""
    newest = [line.rule_set.pk for line in rule_sets(organisation_id) if line.rule_set]
    return list(RuleSet.objects.filter(pk__in=newest).exclude(acknowledgements__user=user_id).order_by("kind"))


def filings_to_decide(district_id: int):
    """Filings that wait for the commission, the oldest first."""
    members = members_of_district(root_id=district_id).values("pk")
    return (
        Filing.objects.filter(organisation__in=members, approved__isnull=True, withdrawn_on__isnull=True)
        .select_related("organisation", "filed_by")
        .order_by("filed_at", "pk")
    )


def papers(organisation_id: int) -> dict[str, list]:
    """Licences, filings, suspensions, jurisdiction and agreements of one institution, for its own page."""
    mine = {"organisation": organisation_id}
    return {
        "licences": list(Licence.objects.filter(**mine).order_by("-expires_on")),
        "filings": list(Filing.objects.filter(**mine).select_related("decided_by").order_by("-filed_at")),
        "suspensions": list(Suspension.objects.filter(**mine).select_related("ordered_by").order_by("-starts_on")),
        "jurisdictions": list(Jurisdiction.objects.filter(**mine).select_related("town").order_by("town")),
        "agreements": list(PlatformAgreement.objects.filter(**mine).order_by("-signed_on")),
    }
