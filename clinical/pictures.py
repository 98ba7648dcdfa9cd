"""Reads of pictures: what was said about taking them, and those that may be looked at."""

from uuid import UUID

from clinical.models import Picture, PictureConsent

SHOWN = 24


def consent_of(patient_id: UUID) -> PictureConsent | None:
    """Return the answer in force, if anybody was asked."""
    return PictureConsent.objects.filter(patient=patient_id, withdrawn_at__isnull=True).first()


def of_patient(patient_id: UUID) -> list[Picture]:
    """Return the pictures that are there, the latest first; those whose consent was taken back are not."""
    rows = Picture.objects.filter(patient=patient_id, removed_at__isnull=True, consent__withdrawn_at__isnull=True)
    return list(rows.select_related("measurement").order_by("-at", "-recorded_at")[:SHOWN])
