"""What people are not content with, as far as it is for this desk to handle."""

from django.views.decorators.http import require_POST, require_safe

from desks import reports
from desks.oversight.desk import reader, show

ROUTE = "oversight:reports_one"


@require_safe
def listing(request):
    return reports.listing(request, reader(request), show, ROUTE)


@require_safe
def one(request, pk):
    return reports.one(request, reader(request), show, ROUTE, pk)


@require_POST
def step(request, pk, name):
    return reports.step(request, reader(request), show, ROUTE, pk, name)
