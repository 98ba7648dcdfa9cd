"""Plans for emergencies on file: five kinds, each with versions, whom to call and what to do."""

import re

from django import forms
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from desks import office
from desks.centre.desk import place, show
from desks.office import DateField, TextField
from institutions import selectors, services
from institutions.models import EmergencyPlan

CRUMB = {"label": "应急预案", "url": reverse_lazy("centre:emergencies")}
KINDS = dict(EmergencyPlan.Kind.choices)
_COMMA = re.compile(r"\s*[,，;；\t]\s*")
_STEP = re.compile(r"(.+?)(?:[,，;；\t]\s*(\d{1,4})\s*(?:分钟)?)?", re.DOTALL)


class PlanForm(forms.Form):
    """A version of a plan; people and steps are lines of text, so that they are written and moved like any text."""

    text = TextField(label="预案正文", rows=8)
    contacts = TextField(
        label="联系人",
        rows=4,
        help_text="每行一位，按联系的先后：职责，姓名，电话。例如：中心值班，周建国，021-58880000",
    )
    steps = TextField(label="处置步骤", rows=5, help_text="每行一步，可以写时限（分钟）。例如：拨打 120 并说明地址，3")
    effective_on = DateField(label="生效日期", initial=timezone.localdate)

    def clean_contacts(self):
        found = []
        for place_, line in enumerate(_lines(self.cleaned_data["contacts"]), start=1):
            parts = _COMMA.split(line)
            if len(parts) != 3:
                raise forms.ValidationError(f"第 {place_} 行请按「职责，姓名，电话」填写。")
            found.append(services.Contact(*parts))
        return found

    def clean_steps(self):
        found = []
        for line in _lines(self.cleaned_data["steps"]):
            words, minutes = _STEP.fullmatch(line).groups()
            found.append(services.Measure(words, int(minutes) if minutes else None))
        return found


@require_safe
def listing(request):
    lines = selectors.emergency_plans(place(request).pk)
    return show(request, "emergencies", {"lines": lines, "filed": sum(line.plan is not None for line in lines)})


@require_http_methods(["GET", "POST"])
def one(request, kind):
    if kind not in KINDS:
        raise Http404
    here = place(request)
    plan = next(line.plan for line in selectors.emergency_plans(here.pk) if line.kind == kind)
    form = PlanForm(request.POST or None, initial=_initial(plan))
    if request.method == "POST" and office.done(
        form, services.publish_emergency_plan, organisation=here, kind=kind, **office.act(request)
    ):
        messages.success(request, "预案的新版本已在册。")
        return redirect("centre:emergencies_one", kind)
    context = {
        "kind_label": KINDS[kind],
        "plan": plan,
        "versions": selectors.emergency_versions(here.pk, kind),
        "form": form,
        "publish": office.step("publish", "修订预案" if plan else "编写预案"),
        "crumbs": [CRUMB, {"label": KINDS[kind], "url": ""}],
    }
    return show(request, "emergency", context, status=422 if form.errors else 200)


def _initial(plan) -> dict:
    if plan is None:
        return {}
    return {
        "text": plan.text,
        "contacts": "\n".join(f"{one.duty}，{one.name}，{one.phone}" for one in plan.contacts.all()),
        "steps": "\n".join(
            f"{one.text}，{one.within_minutes}" if one.within_minutes else one.text for one in plan.steps.all()
        ),
        "effective_on": timezone.localdate(),
    }


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
