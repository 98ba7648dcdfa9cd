"""Supply and demand of the whole district, by group, centre, item and town (002 三(二))."""

from django.views.decorators.http import require_POST, require_safe

from desks import supply
from desks.oversight.desk import district, reader, show


@require_safe
def overview(request):
    return _page(request)


@require_POST
def export(request):
    outcome, answer = supply.export(request, reader(request), district(request))
    return answer or _page(request, refused=outcome.reasons, status=422)


def _page(request, *, refused=(), status=200):
    return show(
        request, "shortfall", {"state": supply.state(request, reader(request)), "refused": refused}, status=status
    )
