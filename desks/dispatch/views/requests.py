"""A service request from its arrival to the next visit: received or declined, planned, and looked after."""

from datetime import timedelta

from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.roles import Role
from clinical.lifecycle import TIMES_MAY_BE_TAKEN
from clinical.services.assessments import DOOR as ASSESSMENTS
from desks import office, patientcard, served
from desks.dispatch import forms, identifying, linking, listing, moving, rows
from desks.dispatch.frame import answer, frame, rules_of_district
from desks.looks import looked
from desks.stepforms import asking, reasons_for_page, receipt_of
from desks.steps import Outcome, attempt, take
from desks.timelines import timeline
from orders import bookings, faces, groups, returning, returns, selectors, services, touting
from orders.lifecycle import REFERRED_OUT, REQUEST, WAITING
from patients import services as patient_services

SAID = {
    "receive": "已受理这份申请，请安排家庭医生上门首诊。",
    "decline": "已登记不予受理，申请人会看到原因和建议。",
    "plan_assessment": "已安排首诊，医生和家属都会收到通知。",
    "replan": "首诊的医生或时间已调整。",
    **linking.SAID,
    **identifying.SAID,
}
CHECKED = "已登记核实结果。确是本人意愿的，请受理；查实代人抢号的，请不予受理。"


@require_http_methods(["GET", "HEAD", "POST"])
def all_requests(request):
    return listing.page(request, asks=True)


@require_safe
def one(request, number):
    return _page(request, _row(request, number))


@require_POST
def step(request, number, name):
    if name not in REQUEST:
        raise Http404
    row = _row(request, number)
    data = forms.ending(request.POST) if name == "plan_assessment" else request.POST
    return _page(request, row, name, take(request, "request", name, row.pk, data))


@require_POST
def assessment_step(request, number, name):
    row = _row(request, number)
    if row.assessment_id is None or name != "replan":
        raise Http404
    return _page(request, row, name, take(request, "assessment", name, row.assessment_id, forms.ending(request.POST)))


@require_POST
def booking(request, number):
    """How it was found out whose wish this is, where one account applies for many."""
    row = _row(request, number)
    outcome = attempt(
        services.check_booking,
        typed=request.POST,
        request_id=row.pk,
        how=request.POST.get("how", ""),
        words=request.POST.get("words", ""),
        by=request.actor,
        now=timezone.now(),
    )
    return _page(request, row, "booking", outcome, CHECKED)


@require_POST
def return_day(request, number):
    """The patient goes back to the doctor on another day, or not at all."""
    row = _row(request, number)
    form = forms.Return(request.POST)
    if not form.is_valid():
        return _page(request, row, "return", Outcome(errors=dict(form.errors), typed=request.POST))
    outcome = attempt(
        services.set_return,
        typed=request.POST,
        request_id=row.pk,
        was=form.cleaned_data["was"],
        return_on=form.cleaned_data["return_on"],
        by=request.actor,
        now=timezone.now(),
    )
    return _page(request, row, "return", outcome, "复诊日期已登记。")


@require_POST
def address(request, number):
    """The patient lives elsewhere now."""
    row = _row(request, number)
    return _page(request, row, moving.STEP, moving.move(request, row, timezone.now()), moving.SAID)


@require_POST
def next_visit(request, number):
    """Order the next visit from the times that are left."""
    row = _row(request, number)
    if row.prescription is None:
        raise Http404
    form = _next_form(row, request.POST)
    if not form.is_valid():
        return _page(request, row, "next_visit", Outcome(errors=dict(form.errors), typed=request.POST))
    start, end = forms.span(form.cleaned_data["day"], form.cleaned_data["part"])
    outcome = attempt(
        services.create,
        typed=request.POST,
        request=row,
        prescription=row.prescription,
        line_ids=[int(pk) for pk in form.cleaned_data["lines"]],
        window_start=start,
        window_end=end,
        receipt=receipt_of(request.POST),
        by=request.actor,
        now=timezone.now(),
    ).beside(window_start="day")
    said = f"已生成订单 {outcome.row.number}。" if outcome.done else ""
    return _page(request, row, "next_visit", outcome, said)


@require_POST
def referral_outcome(request, number):
    row = _row(request, number)
    outcome = attempt(
        services.record_referral_outcome,
        typed=request.POST,
        request_id=row.pk,
        outcome=request.POST.get("outcome", "")[:300],
        by=request.actor,
        now=timezone.now(),
    )
    return _page(request, row, "referral", outcome, "已登记牵头医院的答复。")


@require_POST
def reveal(request, number):
    """Show one masked value, after the reason stands in the trace. The value goes into this answer and nowhere else."""
    row = _row(request, number)
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
    return _page(request, row, "reveal", outcome, shown=shown)


@require_POST
def identity(request, number):
    """Somebody of the centre has held the document in the hand."""
    row = _row(request, number)
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
    return _page(request, row, "identity", outcome, "已登记证件核对结果。")


@require_POST
def document(request, number, name):
    """A name or number that was written down wrongly; a comparison with the police or by face."""
    if name not in identifying.VERBS:
        raise Http404
    row = _row(request, number)
    return _page(request, row, name, identifying.VERBS[name](request, row))


@require_POST
def link(request, number):
    """A relative's account, or the patient's own, is joined to this person."""
    row = _row(request, number)
    return _page(request, row, linking.LINK, linking.link(request, row.patient_id))


@require_POST
def extend(request, number, pk):
    row = _row(request, number)
    return _page(request, row, linking.EXTEND, linking.extend(request, row.patient_id, pk))


@require_POST
def standing(request, number):
    """What has become known of the person: facts that bar a visit, the family doctor, the bed at home."""
    row = _row(request, number)
    outcome = served.save(request, row, Role.DISPATCHER)
    return _page(request, row, served.STEP, outcome, served.said(outcome) if outcome.done else "")


@require_safe
def paper(request, number, pk):
    return served.paper(request, _row(request, number), Role.DISPATCHER, pk)


def _row(request, number):
    return selectors.request(actor=request.actor, number=number)


def _page(request, row, name="", outcome=None, said="", shown=None):
    if outcome is not None and outcome.done:
        row = _row(request, row.number)
    looked(request, target=row, why="受理和安排服务申请")
    context = {**_context(request, row, name, outcome), "shown": shown, "now": timezone.now()}
    crumbs = [{"label": "服务申请", "url": reverse("dispatch:requests")}, {"label": row.number}]
    reload = None if shown else outcome  # what was revealed must be in this very answer, script or not
    return answer(
        request, "dispatch/_request.html", "dispatch/request.html", context, outcome=reload,
        said=said or SAID.get(name, ""), back=reverse("dispatch:request", args=[row.number]),
        around=lambda: frame(request, "dispatch:requests", crumbs),
    )  # fmt: skip


def _context(request, row, name, outcome):
    now = timezone.now()
    chances = {c.name: c for c in selectors.request_chances(row=row, actor=request.actor)}
    doctors = forms.doctors_of(row.centre_id, now)
    plan = {"doctors": doctors, "initial": _suggested(row, doctors, now)}
    replan = _replan(request, row)
    check = bookings.check_of(row)
    asked = None if check else bookings.of_request(row, now)
    settings = rules_of_district(request)
    items = returns.items_of(row) if returns.may_be_set(row) else []
    shown = {
        "return": asking(
            forms.Return,
            outcome if name == "return" else None,
            initial={"return_on": row.return_on},
            auto_id="return_%s",
        ),
        "booking": asking(forms.Booking, outcome if name == "booking" else None),
        "decline": asking(forms.Decline, outcome if name == "decline" else None),
        "plan_assessment": asking(forms.Plan, outcome if name == "plan_assessment" else None, **plan),
        "replan": asking(forms.Plan, outcome if name == "replan" else None, **_planned(row, doctors)),
        "referral": asking(forms.Referral, outcome if name == "referral" else None),
        "reveal": asking(patientcard.Reveal, outcome if name == "reveal" else None, auto_id="reveal_%s"),
        "identity": asking(
            patientcard.OriginalSeen,
            outcome if name == "identity" else None,
            auto_id="identity_%s",
            initial={"source": "中心窗口核对原件"},
        ),
    }
    links = linking.card(
        request, row.patient, reverse("dispatch:request_link", args=[row.number]),
        lambda pk: reverse("dispatch:request_extend", args=[row.number, pk]), now, name, outcome,
    )  # fmt: skip
    ours = served.is_ours(request, row, Role.DISPATCHER)
    if ours:
        known = served.standing(row, name, outcome)
        shown[served.STEP] = known["form"]
    visit = None
    if row.prescription is not None and row.prescription.status in TIMES_MAY_BE_TAKEN:
        visit = _next_form(row, outcome.typed if name == "next_visit" and not outcome.done else None)
        if visit.is_bound:
            visit.hear(outcome)
        shown["next_visit"] = visit
    moved = moving.card(row, outcome if name == moving.STEP else None)
    document = identifying.card(request, row, now, name, outcome)
    asked_for = [*shown.values(), *identifying.forms_of(document), *([moved["form"]] if moved["form"] else [])]
    return {
        "row": row,
        "face": faces.request(row),
        "patient": patientcard.card(row.patient, moved["home"], timezone.localdate(now)),
        "moving": moved,
        "document": document,
        "standing": known if ours else None,
        "papers": served.papers(row, "dispatch:request_paper", row.number) if ours else None,
        "chances": chances,
        "sample": returns.of_request(row, settings, now),
        "return_may_be_set": returns.may_be_set(row) and bool(row.return_on or returning.samples(items)),
        "was": row.return_on.isoformat() if row.return_on else "",
        "booking": {"check": check, "asked": asked and asked.sentences, "clause": touting.CLAUSE},
        "forms": shown,
        "replan": replan,
        "links": links,
        "refused": reasons_for_page(outcome, *asked_for, *linking.forms_of(links)),
        "assessment": _assessment(row),
        "lines": list(selectors.prescription_lines(row)) if row.prescription_id else [],
        "prescription_face": faces.prescription(row.prescription) if row.prescription else None,
        "can_refer_answer": row.status in REFERRED_OUT and not row.referral_outcome,
        "orders": [rows.of_order(order, now, settings) for order in _orders(request, row)],
        "earlier": [rows.of_request(other, now, settings) for other in _earlier(request, row)],
        "timeline": timeline(selectors.request_steps(row), REQUEST, faces.REQUEST),
        "together": [_beside(row, other) for other in groups.beside(row, request.actor)],
        "may_book_along": row.wished_to > now and row.status in WAITING,
    }


def _beside(row, other):
    apart = not groups.same_address(row.address, other.address)
    return {"row": other, "face": faces.request(other), "apart": apart}


def _assessment(row):
    a = row.assessment
    return a and {"row": a, "face": faces.assessment(a), "doctor": a.doctor.display_name}


def _replan(request, row):
    if row.assessment is None:
        return None
    chances = ASSESSMENTS.chances(row.assessment, request.actor)
    return next((c for c in chances if c.name == "replan"), None)


def _suggested(row, doctors, now):
    later = timezone.localtime(now).replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=1)
    start = row.wished_from if row.wished_from > now else later
    return {"planned_start": start, "minutes": 60, "doctor": doctors[0][0] if len(doctors) == 1 else ""}


def _planned(row, doctors):
    a = row.assessment
    if a is None:
        return {"doctors": doctors}
    minutes = int((a.planned_end - a.planned_start).total_seconds() // 60)
    return {
        "doctors": doctors,
        "initial": {"doctor": a.doctor_id, "planned_start": a.planned_start, "minutes": minutes},
    }


def _next_form(row, posted=None):
    lines = [line for line in selectors.prescription_lines(row) if line.times_left]
    only = [str(lines[0].pk)] if len(lines) == 1 else []
    return forms.NextVisit(posted, lines=lines, initial={"lines": only, "part": forms.HALF_DAYS[0][0]})


def _orders(request, row):
    return returns.with_return(selectors.orders(actor=request.actor).filter(request=row))[: office.PAGE]


def _earlier(request, row):
    return selectors.requests(actor=request.actor).filter(patient=row.patient_id).exclude(pk=row.pk)[:10]
