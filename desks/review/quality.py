"""The lead hospital's visits to its centres: planned, recorded, scored, assessed, followed up (002 四, 七(三))."""

from django.views.decorators.http import require_http_methods, require_POST, require_safe

from desks import scoresheets, tours
from desks.review.compliance import DESK


@require_safe
def overview(request):
    return DESK.show(request, "quality", {"page": scoresheets.page_of(request, DESK)})


@require_http_methods(["GET", "HEAD", "POST"])
def plan(request):
    return tours.listed(request, DESK)


@require_safe
def tour(request, pk):
    return tours.one(request, DESK, pk)


@require_POST
def tour_step(request, pk, verb):
    return tours.step(request, DESK, pk, verb)


@require_http_methods(["GET", "HEAD", "POST"])
def sheet(request, pk):
    return scoresheets.one(request, DESK, pk)


@require_http_methods(["GET", "HEAD", "POST"])
def walk(request):
    return scoresheets.walk(request, DESK)
