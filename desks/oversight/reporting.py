"""The district's reports and those of its centres, and what is taken away as a table (002 六(三), 五(八))."""

from django.views.decorators.http import require_http_methods, require_POST, require_safe

from desks import exporting, reporting
from desks.oversight.desk import READERS, district, show

DESK = reporting.Desk(
    namespace="oversight",
    roles=READERS,
    show=lambda request, template, context, **more: show(request, f"reporting/{template}", context, **more),
    places=lambda request: request.actor.orgs_as(*READERS),
    organisation=district,
)


@require_safe
def summaries(request):
    return reporting.listing(request, DESK)


@require_http_methods(["GET", "HEAD", "POST"])
def summary_new(request):
    return reporting.new(request, DESK)


@require_safe
def summary(request, pk):
    return reporting.one(request, DESK, pk)


@require_POST
def summary_step(request, pk, verb):
    return reporting.step(request, DESK, pk, verb)


@require_safe
def summary_paper(request, pk):
    return reporting.paper(request, DESK, pk)


@require_safe
def exports(request):
    return exporting.listing(request, DESK)


@require_http_methods(["GET", "HEAD", "POST"])
def export_new(request):
    return exporting.new(request, DESK)


@require_safe
def export(request, pk):
    return exporting.one(request, DESK, pk)


@require_POST
def export_step(request, pk, verb):
    return exporting.step(request, DESK, pk, verb)


@require_POST
def export_file(request, pk):
    return exporting.file(request, DESK, pk)
