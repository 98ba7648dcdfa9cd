"""Compliance of the hospital's own alliance, and what was found there (002 六(二)2)."""

from django.views.decorators.http import require_POST, require_safe

from accounts.models import Organization
from accounts.selectors import district_of
from desks import supervising
from desks.review.desk import REVIEWER, show


def _district(request):
    """The commission above the hospital whose alliance this is."""
    mine = Organization.objects.filter(pk__in=request.actor.orgs_as(*REVIEWER)).order_by("pk").first()
    return district_of(mine)


DESK = supervising.Desk(
    namespace="review",
    roles=REVIEWER,
    show=lambda request, template, context, **more: show(request, f"supervision/{template}", context, **more),
    places=lambda request: request.actor.orgs_as(*REVIEWER),
    district=_district,
    order_route="orders_one",
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
