"""The ten management systems: published by the administrator, read and acknowledged by everybody on the staff."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

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
    if kind not in forms.RULE_SETS:
        raise Http404
    here = place(request)
    known = reads.rule_set(centre=here, kind=kind, today=timezone.localdate())
    newest = known["newest"]
    form = forms.RuleSetForm(request.POST or None, initial={"text": newest.text} if newest else None)
    if request.method == "POST" and office.done(
        form, services.publish_rule_set, organisation=here, kind=kind, **office.act(request)
    ):
        messages.success(request, "新版本已发布，请通知全体人员阅读。")
        return redirect("centre:rulesets_one", kind)
    context = {
        **known,
        "kind_label": forms.RULE_SETS[kind],
        "form": form,
        "publish": office.step("publish", "发布新版本" if newest else "发布第一版"),
        "read": sum(line["at"] is not None for line in known["readers"]),
        "crumbs": [CRUMB, {"label": forms.RULE_SETS[kind], "url": ""}],
    }
    return show(request, "ruleset", context, status=422 if form.errors else 200)


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
