"""Pictures of the visit, and what was said about taking them."""

from uuid import UUID

from django.http import Http404
from django.template.loader import render_to_string

from clinical import services as clinical
from desks.nurse import sheet
from desks.nurse.entries.kinds import Said
from desks.nurse.entries.record import elsewhere
from desks.steps import Outcome, attempt


def consent(said: Said) -> Outcome:
    """Yes or no, who said so, and how they are related."""
    fields = said.fields
    return attempt(
        clinical.answer_picture_consent, typed=fields, record_id=said.order.visit_record_id,
        given=fields.get("given") == "yes", said_by=fields.get("said_by", ""), relation=fields.get("relation", ""),
        by=said.actor, now=said.now,
    )  # fmt: skip


def withdrawn(said: Said) -> Outcome:
    return attempt(
        clinical.withdraw_picture_consent, typed=said.fields, patient_id=said.order.patient_id,
        reason=said.fields.get("reason", ""), by=said.actor, now=said.now,
    )  # fmt: skip


def photo(said: Said) -> Outcome:
    return attempt(
        clinical.keep_picture, typed=said.fields, record_id=said.order.visit_record_id, key=said.key,
        file=said.files.get("file"), caption=said.fields.get("caption", ""), at=said.at, by=said.actor, now=said.now,
    )  # fmt: skip


def removed(said: Said) -> Outcome:
    """``key`` is the picture's own id."""
    try:
        picture = UUID(said.key)
    except ValueError as wrong:
        raise Http404 from wrong
    reason = said.fields.get("reason", "")
    return attempt(
        clinical.remove_picture, typed=said.fields, picture_id=picture, reason=reason, by=said.actor, now=said.now
    )


def show_photos(page: sheet.Page, key: str, outcome: Outcome) -> str:
    context = {
        "page": page,
        "order": page.order,
        "photos": page.photos(),
        "photo_refused": list(outcome.reasons),
        "refused": elsewhere(outcome),
        "typed": outcome.typed if not outcome.done else {},
        "oob": True,
    }
    return render_to_string("nurse/visit/_photos_answer.html", context)
