"""A nurse's own courses and exams, and what she teaches at a visit."""

from django import forms
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from audit import services as audit
from desks import articles, office
from desks.nurse import frame
from desks.stepforms import AskForm, asking, number_of, reasons_for_page
from desks.steps import attempt
from education import bank, selectors, services
from education.lifecycle import READABLE
from education.models import Handout
from kernel.refusals import hidden
from nurses import selectors as nurses
from orders import selectors as orders


class HandOut(AskForm):
    articles = forms.MultipleChoiceField(label="发送的内容", widget=forms.CheckboxSelectMultiple)
    way = forms.ChoiceField(
        label="怎样讲的", choices=Handout.Way.choices, widget=forms.RadioSelect, initial=Handout.Way.SPOKEN
    )
    note = forms.CharField(
        label="给家属的叮嘱", max_length=200, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )  # fmt: skip

    def __init__(self, *args, choices=(), **options):
        super().__init__(*args, **options)
        self.fields["articles"].choices = choices


# --- her courses ------------------------------------------------------------------------------------------------------


@require_safe
def learn(request):
    nurse, today = nurses.nurse_of(request.user.pk), timezone.localdate()
    offered = [one for one in selectors.courses_for(actor=request.actor) if one.status in READABLE]
    rows = selectors.standings(nurse=nurse, courses=offered, today=today) if nurse else []
    rows = [{"s": one, "face": _face(one, today)} for one in sorted(rows, key=_urgency)]
    context = {"rows": rows, "nurse": nurse, "back_url": reverse("nurse:me")}
    return frame.page(request, "nurse/learn.html", context)


@require_safe
def course(request, pk):
    return _course(request, pk)


@require_safe
def section(request, pk, n):
    standing = _standing(request, pk)
    parts = _parts(standing.course)
    if not 1 <= n <= len(parts):
        raise Http404
    context = {
        "s": standing, "part": parts[n - 1], "n": n, "of": len(parts), "read": n in standing.read,
        "back_url": reverse("nurse:learn_course", args=[pk]),
    }  # fmt: skip
    return frame.page(request, "nurse/learn_section.html", context)


@require_POST
def read(request, pk, n):
    standing = _standing(request, pk)
    outcome = attempt(services.read_section, course_id=pk, section=n, **office.act(request))
    if not outcome.done:
        messages.error(request, outcome.refused.sentence)
        return redirect("nurse:learn_course", pk)
    last = n >= len(_parts(standing.course))
    return redirect("nurse:learn_course", pk) if last else redirect("nurse:learn_section", pk, n + 1)


@require_POST
def begin(request, pk):
    outcome = attempt(services.begin_exam, course_id=pk, **office.act(request))
    if outcome.done:
        return redirect("nurse:learn_exam", outcome.row.pk)
    return _course(request, pk, outcome)


@require_safe
def exam(request, pk):
    row = selectors.exam_of(actor=request.actor, pk=pk)
    return _exam(request, row) if row.submitted_at is None else redirect("nurse:learn_result", pk)


@require_POST
def submit(request, pk):
    row = selectors.exam_of(actor=request.actor, pk=pk)
    answers = {
        str(one["n"]): [n for value in request.POST.getlist(f"q{one['n']}") if (n := number_of(value)) is not None]
        for one in row.questions
    }
    outcome = attempt(services.submit_exam, exam_id=pk, answers=answers, **office.act(request))
    if outcome.done:
        return redirect("nurse:learn_result", pk)
    return _exam(request, row, answers, outcome)


@require_safe
def result(request, pk):
    row = selectors.exam_of(actor=request.actor, pk=pk)
    if row.submitted_at is None:
        return redirect("nurse:learn_exam", pk)
    context = {
        "row": row,
        "s": _standing(request, row.course_id),
        "wrong": bank.wrong_ones(row.course.bank, row.questions, row.answers),
        "back_url": reverse("nurse:learn_course", args=[row.course_id]),
    }
    return frame.page(request, "nurse/learn_result.html", context)


@require_safe
def certificate(request, pk):
    row = selectors.exam_of(actor=request.actor, pk=pk)
    if row.training is None:
        raise hidden("这张合格证明")
    context = {"row": row, "back_url": reverse("nurse:learn_result", args=[pk])}
    return render(request, "nurse/learn_certificate.html", context)


# --- what she teaches -------------------------------------------------------------------------------------------------


@require_safe
def teach(request, number):
    return _teach(request, orders.nurse_visit(actor=request.actor, number=number))


@require_POST
def hand_out(request, number):
    order = orders.nurse_visit(actor=request.actor, number=number)
    chosen = [pk for value in request.POST.getlist("articles") if (pk := number_of(value)) is not None]
    outcome = attempt(
        services.hand_out, typed=request.POST, order_id=order.pk, article_ids=chosen, way=request.POST.get("way", ""),
        note=request.POST.get("note", ""), **office.act(request),
    )  # fmt: skip
    if outcome.done:
        messages.success(request, "已发给家属，可以请家属现在打开看看。")
        return redirect("nurse:teach", number)
    return _teach(request, order, outcome)


@require_POST
def taught(request, number, pk):
    order = orders.nurse_visit(actor=request.actor, number=number)
    outcome = attempt(
        services.record_teach_back, typed=request.POST, handout_id=pk, result=request.POST.get("teach_back", ""),
        **office.act(request),
    )  # fmt: skip
    if outcome.done:
        messages.success(request, "教育效果已记录。")
        return redirect("nurse:teach", number)
    return _teach(request, order, outcome)


def _teach(request, order, outcome=None):
    now = timezone.now()
    audit.looked(target=order, by=request.actor, now=now, why="健康教育")
    sent = list(selectors.handed_at(order))
    known = {one.article_id for one in sent}
    found = [one for one in selectors.fitting(order) if one.pk not in known]
    choices = [(one.pk, one.title) for one in found]
    form = asking(HandOut, outcome, choices=choices)
    context = {
        "order": order,
        "centre": order.centre,
        "form": form,
        "found": bool(found),
        "sent": sent,
        "in_record": selectors.teach_back_of(order),
        "results": Handout.TeachBack.choices,
        "refused": reasons_for_page(outcome, form),
        "back_url": reverse("nurse:visit", args=[order.number]),
    }
    return frame.page(request, "nurse/teach.html", context, status=outcome.status if outcome else 200)


def _course(request, pk, outcome=None):
    standing, today = _standing(request, pk), timezone.localdate()
    parts = [{"n": n, "part": part, "read": n in standing.read} for n, part in enumerate(_parts(standing.course), 1)]
    first = next((one["n"] for one in parts if not one["read"]), None)
    context = {
        "s": standing,
        "face": _face(standing, today),
        "parts": parts,
        "next": first,
        "left": max(0, standing.allowed - standing.used),
        "refused": list(outcome.reasons) if outcome else [],
        "back_url": reverse("nurse:learn"),
    }
    return frame.page(request, "nurse/learn_course.html", context, status=outcome.status if outcome else 200)


def _exam(request, row, answers=None, outcome=None):
    questions = row.course.bank
    shown = [
        {
            "n": one["n"],
            "number": number,
            "text": questions[one["n"]]["text"],
            "many": len(questions[one["n"]]["right"]) > 1,
            "choices": [
                {
                    "value": n,
                    "words": questions[one["n"]]["choices"][n],
                    "ticked": n in (answers or {}).get(str(one["n"]), ()),
                }
                for n in one["order"]
            ],
        }
        for number, one in enumerate(row.questions, 1)
    ]
    context = {
        "row": row,
        "questions": shown,
        "refused": list(outcome.reasons) if outcome else [],
        "back_url": reverse("nurse:learn_course", args=[row.course_id]),
    }
    return frame.page(request, "nurse/learn_exam.html", context, status=outcome.status if outcome else 200)


def _standing(request, pk):
    """:raises kernel.refusals.Hidden: no such course, or no file of hers"""
    nurse = nurses.nurse_of(request.user.pk)
    row = selectors.courses_for(actor=request.actor).select_related("district").filter(pk=pk).first()
    if nurse is None or row is None:
        raise hidden("这门课程")
    return selectors.standing(nurse=nurse, course=row, today=timezone.localdate())


def _parts(row):
    return [part for part in articles.parts(row.body) if part.title]


def _urgency(standing):
    return (standing.due_on is None, standing.due_on or timezone.localdate(), standing.course.title)


def _face(standing, today):
    if standing.valid_until and standing.valid_until >= today:
        return {"label": "已合格", "family": "done", "icon": "check"}
    if standing.due_on and standing.due_on < today:
        return {"label": "已过期限", "family": "alert", "icon": "clock-exclamation"}
    if standing.used >= standing.allowed:
        return {"label": "次数用完", "family": "alert", "icon": "x"}
    if standing.read or standing.sat:
        return {"label": "学习中", "family": "ask", "icon": "school"}
    return {"label": "还没有学", "family": "wait", "icon": "school"}
