"""Reads about patients: links of an account, what is in force, what has been proved."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from django.db.models import Count, F, Prefetch, Q, QuerySet

from accounts.models import Organization, User
from accounts.roles import Role
from accounts.selectors import district_of
from kernel import identity
from kernel.actors import Actor
from kernel.refusals import hidden
from patients import access, privacy
from patients.models import (
    Address,
    ApplicationDraft,
    Consent,
    Erasure,
    IdentityCheck,
    Invitation,
    PaperText,
    Patient,
    Proxy,
    Upload,
)

DRAFT_LASTS = timedelta(days=30)
# Not the consent on paper nor the proof of one visit: whoever deals with those opens them where they belong.
HANDED_IN = (Upload.Kind.IDENTITY, Upload.Kind.RECORD, Upload.Kind.CONTRACT, Upload.Kind.PROXY)


@dataclass(frozen=True, slots=True)
class IdentityStanding:
    """The three facts, each the newest answer since the number was last written down, or None."""

    format: IdentityCheck | None
    original: IdentityCheck | None
    compared: IdentityCheck | None

    @property
    def seen(self) -> bool:
        """Staff held the paper, or a service confirmed the person, and nobody has found a difference since."""
        return self.latest is not None and self.latest.passed

    @property
    def latest(self) -> IdentityCheck | None:
        """The newest look at the paper or comparison of the person."""
        found = [check for check in (self.original, self.compared) if check is not None]
        return max(found, key=lambda check: (check.checked_at, check.pk), default=None)


def links(user: User, on: date) -> tuple[dict[str, frozenset], dict[object, frozenset]]:
    """
    Return who this account is or acts for, as :class:`kernel.actors.Actor` wants it: patients, and scopes.

    Records that were merged into one of these belong to it: what was ordered and signed under them stays in sight.
    """
    mine, given = Patient.objects.filter(user=user), proxies_in_force(on=on).filter(user=user)
    before = Patient.objects.filter(merged_into__user=user)
    own = frozenset(mine.values_list("pk", flat=True).union(before.values_list("pk", flat=True), all=True))
    led = given.filter(patient__merged__isnull=False)
    scopes: dict[object, frozenset] = {
        patient_id: frozenset(granted)
        for patient_id, granted in given.values_list("patient", "scopes").union(
            led.values_list("patient__merged", "scopes"), all=True
        )
    }
    people: Mapping[str, frozenset] = {Role.PATIENT.value: own, Role.PROXY.value: frozenset(scopes)}
    return {role: ids for role, ids in people.items() if ids}, scopes


def proxies_in_force(on: date) -> QuerySet[Proxy]:
    return Proxy.objects.filter(ended_at__isnull=True, starts_on__lte=on, expires_on__gte=on)


def linked(patient_id: UUID) -> QuerySet[Proxy]:
    """Who may act for this person, or might until the authorisation ran out; what somebody ended is not among them."""
    found = Proxy.objects.filter(patient=patient_id, ended_at__isnull=True).select_related("user")
    return found.order_by("expires_on", "pk")


def household(actor: Actor) -> QuerySet[Patient]:
    """The patients that the actor is or acts for, each with ``current_addresses`` (one or none) and their town."""
    people = access.visible_to(actor).filter(merged_into__isnull=True)
    return people.prefetch_related(_current()).order_by("registered_at", "pk")


def goes_on(pk: UUID) -> UUID:
    """Return the record that speaks for this one: itself, or the one that it was merged into."""
    return Patient.objects.filter(pk=pk).values_list("merged_into", flat=True).first() or pk


def patient(*, actor: Actor, pk: UUID, on: date) -> Patient:
    """
    One person, for the family and for staff of a centre that serves the town; with ``current_addresses``.

    An address of a record that was merged leads on to the one that goes on.

    :raises kernel.refusals.Hidden: not there, or not for this actor
    """
    found = Patient.objects.filter(pk=goes_on(pk)).prefetch_related(_current()).first()
    if found is None:
        raise hidden("这位服务对象")
    access.demand_known(actor, found, on=on)
    return found


def find_served(
    *, actor: Actor, on: date, identity_kind: str = "", identity_number: str = "", phone: str = ""
) -> list[Patient]:
    """People under this number whom the actor's centre serves: a phone-in finds who is on record already."""
    if identity_kind and identity_number:
        found = [find_by_identity(identity_kind, identity_number, on)]
    else:
        found = list(find_by_phone(phone, on)[:20])
    return [person for person in found if person and access.serving_posts(actor, person, on=on)]


def draft(*, user_id: int, now: datetime) -> dict[str, Any]:
    """
    Return what this account has answered of an application that is not sent yet; nothing after a month.

    What was sealed under a key that is gone is better asked again than guessed.
    """
    kept = ApplicationDraft.objects.filter(user=user_id, kept_at__gt=now - DRAFT_LASTS).first()
    if kept is None:
        return {}
    try:
        return json.loads(privacy.draft_text(kept))
    except (InvalidTag, ValueError, KeyError):
        return {}


def current_address(patient_id: UUID) -> Address | None:
    return Address.objects.select_related("town").filter(patient=patient_id, is_current=True).first()


def find_by_identity(kind: str, number: str, today: date) -> Patient | None:
    """
    Find a person by the exact number, however it was typed; a number that cannot be right finds nobody.

    Under each of several papers one finds the one record that goes on.
    """
    verdict = identity.check(kind, number, today=today)
    if not verdict.ok:
        return None
    index = privacy.identity_index(kind, verdict.value)
    found = Patient.objects.select_related("merged_into").filter(identity_index=index).first()
    return found.merged_into or found if found else None


def find_by_phone(number: str, today: date) -> QuerySet[Patient]:
    """Find everybody on record under this phone; families often share one."""
    for kind in ("mobile", "landline"):
        verdict = identity.check(kind, number, today=today)
        if verdict.ok:
            found = Patient.objects.filter(phone_index=privacy.phone_index(verdict.value), merged_into__isnull=True)
            return found.order_by("registered_at", "pk")
    return Patient.objects.none()


def identity_standing(patient: Patient) -> IdentityStanding:
    """
    Say what has been proved about the person.

    A number or name written anew starts with a new format check; what was compared before it proves nothing now.
    """
    newest: dict[str, IdentityCheck] = {}
    for check in patient.identity_checks.select_related("checked_by").order_by("checked_at", "pk"):
        if check.kind == IdentityCheck.Kind.FORMAT:
            newest.clear()
        newest[check.kind] = check
    by_service = [newest[kind] for kind in (IdentityCheck.Kind.POLICE, IdentityCheck.Kind.FACE) if kind in newest]
    return IdentityStanding(
        format=newest.get(IdentityCheck.Kind.FORMAT),
        original=newest.get(IdentityCheck.Kind.ORIGINAL),
        compared=max(by_service, key=lambda check: (check.checked_at, check.pk), default=None),
    )


def text_in_force(district_id: int, kind: str, on: date) -> PaperText | None:
    return (
        PaperText.objects.filter(district=district_id, kind=kind, effective_on__lte=on)
        .order_by("-effective_on", "-version")
        .first()
    )


def texts_in_force(district: Organization | None, on: date) -> list[PaperText]:
    """Consent and agreement as they stand on the day; empty before the district has published any."""
    found = [text_in_force(district_id=district.pk, kind=kind, on=on) for kind in PaperText.Kind] if district else []
    return [text for text in found if text is not None]


def texts(district_id: int) -> QuerySet[PaperText]:
    return PaperText.objects.filter(district=district_id).order_by("kind", "-version")


def valid_consent(
    patient_id: UUID, organisation_id: int, kind: str, item_codes: Iterable[str], on: date
) -> Consent | None:
    """
    Return a signature that still carries a visit: under the text in force, not withdrawn, in date, all items covered.

    Several signatures do not add up to one: each was given for what stood on its own page.
    """
    organisation = Organization.objects.select_related("parent__parent").get(pk=organisation_id)
    text = text_in_force(district_id=district_of(organisation).pk, kind=kind, on=on)
    if text is None:
        return None
    found = Consent.objects.filter(
        patient=patient_id,
        organisation=organisation_id,
        text=text,
        withdrawn_at__isnull=True,
        valid_until__gte=on,
    )
    if kind == PaperText.Kind.CONSENT:
        found = found.filter(item_codes__contains=sorted(set(item_codes)))
    return found.select_related("text").order_by("-signed_at").first()


def consents(*, actor: Actor) -> QuerySet[Consent]:
    """Every signature for the patients that the actor is, or signs and decides for, newest first."""
    return (
        Consent.objects.filter(patient__in=access.read_by_family(actor))
        .select_related("text", "organisation", "witness")
        .order_by("-signed_at", "pk")
    )


def consents_of(patient_id: UUID) -> QuerySet[Consent]:
    """What this person signed, also under a record that was merged into this one."""
    return (
        Consent.objects.filter(patient__in=_with_merged(patient_id))
        .select_related("text", "organisation", "signer", "witness")
        .order_by("-signed_at")
    )


def uploads_by_kind(patient_id: UUID, *, reader: Actor | None = None) -> dict[str, list]:
    """Group the patient's papers by kind, newest first; with a ``reader`` of the family those that open to that one."""
    found = defaultdict(list)
    papers = Upload.objects.filter(patient__in=_with_merged(patient_id))
    if reader is not None:
        papers = access.papers_open_to(reader, papers)
    for upload in papers.order_by("-uploaded_at"):
        found[upload.kind].append(upload)
    return dict(found)


def handed_in(patient_id: UUID) -> QuerySet[Upload]:
    """What a family hands in so that the centre knows whom it serves, newest first; with who did."""
    rows = Upload.objects.filter(patient__in=_with_merged(patient_id), kind__in=HANDED_IN)
    return rows.select_related("uploaded_by").order_by("-uploaded_at", "pk")


def invitations(*, patient_ids: Iterable[UUID], now: datetime) -> QuerySet[Invitation]:
    """Codes that somebody may still take up, for these people."""
    return Invitation.objects.filter(
        patient__in=list(patient_ids), closed_at__isnull=True, code_until__gt=now
    ).order_by("-made_at")


def erasures(*, actor: Actor) -> QuerySet[Erasure]:
    """What the actor asked for, or has to decide as administrator: undecided first, then the newest."""
    mine = Q(patient__in=actor.patients_as(Role.PATIENT, Role.PROXY)) | Q(centre__in=actor.orgs_as(Role.CENTRE_ADMIN))
    rows = Erasure.objects.filter(mine).select_related("patient", "centre", "asked_by", "decided_by")
    return rows.order_by(F("decided_at").desc(nulls_first=True), "-pk")


# --- one person, several records ---


def duplicates(*, actor: Actor, on: date, most: int = 50) -> list[list[Patient]]:
    """
    People whom the actor's centre serves and who seem to be on record twice, under whichever papers.

    Name, date of birth and sex are the same; the name is compared by its blind index, so none has to be opened.
    """
    same = ("name_index", "birth_date", "sex")
    served = Patient.objects.filter(
        merged_into__isnull=True, addresses__is_current=True, addresses__town__in=access.served_towns(actor, on=on)
    )
    twice = served.values(*same).annotate(times=Count("pk")).filter(times__gt=1).order_by(*same)[:most]
    wanted = [tuple(row[key] for key in same) for row in twice]
    names = {name for name, _, _ in wanted}
    groups = defaultdict(list)
    for one in served.filter(name_index__in=names).prefetch_related(_current()).order_by("registered_at", "pk"):
        groups[(one.name_index, one.birth_date, one.sex)].append(one)
    return [groups[key] for key in wanted]


def _with_merged(patient_id: UUID) -> QuerySet:
    here = Patient.objects.filter(pk=patient_id).values("pk")
    return here.union(Patient.objects.filter(merged_into=patient_id).values("pk"), all=True)


def _current() -> Prefetch:
    current = Address.objects.filter(is_current=True).select_related("town")
    return Prefetch("addresses", queryset=current, to_attr="current_addresses")
