"""Explained before, asked during, observed after: one tick each, for each item."""

from django.template.loader import render_to_string

from clinical import prompts
from clinical import services as clinical
from desks.nurse import sheet
from desks.nurse.entries.kinds import Said
from desks.nurse.entries.record import elsewhere
from desks.steps import Outcome, attempt


def moment(said: Said) -> Outcome:
    """``key`` is the item's id and the moment, as in ``12-before``."""
    item, _, when = said.key.partition("-")
    return attempt(
        clinical.keep_moment, typed=said.fields, record_id=said.order.visit_record_id,
        item_id=int(item) if item.isascii() and item.isdigit() and len(item) < 19 else 0, moment=when,
        observed={name: said.fields.get(f"observed-{name}", "") for name in prompts.OBSERVED},
        words=said.fields.get("words", "")[:200], at=said.at, by=said.actor, now=said.now,
    )  # fmt: skip


def show_moment(page: sheet.Page, key: str, outcome: Outcome) -> str:
    item_id = key.partition("-")[0]
    item = next((one for one in page.sheet.items if str(one.pk) == item_id), None)
    row = page.moments(item, outcome.typed if not outcome.done else {}, outcome) if item else None
    context = {"page": page, "order": page.order, "moments": row, "refused": elsewhere(outcome), "oob": True}
    return render_to_string("nurse/visit/_moments_answer.html", context)
