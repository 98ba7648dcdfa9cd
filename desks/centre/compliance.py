"""The centre's own compliance, and what it has to put right."""

from django.views.decorators.http import require_POST, require_safe

from accounts.selectors import district_of
from desks import supervising
from desks.centre.desk import ADMIN, place, show

DESK = supervising.Desk(
    namespace="centre",
    roles=ADMIN,
    show=lambda request, template, context, **more: show(request, f"supervision/{template}", context, **more),
    places=lambda request: frozenset({place(request).pk}),
    district=lambda request: district_of(place(request)),
    order_route="orders_trace",
)


@require_safe
def checks(request):
    return supervising.checks(request, DESK)


@require_safe
def check(request, code):
    return supervising.check(request, DESK, code)


@require_safe
def findings(request):
    return supervising.findings(request, DESK)


@require_safe
def finding(request, pk):
    return supervising.finding(request, DESK, pk)


@require_POST
def step(request, pk, verb):
    return supervising.step(request, DESK, pk, verb)
