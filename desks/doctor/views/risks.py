"""The doctor was in the home: what a nurse should know before she rings there is said on facts (002 五(九)2)."""

from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from desks.doctor.forms import Warn
from desks.doctor.frame import beside, frame, show
from desks.doctor.views.assess import mine, or_say_whose
from desks.stepforms import asking, reasons_for_page, receipt_of
from desks.steps import attempt
from safety import services


@require_http_methods(["GET", "HEAD", "POST"])
@or_say_whose
def new(request, pk):
    row = mine(request, pk)
    outcome = None
    if request.method == "POST":
        outcome = attempt(
            services.raise_flag, typed=request.POST, patient=row.patient, centre=row.centre,
            kind=request.POST.get("kind", ""), facts=request.POST.get("facts", ""), receipt=receipt_of(request.POST),
            by=request.actor, now=timezone.now(),
        )  # fmt: skip
        if outcome.done:
            messages.success(request, "已提出入户风险提示，上门的护士会看到。")
            return redirect("doctor:assess", pk=pk)
    form = asking(Warn, outcome)
    crumbs = [
        {"label": "待办", "url": reverse("doctor:todo")},
        {"label": f"{row.patient.name}的首诊", "url": reverse("doctor:assess", args=[pk])},
        {"label": "入户风险提示"},
    ]
    context = {
        **frame(request, "doctor:todo", crumbs),
        **beside(request, row),
        "form": form,
        "refused": reasons_for_page(outcome, form),
    }
    return show(request, "doctor/risk.html", context, outcome.status if outcome else 200)
