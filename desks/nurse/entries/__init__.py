"""
What a nurse's phone may hand in about a visit: one kind of entry for each part of the page that writes.

The same functions serve the phone's outbox and the page's plain forms, so that both hear the same refusals.
"""

from desks.nurse.entries import carrying, moments, photos, record, safety, specimens, stages, waste
from desks.nurse.entries.kinds import Kind, Said, refusals

KINDS: dict[str, Kind] = {
    "step": Kind(record.step, record.show_step),
    "reading": Kind(record.reading, record.show_reading),
    "waste": Kind(waste.declared, waste.show),
    "specimen": Kind(specimens.tube, specimens.show),
    "bag": Kind(waste.bag, waste.show_fresh),
    "bagoff": Kind(waste.take_back, waste.show_fresh),
    "note": Kind(record.note, record.show_note),
    "carry": Kind(carrying.carry, carrying.show_carry),
    "moment": Kind(moments.moment, moments.show_moment),
    "photo": Kind(photos.photo, photos.show_photos),
    "photo_consent": Kind(photos.consent, photos.show_photos),
    "photo_removed": Kind(photos.removed, photos.show_photos),
    "photo_withdrawn": Kind(photos.withdrawn, photos.show_photos),
    "safe": Kind(safety.safe, safety.show_safe),
    "recorder": Kind(safety.recorder, safety.show_recorder),
    "risk": Kind(safety.risk),
    "incident": Kind(safety.incident),
    "unsafe": Kind(safety.unsafe, moves=True, heard=True),
    "take": Kind(stages.take, stages.show, moves=True),
}

__all__ = ["KINDS", "Kind", "Said", "refusals"]
