"""Incidents of the centre, and the plan that is started for one: clock, calls, steps, outcome."""

from datetime import timedelta

from django import forms
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.roles import Role
from audit import services as audit
from desks import office
from desks.centre.desk import place, show
from desks.office import TextField
from institutions import selectors as institutions
from kernel.refusals import hidden
from safety import selectors, services
from safety.models import EmergencyLog, Incident

STAFF = (Role.CENTRE_ADMIN, Role.DISPATCHER)
CRUMB = {"label": "不良事件", "url": reverse_lazy("centre:incidents")}


class Reported(forms.Form):
    kind = forms.ChoiceField(label="类别", choices=Incident.Kind.choices, initial=Incident.Kind.OTHER)
    text = TextField(label="经过", max_length=300, help_text="什么时候、在哪里、发生了什么。")


class Started(forms.Form):
    plan_id = forms.TypedChoiceField(label="预案", coerce=int, widget=forms.RadioSelect)

    def __init__(self, *args, plans, **options):
        super().__init__(*args, **options)
        self.fields["plan_id"].choices = [(plan.pk, str(plan)) for plan in plans]
        if len(plans) == 1:
            self.fields["plan_id"].initial = plans[0].pk


class StepDone(forms.Form):
    step_id = forms.IntegerField(widget=forms.HiddenInput)
    text = forms.CharField(label="情况", max_length=300, required=False)


class Called(forms.Form):
    contact_id = forms.IntegerField(widget=forms.HiddenInput)
    kind = forms.ChoiceField(
        label="结果", choices=[("reached", "已联系上"), ("unreached", "没有联系上")], widget=forms.RadioSelect
    )
    text = forms.CharField(label="情况", max_length=300, required=False)


class Note(forms.Form):
    text = TextField(label="情况", max_length=300, rows=2)


class Outcome(forms.Form):
    outcome = TextField(label="处置结果", max_length=300)


class Cause(forms.Form):
    cause = TextField(label="原因和处理情况", max_length=300)


# What can be said while a plan runs: form, verb, and the words of success.
SAID = {
    "step": (StepDone, services.log_step, "步骤已登记完成。"),
    "call": (Called, services.log_call, "联系结果已登记。"),
    "note": (Note, services.log_note, "情况已记下。"),
    "end": (Outcome, services.close_plan, "预案已终止，处置结果已登记。"),
}


@require_http_methods(["GET", "HEAD", "POST"])
def listing(request):
    form = Reported(request.POST or None)
    if request.method == "POST" and office.done(
        form, services.report_incident, centre=_here(request), **office.act(request)
    ):
        messages.success(request, "不良事件已登记，请看是否需要启动应急预案。")
        return redirect("centre:incidents")
    page = office.page_of(selectors.incidents(actor=_reader(request)), request)
    running = selectors.running_plans(page.object_list)
    page.object_list = [{"row": row, "run": running.get(row.pk)} for row in page.object_list]
    context = {"page": page, "form": form, "report": office.step("report", "登记不良事件")}
    return show(request, "incidents", context, status=422 if form.errors else 200)


@require_safe
def one(request, pk):
    return _page(request, _found(request, pk))


@require_safe
def live(request, pk):
    """The part of the page that changes while others log as well."""
    return show(request, "_emergency_run", _state(_found(request, pk)))


@require_POST
def start(request, pk):
    row = _found(request, pk)
    form = Started(request.POST, plans=_plans(row))
    if office.done(form, services.start_plan, incident_id=pk, **office.act(request)):
        messages.success(request, "预案已启动，请按联系人和步骤逐项登记。")
        return redirect("centre:incidents_one", pk)
    return _page(request, row, starting=form, status=422)


@require_POST
def say(request, pk, verb):
    row = _found(request, pk)
    if verb not in SAID:
        raise Http404
    run = selectors.last_run(row)
    if run is None:
        raise hidden("这次预案启动")
    form_class, act, sentence = SAID[verb]
    form = form_class(request.POST)
    if office.done(form, act, run_id=run.pk, **office.act(request)):
        messages.success(request, sentence)
        return redirect("centre:incidents_one", pk)
    return _page(request, row, bound=(verb, request.POST.get("step_id") or request.POST.get("contact_id"), form),
                 status=422)  # fmt: skip


@require_POST
def close(request, pk):
    row, form = _found(request, pk), Cause(request.POST)
    if office.done(form, services.close_incident, incident_id=pk, **office.act(request)):
        messages.success(request, "不良事件已结案。")
        return redirect("centre:incidents_one", pk)
    return _page(request, row, closing=form, status=422)


def _here(request):
    return place(request, *STAFF)


def _reader(request):
    return office.only(request.actor, STAFF, [_here(request).pk])


def _found(request, pk):
    row = selectors.incidents(actor=_reader(request)).filter(pk=pk).first()
    if row is None:
        raise hidden("这条不良事件")
    return row


def _plans(row):
    return [line.plan for line in institutions.emergency_plans(row.centre_id) if line.plan]


def _page(request, row, *, starting=None, bound=None, closing=None, status=200):
    audit.looked(target=row, by=request.actor, now=timezone.now(), why="处置不良事件")
    plans = _plans(row)
    context = {
        **_state(row, bound),
        "plans": plans,
        "start": office.step("start", "启动应急预案"),
        "starting": starting or Started(plans=plans),
        "close": office.step("close", "结案"),
        "closing": closing or Cause(),
        "crumbs": [CRUMB, {"label": row.get_kind_display(), "url": ""}],
    }
    return show(request, "incident", context, status=status)


def _state(row, bound=None):
    """The clock, the call tree and the steps of the plan that was started last, and its log."""
    run = selectors.last_run(row)
    if run is None:
        return {"incident": row, "run": None}
    log = list(run.log.all())
    done = {one.step_id: one for one in log if one.step_id}
    calls: dict = {}
    for one in log:
        if one.contact_id:
            calls[one.contact_id] = one
    open_ = run.closed_at is None

    def form_of(verb, key, fresh):
        return bound[2] if bound and bound[0] == verb and str(bound[1] or "") == str(key or "") else fresh

    return {
        "incident": row,
        "run": run,
        "open": open_,
        "minutes": int(((run.closed_at or timezone.now()) - run.started_at).total_seconds() // 60),
        "steps": [
            {
                "row": step,
                "done": done.get(step.pk),
                "due": run.started_at + timedelta(minutes=step.within_minutes) if step.within_minutes else None,
                "form": form_of("step", step.pk, StepDone(initial={"step_id": step.pk}, auto_id=f"s{step.pk}_%s")),
            }
            for step in run.plan.steps.all()
        ],
        "contacts": [
            {
                "row": contact,
                "last": calls.get(contact.pk),
                "reached": bool(calls.get(contact.pk) and calls[contact.pk].kind == EmergencyLog.Kind.REACHED),
                "form": form_of(
                    "call", contact.pk, Called(initial={"contact_id": contact.pk}, auto_id=f"c{contact.pk}_%s")
                ),
            }
            for contact in run.plan.contacts.all()
        ],
        "log": log,
        "note_form": form_of("note", None, Note(auto_id="n_%s")),
        "end_form": form_of("end", None, Outcome(auto_id="e_%s")),
        "did": office.step("step", "登记完成"),
        "called": office.step("call", "登记联系"),
        "note": office.step("note", "记录情况"),
        "end": office.step("end", "终止预案"),
        "urls": {verb: reverse("centre:incidents_say", args=[row.pk, verb]) for verb in SAID},
    }
