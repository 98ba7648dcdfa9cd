"""The trace as the centre's administrator reads it: its own orders, nurses and accounts, and the people it serves."""

from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from desks import evidence, seals, traces
from desks.centre.desk import ADMIN, place, show
from kernel.refusals import hidden

DESK = traces.Desk(
    namespace="centre",
    roles=ADMIN,
    show=show,
    places=lambda request: frozenset({place(request).pk}),
    place=place,
    wide=False,
)


@require_safe
def order(request, number):
    return traces.order(request, DESK, number, home=_order_home(number), **evidence.offered(request, DESK, number))


@require_http_methods(["POST"])
def pack(request, number):
    return evidence.pack(request, DESK, number, home=_order_home(number))


@require_safe
def patient(request, pk):
    return traces.patient(request, DESK, pk, home=[{"label": "订单查询", "url": reverse("centre:orders")}])


@require_safe
def nurse(request, pk):
    home = [
        {"label": "护士资质", "url": reverse("centre:credentials")},
        {"label": "护士档案", "url": reverse("centre:credentials_nurse", args=[pk])},
    ]
    return traces.nurse(request, DESK, pk, home=home)


@require_safe
def account(request, pk):
    return traces.account(request, DESK, pk, home=[{"label": "岗位与人员", "url": reverse("centre:people")}])


@require_safe
def of(request, kind, key):
    """A centre opens what has a page of its own, and nothing by number alone."""
    address = traces.address_of(DESK, request, kind, key)
    if not address:
        raise hidden("这条记录的留痕")
    return redirect(address)


@require_safe
def head(request, n):
    return seals.head(request, DESK, n, crumbs=[{"label": f"留痕封存 #{n}", "url": ""}])


def _order_home(number):
    return [
        {"label": "订单查询", "url": reverse("centre:orders")},
        {"label": number, "url": reverse("centre:orders_one", args=[number])},
    ]
