"""Reads of signed papers, complete: no query per row."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Prefetch, Q

from accounts.roles import Role
from catalog import selectors as catalog
from catalog.models import Item
from clinical.completeness import missing
from clinical.models import Assessment, CareMoment, Prescription, PrescriptionLine, Reading, StepEntry, VisitRecord
from kernel.actors import Actor
from kernel.refusals import hidden
from patients import access as patients

STAFF = (Role.DISPATCHER, Role.DOCTOR, Role.CENTRE_ADMIN, Role.REVIEWER, Role.SUPERVISOR, Role.QC_INSPECTOR)


@dataclass(frozen=True, slots=True)
class Page:
    """One item of a visit: what was done of its steps, what was measured."""

    id: int
    name: str
    steps: list[dict]
    readings: list[dict]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A visit's record as its nurse writes it: what is asked, and what has been answered so far."""

    record: VisitRecord
    items: list[Item]
    entries: dict[int, StepEntry]
    readings: dict[str, Reading]
    moments: dict[tuple[int, str], CareMoment]


def prescription(*, actor: Actor, number: str) -> Prescription:
    """
    One prescription, for the family and for those who see the centre's work.

    :raises kernel.refusals.Hidden: not there, or not for this actor
    """
    lines = PrescriptionLine.objects.select_related("item").order_by("item__number", "pk")
    numbered = Prescription.objects.filter(number=number)
    row = (
        numbered.filter(Q(centre__in=actor.orgs_as(*STAFF)) | Q(patient__in=patients.read_by_family(actor)))
        .select_related("patient", "centre", "doctor")
        .prefetch_related(Prefetch("lines", lines))
        .first()
    )
    if row is None:
        raise patients.out_of_sight(actor, numbered, "这份服务项目单")
    return row


def assessment_of_colleague(*, actor: Actor, pk: int) -> Assessment | None:
    """Return a first visit that another doctor of this doctor's centre makes, or None."""
    rows = Assessment.objects.filter(pk=pk, centre__in=actor.orgs_as(Role.DOCTOR)).exclude(doctor=actor.user_id)
    return rows.select_related("doctor", "request").first()


def prescription_pk(number: str) -> int:
    """
    The id behind a number, for the door, which asks whose it is.

    :raises kernel.refusals.Hidden: there is no such number
    """
    pk = Prescription.objects.filter(number=number).values_list("pk", flat=True).first()
    if pk is None:
        raise hidden("这份服务项目单")
    return pk


def record_pages(record: VisitRecord) -> list[Page]:
    """What the record asks for, item by item, with the answers so far, in five queries."""
    entries = {entry.step_id: entry for entry in record.step_entries.all()}
    readings = {reading.measurement_id: reading for reading in record.readings.all()}
    items = catalog.complete(record.items.all())
    return [
        Page(
            id=item.pk,
            name=item.name,
            steps=[_step(step, entries.get(step.pk)) for step in item.steps.all()],
            readings=[_reading(ask, readings.get(ask.measurement_id)) for ask in item.asks.all()],
        )
        for item in items
    ]


def sheet(record: VisitRecord) -> Sheet:
    """Every item with its ``steps`` and ``asks`` in order, and the answers by step id and measurement key."""
    return Sheet(
        record=record,
        items=list(catalog.complete(record.items.all())),
        entries={entry.step_id: entry for entry in record.step_entries.all()},
        readings={
            row.measurement_id: row for row in record.readings.select_related("measurement", "copied_from__record")
        },
        moments={(row.item_id, row.moment): row for row in record.moments.all()},
    )


def sheet_ahead(item_ids: Iterable[int]) -> Sheet:
    """The record that a visit with these items will have, with nothing answered and everything missing."""
    items = list(catalog.complete(Item.objects.filter(pk__in=list(item_ids))))
    left = missing(
        items=items, answered_steps=set(), readings={}, waste="", specimen_handed=False, note="", next_step=""
    )
    said = [{"sentence": r.sentence, "field": r.field, "clause": r.clause} for r in left]
    return Sheet(record=VisitRecord(missing=said), items=items, entries={}, readings={}, moments={})


def _step(step, entry) -> dict:
    return {
        "id": step.pk,
        "number": step.number,
        "text": step.text,
        "done": entry.done if entry else None,
        "reason": entry.reason if entry else "",
    }


def _reading(ask, reading) -> dict:
    measured = ask.measurement
    return {
        "key": measured.key,
        "label": measured.label,
        "unit": measured.unit,
        "type": measured.type,
        "options": measured.options,
        "required": ask.required,
        "value": reading.value if reading else None,
        "alert": reading.alert if reading else "",
        "explanation": reading.explanation if reading else "",
        "copied": bool(reading and reading.copied_from_id),
    }
