"""How the district's institutions get on: what each still lacks, who is on trial, which problems wait for an answer."""

from django import forms
from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Organization
from accounts.selectors import members_of_district
from desks import office, readiness
from desks.office import TextField
from desks.oversight.desk import district, show
from institutions import selectors, services
from institutions.models import LogEntry
from kernel.refusals import hidden

CRUMB = {"label": "推进情况", "url": reverse_lazy("oversight:rollout")}


class Verdict(forms.Form):
    verdict = TextField(label="转正意见", max_length=300)


class Answer(forms.Form):
    answer = TextField(label="答复", max_length=500, help_text="机构会看到。")


@require_safe
def listing(request):
    page = office.page_of(_members(request).order_by("short_name", "pk"), request)
    ids = [row.pk for row in page.object_list]
    trials, problems = selectors.trials_running(ids), selectors.open_problems(ids)
    facts = selectors.standings(ids)
    today = timezone.localdate()
    page.object_list = [
        {
            "row": row,
            "serving": not selectors.rules.why_not_serve(facts[row.pk], today, None),
            "trial": trials.get(row.pk),
            "problems": problems.get(row.pk, 0),
        }
        for row in page.object_list
    ]
    return show(request, "rollout", {"page": page, "waiting": sum(problems.values())})


@require_safe
def one(request, pk):
    return _one(request, _found(request, pk))


@require_POST
def trial(request, pk, verb):
    """Begin a trial run, or end it with a verdict."""
    row = _found(request, pk)
    form, verb_, said = {
        "begin": (forms.Form(request.POST), services.begin_trial, "已列为试运行机构。"),
        "end": (Verdict(request.POST), services.end_trial, "试运行已结束，机构转为正式开展。"),
    }.get(verb, (None, None, ""))
    if form is None:
        raise hidden("这一步")
    if office.done(form, verb_, organisation=row, **office.act(request)):
        messages.success(request, said)
        return redirect("oversight:rollout_one", pk)
    return _one(request, row, bound=form, status=422)


@require_POST
def answer(request, pk):
    entry = LogEntry.objects.filter(pk=pk, organisation__in=_members(request)).select_related("organisation").first()
    if entry is None:
        raise hidden("这条记录")
    form = Answer(request.POST)
    if office.done(form, services.answer_log, entry_id=pk, **office.act(request)):
        messages.success(request, "已答复，机构可以看到。")
        return redirect("oversight:rollout_one", entry.organisation_id)
    return _one(request, entry.organisation, answered=(pk, form), status=422)


def _members(request):
    return members_of_district(root_id=district(request).pk).filter(kind__in=Organization.PROVIDERS)


def _found(request, pk):
    row = _members(request).filter(pk=pk).first()
    if row is None:
        raise hidden("这家机构")
    return row


def _one(request, row, *, bound=None, answered=None, status=200):
    items = readiness.checklist(row, timezone.localdate())
    page = office.page_of(selectors.log_entries([row.pk]), request)
    page.object_list = [
        {
            "row": entry,
            "chance": office.step("answer", "写答复") if entry.answered_at is None else None,
            "form": answered[1] if answered and answered[0] == entry.pk else Answer(),
            "url": reverse("oversight:rollout_answer", args=[entry.pk]),
        }
        for entry in page.object_list
    ]
    running = selectors.trial_of(row.pk)
    context = {
        "place": row,
        "items": items,
        "met": sum(item.met for item in items),
        "trial": running,
        "begin": office.step("begin", "列为试运行"),
        "end": office.step("end", "同意转正"),
        "form": bound or Verdict(),
        "refused": bound.non_field_errors() if bound else (),
        "page": page,
        "tasks": list(selectors.work_tasks(row.pk)[:50]),
        "group": selectors.working_group(row.pk),
        "crumbs": [CRUMB, {"label": row.short_name, "url": ""}],
    }
    return show(request, "rollout_one", context, status=status)
