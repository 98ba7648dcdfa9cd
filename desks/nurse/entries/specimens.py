"""Entries about tubes: each press registers one, with the phone's time of drawing it."""

from collections.abc import Mapping

from clinical.models import VisitRecord
from desks.nurse import goods, sheet
from desks.nurse.entries.kinds import Said
from desks.nurse.entries.record import part
from desks.steps import Outcome, attempt
from logistics import services

UNSAID = "other"  # what a form without the question means


def tube(said: Said) -> Outcome:
    return collect(said.request, said.order, given_tube(said.fields), at=at_the_bedside(said), now=said.now)


def collect(request, order, given: dict, *, at, now) -> Outcome:
    outcome = attempt(services.collect, order_id=order.pk, by=request.actor, now=now, at=at, **given)
    return goods.named(outcome, goods.TUBE_FIELDS)


def show(page: sheet.Page, key: str, outcome: Outcome) -> str:
    page.errors = goods.with_clauses(outcome)
    return part("nurse/visit/_specimen_answer.html", page, outcome)


def given_tube(fields: Mapping) -> dict:
    return {
        "label": fields.get("specimen_label", "").strip(),
        "kind": fields.get("specimen_kind", UNSAID),
        "destination": fields.get("specimen_handed_to", ""),
        "box_number": fields.get("specimen_box", ""),
        "note": fields.get("specimen_note", ""),
    }


def at_the_bedside(said: Said):
    """When the phone says it was, but neither before she came nor after now: a clock may be a little off."""
    begun = VisitRecord.objects.filter(pk=said.order.visit_record_id).values_list("started_at", flat=True).first()
    return min(max(said.at, begun), said.now) if begun else said.at
