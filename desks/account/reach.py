"""How a person wants to be told of things outside the platform, on which browsers, and when not to be disturbed."""

from django import forms
from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.roles import Role
from desks import office
from desks.account.frame import around
from notifications import push, selectors, services
from notifications.rules import QUIET_FROM, QUIET_UNTIL


class Reaching(forms.Form):
    by_sms = forms.BooleanField(label="重要消息发短信给我", required=False)
    by_voice = forms.BooleanField(label="我不用智能手机，请中心打电话告诉我", required=False)
    phone = forms.CharField(
        label="联系电话", max_length=20, required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
        help_text="短信只写有什么事，不写姓名和病情。",
    )  # fmt: skip
    quiet_from = forms.TimeField(label="免打扰从", widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}))
    quiet_until = forms.TimeField(
        label="到", widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        help_text="这段时间里不急的短信和浏览器通知等到结束再发；护士迟到、求助这类急事照常发。",
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def reach(request):
    known = selectors.reach(user_id=request.user.pk)
    form = Reaching(request.POST if request.method == "POST" else None, initial=_chosen(known))
    if request.method == "POST":
        kept = {"wechat_id": known.wechat_id, "by_wechat": known.by_wechat} if known else {}
        if office.done(form, services.choose_reach, by=request.actor, now=timezone.now(), **kept):
            messages.success(request, "已保存，今后按这里的方式通知您。")
            return redirect("account:reach")
    return listing(request, form, status=422 if form.errors else 200)


def listing(request, form=None, *, device_refused=(), status=200):
    """Return the page, with whatever was refused beside what it is about."""
    known = selectors.reach(user_id=request.user.pk)
    context = {
        **around(request, "我的账号", back="account:me", page="通知方式"),
        "form": form or Reaching(initial=_chosen(known)),
        "devices": selectors.devices(user_id=request.user.pk),
        "device_refused": device_refused,
        "push_key": push.public_key(),
        "worker": worker_of(request.actor),
    }
    return render(request, "desks/reach.html", context, status=status)


def worker_of(actor) -> dict:
    """Which worker shows the calls: a nurse's phone has one already."""
    script = reverse("nurse:worker" if actor.orgs_as(Role.NURSE) else "account:push_worker")
    return {"script": script, "scope": script.rpartition("/")[0] + "/"}


def _chosen(known) -> dict:
    return {
        "by_sms": bool(known and known.by_sms),
        "by_voice": bool(known and known.by_voice),
        "phone": known.phone if known else "",
        "quiet_from": known.quiet_from if known else QUIET_FROM,
        "quiet_until": known.quiet_until if known else QUIET_UNTIL,
    }
