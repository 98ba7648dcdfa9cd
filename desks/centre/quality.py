"""What was judged of this centre: each filled sheet, item by item."""

from django.views.decorators.http import require_safe

from desks import scoresheets
from desks.centre.compliance import DESK


@require_safe
def overview(request):
    return DESK.show(request, "quality", {"page": scoresheets.page_of(request, DESK)})


@require_safe
def sheet(request, pk):
    return scoresheets.one(request, DESK, pk)
