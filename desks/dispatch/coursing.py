"""The visits that a prescription still has to give, as a proposal that one press makes into orders."""

from datetime import datetime, time

from django import forms
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date

from desks.dispatch.forms import HALF_DAYS
from desks.stepforms import AskForm, asking, receipt_of
from desks.steps import Outcome, attempt
from desks.templatetags.wording import day as in_words
from orders import course, services
from orders.models import Order

TICKED = 4  # a month of weekly visits; further ones are proposed and wait for a tick


class Course(AskForm):
    days = forms.MultipleChoiceField(label="日期", widget=forms.CheckboxSelectMultiple)
    part = forms.ChoiceField(label="时段", choices=HALF_DAYS, widget=forms.RadioSelect)

    def __init__(self, *args, choices, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["days"].choices = choices


def card(row: Order, now: datetime, outcome: Outcome | None = None) -> dict | None:
    """Return the proposal as a form, or None when nothing is left to plan."""
    visits = course.proposal(row.prescription, now)
    if not visits and outcome is None:
        return None
    names = {line.pk: line.item.name for line in row.prescription.lines.select_related("item")}
    choices = [(visit.day.isoformat(), _words(visit, names)) for visit in visits]
    initial = {"days": [value for value, _ in choices[:TICKED]], "part": HALF_DAYS[0][0]}
    return {
        "form": asking(Course, outcome, choices=choices, initial=initial, auto_id="course_%s"),
        "visits": visits,
        "left": row.prescription.times_left,
    }


def book(request: HttpRequest, row: Order) -> Outcome:
    posted = request.POST
    return attempt(
        services.book_course,
        typed=posted,
        request_id=row.request_id,
        days=[day for text in posted.getlist("days") if (day := _day(text))],
        part=_part(posted.get("part", "")),
        receipt=receipt_of(posted),
        by=request.actor,
        now=timezone.now(),
    ).beside(window_start="days")


def _words(visit, names):
    items = "、".join(names[line] for line in visit.lines)
    return f"{in_words(visit.day)}，{items}{'，遇休息日顺延' if visit.moved else ''}"


def _day(text):
    try:
        return parse_date(text)
    except ValueError:
        return None


def _part(text):
    return tuple(time.fromisoformat(clock) for clock in text.split("-")) if text in dict(HALF_DAYS) else None
