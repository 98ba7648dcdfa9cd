"""Nurses kept out of the district, and the one way back: the commission's decision on an appeal (002 五(二)2)."""

from django import forms
from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from audit import services as audit
from desks import office
from desks.oversight.desk import district, reader, show
from kernel.refusals import hidden
from nurses import selectors, services


class Lift(forms.Form):
    appeal = office.TextField(
        label="申诉结论", max_length=300, help_text="写明申诉和复核的结论。撤销以后，全区可以再给这位护士派单。"
    )


@require_safe
def listing(request):
    return _listing(request)


@require_POST
def lift(request, pk):
    if not _mine(request).filter(pk=pk).exists():
        raise hidden("这条退出记录")
    form = Lift(request.POST)
    if office.done(form, services.lift_exclusion, exclusion_id=pk, **office.act(request)):
        messages.success(request, "退出记录已撤销，这位护士可以重新接受派单。")
        return redirect("oversight:exclusions")
    return _listing(request, bound={pk: form}, status=422)


def _mine(request):
    here = reader(request)
    return selectors.exclusions_of(here.orgs_as(*here.orgs))


def _listing(request, *, bound=None, status=200):
    bound = bound or {}
    if not bound:
        audit.looked(
            target=district(request), by=request.actor, now=timezone.now(), why="查看退出记录",
            role=next(iter(sorted(reader(request).orgs))),
        )  # fmt: skip
    page = office.page_of(_mine(request), request)
    page.object_list = [
        {
            "row": row,
            "form": bound.get(row.pk) or Lift(),
            "url": reverse("oversight:exclusions_lift", args=[row.pk]),
        }
        for row in page.object_list
    ]
    shown = {one["row"].pk for one in page.object_list if one["row"].lifted_at is None}
    context = {
        "page": page,
        "lift": office.step("lift", "撤销退出记录"),
        # Lifted by somebody else meanwhile: what was pressed is answered above the list.
        "stray": [form for pk, form in bound.items() if pk not in shown],
        "crumbs": [{"label": "机构", "url": reverse("oversight:institutions")}, {"label": "退出记录", "url": ""}],
    }
    return show(request, "exclusions", context, status=status)
