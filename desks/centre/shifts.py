"""The week's plan of shifts and leaves."""

from datetime import datetime, time, timedelta

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from desks import office
from desks.centre import forms, reads
from desks.centre.desk import place, show
from nurses import services
from nurses.models import Shift

WORDS = {Shift.Kind.WORK: "班次", Shift.Kind.LEAVE: "请假"}
PLAN = {Shift.Kind.WORK: services.plan_shift, Shift.Kind.LEAVE: services.plan_leave}
DAY = (time(8), time(17))


@require_http_methods(["GET", "POST"])
def week(request):
    monday = office.monday_of(office.day_asked(request, "week") or timezone.localdate())
    form = _form(request, monday)
    if request.method == "POST" and form.is_valid() and office.done(form, _plan, **_where(request)):
        messages.success(request, "排班已登记。")
        return redirect(f"{reverse('centre:shifts')}?week={monday}")
    context = {
        "plan": reads.week(centre=place(request), monday=monday),
        "form": form,
        "monday": monday,
        "sunday": monday + timedelta(days=6),
        "before": monday - timedelta(days=7),
        "after": monday + timedelta(days=7),
        "this_week": office.monday_of(timezone.localdate()),
    }
    return show(request, "shifts", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def shift(request, pk):
    row = reads.shift_of(place(request), pk)
    if row is None:
        raise Http404
    form = forms.Removed(request.POST or None)
    back = f"{reverse('centre:shifts')}?week={office.monday_of(timezone.localdate(row.starts_at))}"
    if request.method == "POST" and office.done(form, services.remove_shift, shift_id=pk, **office.act(request)):
        messages.success(request, "班次已取消，记录仍可查。")
        return redirect(back)
    context = {
        "shift": row,
        "word": WORDS[row.kind],
        "visits": list(reads.visits_inside(row)),
        "form": form,
        "back": back,
        "crumbs": [{"label": "排班", "url": back}, {"label": WORDS[row.kind], "url": ""}],
    }
    return show(request, "shift", context, status=422 if form.errors else 200)


def _plan(*, nurse, kind, organisation_id, by, now, starts_at, ends_at):
    """The verb is chosen by the kind: leave is leave at every centre, work is for this one."""
    return PLAN[kind](
        nurse_id=nurse, organisation_id=organisation_id, starts_at=starts_at, ends_at=ends_at, by=by, now=now
    )


def _where(request):
    return {"organisation_id": place(request).pk, **office.act(request)}


def _form(request, monday):
    nurses = reads.nurse_choices(place(request), max(monday, timezone.localdate()))
    if request.method == "POST":
        return forms.Planned(request.POST, nurses=nurses)
    day = office.day_asked(request, "day")
    initial = {"nurse": request.GET.get("nurse", ""), "kind": Shift.Kind.WORK}
    if day:
        initial["starts_at"], initial["ends_at"] = (timezone.make_aware(datetime.combine(day, at)) for at in DAY)
    return forms.Planned(initial=initial, nurses=nurses)
