"""The district's list of items: edition, steps and demands, who offers them, and what must not be offered."""

from django import forms
from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Organization
from accounts.selectors import members_of_district
from catalog import selectors, services
from catalog.models import Item, NegativeEntry
from desks import office
from desks.oversight.desk import SUPERVISOR, district, show
from desks.pages import no_permission
from kernel.refusals import hidden


class Forbid(forms.Form):
    kind = forms.ChoiceField(label="类别", choices=NegativeEntry.Kind.choices, widget=forms.RadioSelect)
    text = forms.CharField(label="内容", max_length=80, help_text="服务名称，或服务对象的情况。")
    reason = office.TextField(label="不能上门的原因", max_length=200, rows=2)
    advice = office.TextField(label="给服务对象的建议", max_length=200, rows=2)
    clause = forms.CharField(label="依据", max_length=60, initial="004 三(三)")
    starts_on = office.DateField(label="自哪天起", initial=timezone.localdate)


class EndForbidding(forms.Form):
    ends_on = office.DateField(label="最后一天", initial=timezone.localdate)
    reason = office.TextField(label="原因", max_length=300, rows=2)


@require_safe
def catalogue(request):
    here, today = district(request), timezone.localdate()
    edition = selectors.edition_in_force(here.pk, today)
    counts = selectors.offering_counts(edition.pk, today) if edition else {}
    rows = [
        {"item": item, "offered": counts.get(item.pk, 0), "steps": len(item.steps.all()), "asks": len(item.asks.all())}
        for item in (selectors.items(edition.pk) if edition else ())
    ]
    context = {
        "edition": edition,
        "editions": list(selectors.editions(here.pk)),
        "rows": rows,
        "providers": members_of_district(root_id=here.pk).filter(kind__in=Organization.PROVIDERS).count(),
    }
    return show(request, "catalogue", context)


@require_safe
def item(request, pk):
    if not Item.objects.filter(pk=pk, edition__district=district(request)).exists():
        raise hidden("这个项目")
    row = selectors.item(pk)
    context = {
        "item": row,
        "offered": selectors.offering_counts(row.edition_id, timezone.localdate()).get(pk, 0),
        "crumbs": [{"label": "项目目录", "url": reverse("oversight:catalogue")}, {"label": row.name, "url": ""}],
    }
    return show(request, "item", context)


@require_http_methods(["GET", "POST"])
def negative(request):
    if request.method == "POST" and not request.actor.holds(*SUPERVISOR):
        return no_permission(request, "这一步")
    form = Forbid(request.POST or None)
    if request.method == "POST" and office.done(
        form, services.add_negative_entry, district=district(request), **office.act(request)
    ):
        messages.success(request, "负面清单已增加一条。")
        return redirect("oversight:catalogue_negative")
    return _negative(request, form=form, status=422 if form.errors else 200)


@require_POST
def end_negative(request, pk):
    if not NegativeEntry.objects.filter(pk=pk, district=district(request)).exists():
        raise hidden("这条负面清单")
    form = EndForbidding(request.POST)
    if office.done(form, services.end_negative_entry, entry_id=pk, **office.act(request)):
        messages.success(request, "这条负面清单到期后不再生效。")
        return redirect("oversight:catalogue_negative")
    return _negative(request, form=Forbid(), ending={pk: form}, status=422)


def _negative(request, *, form, ending=None, status=200):
    ending = ending or {}
    rows = [
        {
            "row": row,
            "form": ending.get(row.pk) or EndForbidding(),
            "url": reverse("oversight:catalogue_negative_end", args=[row.pk]),
        }
        for row in selectors.negative_entries(district(request).pk, timezone.localdate())
    ]
    context = {
        "rows": rows,
        "form": form,
        "add": office.step("add", "增加一条"),
        "end": office.step("end", "结束"),
        "crumbs": [{"label": "项目目录", "url": reverse("oversight:catalogue")}, {"label": "负面清单", "url": ""}],
    }
    return show(request, "negative", context, status=status)
