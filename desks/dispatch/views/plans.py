"""The day's plan: asked for here, watched while it is computed, and then accepted line by line, or thrown away."""

from itertools import groupby

from django import forms
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from desks import figures
from desks.dispatch.frame import answer, frame
from desks.dispatch.planner import rows
from desks.dispatch.views.planner import asked_centre, day_of
from desks.stepforms import AskForm, asking, number_of, reasons_for_page, receipt_of
from desks.steps import Outcome, attempt
from orders import dayplans, services
from orders.models import DayPlan, DayPlanLine

SAID = {
    "ask": "已开始计算，算好后会显示在这里。没有您的确认，不会派出任何一单。",
    "repair": "已开始计算，只会改动受影响的上门。没有您的确认，不会改派任何一单。",
    "discard": "已放弃这份建议，没有任何订单被改动。",
}
WHY = [("absent", "今天不能来"), ("late", "还在上一单，会晚到")]


class Repair(AskForm):
    nurse = forms.ChoiceField(label="哪位护士")
    why = forms.ChoiceField(label="情况", choices=WHY, initial="absent", widget=forms.RadioSelect)

    def __init__(self, *args, nurses, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["nurse"].choices = [("", "请选择护士"), *nurses]


@require_safe
def plan(request, day):
    return _page(request, day_of(day), asked_centre(request))


@require_POST
def step(request, day, name):
    day, centre = day_of(day), asked_centre(request)
    if name in ("ask", "repair"):
        outcome = _ask(request, day, centre, name)
    elif name in ("apply", "discard"):
        outcome = _settle(request, name)
    else:
        raise Http404
    return _page(request, day, centre, name, outcome)


def _ask(request, day, centre, name):
    touched = {}
    if name == "repair":
        nurse, why = number_of(request.POST.get("nurse")), request.POST.get("why", "")
        if not request.POST.get("nurse"):
            return Outcome(errors={"nurse": ["请选择哪位护士来不了或要晚到。"]}, typed=request.POST)
        if why not in dict(WHY) or nurse is None:
            raise Http404
        known = {row.pk for row in dayplans.with_visits(actor=request.actor, centre_id=centre, day=day)}
        touched = {why: [nurse] if nurse in known else []}
    return attempt(
        services.ask_plan, typed=request.POST, centre_id=centre, day=day, receipt=receipt_of(request.POST),
        by=request.actor, now=timezone.now(), **touched,
    )  # fmt: skip


def _settle(request, name):
    typed = request.POST
    plan_id = number_of(typed.get("plan"))
    row = None if plan_id is None else dayplans.plan(actor=request.actor, plan_id=plan_id)
    if row is None:
        raise Http404
    act = {
        "typed": typed, "plan_id": row.pk, "by": request.actor, "now": timezone.now(), "receipt": receipt_of(typed),
        "version": number_of(typed.get("version")),
    }  # fmt: skip
    if name == "discard":
        return attempt(services.discard_plan, **act)
    ticked = [pk for pk in map(number_of, typed.getlist("line")) if pk is not None]
    return attempt(services.apply_plan, lines=None if typed.get("which") == "all" else ticked, **act)


def _page(request, day, centre, name="", outcome=None):
    now = timezone.now()
    mine = {"actor": request.actor, "centre_id": centre, "day": day}
    row = dayplans.newest(**mine)
    days = rows.days(day, timezone.localdate(now))
    url = reverse("dispatch:plan", args=[day.isoformat()])
    nurses = [(str(nurse.pk), nurse.user.display_name) for nurse in dayplans.with_visits(**mine)]
    form = asking(Repair, outcome if name == "repair" else None, nurses=nurses)
    context = {
        "days": days,
        "centre_id": centre,
        "plan": row,
        "queued": dayplans.is_queued(row),
        "running": dayplans.is_running(row),
        "percent": round(100 * row.progress.share) if row and hasattr(row, "progress") else 0,
        "shown": _shown(row),
        "chances": dayplans.chances(row, request.actor) if row else {},
        "waiting": dayplans.waiting(**mine),
        "repair": form if nurses else None,
        "plan_url": f"{url}?centre={centre}",
        "step_urls": {
            key: reverse("dispatch:plan_step", args=[day.isoformat(), key]) + f"?centre={centre}"
            for key in (*SAID, "apply")
        },
        "refused": reasons_for_page(outcome, form),
        "now": now,
    }
    crumbs = [{"label": "当日安排", "url": days["url"]}, {"label": "排班建议"}]
    said = _sent(row) if name == "apply" else SAID.get(name, "")
    return answer(
        request, "dispatch/plan/_plan.html", "dispatch/plan/page.html", context, outcome=outcome, said=said,
        back=context["plan_url"], around=lambda: frame(request, "dispatch:planner", crumbs),
    )  # fmt: skip


def _sent(row) -> str:
    """What became of the lines that are settled."""
    settled = list(row.lines.values_list("outcome", flat=True)) if row else []
    sent, refused = settled.count(DayPlanLine.Outcome.SENT), settled.count(DayPlanLine.Outcome.REFUSED)
    words = f"这份建议已派出 {sent} 单，护士会收到通知。"
    return words + (f"有 {refused} 单没有通过，原因写在各行。" if refused else "")


def _shown(row: DayPlan | None) -> dict:
    """The proposal by nurse, what could not be planned, and the figures side by side."""
    if row is None or row.result is None:
        return {}
    lines = dayplans.lines(row)
    sending = [line for line in lines if line.kind != DayPlanLine.Kind.UNSERVED]
    return {
        "nurses": [
            {"nurse": nurse, "lines": list(mine), "count": sum(line.nurse_id == nurse.pk for line in sending)}
            for nurse, mine in groupby(sending, key=lambda line: line.nurse)
        ],
        "open": sum(not line.outcome for line in sending),
        "moves": sum(line.kind == DayPlanLine.Kind.MOVE for line in sending),
        "unserved": [line for line in lines if line.kind == DayPlanLine.Kind.UNSERVED],
        "figures": figures.beside(row.result),
        "result": row.result,
    }
