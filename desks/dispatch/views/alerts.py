"""Calls for help: heard at once on every open page of the desk, answered by name, ended with an outcome."""

from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from desks import told
from desks.dispatch import callings, forms
from desks.dispatch.frame import answer
from desks.looks import looked
from desks.stepforms import asking, number_of, reasons_for_page, receipt_of
from desks.steps import attempt
from safety import selectors, services
from safety.doors import ALARMS

RECENT = 50
SAID = {"acknowledge": "已响应，护士的手机会显示您的名字。请马上打电话给她。", "close": "已记下处置结果。"}


@require_safe
def listing(request):
    """Calls that are open, and those of lately."""
    now = timezone.now()
    rows = [told.alarm_line(row) for row in selectors.alarms(actor=request.actor)[:RECENT]]
    context = {**callings.around(request, []), "alarms_listed": rows, "now": now}
    return render(request, "dispatch/alerts/list.html", context)


@require_safe
def banner(request):
    """What stands on top of every page of a desk while somebody calls who was carried as far as there."""
    return render(request, "dispatch/alerts/_banner.html", told.alarms(request.actor))


@require_safe
def one(request, pk):
    return _page(request, selectors.alarm(actor=request.actor, pk=pk))


@require_POST
def step(request, pk, name):
    row = selectors.alarm(actor=request.actor, pk=pk)
    given = {"by": request.actor, "now": timezone.now(), "typed": request.POST, "alarm_id": row.pk}
    given |= {"version": number_of(request.POST.get("version")), "receipt": receipt_of(request.POST)}
    if name == "acknowledge":
        return _page(request, row, name, attempt(services.acknowledge, **given))
    if name == "close":
        asked = {key: request.POST.get(key, "") for key in ("outcome", "words", "violence")}
        return _page(request, row, name, attempt(services.close_alarm, **asked, **given))
    raise Http404


def _page(request, row, name="", outcome=None):
    if outcome is not None and outcome.done:
        row = selectors.alarm(actor=request.actor, pk=row.pk)
    looked(request, target=row, why="处置护士求助")
    back = reverse("dispatch:alert", args=[row.pk])
    crumbs = [{"label": "护士求助", "url": reverse("dispatch:alerts")}, {"label": str(row.nurse)}]
    return answer(
        request, "dispatch/alerts/_one.html", "dispatch/alerts/one.html", _context(request, row, name, outcome),
        outcome=outcome, said=SAID.get(name, ""), back=back, around=lambda: callings.around(request, crumbs),
    )  # fmt: skip


def _context(request, row, name, outcome):
    now = timezone.now()
    chances = {chance.name: chance for chance in ALARMS.chances(row, request.actor)}
    closing = asking(forms.CloseAlarm, outcome if name == "close" else None)
    return {
        "alarm": callings.whole(row, request.actor, now),
        "now": now,
        "live_url": reverse("dispatch:alert", args=[row.pk]),
        "acknowledge": chances.get("acknowledge"),
        "close": chances.get("close"),
        "closing": closing,
        "step_urls": {key: reverse("dispatch:alert_step", args=[row.pk, key]) for key in SAID},
        "refused": reasons_for_page(outcome, closing),
    }
