"""Early warnings of complications at the own centre, each compared with its own past alone."""

from django.views.decorators.http import require_safe

from desks import signals
from desks.centre.desk import place, show

DESK = signals.Desk(
    namespace="centre",
    show=lambda request, template, context: show(request, template, context),
    places=lambda request: [place(request)],
)


@require_safe
def listing(request):
    return signals.listing(request, DESK)


@require_safe
def one(request, centre, item):
    return signals.one(request, DESK, centre, item)
