"""A request taken in hand for something that is no step of its lifecycle: locked, and only by who may do it."""

from kernel.actors import Actor
from kernel.refusals import NotYours, Refusal, hidden
from orders import access
from orders.models import ServiceRequest


def request_in_hand(
    request_id, *, by: Actor, role: str, otherwise: Refusal, related: tuple[str, ...]
) -> ServiceRequest:
    """
    Lock the request, so that two who act on it at once are judged one after the other.

    :raises kernel.refusals.Hidden: not there, or not for this actor
    :raises kernel.refusals.NotYours: ``otherwise``, for whoever sees it without wearing this role there
    """
    rows = ServiceRequest.objects.select_for_update(of=("self",), no_key=True).select_related(*related)
    row = rows.filter(pk=request_id).first()
    worn = access.request_hats(by, row) if row else frozenset()
    if row is None or not worn:
        raise hidden("这份服务申请")
    if role not in worn:
        raise NotYours(otherwise)
    return row
