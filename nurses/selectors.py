"""Reads about nurses: candidates for a visit, the centre's roster, and what is about to expire."""

import base64
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import Organization
from accounts.roles import Role
from accounts.selectors import posts_in_force
from institutions import selectors as institutions
from kernel.refusals import Refusal, hidden
from nurses import rules
from nurses.models import (
    Affiliation,
    Certificate,
    Exclusion,
    Insurance,
    Nurse,
    Portrait,
    RegistryCheck,
    Shift,
    Training,
)
from nurses.rules import Candidate, Registry, Visit
from patients import vault

Bookings = tuple[tuple[datetime, datetime, Any], ...]


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One nurse of a centre, with what bars her today and what the district only warns of."""

    nurse: Nurse
    kind: str
    since: date
    candidate: Candidate
    barred_by: tuple[Refusal, ...]
    warned_of: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True)
class Expiring:
    """A fact of a nurse that ends soon, or has ended; ``what`` as the page says it."""

    nurse: Nurse
    what: str
    expires_on: date


def nurse_of(user_id: int) -> Nurse | None:
    return Nurse.objects.select_related("user").filter(user=user_id).first()


def face_of(nurse_id: int) -> str:
    """The picture on her badge as a ``data:`` address, so that it is there without network too; empty without one."""
    row = Portrait.objects.filter(nurse=nurse_id, ended_at__isnull=True).first()
    if row is None:
        return ""
    try:
        with vault.opened(row.pk) as content:
            return f"data:{vault.JPEG};base64,{base64.b64encode(content.read()).decode()}"
    except FileNotFoundError:  # a database brought back without its files: the badge itself must not fail
        return ""


def candidates(organisation_id: int, on: date, bookings: Mapping[int, Bookings] | None = None) -> list[Candidate]:
    """
    Everybody who holds a nurse post at the centre on the day, with all that the rules ask; constant in queries.

    ``bookings`` come from the floor that knows orders, by nurse id. Whoever's post has ended is not in the list.
    """
    return _standing(_nurses_at(organisation_id, on), organisation_id, on, bookings or {})


def candidate(nurse_id: int, organisation_id: int, on: date, bookings: Bookings = ()) -> Candidate:
    """
    One nurse as she stands on the day, also when she has no post at the centre: the rule says so then.

    :raises kernel.refusals.Hidden: there is no such nurse
    """
    found = list(Nurse.objects.select_related("user").filter(pk=nurse_id))
    if not found:
        raise hidden("这位护士")
    return _standing(found, organisation_id, on, {nurse_id: bookings})[0]


def roster(organisation_id: int, on: date) -> list[RosterRow]:
    """The centre's nurses with what bars them today, apart from any visit."""
    organisation = Organization.objects.select_related("parent__parent").get(pk=organisation_id)
    noon = timezone.make_aware(datetime.combine(on, time(12)))
    today = Visit(
        organisation_id=organisation_id,
        starts_at=noon,
        ends_at=noon,
        items=(),
        patient_sex="",
        settings=institutions.settings_of(organisation, on),
    )
    nurses = _nurses_at(organisation_id, on)
    rows = []
    for nurse, known in zip(nurses, _standing(nurses, organisation_id, on, {}), strict=True):
        kind, since = next((kind, since) for place, kind, since, _ in known.affiliations if place == organisation_id)
        rows.append(
            RosterRow(
                nurse=nurse,
                kind=kind,
                since=since,
                candidate=known,
                barred_by=tuple(rules.why_not(known, today, rules=rules.STANDING)),
                warned_of=tuple(rules.warnings(known, today, rules=rules.STANDING)),
            )
        )
    return rows


def expiring(organisation_id: int, on: date, days: int) -> list[Expiring]:
    """What ends within ``days`` or has ended, soonest first; a renewal on record takes its forerunner off the list."""
    last_day = on + timedelta(days=days)
    nurses = {nurse.pk: nurse for nurse in _nurses_at(organisation_id, on)}
    found = [
        Expiring(nurse, "护士执业证书", nurse.certificate_expires_on)
        for nurse in nurses.values()
        if nurse.certificate_expires_on <= last_day
    ]
    latest: dict[tuple[int, str], date] = {}

    def note(nurse_id, what, expires_on):
        latest[nurse_id, what] = max(expires_on, latest.get((nurse_id, what), expires_on))

    for special in Certificate.objects.filter(nurse__in=nurses).select_related("kind"):
        note(special.nurse_id, special.kind.name, special.expires_on)
    for training in Training.objects.filter(nurse__in=nurses):
        note(training.nurse_id, training.get_kind_display(), training.expires_on)
    for insurance in Insurance.objects.filter(nurse__in=nurses):
        note(insurance.nurse_id, insurance.get_kind_display(), insurance.expires_on)
    for nurse_id, registry in _registry(list(nurses)).items():
        note(nurse_id, "注册系统查询复核", registry.recheck_due)
    found += [
        Expiring(nurses[nurse_id], what, expires_on)
        for (nurse_id, what), expires_on in latest.items()
        if expires_on <= last_day
    ]
    return sorted(found, key=lambda row: (row.expires_on, row.nurse.pk, row.what))


def file_of(nurse_id: int) -> dict[str, list]:
    """Everything on record about one nurse, newest first, for the page of her file."""
    of_her = {"nurse": nurse_id}
    return {
        "affiliations": list(
            Affiliation.objects.filter(**of_her).select_related("post__organisation").order_by("-post__starts_on")
        ),
        "registry_checks": list(
            RegistryCheck.objects.filter(**of_her).select_related("checked_by").order_by("-checked_on", "-pk")
        ),
        "exclusions": list(
            Exclusion.objects.filter(**of_her).select_related("recorded_by", "lifted_by").order_by("-starts_on", "-pk")
        ),
        "certificates": list(Certificate.objects.filter(**of_her).select_related("kind").order_by("-expires_on")),
        "trainings": list(Training.objects.filter(**of_her).order_by("-expires_on")),
        "insurances": list(Insurance.objects.filter(**of_her).order_by("-expires_on")),
    }


def exclusions_of(places: Iterable[int]) -> QuerySet[Exclusion]:
    """Exclusions of whoever serves or served at these institutions, those in force first."""
    served = Affiliation.objects.filter(post__organisation__in=places).values("nurse")
    rows = Exclusion.objects.filter(nurse__in=served).select_related("nurse__user", "recorded_by", "lifted_by")
    return rows.annotate(lifted=Q(lifted_at__isnull=False)).order_by("lifted", "-starts_on", "-pk")


def shifts(organisation_id: int, starts_at: datetime, ends_at: datetime) -> QuerySet[Shift]:
    """Shifts and leaves of a centre that touch a span of time, for its calendar."""
    return (
        Shift.objects.filter(
            organisation=organisation_id, removed_at__isnull=True, starts_at__lt=ends_at, ends_at__gt=starts_at
        )
        .select_related("nurse__user")
        .order_by("starts_at", "pk")
    )


def _nurses_at(organisation_id: int, on: date) -> list[Nurse]:
    """By name, which the database cannot sort by."""
    # Looked up first: joined with tables that a list has just filled, the posts were weighed again for each nurse.
    held = list(
        posts_in_force(on=on).filter(organisation=organisation_id, role=Role.NURSE).values_list("pk", flat=True)
    )
    found = Nurse.objects.select_related("user").filter(affiliations__post__in=held)
    return sorted(found, key=lambda nurse: (nurse.user.display_name, nurse.pk))


def _standing(nurses: list[Nurse], organisation_id: int, on: date, bookings: Mapping[int, Bookings]) -> list[Candidate]:
    ids = [nurse.pk for nurse in nurses]
    in_force = posts_in_force(on=on)
    affiliations = defaultdict(list)
    posts = list(in_force.filter(user__nurse__in=ids).values_list("pk", flat=True))
    held = Affiliation.objects.filter(nurse__in=ids, post__in=posts).order_by("pk")
    for nurse_id, *facts in held.values_list("nurse", "post__organisation", "kind", "post__starts_on", "post__ends_on"):
        affiliations[nurse_id].append(tuple(facts))
    assistants = set(in_force.filter(user__nurse__in=ids, role=Role.CARE_ASSISTANT).values_list("user", flat=True))
    exclusions = _grouped(
        Exclusion.objects.filter(nurse__in=ids, lifted_at__isnull=True).values_list("nurse", "kind", "starts_on")
    )
    certificates = _newest(
        Certificate.objects.filter(nurse__in=ids).values_list("nurse", "kind", "issued_on", "expires_on"), on
    )
    insurances = _newest(
        Insurance.objects.filter(nurse__in=ids).values_list("nurse", "kind", "starts_on", "expires_on"), on
    )
    trainings = _newest(
        Training.objects.filter(nurse__in=ids, passed_on__lte=on).values_list(
            "nurse", "kind", "passed_on", "expires_on"
        ),
        on,
    )
    registry = _registry(ids)
    work, leaves = _shifts(ids, organisation_id, on)
    return [
        Candidate(
            user_id=nurse.user_id,
            nurse_id=nurse.pk,
            name=str(nurse.user),
            clinical_since=nurse.clinical_since,
            title=nurse.title,
            certificate_expires_on=nurse.certificate_expires_on,
            affiliations=tuple(affiliations[nurse.pk]),
            care_assistant=nurse.user_id in assistants,
            registry=registry.get(nurse.pk),
            exclusions=tuple(exclusions[nurse.pk]),
            certificates=certificates[nurse.pk],
            trainings={kind: expires for kind, (_, expires) in trainings[nurse.pk].items()},
            insurances=insurances[nurse.pk],
            shifts=tuple(work[nurse.pk]),
            leaves=tuple(leaves[nurse.pk]),
            bookings=tuple(bookings.get(nurse.pk, ())),
        )
        for nurse in nurses
    ]


def _registry(nurse_ids: Iterable[int]) -> dict[int, Registry]:
    newest = (
        RegistryCheck.objects.filter(nurse__in=nurse_ids)
        .order_by("nurse", "-checked_on", "-pk")
        .distinct("nurse")
        .values_list("nurse", "found", "checked_on", "recheck_due")
    )
    return {
        nurse_id: Registry(found=found, checked_on=checked_on, recheck_due=recheck_due)
        for nurse_id, found, checked_on, recheck_due in newest
    }


def _newest(rows, on: date) -> dict[int, dict[str, tuple[date, date]]]:
    """
    Of several papers of one kind keep the one that counts on the day: begun already, then lasting longest.

    A renewal that begins next month must not hide the paper that still holds today.
    """
    kept: dict[int, dict[str, tuple[date, date]]] = defaultdict(dict)
    for nurse_id, kind, starts, expires in rows:
        other = kept[nurse_id].get(kind)
        if other is None or (starts <= on, expires) > (other[0] <= on, other[1]):
            kept[nurse_id][kind] = (starts, expires)
    return kept


def _shifts(nurse_ids, organisation_id: int, on: date):
    """A shift counts at the centre it was planned for; leave is leave everywhere."""
    midnight = timezone.make_aware(datetime.combine(on, time.min))
    work, leaves = defaultdict(list), defaultdict(list)
    rows = Shift.objects.filter(
        nurse__in=nurse_ids,
        removed_at__isnull=True,
        starts_at__lt=midnight + timedelta(days=1),
        ends_at__gt=midnight,
    ).order_by("starts_at")
    for nurse_id, kind, place, begins, ends in rows.values_list(
        "nurse", "kind", "organisation", "starts_at", "ends_at"
    ):
        if kind == Shift.Kind.LEAVE:
            leaves[nurse_id].append((begins, ends))
        elif place == organisation_id:
            work[nurse_id].append((begins, ends))
    return work, leaves


def _grouped(rows):
    grouped = defaultdict(list)
    for owner, *facts in rows:
        grouped[owner].append(tuple(facts))
    return grouped
