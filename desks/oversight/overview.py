"""Today's district at a glance: figures, towns, what needs attention, what just happened."""

from django.utils import timezone
from django.views.decorators.http import require_safe

from desks.oversight import reads
from desks.oversight.desk import reader, show


@require_safe
def overview(request):
    return show(request, "overview", {"state": reads.overview(actor=reader(request), now=timezone.now())})


@require_safe
def live(request):
    return show(request, "_overview", {"state": reads.overview(actor=reader(request), now=timezone.now())})
