"""On the visit's page: whether her place is shared, and what showed that she had come."""

from django.http import HttpRequest
from django.urls import reverse

from desks.nurse.forms import CheckInForm
from orders import arrival, whereabouts
from orders.models import Order


def check_in(order: Order, request: HttpRequest) -> CheckInForm:
    """The form of the check-in; the code of the door is filled in where she came by scanning it."""
    return CheckInForm(patient=order.patient, initial={"door_code": request.GET.get("door", "")[:8]})


def card(order: Order) -> dict | None:
    """None before she sets out and after the visit: then nothing is shared and nothing is to be shown."""
    if not whereabouts.is_under_way(order):
        return None
    proofs = list(order.arrival_proofs.all()) if order.arrived_at else []
    return {
        "order": order,
        "shares": order.shares_place,
        "arrived": order.arrived_at is not None,
        "proofs": arrival.described(proofs),
        "enough": arrival.best(proofs) is not None,
        "switch_url": reverse("nurse:sharing", args=[order.number]),
        "door_url": reverse("nurse:door", args=[order.number]),
    }
