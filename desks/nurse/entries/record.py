"""The parts of the record: a step, a reading, waste, the specimen, the note."""

from collections.abc import Mapping

from django.template.loader import render_to_string

from clinical import services as clinical
from desks.nurse import sheet
from desks.nurse.charting import WHY
from desks.nurse.entries.kinds import Said
from desks.steps import Outcome, attempt
from kernel.refusals import Refusal

DONE = "step"  # checkboxes: the ids of the ticked steps


def step(said: Said) -> Outcome:
    """A tick, or the reason why not. Unticking alone changes nothing: what was not done wants its reason."""
    number, done = _id(said.key), said.key in said.fields.getlist(DONE)
    reason = said.fields.get(f"{sheet.REASON}{said.key}", "")[:200]
    return _write(said, clinical.answer_step, step_id=number, done=done, reason=reason, at=said.at)


def show_step(page: sheet.Page, key: str, outcome: Outcome) -> str:
    row = page.step(_id(key))
    left = page.item_left(page.item_of_step(_id(key)))
    return part("nurse/visit/_step_answer.html", page, outcome, row=row, left=left)


def reading(said: Said) -> Outcome:
    raw = said.fields.get(f"{sheet.READING}{said.key}", "")
    why = said.fields.get(f"{WHY}{said.key}", "")[:200]
    return _write(said, clinical.take_reading, key=said.key, raw=raw, explanation=why, at=said.at)


def show_reading(page: sheet.Page, key: str, outcome: Outcome) -> str:
    others = [page.reading(other) for other in page.touched_by(key)]
    return part("nurse/visit/_reading_answer.html", page, outcome, row=page.reading(key), others=others)


def note(said: Said) -> Outcome:
    return _write(said, clinical.write_note, **given_note(said.fields))


def show_note(page: sheet.Page, key: str, outcome: Outcome) -> str:
    return part("nurse/visit/_note_answer.html", page, outcome, saved=outcome.done)


def given_note(fields: Mapping) -> dict:
    return {name: fields.get(name, "").replace("\r\n", "\n").strip() for name in ("note", "next_step", "next_note")}


def _write(said, verb, **inputs):
    record_id = said.order.visit_record_id
    return attempt(verb, typed=said.fields, record_id=record_id, by=said.actor, now=said.now, **inputs)


def _id(key: str) -> int:
    return int(key) if key.isascii() and key.isdigit() and len(key) < 19 else 0


def part(template, page, outcome, **context) -> str:
    """The touched part of the record, and beside it what is still missing."""
    return render_to_string(template, {"page": page, "order": page.order, "refused": elsewhere(outcome), **context})


def elsewhere(outcome: Outcome) -> list[Refusal]:
    """Reasons that belong to no field, such as a record that was closed meanwhile."""
    return [reason for reason in outcome.reasons if not reason.field]
