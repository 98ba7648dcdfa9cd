"""The pictures of a visit on her phone: what was said about them, those of today, those of the visits before."""

from django.urls import reverse

from catalog.models import Measurement
from clinical import pictures, prompts
from clinical.models import CareMoment
from clinical.services.pictures import RELATIONS


def photos(order, record, items) -> dict | None:
    """None where nothing of this visit is photographed."""
    asked = {
        ask.measurement_id: ask.measurement
        for item in items
        for ask in item.asks.all()
        if ask.measurement.type == Measurement.Type.PHOTO
    }
    if not asked or record.pk is None:
        return None
    return {
        "consent": pictures.consent_of(record.patient_id),
        "relations": RELATIONS,
        "asked": [{"key": key, "label": measurement.label} for key, measurement in asked.items()],
        "rows": [_row(row) for row in pictures.of_patient(record.patient_id)],
        "record": record.pk,
    }


def moments(item, kept, typed, outcome) -> dict:
    """The three prompts of one item: what to say, whether it was said, and what was seen afterwards."""
    words = prompts.of_item(item)
    errors = outcome.errors if outcome else {}
    rows = []
    for value, label in CareMoment.Moment.choices:
        row = kept.get((item.pk, value))
        rows.append(
            {
                "key": f"{item.pk}-{value}",
                "label": label,
                "words": words[value],
                "row": row,
                "after": value == CareMoment.Moment.AFTER,
                "seen": prompts.unusual(row.observed) if row else [],
            }
        )
    after = kept.get((item.pk, CareMoment.Moment.AFTER))
    looked = [
        {
            "name": f"observed-{key}",
            "label": label,
            "words": options,
            "value": typed.get(f"observed-{key}") or (after.observed.get(key) if after else "") or options[0],
        }
        for key, (label, options) in prompts.OBSERVED.items()
    ]
    said = typed.get("words", after.words if after else "")
    return {"item": item.pk, "rows": rows, "looked": looked, "words": said, "errors": errors.get("words", [])}


def _row(row) -> dict:
    return {
        "pk": row.pk,
        "url": reverse("nurse:picture", args=[row.pk]),
        "label": row.measurement.label,
        "caption": row.caption,
        "at": row.at,
        "record": row.record_id,
    }
