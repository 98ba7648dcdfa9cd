"""Asking somebody to act for a patient by a code, and taking the code up."""

from django.contrib import messages
from django.core.cache import cache
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from desks.family.forms import Code, Invite
from desks.family.frame import act, ask, family_page, patient, posted, show
from desks.steps import Outcome, attempt
from kernel.refusals import Refusal
from patients import services

TRIES = 10  # wrong codes of one account in an hour
TOO_MANY = Refusal("invitation.tries", "一小时内输错的次数太多，请过一小时再试。", field="code")


@never_cache
@require_http_methods(["GET", "POST"])
@family_page
def invite(request, pk):
    """The code is shown on the answering page and nowhere else: only its index is kept."""
    row = patient(request, pk)
    form, outcome = Invite(posted(request)), None
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        outcome = attempt(
            services.invite_proxy, patient_id=row.pk, relation=said["relation"], scopes=said["scopes"],
            lasting=form.lasting(), **act(request),
        )  # fmt: skip
        if outcome.done:
            invitation, code = outcome.row
            return show(
                request, "family/invited.html", back=reverse("family:people"), row=row, invitation=invitation,
                code=f"{code[:4]} {code[4:]}", join_url=reverse("family:join"),
            )  # fmt: skip
    return ask(
        request, form, title="请谁替您办事？", send="生成邀请码", back=reverse("family:people"), outcome=outcome,
        sub="生成的邀请码只能用一次，两天内有效。请当面或打电话告诉他（她），不要发给不认识的人。",
        template="family/invite.html", row=row,
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@family_page
def join(request):
    form, outcome = Code(posted(request)), None
    if request.method == "POST" and form.is_valid():
        outcome = _taken(request, form.cleaned_data["code"])
        if outcome.done:
            messages.success(request, f"您现在可以替{outcome.row.patient.name}办事了，到期自动结束。")
            return redirect("family:people")
    return ask(
        request, form, title="输入邀请码", send="接受邀请", back=reverse("family:people"), outcome=outcome,
        sub="家人请您代办时，会告诉您一个八位数字的邀请码。",
    )  # fmt: skip


@require_POST
@family_page
def end(request, pk):
    outcome = attempt(services.end_invitation, invitation_id=pk, **act(request))
    if outcome.done:
        messages.success(request, "邀请码已取消，不能再用了。")
    else:
        messages.info(request, outcome.refused.sentence)
    return redirect("family:people")


def _taken(request, code) -> Outcome:
    """Nobody finds a code by trying: an account that is wrong too often waits."""
    key = f"invitation:{request.user.pk}"
    cache.add(key, 0, timeout=3600)
    if cache.incr(key) > TRIES:
        return Outcome(reasons=(TOO_MANY,))
    outcome = attempt(services.take_invitation, code=code, **act(request))
    if outcome.done:
        cache.delete(key)
    return outcome
