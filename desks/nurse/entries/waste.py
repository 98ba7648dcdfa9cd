"""Entries about medical waste: a declaration in one word, one more bag, a bag taken back."""

from collections.abc import Mapping

from clinical.models import VisitRecord
from desks.nurse import goods, sheet
from desks.nurse.entries.kinds import Said
from desks.nurse.entries.record import part
from desks.nurse.entries.specimens import at_the_bedside
from desks.stepforms import number_of
from desks.steps import Outcome, attempt
from logistics import services


def declared(said: Said) -> Outcome:
    given = given_waste(said.fields)
    record = VisitRecord.objects.filter(pk=said.order.visit_record_id).first()
    if record and given["waste"] and given == {"waste": record.waste, "bags": record.waste_bags}:
        return Outcome(row=record, typed=said.fields)  # said again, by bags that one word does not name
    return declare(said.request, said.order, given, at=at_the_bedside(said), now=said.now)


def declare(request, order, given: dict, *, at, now) -> Outcome:
    return attempt(services.declare, order_id=order.pk, by=request.actor, now=now, at=at, **given)


def bag(said: Said) -> Outcome:
    """One bag of any kind, with its own number and weight."""
    fields = said.fields
    count, weight = (fields.get(name, "").strip() for name in ("bag_count", "bag_weight"))
    outcome = attempt(
        services.seal, typed=fields, order_id=said.order.pk, kind=fields.get("bag_kind", ""),
        number=fields.get("bag_number", ""), count=_number(count) if count or weight else 1,
        weight_g=_number(weight), at=at_the_bedside(said), by=said.actor, now=said.now,
    )  # fmt: skip
    return goods.named(outcome, goods.BAG_FIELDS)


def take_back(said: Said) -> Outcome:
    """A bag that was registered by mistake, while she is still there."""
    outcome = attempt(
        services.withdraw, typed=said.fields, bag_id=number_of(said.key) or 0, reason="床旁撤销登记", by=said.actor,
        now=said.now,
    )  # fmt: skip
    return goods.named(outcome, {})


def show(page: sheet.Page, key: str, outcome: Outcome) -> str:
    return _shown(page, outcome)


def show_fresh(page: sheet.Page, key: str, outcome: Outcome) -> str:
    """After a press that registered something, the fields are empty for the next."""
    return _shown(page, outcome, fresh=outcome.done)


def _shown(page, outcome, **context):
    page.errors = goods.with_clauses(outcome)
    return part("nurse/visit/_waste_answer.html", page, outcome, **context)


def given_waste(fields: Mapping) -> dict:
    bags, kind = fields.get("waste_bags", "").strip(), fields.get("waste", "")
    counted = kind != VisitRecord.Waste.NONE and bags.isascii() and bags.isdigit()
    return {"waste": kind, "bags": int(bags[:4]) if counted else 0}


def _number(text: str) -> int | None:
    """What was typed as a number; what is none counts as zero, which the verb refuses beside the field."""
    return (number_of(text) or 0) if text else None
