"""Whom the centre has to call because no message reaches them: the list, one call, and what came of it."""

from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from desks import office
from desks.dispatch import callings, forms
from desks.dispatch.frame import answer
from desks.stepforms import number_of, reasons_for_page, step_card
from desks.steps import attempt
from notifications import faces, selectors, services
from notifications.doors import CALLS

HERE = "dispatch:calls"
LATELY = 20
SAID = {"tell": "已登记告知。", "try_again": "已登记，请过一会儿再打。", "give_up": "已登记没有联系上。"}
FORMS = {"tell": forms.CallTold, "try_again": forms.CallMissed, "give_up": forms.CallMissed}


@require_safe
def listing(request):
    page = office.page_of(selectors.calls(actor=request.actor), request)
    page.object_list = [_row(row) for row in page.object_list]
    over = [_row(row) for row in selectors.calls_over(actor=request.actor, limit=LATELY)]
    context = {**callings.around(request, [], HERE), "page": page, "over": over}
    return render(request, "dispatch/calls/list.html", context)


@require_safe
def one(request, pk):
    return _page(request, selectors.call(actor=request.actor, pk=pk))


@require_POST
def step(request, pk, name):
    row = selectors.call(actor=request.actor, pk=pk)
    if name not in FORMS:
        raise Http404
    given = {
        "call_id": row.pk, "outcome": request.POST.get("outcome", ""), "by": request.actor, "now": timezone.now(),
        "version": number_of(request.POST.get("version")), "typed": request.POST,
    }  # fmt: skip
    if name == "tell":
        return _page(request, row, name, attempt(services.call_done, **given))
    return _page(request, row, name, attempt(services.call_unreached, final=name == "give_up", **given))


def _page(request, row, name="", outcome=None):
    if outcome is not None and outcome.done:
        row = selectors.call(actor=request.actor, pk=row.pk)
    steps = [
        step_card(
            chance, reverse("dispatch:call_step", args=[row.pk, chance.name]), FORMS[chance.name], (name, outcome)
        )
        for chance in CALLS.chances(row, request.actor)
        if chance.name in FORMS
    ]
    number = services.show_number(call_id=row.pk, by=request.actor, now=timezone.now()) if steps else ""
    context = {
        "call": _row(row),
        "number": number,
        "steps": steps,
        "refused": reasons_for_page(outcome, *(one["form"] for one in steps)),
        "history": [
            {"title": CALLS.workflow[done.name].label, "at": done.taken_at, "note": done.taken_by or "平台自动处理"}
            for done in row.steps.all()
        ],
    }
    crumbs = [{"label": "待打电话", "url": reverse(HERE)}, {"label": row.title}]
    return answer(
        request, "dispatch/calls/_one.html", "dispatch/calls/one.html", context, outcome=outcome,
        said=SAID.get(name, ""), back=reverse(HERE), around=lambda: callings.around(request, crumbs, HERE),
    )  # fmt: skip


def _row(row):
    who = row.person.display_name if row.person else row.patient.name
    about = row.patient.name if row.patient and row.person else ""
    url = reverse("dispatch:call", args=[row.pk])
    return {"row": row, "face": faces.CALL[row.status], "who": who, "about": about, "url": url}
