"""The family answers a follow-up on one page: large, read aloud, and without script as well."""

from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from audit import services as audit
from desks import followupforms
from desks.family.frame import act, ask, family_page, posted, show
from desks.stepforms import number_of, receipt_of
from desks.steps import attempt
from followups import faces, selectors, services
from followups.doors import TASKS
from kernel.refusals import hidden

MOST = 50


@require_safe
@family_page
def followups(request):
    """What is asked now, and what was answered."""
    rows = list(selectors.of_family(actor=request.family)[:MOST])
    now = timezone.now()
    for patient in {row.patient for row in rows}:
        audit.looked(target=patient, by=request.family, now=now, why="家属查看随访")
    shown = [
        {"row": row, "title": _title(row), "face": faces.TASK[row.status], "may": _may(request, row)} for row in rows
    ]
    return show(request, "family/followups.html", back=reverse("family:home"), followups=shown)


@require_http_methods(["GET", "HEAD", "POST"])
@family_page
def followup(request, pk):
    row = selectors.task(actor=request.family, pk=pk)
    if not selectors.of_family(actor=request.family).filter(pk=pk).exists():
        raise hidden("这次随访")
    audit.looked(target=row, by=request.family, now=timezone.now(), why="家属填写随访")
    back = reverse("family:followups")
    if request.method != "POST" and not _may(request, row):
        told = followupforms.told(row)
        case = getattr(row.answer, "green", None) if told else None
        face = faces.GREEN[case.status] if case else None
        return show(
            request, "family/followup_done.html", back=back, row=row, face=faces.TASK[row.status], told=told,
            green=face, centre=row.centre,
        )  # fmt: skip
    form, outcome = followupforms.Answering(posted(request), questions=row.questionnaire.questions), None
    if request.method == "POST":
        outcome = attempt(
            services.answer, follow_up_id=row.pk, answers=request.POST, receipt=receipt_of(request.POST),
            version=number_of(request.POST.get("version")), **act(request),
        )  # fmt: skip
        if outcome.done:
            messages.success(request, "已收到您的回答，谢谢您。")
            return redirect("family:followup", pk=row.pk)
        form = followupforms.Answering(request.POST, questions=row.questionnaire.questions).hear(outcome)
    return ask(
        request, form, title=row.questionnaire.title, send="提交回答", back=back, template="family/followup.html",
        sub=f"为{row.patient.name}填写，大约两分钟。", outcome=outcome, centre=row.centre, row=row,
        version=row.version,
    )  # fmt: skip


def _title(row):
    """What one card of the list is called; no two are called the same."""
    return f"{row.patient.name}，{row.plan.template.title}，{row.due_on.month}月{row.due_on.day}日"


def _may(request, row):
    return any(chance.name == "answer" for chance in TASKS.chances(row, request.family))
