"""The steps of a visit that she takes herself: each by the form that its page shows, through the order's door."""

from django.http import Http404
from django.template.loader import render_to_string

from desks import noshow, steps
from desks.nurse import rows, sheet, signing
from desks.nurse.entries.kinds import Said
from desks.nurse.forms import STEP_FORMS, CheckInForm
from desks.steps import Outcome

TAKEN = ("depart", "check_in", "finish", "sign", "confirm", "give_back", "miss", "abort")
TIMED = {"depart", "check_in", "finish"}


def take(said: Said) -> Outcome:
    """Take one step of the order. The door judges who may and when."""
    name = said.key
    if name not in TAKEN:
        raise Http404
    if name == "sign":
        return signing.sign(said)
    form = form_of(name, said)
    if form is not None and not form.is_valid():
        return Outcome(
            errors={field: [str(e) for e in errors] for field, errors in form.errors.items()}, typed=form.data
        )
    data = {**(form.inputs() if form else {}), "receipt": said.fields.get("receipt", "")}
    if name in TIMED:
        data["happened_at"] = said.at.isoformat()
    if name == "miss" and said.files:
        return noshow.with_paper(said.request, said.order, data)
    return steps.take(said.request, "order", name, said.order.pk, data)


def show(page: sheet.Page, key: str, outcome: Outcome) -> str:
    """
    Only the check-in leaves something on the page that the phone could not know: the distance to the door, and what may
    be taken over from the last visit.
    """
    if key != "check_in" or not outcome.done:
        return ""
    context = {
        "r": page.sheet.record, "contact": rows.contact(page.order), "page": page, "order": page.order, "oob": True,
    }  # fmt: skip
    return "".join(render_to_string(f"nurse/visit/{part}.html", context) for part in ("_checked_in", "_carry"))


def form_of(name: str, said: Said):
    """The bound form of a step, or None where nothing is asked."""
    if name == "check_in":
        return CheckInForm(said.fields, patient=said.order.patient)
    return STEP_FORMS[name](said.fields, said.files) if name in STEP_FORMS else None
