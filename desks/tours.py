"""
The lead hospital's visits as its own desk plans and records them, and as the commission reads them (002 四).

One file for both: what differs is who may press, which institutions are in sight, and the frame around.
"""

from datetime import date, datetime, timedelta

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from accounts.roles import Role
from audit import services as audit
from desks import listing, office, stepforms, supervising, timelines
from desks.steps import Outcome, attempt
from kernel.actors import Actor
from supervision import faces, selectors, services
from supervision.doors import TOURS
from supervision.lifecycle import CALLED_OFF, LED, TO_HOLD, TOUR
from supervision.models import Finding, Tour

ROUNDS = {
    "once": ("只这一轮", 1, 1),
    "half": ("半年一轮，共 2 轮", 2, 6),
    "quarter": ("每季度一轮，共 4 轮", 4, 3),
}
TO_RECTIFY = timedelta(days=14)


class Plan(forms.Form):
    """A whole round, or one centre."""

    centre = forms.ChoiceField(label="督导的中心")
    planned_on = office.DateField(
        label="督导日期", initial=timezone.localdate, help_text="选「全部中心」时，从这天起每周一家。"
    )
    rounds = forms.ChoiceField(
        label="周期", initial="once", widget=forms.RadioSelect,
        choices=[(key, label) for key, (label, _, _) in ROUNDS.items()],
    )  # fmt: skip
    focus = forms.CharField(label="督导重点", max_length=200, required=False)

    def __init__(self, *args, centres, **options):
        super().__init__(*args, **options)
        every = [("all", f"全部中心（{len(centres)} 家）")] if len(centres) > 1 else []
        self.fields["centre"].choices = [("", "请选择"), *every, *((one.pk, one.short_name) for one in centres)]


class Move(forms.Form):
    planned_on = office.DateField(label="改到哪天")
    reason = office.TextField(label="改期的原因", max_length=300, rows=2)


class Record(forms.Form):
    visited_on = office.DateField(label="督导日期", initial=timezone.localdate)
    visitors = forms.CharField(label="督导人员", max_length=120)
    met = forms.CharField(label="中心参加人员", max_length=120)
    guidance = office.TextField(label="现场指导的内容", max_length=1000, rows=5)


class Evaluate(forms.Form):
    conclusion = office.TextField(label="评估意见", max_length=500, rows=4, help_text="等次按评分表总分得出。")
    next_on = office.DateField(
        label="下次督导日期", required=False, help_text="填写后自动列入督导计划；这一天已有计划的不重复列入。"
    )


class Cancel(forms.Form):
    reason = office.TextField(label="取消的原因", max_length=300, rows=2)


class Found(forms.Form):
    words = office.TextField(label="发现的问题", max_length=300, rows=3)
    clause = forms.CharField(label="依据", max_length=60, initial=LED)
    due_on = office.DateField(label="整改期限", initial=lambda: timezone.localdate() + TO_RECTIFY)


FORMS = {"move": Move, "record": Record, "evaluate": Evaluate, "cancel": Cancel}
VERBS = {
    "move": services.move_tour, "record": services.record_tour, "evaluate": services.evaluate_tour,
    "cancel": services.cancel_tour,
}  # fmt: skip
SAID = {
    "move": "已改期。", "record": "督导记录已登记。", "evaluate": "评估已登记，中心可以看到。",
    "cancel": "已取消这次督导。", "find": "问题已登记，中心会看到并安排整改。",
}  # fmt: skip


def listed(request: HttpRequest, desk: supervising.Desk) -> HttpResponse:
    actor, today = desk.actor(request), timezone.localdate()
    centres = list(listing.centres_of(actor))
    plans = actor.holds(Role.REVIEWER)
    form = Plan(office.posted(request), centres=centres) if plans else None
    if plans and request.method == "POST" and form.is_valid():
        outcome = _plan(form, centres, request)
        if office.tell(form, outcome):
            messages.success(request, f"已列入督导计划，共 {len(outcome.row)} 次，每次都有一份评分表。")
            return redirect(desk.url("tours"))
    page = office.page_of(selectors.tours(actor=actor), request)
    page.object_list = [tour_row(desk, row, today) for row in page.object_list]
    context = {
        "page": page,
        "form": form,
        "coverage": selectors.coverage(actor=actor, centres=centres[: office.PAGE], today=today),
        "year": today.year,
        "crumbs": [{"label": "质量控制", "url": desk.url("quality")}, {"label": "督导", "url": ""}],
    }
    return desk.show(request, "tours", context, status=422 if form is not None and form.errors else 200)


def _plan(form, centres, request) -> Outcome:
    said = form.cleaned_data
    chosen = centres if said["centre"] == "all" else [one for one in centres if str(one.pk) == said["centre"]]
    _, times, months = ROUNDS[said["rounds"]]
    return attempt(
        services.plan_round, typed=request.POST, centres=chosen, planned_on=said["planned_on"], times=times,
        months=months, focus=said["focus"], **office.act(request),
    )  # fmt: skip


def tour_row(desk: supervising.Desk, row: Tour, today) -> dict:
    return {
        "row": row,
        "face": faces.TOUR[row.status],
        "late": row.status in TO_HOLD and row.planned_on < today,
        "url": desk.url("tours_one", row.pk),
    }


def one(request: HttpRequest, desk: supervising.Desk, pk: int, *, bound: tuple = ("", None)) -> HttpResponse:
    """``bound`` is the name and the form of what was pressed and refused."""
    now, actor = timezone.now(), desk.actor(request)
    row = selectors.tour(actor=actor, pk=pk)
    verb, refused = bound
    if refused is None:
        audit.looked(target=row, by=request.actor, now=now, why="查看督导", role=desk.role(request))
    steps = [
        {
            "chance": chance,
            "form": refused if chance.name == verb else FORMS[chance.name](initial=_initial(chance.name, row)),
            "url": desk.url("tours_step", pk, chance.name),
            "look": "" if chance.name in ("move", "cancel") else "main",
        }
        for chance in TOURS.chances(row, actor)
        if chance.name in FORMS
    ]
    finds = actor.holds(Role.REVIEWER) and row.visited_on is not None
    shown = {step["chance"].name for step in steps} | ({"find"} if finds else set())
    context = {
        **tour_row(desk, row, timezone.localdate(now)),
        "steps": steps,
        # What was pressed may be no step of the row any more; its refusal is told above.
        "stray": refused if verb not in shown else None,
        "sheet_url": "" if row.status in CALLED_OFF else desk.url("quality_sheet", row.sheet_id),
        "found": [
            {"row": finding, "face": faces.FINDING[finding.status], "url": desk.url("findings_one", finding.pk)}
            for finding in selectors.findings_of_tour(row)
        ],
        "found_form": (refused if verb == "find" else Found()) if finds else None,
        "found_url": desk.url("tours_step", pk, "find") if finds else "",
        "find": office.step("find", "登记发现的问题"),
        "past": timelines.timeline(sorted(row.steps.all(), key=lambda one: one.pk), TOUR, faces.TOUR),
        "crumbs": [
            {"label": "质量控制", "url": desk.url("quality")},
            {"label": "督导", "url": desk.url("tours")},
            {"label": row.organisation.short_name, "url": ""},
        ],
    }
    return desk.show(request, "tours_one", context, status=200 if refused is None else 422)


def step(request: HttpRequest, desk: supervising.Desk, pk: int, verb: str) -> HttpResponse:
    if verb not in {*VERBS, "find"}:
        raise Http404
    row = selectors.tour(actor=desk.actor(request), pk=pk)
    form = (Found if verb == "find" else FORMS[verb])(request.POST)
    seen = {"version": stepforms.number_of(request.POST.get("version")), "by": desk.actor(request)}
    if verb == "find":
        done = office.done(form, _find, row=row, by=desk.actor(request), now=timezone.now())
    else:
        receipt = stepforms.receipt_of(request.POST)
        done = office.done(form, VERBS[verb], tour_id=row.pk, receipt=receipt, now=timezone.now(), **seen)
    if done:
        messages.success(request, SAID[verb])
        return redirect(desk.url("tours_one", pk))
    return one(request, desk, pk, bound=(verb, form))


def _find(*, row: Tour, words: str, clause: str, due_on: date, by: Actor, now: datetime) -> Finding:
    """What was found there and stands on no sheet: a finding like all others, until it is put right."""
    number = Finding.objects.filter(source="tour", key__startswith=f"tour:{row.pk}:").count() + 1
    return services.register(
        kind=Finding.Kind.VISIT, source="tour", key=f"tour:{row.pk}:{number}", organisation=row.organisation,
        words=words, clause=clause, due_on=due_on, by=by, now=now,
    )  # fmt: skip


def _initial(name, row) -> dict:
    if name == "record" and row.visited_on:
        return {column: getattr(row, column) for column in ("visited_on", "visitors", "met", "guidance")}
    return {"planned_on": row.planned_on} if name == "move" else {}
