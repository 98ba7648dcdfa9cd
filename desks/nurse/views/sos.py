"""
One-key help: the press, where she is, who answered, and the slip of a finger.

The press comes by script from every page of hers, and without script from a page of its own. Nothing that a phone sends
wrongly keeps it from being heard: a time or a place that cannot be read is left out.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from desks.nurse import calls, frame
from desks.steps import attempt
from safety import selectors, services
from safety.models import Alarm

OLDEST = timedelta(days=7)  # a press that lay on a phone for longer says nothing about when


@require_http_methods(["GET", "HEAD", "POST"])
def sos(request):
    if request.method != "POST":
        return frame.page(request, "nurse/sos.html", _page(request, selectors.newest_of_nurse(actor=request.actor)))
    now = timezone.now()
    outcome = attempt(
        services.raise_alarm, kind=Alarm.Kind.SOS, pressed_at=_pressed_at(request, now), receipt=_receipt(request),
        place=calls.place_of(request.POST, now), by=request.actor, now=now,
    )  # fmt: skip
    if not outcome.done:
        return _refused(request, outcome)
    if _by_script(request):
        return _state(request, outcome.row.pk)
    return redirect("nurse:sos_one", outcome.row.pk)


@require_safe
def one(request, pk):
    alarm = selectors.alarm(actor=request.actor, pk=pk)
    if _by_script(request):
        return render(request, "components/sos_state.html", {"call": calls.state(alarm, request.actor, timezone.now())})
    return frame.page(request, "nurse/sos.html", _page(request, alarm))


@require_POST
def place(request, pk):
    """A fix that came after the press: it is added, and what the page shows says how exact it is."""
    now = timezone.now()
    fix = calls.place_of(request.POST, now) or {}
    outcome = attempt(services.add_place, alarm_id=pk, place=fix, by=request.actor, now=now)
    return _state(request, pk) if outcome.done else _refused(request, outcome)


@require_POST
def cancel(request, pk):
    outcome = attempt(
        services.cancel_alarm, alarm_id=pk, by=request.actor, now=timezone.now(), receipt=_receipt(request)
    )
    if _by_script(request):
        return _state(request, pk, outcome)
    if outcome.done:
        messages.success(request, "已登记为误触，值班台会看到。")
        return redirect("nurse:sos_one", pk)
    return frame.page(
        request, "nurse/sos.html", {**_page(request, selectors.alarm(actor=request.actor, pk=pk)),
                                    "refused": list(outcome.reasons)}, status=422,
    )  # fmt: skip


def _page(request, alarm):
    call = calls.state(alarm, request.actor, timezone.now()) if alarm else None
    return {"call": call, "centre": alarm.centre if alarm else None, "sos_page": True}


def _state(request, pk, outcome=None):
    alarm = selectors.alarm(actor=request.actor, pk=pk)
    call = calls.state(alarm, request.actor, timezone.now())
    refused = list(outcome.reasons) if outcome else []
    return render(request, "components/sos_state.html", {"call": call, "refused": refused})


def _refused(request, outcome):
    if _by_script(request):
        return render(request, "components/refusal.html", _reasons(outcome), status=422)
    context = {"refused": list(outcome.reasons), "sos_page": True}
    return frame.page(request, "nurse/sos.html", context, status=422)


def _reasons(outcome):
    return {"reasons": [{"sentence": one.sentence, "clause": one.clause} for one in outcome.reasons]}


def _by_script(request):
    return request.headers.get("HX-Request") == "true"


def _receipt(request) -> UUID | None:
    try:
        return UUID(request.POST.get("receipt", ""))
    except ValueError:
        return None


def _pressed_at(request, now: datetime) -> datetime:
    """When she pressed, by this platform's clock: how long ago her phone says it was, whatever its own clock says."""
    pressed, sent = (_moment(request.POST.get(name, "")) for name in ("pressed_at", "sent_at"))
    if pressed is None or sent is None or not timedelta(0) <= sent - pressed <= OLDEST:
        return now
    return now - (sent - pressed)


def _moment(text: str) -> datetime | None:
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return moment if moment and moment.tzinfo else None
