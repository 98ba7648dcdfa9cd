"""Questionnaires of follow-ups, edited as simple forms: each publishing is a new version, what was asked stays."""

from dataclasses import replace

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts.models import Organization
from desks import office
from desks.steps import attempt
from followups import notation, rules, selectors, services
from followups.models import Questionnaire

SPARE = 3  # empty rows below those that are used
KINDS = (("choice", "单选"), ("yes_no", "有无"), ("number", "数值"), ("text", "文字"))
LINES = "一行一个。单选写选项，要警戒的写“变差了｜黄｜伤口变差”；有无写“有｜红｜流脓”；数值写“高于 38.5｜红｜发热”。"
PARTS = ("question", "kind", "optional", "lines", "unit", "lowest", "highest")


class Questions(forms.Form):
    """A questionnaire with as many rows as it has questions, and some more; a row without a question is none."""

    title = forms.CharField(label="名称", max_length=60)
    code = forms.CharField(label="代码", max_length=30, help_text="小写字母、数字和下划线；代码相同即新版本。")
    count = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=rules.MOST_QUESTIONS)

    def __init__(self, data=None, *, known: Questionnaire | None, **options):
        asked = known.questions if known else []
        count = min(len(asked) + SPARE, rules.MOST_QUESTIONS)
        typed = (data or {}).get("count", "")
        self.count = int(typed) if typed.isascii() and typed.isdigit() and 0 < int(typed[:3]) <= 20 else count
        self.known = asked
        super().__init__(data, initial=_typed(known, self.count), **options)
        for n in range(1, self.count + 1):
            self.fields |= _row(n)

    @property
    def head(self) -> list:
        return [self["title"], self["code"]]

    @property
    def rows(self) -> list[dict]:
        """The questions, each with its fields; empty ones are folded away by the page."""
        return [
            {
                "number": n,
                "fields": [self[f"{part}_{n}"] for part in PARTS],
                "used": bool(self[f"question_{n}"].value() or self[f"lines_{n}"].value()),
            }
            for n in range(1, self.count + 1)
        ]

    @property
    def used(self) -> list[int]:
        """Which rows hold a question."""
        asked = self.cleaned_data
        return [n for n in range(1, self.count + 1) if asked.get(f"question_{n}") or asked.get(f"lines_{n}")]

    def clean(self):
        cleaned = super().clean()
        self.questions = []
        keys = {one["text"]: one["key"] for one in self.known}
        taken = set(keys.values())
        fresh = (f"q{n}" for n in range(1, 100) if f"q{n}" not in taken)
        for n in self.used:
            said = {part: cleaned.get(f"{part}_{n}") for part in PARTS}
            said["kind"] = said["kind"] or KINDS[0][0]
            before = next((one for one in self.known if one["text"] == said["question"]), {})
            values = {option["label"]: option["value"] for option in before.get("options", [])}
            more, why = notation.read_lines(said["kind"], said["lines"] or "", values=values)
            if why:
                self.add_error(f"lines_{n}", f"{why}。")
            one = {
                "key": keys.pop(said["question"], None) or next(fresh),
                "text": said["question"] or "",
                "kind": said["kind"],
                "required": not said["optional"],
                **more,
            }
            if said["kind"] == "number":
                one |= {
                    "unit": said["unit"] or "",
                    "minimum": notation.number_of(said["lowest"] or ""),
                    "maximum": notation.number_of(said["highest"] or ""),
                }
            self.questions.append(one)
        return cleaned


def listing(here: Organization) -> list[dict]:
    """The questionnaires in use at a place, and where each comes from."""
    rows = selectors.questionnaires(here)
    return [{"row": row, "own": row.owner_id == here.pk, "count": len(row.questions)} for row in rows]


def edit(request: HttpRequest, here: Organization, pk: int, back: str) -> tuple[dict, HttpResponse | None]:
    """The form of one questionnaire or of a new one (0), and the answer once it is published."""
    known = {row.pk: row for row in selectors.questionnaires(here)}.get(pk)
    if pk and known is None:
        raise Http404("没有这份问卷，可能已有新版。")
    form = Questions(request.POST or None, known=known)
    if request.method == "POST" and form.is_valid():
        outcome = attempt(
            services.publish_questionnaire, typed=request.POST, owner=here, title=form.cleaned_data["title"],
            code=form.cleaned_data["code"], questions=form.questions, **office.act(request),
        )  # fmt: skip
        outcome.reasons = tuple(_beside(reason, form.used) for reason in outcome.reasons)
        if office.tell(form, outcome):
            messages.success(request, f"已发布「{outcome.row.title}」第 {outcome.row.version} 版。")
            return {}, redirect(back)
    return {"form": form, "known": known, "back": reverse(back), "most": rules.MOST_QUESTIONS}, None


def _beside(reason, used):
    """The n-th question of the verb is the n-th row that was filled in."""
    part, _, number = (reason.field or "").rpartition("_")
    if part == "question" and number.isdigit() and int(number) <= len(used):
        return replace(reason, field=f"question_{used[int(number) - 1]}")
    return reason


def _row(n: int) -> dict[str, forms.Field]:
    return {
        f"question_{n}": forms.CharField(label="问题", max_length=60, required=False),
        f"kind_{n}": forms.ChoiceField(label="怎样回答", choices=KINDS, required=False),
        f"optional_{n}": forms.BooleanField(label="可以不答", required=False),
        f"lines_{n}": forms.CharField(
            label="选项和警戒", max_length=800, required=False, widget=forms.Textarea(attrs={"rows": 4}),
            help_text=LINES,
        ),
        f"unit_{n}": forms.CharField(label="单位", max_length=10, required=False, help_text="只有数值需要。"),
        f"lowest_{n}": forms.CharField(label="最小能填", max_length=10, required=False, help_text="只有数值需要。"),
        f"highest_{n}": forms.CharField(label="最大能填", max_length=10, required=False, help_text="只有数值需要。"),
    }  # fmt: skip


def _typed(known, count) -> dict:
    typed = {"title": known.title, "code": known.code} if known else {}
    typed["count"] = count
    for n in range(1, count + 1):
        typed[f"kind_{n}"] = "choice"
    for n, one in enumerate(known.questions if known else [], start=1):
        typed |= {
            f"question_{n}": one["text"],
            f"kind_{n}": one["kind"],
            f"optional_{n}": not one.get("required", True),
            f"lines_{n}": notation.lines_of(one),
            f"unit_{n}": one.get("unit", ""),
            f"lowest_{n}": one.get("minimum", ""),
            f"highest_{n}": one.get("maximum", ""),
        }
    return typed
