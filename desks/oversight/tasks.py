"""The board of key tasks: who leads, by when, what is late, what shows that it is done (001 附件 1-32)."""

from django import forms
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from desks import office
from desks.oversight.desk import district, reader, show
from desks.stepforms import number_of
from desks.steps import attempt
from indicators import months, selectors, services
from indicators.definitions import DEFINITIONS
from indicators.doors import TASKS
from indicators.lifecycle import TASK

LOOKS = {
    "ongoing": ("go", "player-play"),
    "due": ("ask", "clock"),
    "late": ("alert", "clock-exclamation"),
    "done": ("done", "check"),
    "dropped": ("wait", "x"),
}
SAID = {
    "report": "进展已登记。",
    "review": "半年评估已登记。",
    "reach": "已登记达成这一阶段，按下一时限继续推进。",
    "move": "完成时限已调整。",
    "finish": "任务已完成，凭据已登记。",
    "reopen": "任务已重新推进。",
    "drop": "任务已撤销。",
}


class Saying(forms.Form):
    """What a step says: progress, a review, evidence, or why."""

    reason = office.TextField(label="说明", max_length=300)


class Report(Saying):
    reason = office.TextField(label="进展", max_length=300)


class Review(Saying):
    reason = office.TextField(
        label="评估结论", max_length=300, help_text="完成情况、发现的问题、下一步要求；每半年一次。"
    )


class Evidence(Saying):
    reason = office.TextField(
        label="完成凭据", max_length=300, help_text="文件名称和文号、材料所在之处或数据，便于查考。"
    )


class Moving(Saying):
    due_on = office.DateField(label="新的时限")
    reason = office.TextField(label="调整原因", max_length=300)

    field_order = ["due_on", "reason"]


FORMS = {"report": Report, "review": Review, "reach": Evidence, "move": Moving, "finish": Evidence}


class New(forms.Form):
    """A task of one's own."""

    name = forms.CharField(label="评估指标", max_length=100, help_text="要做成什么。")
    area = forms.CharField(label="评估内容", max_length=60, help_text="属于哪一方面，例如：提高护理质量。")
    lead = forms.CharField(label="牵头单位", max_length=200)
    partners = forms.CharField(label="协作单位", max_length=200, required=False)
    due_on = office.DateField(label="完成时限", required=False, help_text="留空表示持续推进。")
    indicator = forms.ChoiceField(label="相关指标", required=False, help_text="为改进某项指标而设时选择。")

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["indicator"].choices = [("", "没有"), *((d.code, d.name) for d in DEFINITIONS.values())]


@require_safe
def board(request):
    today = timezone.localdate()
    everything = list(selectors.tasks(actor=reader(request)))
    state = request.GET.get("state", "")
    q = request.GET.get("q", "").strip()[:40]
    rows = [row for row in everything if state not in selectors.STATES or selectors.state_of(row, today) == state]
    rows = [row for row in rows if not q or any(q in text for text in (row.name, row.area, row.lead, row.partners))]
    counted = selectors.counts(everything, today)
    page = office.page_of(rows, request)
    page.object_list = [_row(row, today) for row in page.object_list]
    context = {
        "page": page,
        "figures": [
            {"label": label, "value": counted[key], "url": f"?state={key}", "tone": "alert" if counted[key] else ""}
            if key == "late"
            else {"label": label, "value": counted[key], "url": f"?state={key}", "tone": ""}
            for key, label in selectors.STATES.items()
            if key != "dropped"
        ],
        "states": selectors.STATES.items(),
        "state": state,
        "q": q,
        "any": bool(everything),
        "adopted": any(row.origin == row.Origin.MODEL for row in everything),
        "unreviewed": len(selectors.unreviewed(everything, today)),
        "half": months.half_in_words(months.last_half(today)),
    }
    return show(request, "tasks", context)


@require_safe
def one(request, pk):
    return _one(request, pk)


@require_POST
def step(request, pk, verb):
    if verb not in TASK or TASK[verb].creates:
        raise Http404
    form = FORMS.get(verb, Saying)(request.POST)
    seen = {"task_id": pk, "version": number_of(request.POST.get("version", "")), **office.act(request)}
    if office.done(form, getattr(services, verb), **seen):
        messages.success(request, SAID[verb])
        return redirect("oversight:tasks_one", pk)
    return _one(request, pk, refused=(verb, form), status=422)


@require_POST
def adopt(request):
    outcome = attempt(services.adopt_model, district=district(request), **office.act(request))
    if outcome.done:
        messages.success(request, f"已放上任务分工表的 {len(outcome.row)} 项任务，可以逐项登记进展和调整时限。")
    else:
        messages.error(request, outcome.refused.sentence)
    return redirect("oversight:tasks")


@require_http_methods(["GET", "HEAD", "POST"])
def new(request):
    initial = {"indicator": request.GET.get("indicator", "")}
    form = New(request.POST or None, initial=initial)
    if request.method == "POST" and office.done(
        form, services.add_task, district=district(request), **office.act(request)
    ):
        messages.success(request, "任务已登记。")
        return redirect("oversight:tasks")
    crumbs = [{"label": "重点任务", "url": reverse("oversight:tasks")}, {"label": "登记任务", "url": ""}]
    return show(request, "task_new", {"form": form, "crumbs": crumbs}, status=422 if form.errors else 200)


def _row(row, today) -> dict:
    state = selectors.state_of(row, today)
    family, icon = LOOKS[state]
    return {
        "row": row,
        "face": {"label": selectors.STATES[state], "family": family, "icon": icon},
        "half": months.half_in_words(row.reviewed_half),
        "days": (today - row.due_on).days if state == "late" else 0,
        "url": reverse("oversight:tasks_one", args=[row.pk]),
    }


def _one(request, pk, *, refused=("", None), status=200):
    row, today = selectors.task(actor=reader(request), pk=pk), timezone.localdate()
    chances = TASKS.chances(row, reader(request))
    if not row.more_dates:
        chances = [one for one in chances if one.name != "reach"]
    context = {
        **_row(row, today),
        "meant": DEFINITIONS.get(row.indicator),
        "steps": [
            {"label": TASK[one.name].label, "step": one, "who": one.taken_by.display_name if one.taken_by else "平台"}
            for one in sorted(row.steps.all(), key=lambda one: one.pk, reverse=True)
        ],
        "chances": [
            {
                "chance": one,
                "url": reverse("oversight:tasks_step", args=[row.pk, one.name]),
                "form": refused[1] if refused[0] == one.name else FORMS.get(one.name, Saying)(),
                "look": {"finish": "main", "drop": "grave"}.get(one.name, ""),
            }
            for one in chances
        ],
        "crumbs": [{"label": "重点任务", "url": reverse("oversight:tasks")}, {"label": row.name, "url": ""}],
    }
    return show(request, "task", context, status=status)
