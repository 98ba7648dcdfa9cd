"""
What a nurse's phone may hand in about a visit: one kind of entry for each part of the page that writes.

The same functions serve the phone's outbox and the page's plain forms, so that both hear the same refusals.
"""

from desks.nurse.entries import record, stages
from desks.nurse.entries.kinds import Kind, Said, refusals

KINDS: dict[str, Kind] = {
    "step": Kind(record.step, record.show_step),
    "reading": Kind(record.reading, record.show_reading),
    "waste": Kind(record.waste, record.show_waste),
    "specimen": Kind(record.specimen, record.show_specimen),
    "note": Kind(record.note, record.show_note),
    "take": Kind(stages.take, moves=True),
}

__all__ = ["KINDS", "Kind", "Said", "refusals"]
