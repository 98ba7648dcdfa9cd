"""Reports for whoever handles them: the centre's administrator, and the commission. One way, two desks."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from desks import office, stepforms
from desks.looks import looked
from desks.office import TextField
from desks.stepforms import AskForm, number_of, reasons_for_page, receipt_of
from desks.steps import attempt
from kernel.actors import Actor
from safety import faces, selectors, services
from safety.doors import REPORTS
from safety.lifecycle import REPORT_OPEN
from safety.models import Report


class Accept(AskForm):
    """Nothing is asked: whoever presses looks into it."""


class Answer(AskForm):
    answer = TextField(label="调查结果和处理情况", max_length=500, help_text="反映人会看到，请写明依据。", rows=5)


FORMS = {"accept": Accept, "answer": Answer}
SAID = {"accept": "已受理，请在时限内答复。", "answer": "已答复，反映人会看到。"}
Show = Callable[..., HttpResponse]


def listing(request: HttpRequest, actor: Actor, show: Show, route: str) -> HttpResponse:
    now, rows = timezone.now(), selectors.reports(actor=actor).filter(organisation__in=_places(actor))
    unanswered = request.GET.get("state") == "open"
    if unanswered:
        rows = rows.filter(status__in=sorted(REPORT_OPEN))
    page = office.page_of(rows, request)
    page.object_list = [{**row(one, now), "url": reverse(route, args=[one.pk])} for one in page.object_list]
    return show(request, "reports", {"page": page, "unanswered": unanswered})


def one(request: HttpRequest, actor: Actor, show: Show, route: str, pk: int) -> HttpResponse:
    return _page(request, actor, show, route, selectors.report(actor=actor, pk=pk))


def step(request: HttpRequest, actor: Actor, show: Show, route: str, pk: int, name: str) -> HttpResponse:
    if name not in FORMS:
        raise Http404
    found = selectors.report(actor=actor, pk=pk)
    seen = {"version": number_of(request.POST.get("version")), "receipt": receipt_of(request.POST)}
    given: dict[str, Any] = {"report_id": found.pk, "by": request.actor, "now": timezone.now(), **seen}
    if name == "answer":
        outcome = attempt(
            services.answer_report, typed=request.POST, answer=request.POST.get("answer", ""), **given
        )  # fmt: skip
    else:
        outcome = attempt(services.accept_report, typed=request.POST, **given)
    if outcome.done:
        messages.success(request, SAID[name])
        return redirect(route, pk)
    return _page(request, actor, show, route, found, name, outcome)


def row(report: Report, now: datetime) -> dict:
    return {"row": report, "face": faces.REPORT[report.status], "late": selectors.is_late(report, now)}


def story(report: Report) -> list[dict]:
    """What became of it, step by step; who handled it is named by the place, not by the person."""
    return [
        {"title": REPORTS.workflow[one.name].label, "at": one.taken_at, "state": "done"}
        for one in report.steps.all()
    ]  # fmt: skip


def _page(request, actor, show, route, found, name="", outcome=None) -> HttpResponse:
    looked(request, target=found, why="处理投诉举报")
    steps = [
        stepforms.step_card(
            chance, reverse(f"{route}_step", args=[found.pk, chance.name]), FORMS[chance.name], (name, outcome)
        )
        for chance in REPORTS.chances(found, actor)
        if chance.name in FORMS
    ]
    context = {
        **row(found, timezone.now()),
        "story": story(found),
        "steps": steps,
        "refused": reasons_for_page(outcome, *(one["form"] for one in steps)),
        "back": reverse(f"{route.rpartition('_')[0]}"),
    }
    return show(request, "report", context, status=outcome.status if outcome else 200)


def _places(actor: Actor) -> frozenset:
    return actor.orgs_as(*REPORTS.workflow["answer"].by)
