"""The ten management systems: published by the administrator, read and acknowledged by everybody on the staff."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from desks import office
from desks.centre import forms, reads
from desks.centre.desk import ADMIN, STAFF, place, show
from desks.steps import attempt
from institutions import selectors, services

CRUMB = {"label": "管理制度", "url": reverse_lazy("centre:rulesets")}


@require_safe
def listing(request):
    rows = reads.rule_sets(centre=place(request), today=timezone.localdate())
    return show(request, "rulesets", {"rows": rows, "published": sum(row["line"].rule_set is not None for row in rows)})


@require_http_methods(["GET", "POST"])
def one(request, kind):
    known = _known(request, kind)
    newest = known["newest"]
    form = forms.RuleSetForm(request.POST or None, initial={"text": newest.text} if newest else None)
    if request.method == "POST" and office.done(
        form, services.publish_rule_set, organisation=place(request), kind=kind, **office.act(request)
    ):
        messages.success(request, "新版本已发布，请通知全体人员阅读。")
        return redirect("centre:rulesets_one", kind)
    return _one(request, kind, known, form, status=422 if form.errors else 200)


@require_POST
def remind(request, kind):
    """Send a message to everybody who has not read the newest version."""
    known = _known(request, kind)
    newest = known["newest"]
    if newest is None:
        raise Http404
    outcome = attempt(services.remind_reading, rule_set_id=newest.pk, **office.act(request))
    if outcome.done:
        messages.success(request, "已提醒还没有阅读的人员，他们会在消息里看到。")
        return redirect("centre:rulesets_one", kind)
    form = forms.RuleSetForm(initial={"text": newest.text})
    return _one(request, kind, known, form, refused=outcome.reasons, status=422)


def _known(request, kind):
    if kind not in forms.RULE_SETS:
        raise Http404
    return reads.rule_set(centre=place(request), kind=kind, today=timezone.localdate())


def _one(request, kind, known, form, *, refused=(), status=200):
    newest = known["newest"]
    read = sum(line["at"] is not None for line in known["readers"])
    context = {
        **known,
        "kind_label": forms.RULE_SETS[kind],
        "form": form,
        "publish": office.step("publish", "发布新版本" if newest else "发布第一版"),
        "remind": office.step("remind", "提醒未读人员") if newest and read < len(known["readers"]) else None,
        "read": read,
        "refused": refused,
        "crumbs": [CRUMB, {"label": forms.RULE_SETS[kind], "url": ""}],
    }
    return show(request, "ruleset", context, status=status)


@require_safe
def reading(request):
    here = _mine(request)
    unread = {row.pk for row in selectors.unread_rule_sets(request.actor.user_id, here.pk)}
    lines = [
        {"line": line, "unread": line.rule_set.pk in unread}
        for line in selectors.rule_sets(here.pk)
        if line.rule_set is not None
    ]
    return show(request, "reading", {"lines": lines, "unread": len(unread)})


@require_http_methods(["GET", "POST"])
def read(request, kind):
    here = _mine(request)
    line = next((one for one in selectors.rule_sets(here.pk) if one.kind == kind and one.rule_set), None)
    if line is None:
        raise Http404
    unread = {row.pk for row in selectors.unread_rule_sets(request.actor.user_id, here.pk)}
    refused = None
    if request.method == "POST":
        outcome = attempt(services.acknowledge, rule_set_id=line.rule_set.pk, **office.act(request))
        if outcome.done:
            messages.success(request, f"已登记您阅读了{line.label}。")
            return redirect("centre:reading")
        refused = outcome.reasons
    context = {
        "line": line,
        "unread": line.rule_set.pk in unread,
        "refused": refused,
        "know": office.step("acknowledge", "我已阅读并知晓"),
        "crumbs": [{"label": "制度学习", "url": "../"}, {"label": line.label, "url": ""}],
    }
    return show(request, "reading_one", context, status=422 if refused else 200)


def _mine(request):
    """The centre whose rules one reads: the administered one, or wherever one holds a post."""
    return place(request, *(ADMIN if request.actor.holds(*ADMIN) else STAFF))
