"""Today's district at a glance: figures, towns, what needs attention, what just happened."""

from django.utils import timezone
from django.views.decorators.http import require_safe

from desks.oversight import reads
from desks.oversight.desk import district, reader, show


@require_safe
def overview(request):
    return show(request, "overview", {"state": _state(request)})


@require_safe
def live(request):
    return show(request, "_overview", {"state": _state(request)})


def _state(request):
    return reads.overview(actor=reader(request), district_id=district(request).pk, now=timezone.now())
