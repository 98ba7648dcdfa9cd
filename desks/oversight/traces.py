"""The trace of an order, a person, a nurse, an account or anything else of the district; the seals above it."""

from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from desks import evidence, seals, traces
from desks.oversight import eras
from desks.oversight.desk import AUDITOR, READERS, district, show

ROLES = (*READERS, *AUDITOR)
DESK = traces.Desk(
    namespace="oversight",
    roles=ROLES,
    show=show,
    places=lambda request: request.actor.orgs_as(*ROLES),
    place=district,
    wide=True,
)


@require_safe
def order(request, number):
    more = evidence.offered(request, DESK, number)
    return traces.order(request, DESK, number, home=_order_home(request, number), **more)


@require_http_methods(["POST"])
def pack(request, number):
    return evidence.pack(request, DESK, number, home=_order_home(request, number))


@require_safe
def patient(request, pk):
    return traces.patient(request, DESK, pk, home=_home(request))


@require_safe
def nurse(request, pk):
    return traces.nurse(request, DESK, pk, home=_home(request))


@require_safe
def account(request, pk):
    return traces.account(request, DESK, pk, home=_home(request))


@require_safe
def of(request, kind, key):
    if address := traces.address_of(DESK, request, kind, key):
        return redirect(address)
    return traces.of(request, DESK, kind, key, home=_home(request))


@require_safe
def heads(request):
    return eras.heads(request, DESK)


@require_http_methods(["POST"])
def era(request, verb):
    return eras.take(request, DESK, verb)


@require_safe
def head(request, n):
    crumbs = [{"label": "留痕封存", "url": reverse("oversight:heads")}, {"label": f"#{n}", "url": ""}]
    return seals.head(request, DESK, n, crumbs=crumbs)


def _home(request):
    if request.actor.holds(*AUDITOR):
        return [{"label": "全程留痕", "url": reverse("oversight:trace")}]
    return [{"label": "订单追溯", "url": reverse("oversight:orders")}]


def _order_home(request, number):
    if request.actor.holds(*READERS):
        return [
            {"label": "订单追溯", "url": reverse("oversight:orders")},
            {"label": number, "url": reverse("oversight:orders_one", args=[number])},
        ]
    return [*_home(request), {"label": number, "url": ""}]
