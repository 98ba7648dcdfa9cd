"""
Forms as pages show them. A step's form only asks: what was typed is judged by the command or the verb, and its
refusal is heard here, beside the field it is about.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.forms.utils import ErrorDict

from desks.steps import Outcome


class AskForm(forms.Form):
    """A form that can hear a refusal. Fields are asked for; nothing is judged twice."""

    use_required_attribute = False

    def hear(self, outcome: Outcome) -> "AskForm":
        """Put each reason beside its field, with the clause; ``self.page_reasons`` keeps those without a field here."""
        clauses = {reason.sentence: reason.clause for reason in outcome.reasons if reason.clause}
        heard = ErrorDict()
        strays = []
        for name, sentences in outcome.errors.items():
            if name in self.fields:
                said = [f"{s}（依据 {clauses[s]}）" if s in clauses else s for s in sentences]
                heard[name] = self.error_class(said)
            else:
                strays += sentences
        known = {sentence for sentences in outcome.errors.values() for sentence in sentences}
        if strays and not heard and not outcome.reasons:
            heard[forms.forms.NON_FIELD_ERRORS] = self.error_class(strays)
        self._errors = heard
        self.cleaned_data = {}
        self.page_reasons = [
            reason for reason in outcome.reasons if reason.field not in self.fields or reason.sentence not in known
        ]
        return self

    page_reasons: list = []


def asking(form: type[AskForm], outcome: Outcome | None = None, /, **arguments: Any) -> AskForm:
    """The empty form, or the refused one with what was typed and why it was refused."""
    if outcome is None or outcome.done:
        return form(**arguments)
    return form(outcome.typed, **arguments).hear(outcome)


def step_card(
    chance: Any, url: str, form: type[AskForm] | None, refused: tuple[str, Outcome | None] | None, look: str = ""
) -> dict:
    """
    One step as a page offers it: where it is posted to, what it asks, how heavy its button looks.

    ``refused`` is the name of the step that was pressed and what came of it.
    """
    heard = refused[1] if refused and refused[0] == chance.name else None
    return {"chance": chance, "url": url, "form": asking(form, heard) if form else None, "look": look}


def reasons_for_page(outcome: Outcome | None, *shown: AskForm) -> list:
    """The reasons that no form on the page shows beside a field."""
    if outcome is None or outcome.done:
        return []
    bound = [form for form in shown if form.is_bound]
    if not bound:
        return list(outcome.reasons) or [s for sentences in outcome.errors.values() for s in sentences]
    return [reason for form in bound for reason in form.page_reasons]


def number_of(text: str | None) -> int | None:
    """A number that was posted or stands in an address; rubbish counts as none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None


def receipt_of(posted: Mapping) -> UUID | None:
    """The number of this showing of the form; rubbish counts as none."""
    try:
        return UUID(posted.get("receipt", ""))
    except ValueError:
        return None


class LocalDateTime(forms.DateTimeInput):
    input_type = "datetime-local"

    def __init__(self, **attributes: Any):
        super().__init__(attrs={"step": 300, **attributes}, format="%Y-%m-%dT%H:%M")


class Day(forms.DateInput):
    input_type = "date"

    def __init__(self, **attributes: Any):
        super().__init__(attrs=attributes, format="%Y-%m-%d")


def long_text(rows: int = 3) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})
