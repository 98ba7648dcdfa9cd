"""What she takes with her from a visit: tubes and bags, on the record's page and on the page of what she carries."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from operator import attrgetter

from django.urls import reverse

from desks import office
from desks.nurse.forms import BagForm, SpecimenForm, WasteForm
from desks.steps import Outcome
from kernel.actors import Actor
from kernel.refusals import Refusal
from logistics import faces, selectors
from logistics.doors import SPECIMENS
from logistics.lifecycle import CARRIED_WASTE, DECLARED

# The names that the fields have on the page of a visit, where many parts stand beside each other.
TUBE_FIELDS = {
    "label": "specimen_label", "kind": "specimen_kind", "destination": "specimen_handed_to",
    "box_number": "specimen_box", "note": "specimen_note",
}  # fmt: skip
BAG_FIELDS = {"kind": "bag_kind", "container": "bag_kind", "number": "bag_number", "count": "bag_count",
              "weight_g": "bag_weight"}  # fmt: skip


def named(outcome: Outcome, names: Mapping[str, str]) -> Outcome:
    """The same answer, its reasons beside the fields as this page calls them."""
    reasons = tuple(replace(reason, field=names.get(reason.field, "")) for reason in outcome.reasons)
    return replace(outcome, reasons=reasons, errors=_by_field(reasons))


def with_clauses(outcome: Outcome) -> dict[str, list[str]]:
    """What was refused, by field, each with the rule it rests on."""
    return _by_field(outcome.reasons, office.said)


def waste(page) -> dict:
    """The declaration, the bags it means, and the form for one more."""
    record = page.sheet.record
    values = {"waste": record.waste, "waste_bags": record.waste_bags or 1} | page.typed_of("waste", "waste_bags")
    bags = list(record.bags.filter(status__in=DECLARED).order_by("pk")) if record.pk else []
    again = page.typed_of(*BagForm.base_fields) if _refused(page, BagForm) else {}
    return {
        "form": WasteForm(values=values, errors=page.errors, now=record.waste),
        "more": BagForm(values=again, errors=page.errors),
        "opened": bool(again),
        "bags": [{"row": bag, "takes_back": bag.status in CARRIED_WASTE} for bag in bags],
        "saved": bool(record.waste),
        "base": page.base("waste"),
    }


def tubes(page) -> dict | None:
    """The tubes that are registered, and the form for the next; nothing where no item asks for one."""
    record = page.sheet.record
    rows = list(record.specimens.order_by("pk")) if record.pk else []
    if not rows and not any(item.takes_specimen for item in page.sheet.items):
        return None
    place = rows[-1].destination if rows else selectors.last_destination(user_id=record.nurse_id)
    typed = page.typed_of(*SpecimenForm.base_fields)
    if not _refused(page, SpecimenForm) or typed.get("specimen_label") in {row.label for row in rows}:
        typed = {}
    return {
        "form": SpecimenForm(values={"specimen_handed_to": place} | typed, errors=page.errors),
        "tubes": [{"row": row, "face": faces.SPECIMEN[row.status]} for row in rows],
        "base": page.base("specimen"),
    }


def carried(actor: Actor, now) -> dict:
    """Everything that she still has with her, the most urgent first."""
    tubes_here = list(selectors.carried_specimens(user_id=actor.account))
    bags_here = list(selectors.carried_bags(user_id=actor.account))
    return {
        "tubes": [
            {
                "row": row,
                "late": row.due_at <= now,
                "lose": _chance(SPECIMENS, row, actor, "lose"),
                "lose_url": reverse("nurse:carried_lose", args=[row.pk]),
            }
            for row in tubes_here
        ],
        "bags": [{"row": row, "late": row.hand_in_by <= now} for row in bags_here],
        "in_box": any(row.box_number for row in tubes_here),
    }


def count(actor: Actor) -> int:
    """How many things she still has with her."""
    user_id = actor.account
    return selectors.carried_specimens(user_id=user_id).count() + selectors.carried_bags(user_id=user_id).count()


def _chance(door, row, actor, name):
    return next((chance for chance in door.chances(row, actor) if chance.name == name), None)


def _refused(page, form) -> bool:
    return any(name in page.errors for name in form.base_fields)


def _by_field(reasons: Iterable[Refusal], words: Callable[[Refusal], str] = attrgetter("sentence")):
    found: dict[str, list[str]] = {}
    for reason in reasons:
        if reason.field:
            found.setdefault(reason.field, []).append(words(reason))
    return found
