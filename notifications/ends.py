"""What ends soon, read for the reminders: nurses' papers, and the papers on which a patient's visits rest."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q
from django.utils import timezone

from accounts.models import Organization
from accounts.roles import Role
from accounts.selectors import posts_in_force
from clinical.lifecycle import TIMES_MAY_BE_TAKEN
from notifications.rules import SPANS
from nurses import selectors as nurses
from orders.models import ServiceRequest
from patients.models import Consent

PAPERS = {"prescription": "服务项目单", "assessment": "首诊评估", "consent": "知情同意书", "agreement": "服务协议"}


@dataclass(frozen=True, slots=True)
class End:
    """One paper of a nurse (``about`` is her number) or of a patient (``about`` is the request's)."""

    of: str
    about: int
    what: str
    ends_on: date
    known_since: date | None = None

    @property
    def key(self) -> str:
        return f"{self.of}:{self.about}:{self.what}:{self.ends_on:%Y%m%d}"


def ends(today: date) -> Iterator[End]:
    """Everything that ends from today on within the longest span; a renewal takes its forerunner off the list."""
    yield from _of_nurses(today)
    yield from _of_patients(today)


def still_ends(end: End, today: date) -> bool:
    """Whether the paper still is what the reminder says; a renewal came in between, or the care is over."""
    read = _of_nurses if end.of == "nurse" else _of_patients
    return any(known.key == end.key for known in read(today, only=end.about))


def _of_nurses(today, only=None):
    seen = set()
    posts = posts_in_force(on=today).filter(role=Role.NURSE)
    posts = posts if only is None else posts.filter(user__nurse=only)
    for centre in Organization.objects.filter(pk__in=posts.values("organisation")).order_by("pk"):
        for row in nurses.expiring(centre.pk, today, max(SPANS)):
            end = End("nurse", row.nurse.pk, row.what, row.expires_on)
            if row.expires_on >= today and end.key not in seen:
                seen.add(end.key)
                yield end


def _of_patients(today, only=None):
    """Of the care that goes on: an active prescription, the assessment under it, and the newest signatures."""
    last = today + timedelta(days=max(SPANS))
    running = ServiceRequest.objects.filter(prescription__status__in=TIMES_MAY_BE_TAKEN).select_related(
        "prescription", "assessment"
    )
    running = running if only is None else running.filter(pk=only)
    signed = _newest_signatures(running)
    for request in running.order_by("pk").iterator(chunk_size=500):
        found = [
            ("prescription", request.prescription.valid_until, request.prescription.signed_at),
            ("assessment", request.assessment.valid_until, request.assessment.signed_at),
            *signed.get((request.patient_id, request.centre_id), ()),
        ]
        for kind, ends_on, since in found:
            if ends_on and today <= ends_on <= last:
                known_since = timezone.localdate(since) if since else None
                yield End("request", request.pk, PAPERS[kind], ends_on, known_since)


def _newest_signatures(running):
    """For each patient and place the newest consent and the newest agreement that were not withdrawn."""
    rows = Consent.objects.filter(
        Q(withdrawn_at__isnull=True), patient__in=running.values("patient"), text__kind__in=("consent", "agreement")
    )
    newest = rows.order_by("patient", "organisation", "text__kind", "-signed_at").distinct(
        "patient", "organisation", "text__kind"
    )
    found = {}
    for patient, place, kind, until, at in newest.values_list(
        "patient", "organisation", "text__kind", "valid_until", "signed_at"
    ):
        found.setdefault((patient, place), []).append((kind, until, at))
    return found
