"""Reads about institutions, complete: no query per row anywhere."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Case, Count, Exists, F, OuterRef, Prefetch, Q, When
from django.utils import timezone

from accounts.models import Organization
from accounts.selectors import district_of, members_of_district
from institutions import rules, settings
from institutions.models import (
    EmergencyPlan,
    Filing,
    GroupMember,
    Jurisdiction,
    Licence,
    LogEntry,
    PlanContact,
    PlanStep,
    PlatformAgreement,
    Profile,
    RuleSet,
    Setting,
    Suspension,
    Town,
    TrialRun,
    WorkTask,
)
from institutions.rules import FilingFact, LicenceFact, Standing, SuspensionFact, TownFact
from kernel.refusals import Refusal

SOON = 60  # days before the end of a licence at which the commission is shown it


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


def licences_ending(organisation_ids: Iterable[int], today: date):
    """Institutions whose licence holds today and ends within ``SOON`` days, with no later one on record."""
    theirs = Licence.objects.filter(organisation=OuterRef("pk"))
    holds = Exists(theirs.filter(issued_on__lte=today, expires_on__gte=today))
    lasts = Exists(theirs.filter(expires_on__gt=today + timedelta(days=SOON)))
    return Organization.objects.filter(holds, ~lasts, pk__in=list(organisation_ids))


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


# --- how an institution comes to serve, and keeps learning ---


@dataclass(frozen=True, slots=True)
class EmergencyLine:
    """One kind of emergency and the newest plan for it, or none."""

    kind: str
    label: str
    plan: EmergencyPlan | None


def emergency_plans(organisation_id: int) -> list[EmergencyLine]:
    """The newest version for each kind of emergency, the missing ones included, with people and steps."""
    rows = (
        EmergencyPlan.objects.filter(organisation=organisation_id)
        .select_related("published_by")
        .prefetch_related(
            Prefetch("contacts", PlanContact.objects.order_by("position")),
            Prefetch("steps", PlanStep.objects.order_by("position")),
        )
        .order_by("kind", "-version")
        .distinct("kind")
    )
    newest = {row.kind: row for row in rows}
    return [EmergencyLine(kind.value, kind.label, newest.get(kind.value)) for kind in EmergencyPlan.Kind]


def emergency_versions(organisation_id: int, kind: str) -> list[EmergencyPlan]:
    """All versions of one plan, the newest first."""
    rows = EmergencyPlan.objects.filter(organisation=organisation_id, kind=kind).select_related("published_by")
    return list(rows.order_by("-version"))


def trial_of(organisation_id: int) -> TrialRun | None:
    """The trial that is running there, or nothing."""
    return (
        TrialRun.objects.filter(organisation=organisation_id, ended_at__isnull=True).select_related("begun_by").first()
    )


def trials_running(organisation_ids: Iterable[int]) -> dict[int, TrialRun]:
    rows = TrialRun.objects.filter(organisation__in=organisation_ids, ended_at__isnull=True)
    return {row.organisation_id: row for row in rows}


def working_group(organisation_id: int) -> list[GroupMember]:
    rows = GroupMember.objects.filter(organisation=organisation_id, until__isnull=True).select_related("user")
    return list(rows.order_by("since", "pk"))


def work_tasks(organisation_id: int):
    """The work plan: what is open first, by its day; then what is done."""
    return (
        WorkTask.objects.filter(organisation=organisation_id)
        .select_related("person", "done_by")
        .order_by(F("done_at").desc(nulls_first=True), "due_on", "pk")
    )


def log_entries(organisation_ids: Iterable[int]):
    """Problems and experience: problems without an answer first, then the newest."""
    waiting = Case(When(kind=LogEntry.Kind.PROBLEM, answered_at__isnull=True, then=0), default=1)
    return (
        LogEntry.objects.filter(organisation__in=organisation_ids)
        .select_related("organisation", "written_by", "answered_by")
        .order_by(waiting, "-pk")
    )


def open_problems(organisation_ids: Iterable[int]) -> dict[int, int]:
    """How many problems of each institution wait for an answer."""
    rows = LogEntry.objects.filter(
        organisation__in=organisation_ids, kind=LogEntry.Kind.PROBLEM, answered_at__isnull=True
    )
    return dict(rows.order_by().values_list("organisation").annotate(n=Count("pk")))
