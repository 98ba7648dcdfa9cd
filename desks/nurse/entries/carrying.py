"""What still holds since the last visit, confirmed by one tap."""

from django.template.loader import render_to_string

from clinical import services as clinical
from desks.nurse import sheet
from desks.nurse.entries.kinds import Said
from desks.nurse.entries.record import elsewhere
from desks.steps import Outcome, attempt


def carry(said: Said) -> Outcome:
    """One value, or without a key all that are offered."""
    return attempt(
        clinical.carry_over, typed=said.fields, record_id=said.order.visit_record_id,
        keys=[said.key] if said.key else [], at=said.at, by=said.actor, now=said.now,
    )  # fmt: skip


def show_carry(page: sheet.Page, key: str, outcome: Outcome) -> str:
    taken = [one for one in page.asks if one == key or not key and page.is_copied(one)]
    context = {"page": page, "order": page.order, "refused": elsewhere(outcome)}
    return render_to_string(
        "nurse/visit/_carry_answer.html", {**context, "others": [page.reading(one) for one in taken]}
    )
