"""What every desk does with a pressed button: run the command, or say why not beside the field."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.http import Http404, HttpRequest
from django.utils import timezone

from accounts.models import Organization
from audit import services as audit
from institutions import proving
from kernel.refusals import Hidden, Refusal, Refused
from logistics import commands as logistics
from orders import commands

TABLES = {
    "request": commands.REQUEST,
    "order": commands.ORDER,
    "appeal": commands.APPEAL,
    "companion": commands.COMPANION,
    "specimen": logistics.SPECIMEN,
    "bag": logistics.WASTE,
    "pair": commands.PAIR,
    "assessment": commands.ASSESSMENT,
    "prescription": commands.PRESCRIPTION,
}

CHOOSE = {"invalid_choice", "does_not_exist", "incorrect_type", "not_a_list"}
FILL_IN = {"required", "blank", "null", "empty"}
MISREAD = {"invalid", "date", "datetime", "make_aware", "overflow"}


@dataclass
class Outcome:
    """``row`` when the step was taken; else the reasons, and the sentences by field, with what was typed kept."""

    row: Any = None
    reasons: tuple[Refusal, ...] = ()
    errors: dict[str, list[str]] = field(default_factory=dict)
    typed: Mapping = field(default_factory=dict)

    @property
    def done(self) -> bool:
        return not self.reasons and not self.errors

    def beside(self, **names: str) -> "Outcome":
        """The same, with reasons put beside the fields of a page that stand for the verb's own."""
        reasons = tuple(replace(one, field=names.get(one.field, one.field)) for one in self.reasons)
        return replace(
            self, reasons=reasons, errors={names.get(name, name): said for name, said in self.errors.items()}
        )

    @property
    def refused(self) -> Refusal | None:
        return self.reasons[0] if self.reasons else None

    @property
    def status(self) -> int:
        """The HTTP status of the answering page: a refusal is the user's, never a 500."""
        return 200 if self.done else 422


def take(request: HttpRequest, lifecycle: str, name: str, pk: Any, data: Mapping | None = None) -> Outcome:
    """
    Run one step's command with the posted (or the given, nested) data.

    :raises Http404: the step does not exist, or the row is not for this actor
    """
    command = TABLES[lifecycle].get(name)
    if command is None:
        raise Http404
    typed = data if data is not None else request.POST
    form = command.Input(data=_with_receipt(typed))
    if not form.is_valid():
        return Outcome(errors=_sentences(form), typed=typed)
    return attempt(
        command.run, typed=typed, **{command.key: pk}, by=request.actor, now=timezone.now(), **form.validated_data
    )


def attempt(verb, *, typed: Mapping | None = None, **arguments) -> Outcome:
    """Run a verb and turn a refusal into something a page can show; it stands in the trace in any case."""
    try:
        return Outcome(row=verb(**arguments), typed=typed or {})
    except Hidden as gone:
        _note(gone, verb, arguments)
        raise Http404(gone.sentence) from gone
    except Refused as no:
        _note(no, verb, arguments)
        return Outcome(reasons=no.reasons, errors=no.field_errors, typed=typed or {})


def proved(request: HttpRequest, centre: Organization) -> Outcome:
    """Hear the password if one is asked for; what is refused stands in the trace and beside the field."""
    if not proving.asks(request, centre):
        return Outcome(typed=request.POST)
    return attempt(_prove, typed=request.POST, request=request, by=request.actor)


def _prove(*, request, by):
    proving.prove(request=request, password=request.POST.get("password", ""), now=timezone.now())


def _note(no, verb, arguments):
    """Record a refusal that came before any door."""
    if by := arguments.get("by"):
        done = f"{verb.__module__}.{getattr(verb, '__name__', '')}"
        audit.turned_away(no=no, by=by, now=timezone.now(), data={"verb": done})


def receipt() -> str:
    """A number for one rendering of a form: pressing twice is answered as once."""
    return str(uuid.uuid4())


def _with_receipt(data):
    """An empty field is no receipt, no version and no hour."""
    cleaned = data.copy() if hasattr(data, "copy") else dict(data)
    for key in ("receipt", "version", "called_at"):
        if key in cleaned and not cleaned[key]:
            del cleaned[key]
    return cleaned


def _sentences(form) -> dict[str, list[str]]:
    """What the command's input found wrong, as sentences by field."""
    return {
        name: list(dict.fromkeys(_said(errors, form.fields.get(name)))) or ["请重新填写。"]
        for name, errors in form.errors.items()
    }


def _said(errors, field):
    """Walk nested errors (lists of rows, rows of fields) down to the single complaints."""
    if isinstance(errors, Mapping):
        parts = getattr(field, "fields", {})
        for name, inner in errors.items():
            yield from _said(inner, parts.get(name) or getattr(field, "child", field))
    elif isinstance(errors, list | tuple):
        for inner in errors:
            nested = isinstance(inner, Mapping | list | tuple)
            yield from _said(inner, getattr(field, "child", field) if nested else field)
    else:
        yield _sentence(errors, getattr(field, "label", "") or "")


def _sentence(error, label) -> str:
    """Say what to do, where the framework would speak in words of a program."""
    code = getattr(error, "code", "")
    if not label:
        return str(error)
    if code in CHOOSE:
        return f"请选择{label}。"
    if code in FILL_IN:
        return f"请填写{label}。"
    if code in MISREAD:
        return f"没有读懂{label}，请重新填写。"
    return f"{label}：{error}"
