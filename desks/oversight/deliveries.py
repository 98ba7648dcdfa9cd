"""What left the house for the district's people, and what did not: figures and the letters themselves."""

from django.views.decorators.http import require_safe

from desks import office
from desks.oversight.desk import reader, show
from notifications import faces, selectors
from notifications.models import Delivery


@require_safe
def listing(request):
    """Titles only: whom a letter concerns is for the centre, and nothing of an illness stands in one."""
    actor, state = reader(request), request.GET.get("state", "")
    page = office.page_of(selectors.deliveries(actor=actor, state=state), request)
    page.object_list = [{"row": row, "face": faces.DELIVERY[row.state]} for row in page.object_list]
    known = selectors.delivery_figures(actor=actor)
    figures = [{"label": one.label, "state": one.value, "n": known[one.value]} for one in Delivery.State]
    return show(request, "deliveries", {"page": page, "figures": figures, "state": state})
