"""Reads of pictures: what was said about taking them, and those that may be looked at."""

from uuid import UUID

from clinical.models import Picture, PictureConsent, VisitRecord
from kernel.actors import Actor

SHOWN = 24


def consent_of(patient_id: UUID) -> PictureConsent | None:
    """Return the answer in force, if anybody was asked."""
    return PictureConsent.objects.filter(patient=patient_id, withdrawn_at__isnull=True).first()


def of_patient(patient_id: UUID) -> list[Picture]:
    """Return the pictures that are there, the latest first; those whose consent was taken back are not."""
    rows = Picture.objects.filter(patient=patient_id, removed_at__isnull=True, consent__withdrawn_at__isnull=True)
    return list(rows.select_related("measurement").order_by("-at", "-recorded_at")[:SHOWN])


def at_the_bedside(by: Actor, patient_id: UUID) -> bool:
    """Whether this nurse is with the patient now, and so sees how the wound looked before."""
    rows = VisitRecord.objects.filter(patient=patient_id, nurse=by.user_id)
    return rows.filter(closed_at__isnull=True, stopped_at__isnull=True).exists()
