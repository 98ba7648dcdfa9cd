"""The questions of a follow-up as a form, the same for the family's page and for the desk that asks by telephone."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils import timezone

from desks.stepforms import AskForm, long_text
from followups import admission, faces, rules, selectors
from followups.lifecycle import PLAN
from followups.models import Answer, FollowUpPlan

STAFF_HOW = [choice for choice in Answer.How.choices if choice[0] != Answer.How.ONLINE]


class Answering(AskForm):
    """One questionnaire as fields; who asks on somebody's behalf says how."""

    def __init__(self, data=None, *, questions: Iterable[Mapping], staff: bool = False, **options):
        super().__init__(data, **options)
        for one in questions:
            self.fields[one["key"]] = _field(one)
        if staff:
            self.fields["how"] = forms.ChoiceField(
                label="怎样问的", choices=STAFF_HOW, widget=forms.RadioSelect, initial=Answer.How.PHONE
            )
            self.fields["note"] = forms.CharField(
                label="随访记录",
                max_length=300,
                required=False,
                widget=long_text(2),
                help_text="交代了什么、家属怎么说。",
            )

    @property
    def asked(self) -> list[dict]:
        """Each field with how it is to be shown."""
        return [
            {"bound": bound, "unit": getattr(bound.field, "unit", ""), "look": getattr(bound.field, "look", "")}
            for bound in self
        ]


class _Number(forms.CharField):
    def __init__(self, *, unit: str, **options: Any):
        super().__init__(widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}), **options)
        self.unit = unit


def _field(one: Mapping) -> forms.Field:
    common = {"label": one["text"], "required": one.get("required", True)}
    if one["kind"] == "choice":
        options = [(option["value"], option["label"]) for option in one["options"]]
        return forms.ChoiceField(choices=options, widget=forms.RadioSelect, **common)
    if one["kind"] == "yes_no":
        field = forms.ChoiceField(choices=rules.YES_NO, widget=forms.RadioSelect, **common)
        field.look = "pairs"
        return field
    if one["kind"] == "number":
        return _Number(unit=one["unit"], **common)
    return forms.CharField(widget=long_text(2), max_length=rules.MOST_WORDS, **common)


class Tried(AskForm):
    words = forms.CharField(label="联系情况", widget=long_text(2), help_text="什么时间、打给谁、为什么没有接通。")


class LeaveOut(AskForm):
    reason = forms.CharField(label="取消的原因", widget=long_text(2))


class GiveBack(AskForm):
    """Why a case of the green channel that a doctor took is freed for another."""

    reason = forms.CharField(
        label="交回的原因", max_length=200, help_text="例如：接手的医生已离岗，请其他医生接手。时限从现在重新计算。"
    )


class EndPlan(AskForm):
    because = forms.ChoiceField(label="结束的原因", choices=FollowUpPlan.Ended.choices, widget=forms.RadioSelect)
    words = forms.CharField(label="说明", widget=long_text(2), required=False, help_text="选择其他原因时必须写明。")


def line(task) -> dict:
    """One follow-up in a list."""
    return {
        "row": task,
        "face": faces.TASK[task.status],
        "level": faces.LEVEL[task.answer.level] if hasattr(task, "answer") else None,
        "watch": admission.watched_for(task.plan.discharge),
    }


def told(task) -> dict | None:
    """What was answered to one follow-up, ready for a page; nothing while it is open."""
    if not hasattr(task, "answer"):
        return None
    row = task.answer
    return {
        "row": row,
        "face": faces.LEVEL[row.level],
        "lines": selectors.answered(row, task.questionnaire.questions),
        "findings": row.findings,
    }


def whole_file(actor, patient_id) -> dict:
    """A patient's follow-up file as one timeline for each plan, with the numbers that were asked more than once."""
    plans = selectors.file_of(actor=actor, patient_id=patient_id)
    today = timezone.localdate()
    return {
        "patient": plans[0].patient,
        "plans": [
            {
                "row": plan,
                "title": f"{plan.template.title}，{plan.starts_on:%Y-%m-%d} 起",
                "face": faces.PLAN[plan.status],
                "said": admission.in_words(plan.discharge) if plan.discharge else [],
                "open": plan.status not in PLAN.final,
                "events": [_event(task, today) for task in sorted(plan.tasks.all(), key=lambda task: task.number)],
            }
            for plan in plans
        ],
        "trends": selectors.trends(plans),
    }


def _event(task, today) -> dict:
    face, answer = faces.TASK[task.status], getattr(task, "answer", None)
    case = getattr(answer, "green", None)
    said = "；".join(finding["sentence"] for finding in answer.findings) if answer else ""
    told = [said, f"绿色通道：{faces.GREEN[case.status].label}" if case else "", case.words if case else ""]
    return {
        "title": f"{task.get_kind_display()}，{face.label}" + (f"，{answer.get_level_display()}" if answer else ""),
        "at": answer.answered_at if answer else None,
        "note": f"应在 {task.due_on.month}月{task.due_on.day}日",
        "detail": "。".join(part for part in told if part),
        "state": "alert" if case else "done" if answer else "now" if task.due_on <= today else "todo",
    }
