"""The first home assessment: on the way, section by section, checked, concluded, signed (002 五(七)1(3))."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinical import sections, services
from clinical.lifecycle import SIGNED, WRITABLE
from clinical.services.assessments import DOOR
from desks import patientcard
from desks.doctor import forms
from desks.doctor.frame import beside, frame, progress, show
from desks.looks import looked
from desks.stepforms import asking, reasons_for_page
from desks.steps import attempt, take
from institutions import selectors as institutions
from kernel.refusals import hidden
from orders import selectors
from patients import services as patient_services

SAID = {"depart": "已登记出发。", "arrive": "已登记到达，可以开始评估。", "sign": "首诊评估已签名，请选择结果。"}


@require_safe
def start(request, pk):
    """Before arrival: who, where, when. At the bedside this leads on to the first section that is not finished."""
    row = mine(request, pk)
    if row.status in SIGNED:
        return redirect("doctor:check", pk=pk)
    if row.status in WRITABLE:
        left = sections.unanswered(row.sections)
        return redirect("doctor:section", pk=pk, key=left[0].key) if left else redirect("doctor:check", pk=pk)
    return _start_page(request, row)


@require_POST
def step(request, pk, name):
    row = mine(request, pk)
    outcome = take(request, "assessment", name, row.pk)
    if outcome.done:
        messages.success(request, SAID.get(name, "已办理。"))
        return redirect("doctor:outcome" if name == "sign" else "doctor:assess", pk=pk)
    if name == "sign":
        return _check_page(request, row, name, outcome)
    return _start_page(request, row, name, outcome)


@require_http_methods(["GET", "POST"])
def section(request, pk, key):
    """One section; saving keeps what is there and goes on to the next."""
    row, one = mine(request, pk), _section(key)
    outcome = None
    if request.method == "POST":
        outcome = attempt(
            services.save_section,
            typed=request.POST,
            assessment_id=row.pk,
            key=key,
            answers=forms.raw(one, request.POST),
            by=request.actor,
            now=timezone.now(),
        )
        if outcome.done:
            return redirect(
                _after(pk, key) if request.POST.get("then") == "next" else reverse("doctor:check", args=[pk])
            )
    answers = row.sections.get(key, {})
    form = asking(forms.SectionForm, outcome, section=one, initial=_initial(answers))
    number = [s.key for s in sections.SECTIONS].index(key)
    context = {
        **frame(request, "doctor:todo", _crumbs(row, one.title)),
        **beside(row, key),
        "section": one,
        "form": form,
        "total": one.total(answers) if one.is_scale else None,
        "band": one.band(answers),
        "number": number + 1,
        "count": len(sections.SECTIONS),
        "back": reverse("doctor:section", args=[pk, sections.SECTIONS[number - 1].key]) if number else "",
        "last": number + 1 == len(sections.SECTIONS),
        "refused": reasons_for_page(outcome, form),
        "left": [q.label for q in sections.left_in(one, answers)] if answers and outcome is None else [],
    }
    return show(request, "doctor/section.html", context, outcome.status if outcome else 200)


@require_POST
def recalculate(request, pk, key):
    """Sum and band of what stands on the screen now; nothing is kept by asking."""
    row, one = mine(request, pk), _section(key)
    answers, _ = sections.clean(one, forms.raw(one, request.POST))
    context = {"section": one, "total": one.total(answers), "band": one.band(answers), "row": row}
    return show(request, "doctor/_sum.html", context)


@require_safe
def check(request, pk):
    return _check_page(request, mine(request, pk))


@require_POST
def conclude(request, pk):
    row = mine(request, pk)
    outcome = attempt(
        services.conclude,
        typed=request.POST,
        assessment_id=row.pk,
        result=request.POST.get("result", ""),
        opinion=request.POST.get("opinion", "")[:500],
        by=request.actor,
        now=timezone.now(),
    )
    if outcome.done:
        messages.success(request, "结论已保存，签名后生效。")
        return redirect(reverse("doctor:check", args=[pk]) + "#sign")
    return _check_page(request, row, "conclude", outcome)


@require_POST
def identity(request, pk):
    """At home the doctor holds the document and compares it with the person (002 五(八))."""
    row = mine(request, pk)
    outcome = attempt(
        patient_services.record_identity_check,
        typed=request.POST,
        patient_id=row.patient_id,
        kind="original",
        passed=request.POST.get("passed") == "yes",
        source=request.POST.get("source", ""),
        note=request.POST.get("note", ""),
        by=request.actor,
        now=timezone.now(),
    )
    if outcome.done:
        messages.success(request, "已登记证件核对结果。")
        return redirect("doctor:check", pk=pk)
    return _check_page(request, row, "identity", outcome)


@require_POST
def reveal(request, pk):
    """The number to call before setting out, with its reason in the trace."""
    row = mine(request, pk)
    field = request.POST.get("field", "")
    if field not in patientcard.REVEALABLE:
        raise Http404
    outcome = attempt(
        patient_services.reveal,
        typed=request.POST,
        patient_id=row.patient_id,
        field=field,
        reason=request.POST.get("reason", ""),
        by=request.actor,
        now=timezone.now(),
    )
    shown = {"label": patientcard.REVEALABLE[field], "value": outcome.row or "未登记"} if outcome.done else None
    return _start_page(request, row, "reveal", outcome, shown)


def mine(request, pk):
    """The doctor's own assessment; another's is read on the request's page."""
    row = selectors.assessment(actor=request.actor, pk=pk)
    if row.doctor_id != request.actor.user_id:
        raise hidden("这份首诊评估")
    looked(request, target=row, why="首诊评估")
    return row


def _section(key):
    if key not in sections.BY_KEY:
        raise Http404
    return sections.BY_KEY[key]


def _initial(answers):
    return {key: [str(v) for v in value] if isinstance(value, list) else str(value) for key, value in answers.items()}


def _after(pk, key):
    keys = [one.key for one in sections.SECTIONS]
    place = keys.index(key) + 1
    if place == len(keys):
        return reverse("doctor:check", args=[pk])
    return reverse("doctor:section", args=[pk, keys[place]])


def _start_page(request, row, name="", outcome=None, shown=None):
    chances = {c.name: c for c in DOOR.chances(row, request.actor)}
    reveal_form = asking(
        patientcard.Reveal, outcome if name == "reveal" else None, initial={"reason": "出发前联系家属"}
    )
    context = {
        **frame(request, "doctor:todo", _crumbs(row)),
        **beside(row),
        "chances": chances,
        "reveal_form": reveal_form,
        "shown": shown,
        "refused": reasons_for_page(outcome, reveal_form) if outcome and not outcome.done else [],
    }
    return show(request, "doctor/start.html", context, outcome.status if outcome else 200)


def _check_page(request, row, name="", outcome=None):
    chances = {c.name: c for c in DOOR.chances(row, request.actor)}
    settings = institutions.settings_of(row.centre, timezone.localdate())
    shown = {
        "conclude": asking(
            forms.Conclude,
            outcome if name == "conclude" else None,
            initial={"result": row.result, "opinion": row.opinion},
        ),
        "sign": asking(
            forms.Sign,
            outcome if name == "sign" else None,
            initial={"valid_days": settings["assessment.validity_days"]},
            auto_id="sign_%s",
        ),
        "identity": asking(
            patientcard.OriginalSeen,
            outcome if name == "identity" else None,
            initial={"source": "家庭医生上门核对原件"},
            auto_id="identity_%s",
        ),
    }
    context = {
        **frame(request, "doctor:todo", _crumbs(row, "核对和签名")),
        **beside(row, "check"),
        "pages": [
            {**page, "url": reverse("doctor:section", args=[row.pk, page["section"].key])}
            for page in sections.readable(row.sections)
        ],
        "forms": shown,
        "chances": chances,
        "refused": reasons_for_page(outcome, *shown.values()),
        "link_word": "修改" if row.status in WRITABLE else "查看",
        "unfinished": [s for s in progress(row) if s["left"]],
    }
    return show(request, "doctor/check.html", context, outcome.status if outcome else 200)


def _crumbs(row, here=""):
    crumbs = [{"label": "待办", "url": reverse("doctor:todo")}]
    if here:
        return [*crumbs, {"label": f"{row.patient.name}的首诊", "url": reverse("doctor:assess", args=[row.pk])},
                {"label": here}]  # fmt: skip
    return [*crumbs, {"label": f"{row.patient.name}的首诊"}]
