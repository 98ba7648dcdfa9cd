"""Early warnings of complications over all centres of the district."""

from django.views.decorators.http import require_safe

from desks import signals
from desks.oversight.desk import reader, show
from indicators import overview as indicators

DESK = signals.Desk(
    namespace="oversight",
    show=lambda request, template, context: show(request, template, context),
    places=lambda request: indicators.providers(actor=reader(request)),
)


@require_safe
def listing(request):
    return signals.listing(request, DESK)


@require_safe
def one(request, centre, item):
    return signals.one(request, DESK, centre, item)
