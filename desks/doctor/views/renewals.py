"""What runs out within a month, and the one press that asks for a new first assessment."""

from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from desks import office
from desks.doctor.frame import frame, show
from desks.stepforms import receipt_of
from desks.steps import attempt
from orders import faces, renewals, selectors, services


@require_safe
def listing(request):
    return _page(request)


@require_POST
def renew(request, number):
    row = selectors.request(actor=request.actor, number=number)
    outcome = attempt(
        services.renew,
        typed=request.POST,
        request_id=row.pk,
        agreed=request.POST.get("agreed") == "yes",
        receipt=receipt_of(request.POST),
        by=request.actor,
        now=timezone.now(),
    )
    if outcome.done:
        messages.success(request, f"已提交续期评估申请 {outcome.row.number}，等中心专员受理和安排首诊。")
        return redirect("doctor:renewals")
    return _page(request, outcome)


def _page(request, outcome=None):
    today = timezone.localdate()
    page = office.page_of(renewals.expiring(actor=request.actor, today=today), request)
    page.object_list = [_row(row, today) for row in page.object_list]
    context = {
        **frame(request, "doctor:renewals"),
        "page": page,
        "today": today,
        "refused": list(outcome.reasons) if outcome else [],
    }
    return show(request, "doctor/renewals.html", context, outcome.status if outcome else 200)


def _row(row, today):
    return {
        "url": reverse("doctor:request", args=[row.number]),
        "renew_url": reverse("doctor:renew", args=[row.number]),
        "name": row.patient.name,
        "sex": row.patient.sex,
        "age": office.age(row.patient.birth_date),
        "number": row.number,
        "items": "、".join(line.item.name for line in row.prescription.lines.all()),
        "paper": faces.prescription(row.prescription),
        "left": row.prescription.times_left,
        "assessment_until": _until(row.assessment.valid_until, today),
        "prescription_until": _until(row.prescription.valid_until, today),
        "renewing": row.renewing,
    }


def _until(day, today):
    days = (day - today).days
    return {"day": day, "days": days, "soon": days <= renewals.AHEAD.days}
