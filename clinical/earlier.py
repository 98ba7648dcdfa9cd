"""
What is known before the doctor asks: the answers of the last assessment, and for a first one what the health record
and the family's own request say.
"""

from dataclasses import dataclass

from django.utils import timezone

from clinical.lifecycle import SIGNED
from clinical.models import Assessment
from clinical.sections import Section

RECORDED = {("disease", "diagnosis"): "conditions", ("allergy", "allergies"): "allergies"}
NEEDS = ("family", "needs")


@dataclass(frozen=True, slots=True)
class Known:
    """Answers that may be taken over, and in words where they come from."""

    answers: dict
    source: str


def last_signed(row: Assessment) -> Assessment | None:
    """Return the patient's latest signed assessment at this centre before this one."""
    return (
        Assessment.objects.filter(patient=row.patient_id, centre=row.centre_id, status__in=SIGNED)
        .exclude(pk=row.pk)
        .order_by("-signed_at")
        .first()
    )


def known(row: Assessment, section: Section, last: Assessment | None, wish: str = "") -> Known | None:
    """
    Return what may stand in a section that nobody has saved; none of it is an answer until the doctor saves it.

    ``wish`` is what the family asked for, which the floor of requests knows.
    """
    if section.key in row.sections:
        return None
    asked = {question.key for question in section.questions}
    found = {key: value for key, value in (last.sections.get(section.key, {}) if last else {}).items() if key in asked}
    if found:
        return Known(found, f"{timezone.localtime(last.signed_at):%Y年%m月%d日}的首诊评估")
    for (key, question), column in RECORDED.items():
        if key == section.key and (value := getattr(row.patient, column).strip()):
            found[question] = value[:500]
    if found:
        return Known(found, "健康档案")
    if section.key == NEEDS[0] and wish.strip():
        return Known({NEEDS[1]: wish.strip()[:500]}, "家属的申请")
    return None


def unchanged(row: Assessment, section: Section, last: Assessment | None) -> bool:
    """Say whether the saved answers are those of the last assessment, word for word."""
    return bool(last and row.sections.get(section.key) and row.sections[section.key] == last.sections.get(section.key))
