"""The family says that the nurse is here, and looks at what was signed."""

from django.contrib import messages
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from desks import signed
from desks.family.frame import act, demand_reading, family_page, order
from desks.steps import attempt
from orders import services


@require_POST
@family_page
def arrived(request, number):
    row = order(request, number)
    outcome = attempt(services.vouch_arrival, order_id=row.pk, **act(request))
    if outcome.done:
        messages.success(request, "谢谢，已记下护士到了。")
    else:
        messages.error(request, outcome.refused.sentence)
    return redirect("family:order", number)


@require_safe
@family_page
def signature(request, number, version):
    row = order(request, number)
    demand_reading(request, row.patient_id)
    return signed.picture(row, version, by=request.family, now=timezone.now())
