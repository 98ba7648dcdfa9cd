"""Supply and demand of the centre itself, and why its nurses said no."""

from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from desks import supply
from desks.centre.desk import place, reader, show
from orders import shortfall


@require_safe
def overview(request):
    return _page(request)


@require_POST
def export(request):
    outcome, answer = supply.export(request, reader(request), place(request))
    return answer or _page(request, refused=outcome.reasons, status=422)


def _page(request, *, refused=(), status=200):
    context = {
        "state": supply.state(request, reader(request)),
        "causes": shortfall.causes(centre_id=place(request).pk, now=timezone.now()),
        "refused": refused,
    }
    return show(request, "shortfall", context, status=status)
