"""A new era of the seals, after a restore: one person asks on the page of the seals, another one agrees."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit import selectors as audit
from audit.sealing import eras
from desks import office, seals, traces
from desks.oversight.desk import AUDITOR, SUPERVISOR


class Propose(forms.Form):
    reason = office.TextField(
        label="为什么要开启新的纪元", max_length=300, help_text="例如何时、从哪份备份恢复了数据库。"
    )


class Withdraw(forms.Form):
    reason = office.TextField(label="原因", max_length=300, rows=2)


VERBS = {
    "propose": (Propose, "申请开启新的纪元", "提交申请", "", "申请已提交，等另一位工作人员同意。"),
    "approve": (forms.Form, "同意开启新的纪元", "同意", "grave", "已同意，封存程序会在几秒内开启新的纪元。"),
    "withdraw": (Withdraw, "撤回或不同意", "撤回", "quiet", "这份申请已撤回。"),
}


def heads(request: HttpRequest, desk: traces.Desk) -> HttpResponse:
    return _page(request, desk)


def take(request: HttpRequest, desk: traces.Desk, verb: str) -> HttpResponse:
    """Ask for an era, agree to one, or withdraw; the verbs judge who may."""
    if verb not in VERBS:
        raise Http404
    form_class, _, _, _, sentence = VERBS[verb]
    form = form_class(request.POST)
    run, given = eras.propose, {}
    if verb != "propose":
        waiting = audit.open_proposal()
        run = eras.approve if verb == "approve" else eras.withdraw
        given = {"proposal_id": waiting.pk if waiting else 0}
    if office.done(form, run, **given, **office.act(request)):
        messages.success(request, sentence)
        return redirect("oversight:heads")
    return _page(request, desk, bound={verb: form}, status=422)


def _page(request, desk, *, bound=None, status=200):
    bound = bound or {}
    state = audit.seal_state(now=timezone.now())
    waiting = state.proposal
    offered = []
    if request.actor.holds(*SUPERVISOR, *AUDITOR):
        offered = ["propose"] if waiting is None else ["approve", "withdraw"]
        if waiting and (waiting.approved_at or waiting.proposed_by == request.actor.id):
            offered.remove("approve")
    shown = [verb for verb in VERBS if verb in offered or verb in bound]
    steps = [
        {
            "step": office.step(verb, VERBS[verb][1]),
            "url": reverse("oversight:trace_era", args=[verb]),
            "form": bound.get(verb) or VERBS[verb][0](),
            "send": VERBS[verb][2],
            "look": VERBS[verb][3],
        }
        for verb in shown
    ]
    by = User.objects.filter(pk=waiting.proposed_by).first() if waiting and waiting.proposed_by.isdigit() else None
    return seals.heads(request, desk, state=state, status=status, era_steps=steps, proposed_by=by)
