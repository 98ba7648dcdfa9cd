"""What follows from a signed assessment: items prescribed, or why not; and the prescription's later life."""

from datetime import timedelta

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Organization
from catalog import selectors as catalog
from clinical import sections
from clinical.lifecycle import SIGNED
from clinical.services.prescriptions import DOOR as PRESCRIPTIONS
from desks import patientcard, rounds
from desks import witness as glass
from desks.dispatch.views.rounds import SIDE as ROUNDS
from desks.doctor import forms
from desks.doctor.frame import beside, frame, show, versions_of
from desks.doctor.views.assess import mine, or_say_whose
from desks.looks import looked
from desks.stepforms import asking, reasons_for_page
from desks.steps import attempt, proved, take
from desks.timelines import timeline
from institutions import proving
from institutions import selectors as institutions
from kernel.refusals import Refusal
from orders import course, faces, gates, selectors, services
from orders.lifecycle import REFERRED_OUT, REQUEST, SERVED_BY_ORDERS

SAID = {
    "prescribe": "项目单已签名开具，第一张订单已生成，请家属签署同意书。",
    "find_unsuitable": "已登记评估不宜，家属会看到原因和建议。",
    "refer": "已登记转诊，家属会收到通知。",
}
OUTCOMES = frozenset(SAID)
USUAL_DAYS = 90


@require_safe
@or_say_whose
def choose(request, pk):
    return _choose_page(request, mine(request, pk))


@sensitive_post_parameters("password")
@require_POST
@or_say_whose
def step(request, pk, name):
    if name not in OUTCOMES:
        raise Http404
    row = mine(request, pk)
    outcome = proved(request, row.centre) if name == "prescribe" else None
    if outcome is None or outcome.done:
        data = _wanted(request.POST) if name == "prescribe" else request.POST
        outcome = take(request, "request", name, row.request.pk, data)
    if outcome.done:
        messages.success(request, SAID[name])
        return redirect("doctor:request", number=row.request.number)
    outcome.typed = request.POST
    return _choose_page(request, row, name, outcome)


@require_safe
def one(request, number):
    return _request_page(request, selectors.request(actor=request.actor, number=number))


@require_POST
def stop(request, number):
    row = selectors.request(actor=request.actor, number=number)
    if row.prescription_id is None:
        raise Http404
    outcome = take(request, "prescription", "stop", row.prescription_id)
    if outcome.done:
        messages.success(request, "项目单已停用。")
        return redirect("doctor:request", number=number)
    return _request_page(request, row, "stop", outcome)


@require_POST
def referral_outcome(request, number):
    row = selectors.request(actor=request.actor, number=number)
    outcome = attempt(
        services.record_referral_outcome,
        typed=request.POST,
        request_id=row.pk,
        outcome=request.POST.get("outcome", "")[:300],
        by=request.actor,
        now=timezone.now(),
    )
    if outcome.done:
        messages.success(request, "已登记牵头医院的答复。")
        return redirect("doctor:request", number=number)
    return _request_page(request, row, "referral", outcome)


def witness(request, number):
    """At the bedside, right after prescribing: the family signs on the tablet, the doctor bears witness."""
    row = selectors.order(actor=request.actor, number=number)
    back = reverse("doctor:request", args=[row.request.number])
    crumbs = [
        {"label": "我的评估", "url": reverse("doctor:assessed")},
        {"label": row.request.number, "url": back},
        {"label": "当面签署"},
    ]
    return glass.page(
        request, row, form=forms.Witness, back=back, around=lambda: frame(request, "doctor:assessed", crumbs)
    )


def _choose_page(request, row, name="", outcome=None):
    if row.status not in SIGNED:
        return redirect("doctor:check", pk=row.pk)
    now, today = timezone.now(), timezone.localdate()
    asked = selectors.request(actor=request.actor, number=row.request.number)
    chances = {c.name: c for c in selectors.request_chances(row=asked, actor=request.actor)}
    if not chances.keys() & OUTCOMES:
        return redirect("doctor:request", number=asked.number)
    settings = institutions.settings_of(row.centre, today)
    longest = settings["prescription.max_days"]
    until = today + timedelta(days=min(USUAL_DAYS, longest))
    if row.valid_until:
        until = min(until, row.valid_until)
    shown = {
        "prescribe": asking(
            forms.Prescribe, outcome if name == "prescribe" else None, initial={"valid_until": until},
            asks=proving.asks(request, row.centre), auto_id="prescribe_%s",
        ),
        "find_unsuitable": asking(
            forms.Unsuitable, outcome if name == "find_unsuitable" else None, initial={"reason": row.opinion}
        ),
        "refer": asking(forms.Refer, outcome if name == "refer" else None, initial={"reason": row.opinion}),
    }  # fmt: skip
    may, may_not = _items(asked, outcome.typed if name == "prescribe" and not outcome.done else None, today)
    context = {
        **frame(request, "doctor:todo", [{"label": "待办", "url": reverse("doctor:todo")}, {"label": "选择结果"}]),
        **beside(request, row),
        "asked": asked,
        "chances": chances,
        "forms": shown,
        "steps": {key: reverse("doctor:outcome_step", args=[row.pk, key]) for key in OUTCOMES},
        "items": may,
        "not_offered": may_not,
        "frequencies": forms.FREQUENCIES,
        "longest": longest,
        "hospital": asked.centre.parent if asked.centre.parent.kind == Organization.Kind.HOSPITAL else None,
        "refused": _all_reasons(outcome, shown),
        "now": now,
    }
    return show(request, "doctor/outcome.html", context, outcome.status if outcome else 200)


def _all_reasons(outcome, shown):
    """Complaints about a line name the item and stand at the head: the table has no field of that name."""
    found = reasons_for_page(outcome, *shown.values())
    if outcome is None or outcome.done:
        return found
    strays = [s for name, said in outcome.errors.items() if name == "lines" for s in said]
    known = {r.sentence for r in found if isinstance(r, Refusal)}
    return found + [s for s in strays if s not in known]


def _items(asked, typed, today):
    """What may be prescribed here to this patient, the wished ones first; and the rest, each with every reason."""
    wished = {item.pk for item in catalog.as_listed(asked.centre_id, asked.wished_items.all(), today)}
    offered = catalog.offerings(asked.centre_id, today)
    against = catalog.why_not_items(asked.centre_id, [line.item for line in offered], today, asked.patient.facts)
    may, may_not = [], []
    chosen = set(typed.getlist("item")) if typed is not None else None
    for line in offered:
        item = line.item
        reasons = list(against[item.pk])
        if sex := gates.for_this_sex(item, asked.patient):
            reasons.append(sex)
        if reasons:
            may_not.append({"item": item, "reasons": list(dict.fromkeys(reasons))})
            continue
        key = str(item.pk)
        may.append(
            {
                "item": item,
                "wished": item.pk in wished,
                "chosen": key in chosen if chosen is not None else item.pk in wished,
                "times": typed.get(f"times_{key}", "") if typed is not None else "1",
                "frequency": typed.get(f"frequency_{key}", "") if typed is not None else "once",
                "cautions": typed.get(f"cautions_{key}", "") if typed is not None else "",
                "notes": item.notes,
            }
        )
    return sorted(may, key=lambda row: (not row["wished"], row["item"].number)), may_not


def _wanted(posted):
    """The ticked rows of the table, as the command wants them."""
    return {
        **{key: posted[key] for key in ("valid_until", "cautions", "version", "receipt") if key in posted},
        "lines": [
            {
                "item": key,
                "times": posted.get(f"times_{key}", ""),
                "frequency": posted.get(f"frequency_{key}", ""),
                "cautions": posted.get(f"cautions_{key}", ""),
            }
            for key in posted.getlist("item")
        ],
    }


def _request_page(request, row, name="", outcome=None):
    looked(request, target=row, why="查看评估和项目单")
    now = timezone.now()
    paper = row.prescription
    stop_chance = None
    if paper is not None and row.status in SERVED_BY_ORDERS:  # what is over needs no stop
        stop_chance = next((c for c in PRESCRIPTIONS.chances(paper, request.actor) if c.name == "stop"), None)
    shown = {
        "stop": asking(forms.Stop, outcome if name == "stop" else None),
        "referral": asking(forms.Referral, outcome if name == "referral" else None),
    }
    visits = list(selectors.orders(actor=request.actor).filter(request=row)[: selectors.PAGE])
    context = {
        **frame(
            request, "doctor:assessed",
            [{"label": "我的评估", "url": reverse("doctor:assessed")}, {"label": row.number}],
        ),
        "asked": row,
        "face": faces.request(row),
        "patient": patientcard.card(row.patient, row.address, timezone.localdate(now)),
        "assessment": row.assessment,
        "pages": sections.readable(row.assessment.sections) if row.assessment else [],
        "versions": versions_of(row.assessment) if row.assessment else [],
        "flags": sections.red_flags(row.assessment.sections) if row.assessment else [],
        "lines": list(selectors.prescription_lines(row)) if paper else [],
        "course": course.proposal(paper, now) if paper else [],
        "paper_face": faces.prescription(paper) if paper else None,
        "stop_chance": stop_chance,
        "forms": shown,
        "refused": reasons_for_page(outcome, *shown.values()),
        "can_refer_answer": row.status in REFERRED_OUT and not row.referral_outcome,
        "orders": [_visit(order, request) for order in visits],
        "timeline": timeline(selectors.request_steps(row), REQUEST, faces.REQUEST),
        "rounds": rounds.about(request, ROUNDS, row.patient_id),
        "undecided": row.assessment is not None
        and row.assessment.doctor_id == request.actor.user_id
        and row.assessment.status in SIGNED
        and any(c.name in OUTCOMES for c in selectors.request_chances(row=row, actor=request.actor)),
        "now": now,
    }  # fmt: skip
    return show(request, "doctor/request.html", context, outcome.status if outcome else 200)


def _visit(order, request):
    chances = {c.name for c in selectors.order_chances(row=order, actor=request.actor)}
    return {
        "number": order.number,
        "face": faces.order(order),
        "items": "、".join(line.item.name for line in order.lines.all()),
        "when": order.planned_start or order.window_start,
        "nurse": order.nurse.user.display_name if order.nurse else "",
        "next_step": order.visit_record.get_next_step_display() if order.visit_record else "",
        "sign_url": reverse("doctor:consent", args=[order.number]) if "consent" in chances else "",
    }
