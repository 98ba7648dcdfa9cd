"""Templates of follow-ups, edited as simple forms: the commission's for the district, a centre's for itself."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts.models import Organization
from desks import followupquestions, office
from desks.steps import attempt
from followups import rules, selectors, services
from followups.models import FollowUp, PlanTemplate

ROWS = 6
PARTS = ("after_days", "kind", "questionnaire", "script")


class Template(forms.Form):
    """A template with up to six follow-ups; a row without days is none."""

    title = forms.CharField(label="名称", max_length=60)
    code = forms.CharField(label="代码", max_length=30, help_text="小写字母、数字和下划线；代码相同即新版本。")
    condition = forms.ChoiceField(label="适用情况", choices=PlanTemplate.Condition.choices)
    items = forms.CharField(
        label="适用项目序号",
        max_length=60,
        required=False,
        help_text="例如“1、2、5”；上门后按项目自动建立计划，不写则只手工选用。",
    )

    def __init__(self, *args, questionnaires, **options):
        super().__init__(*args, **options)
        asked = [("", "请选择问卷"), *((one.code, one.title) for one in questionnaires)]
        for n in range(1, ROWS + 1):
            self.fields[f"after_days_{n}"] = forms.IntegerField(label=f"第 {n} 次：几天后", required=False)
            self.fields[f"kind_{n}"] = forms.ChoiceField(
                label=f"第 {n} 次：方式", choices=FollowUp.Kind.choices, required=False
            )
            self.fields[f"questionnaire_{n}"] = forms.ChoiceField(
                label=f"第 {n} 次：问卷", choices=asked, required=False
            )
            self.fields[f"script_{n}"] = forms.CharField(
                label=f"第 {n} 次：话术", max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
            )

    @property
    def head(self) -> list:
        return [self[name] for name in ("title", "code", "condition", "items")]

    @property
    def rows(self) -> list[dict]:
        """The follow-ups, each with its fields; empty ones are folded away by the page."""
        return [
            {
                "number": n,
                "fields": [self[f"{part}_{n}"] for part in PARTS],
                "used": bool(self[f"after_days_{n}"].value()),
            }
            for n in range(1, ROWS + 1)
        ]

    def clean_items(self) -> list[int] | None:
        """The numbers as they were typed; None when they cannot be read, which the verb refuses."""
        said = self.cleaned_data["items"].replace("，", "、").replace(",", "、").split("、")
        numbers = [one.strip() for one in said if one.strip()]
        if not all(one.isascii() and one.isdigit() and len(one) < 4 for one in numbers):
            return None
        return [int(one) for one in numbers]

    def steps(self) -> list[dict]:
        asked = self.cleaned_data
        return [
            {part: asked[f"{part}_{n}"] for part in PARTS}
            for n in range(1, ROWS + 1)
            if asked.get(f"after_days_{n}") is not None
        ]


def listing(request: HttpRequest, here: Organization) -> dict:
    """What a list of templates shows: those in use at this place, and where each comes from."""
    rows = selectors.templates_in_use(here)
    return {
        "templates": [{"row": row, "own": row.owner_id == here.pk, "times": len(row.steps)} for row in rows],
        "starting": [] if rows else selectors.offered_templates(here),
        "questionnaires": followupquestions.listing(here),
    }


def edit(request: HttpRequest, here: Organization, pk: int, back: str) -> tuple[dict, HttpResponse | None]:
    """The form of one template or of a new one (0), and the answer once it is published."""
    known = {row.pk: row for row in selectors.templates_in_use(here)}.get(pk)
    asked = selectors.questionnaires(here)
    form = Template(request.POST or None, questionnaires=asked, initial=_typed(known) if known else {})
    if request.method == "POST" and form.is_valid():
        head = {name: form.cleaned_data[name] for name in ("title", "code", "condition", "items")}
        outcome = attempt(
            services.publish_template, typed=request.POST, owner=here, steps=form.steps(), **head, **office.act(request)
        )
        if office.tell(form, outcome):
            messages.success(request, f"已发布「{outcome.row.title}」第 {outcome.row.version} 版。")
            return {}, redirect(back)
    context = {
        "form": form,
        "known": known,
        "questionnaires": asked,
        "back": reverse(back),
        "most": rules.MOST_DAYS,
    }
    return context, None


def adopt(request: HttpRequest, here: Organization, back: str) -> HttpResponse:
    """Take over the content that comes with the platform as the district's own."""
    outcome = attempt(services.publish_starting_content, district=here, typed=request.POST, **office.act(request))
    if outcome.done:
        messages.success(request, f"已采用 {len(outcome.row)} 份起始模板和所附问卷。")
    return redirect(back)


def stop(request: HttpRequest, here: Organization, pk: int, back: str) -> tuple[dict, HttpResponse | None]:
    """Stop using one template of this place."""
    row = selectors.own_template(owner=here, pk=pk)
    form = office.Reason(request.POST or None)
    if request.method == "POST" and office.done(
        form, services.retire_template, template_id=row.pk, **office.act(request)
    ):  # fmt: skip
        messages.success(request, f"已停用「{row.title}」，正在进行的计划不受影响。")
        return {}, redirect(back)
    return {"row": row, "form": form, "back": reverse(back)}, None


def _typed(row: PlanTemplate) -> dict:
    typed = {"title": row.title, "code": row.code, "condition": row.condition, "items": "、".join(map(str, row.items))}
    for n, step in enumerate(row.steps[:ROWS], start=1):
        typed |= {f"{part}_{n}": step[part] for part in PARTS}
    return typed
