"""What the desks of offices share (centre, lead hospital, commission): forms that keep what was typed, pages of 50."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.utils import timezone

from desks.steps import attempt
from kernel.actors import Actor
from kernel.refusals import Refusal

PAGE = 50


class DateField(forms.DateField):
    """A day, chosen with the browser's own calendar."""

    def __init__(self, **options):
        super().__init__(widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **options)


class MomentField(forms.DateTimeField):
    """A day and a time in one control."""

    def __init__(self, **options):
        widget = forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"})
        super().__init__(widget=widget, **options)


class TextField(forms.CharField):
    """A few lines of text."""

    def __init__(self, rows: int = 3, **options):
        super().__init__(widget=forms.Textarea(attrs={"rows": rows}), **options)


class Reason(forms.Form):
    """A step that only asks why."""

    reason = TextField(label="原因", max_length=300)


def posted(request: HttpRequest):
    """What was sent, also when nothing was filled in; nothing where the page is only opened."""
    return request.POST if request.method == "POST" else None


def act(request: HttpRequest) -> dict:
    """Who and when, read at the edge for the one verb of this request."""
    return {"by": request.actor, "now": timezone.now()}


def done(form: forms.Form, verb: Callable, **given) -> bool:
    """Run the verb with what the form holds. A refusal becomes the form's own errors, and nothing typed is lost."""
    if not form.is_valid():
        return False
    return tell(form, attempt(verb, typed=form.data, **form.cleaned_data, **given))


def tell(form: forms.Form, outcome) -> bool:
    """Write an outcome's reasons beside the fields they belong to."""
    for reason in outcome.reasons:
        form.add_error(reason.field if reason.field in form.fields else None, said(reason))
    return outcome.done


def said(reason: Refusal) -> str:
    """A reason and the clause it rests on, on one line."""
    return f"{reason.sentence}（依据 {reason.clause}）" if reason.clause else reason.sentence


def page_of(rows, request: HttpRequest):
    """The asked page of a list or query, 50 rows each."""
    return Paginator(rows, PAGE).get_page(request.GET.get("page"))


def only(actor: Actor, roles: Iterable[str], places: Iterable[int] | None = None) -> Actor:
    """
    The actor as a holder of these posts alone, so that a reading page shows the desk's rows and nothing private.

    Whoever supervises a district may be somebody's daughter as well: her mother's orders are no district figure.
    """
    kept = {role: actor.orgs_as(role) & frozenset(places) if places is not None else actor.orgs_as(role)
            for role in roles}  # fmt: skip
    return Actor(
        kind=actor.kind, id=actor.id, name=actor.name, user_id=actor.user_id, orgs=kept, ip=actor.ip,
        request_id=actor.request_id,
    )  # fmt: skip


def age(born: date, today: date | None = None) -> int:
    today = today or timezone.localdate()
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def day_asked(request: HttpRequest, name: str) -> date | None:
    """A day from the address, or nothing when it is none."""
    return day_in(request.GET, name)


def day_in(asked: Mapping, name: str) -> date | None:
    """A day among what was asked or posted, or nothing when it is none."""
    try:
        return date.fromisoformat(asked.get(name, ""))
    except ValueError:
        return None


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def step(name: str, label: str) -> dict:
    """A step that is no lifecycle's, in the shape that the step tags read."""
    return {"name": name, "label": label, "blocked_by": None}
