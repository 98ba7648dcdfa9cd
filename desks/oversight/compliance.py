"""Live compliance of the district: each check, its rows, its trend; the checks at once by one press."""

from django.contrib import messages
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from desks import office, supervising
from desks.oversight.desk import READERS, district, show
from desks.steps import attempt
from supervision import services

DESK = supervising.Desk(
    namespace="oversight",
    roles=READERS,
    show=lambda request, template, context, **more: show(request, f"supervision/{template}", context, **more),
    places=lambda request: request.actor.orgs_as(*READERS),
    district=district,
    order_route="orders_trace",
)


@require_safe
def checks(request):
    return supervising.checks(request, DESK)


@require_safe
def check(request, code):
    return supervising.check(request, DESK, code)


@require_POST
def run(request):
    """Ask at once; the answer stands here some seconds later, as it does every morning."""
    outcome = attempt(services.ask_for_checks, district_id=district(request).pk, **office.act(request))
    if outcome.done:
        messages.success(request, "已安排检查，几秒以后刷新本页就能看到结果。")
    return redirect("oversight:compliance")
