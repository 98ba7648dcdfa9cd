"""What was found in the district, until it is put right."""

from django.views.decorators.http import require_POST, require_safe

from desks import supervising
from desks.oversight.compliance import DESK


@require_safe
def listing(request):
    return supervising.findings(request, DESK)


@require_safe
def one(request, pk):
    return supervising.finding(request, DESK, pk)


@require_POST
def step(request, pk, verb):
    return supervising.step(request, DESK, pk, verb)
