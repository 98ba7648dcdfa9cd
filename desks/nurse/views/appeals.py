"""The nurse objects to a no-show that somebody else registered about her visit."""

from django.contrib import messages
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from desks.nurse.forms import AppealForm
from desks.nurse.views.steps import show_visit
from desks.stepforms import receipt_of
from desks.steps import attempt
from orders import selectors, services


@require_POST
def appeal(request, number):
    order = selectors.nurse_visit(actor=request.actor, number=number)
    form, outcome = AppealForm(request.POST), None
    if form.is_valid():
        outcome = attempt(
            services.file_appeal,
            order_id=order.pk,
            receipt=receipt_of(request.POST),
            by=request.actor,
            now=timezone.now(),
            **form.cleaned_data,
        )
        if outcome.done:
            messages.success(request, "申诉已提交，中心管理员裁定后会告诉您。")
            return redirect("nurse:visit", number=number)
    return show_visit(request, order, outcome=outcome, status=422, extra={"appeal_form": form})
