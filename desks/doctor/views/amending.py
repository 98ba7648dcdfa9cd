"""After the signature an assessment changes only by a new version, signed like the first (002 五(七)1(3))."""

from django.contrib import messages
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from clinical import services
from desks.doctor import forms
from desks.doctor.views.assess import mine, or_say_whose, section_of, section_page
from desks.steps import attempt, proved


@sensitive_post_parameters("password")
@require_POST
@or_say_whose
def amend(request, pk, key):
    row, one = mine(request, pk), section_of(key)
    outcome = proved(request, row.centre)
    if outcome.done:
        outcome = attempt(
            services.amend_assessment,
            typed=request.POST,
            assessment_id=row.pk,
            key=key,
            answers=forms.raw(one, request.POST),
            reason=request.POST.get("reason", ""),
            by=request.actor,
            now=timezone.now(),
        )
    if outcome.done:
        messages.success(request, f"已更正为第 {outcome.row.number} 版，原来的内容保留可查。")
        return redirect("doctor:check", pk=pk)
    return section_page(request, row, one, outcome)
