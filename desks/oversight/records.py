"""Orders and requests of the district, one by one, with the whole trace. Every look at a person is recorded."""

from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from audit import services as audit
from desks import facts, listing
from desks.oversight.desk import reader, show
from orders import selectors


@require_safe
def orders(request):
    return show(request, "orders", listing.orders_page(request, reader(request), "oversight:orders_one"))


@require_safe
def order(request, number):
    row = selectors.order(actor=reader(request), number=number)
    _looked(request, row, "监管查看订单")
    return show(request, "order", {"facts": facts.of_order(row), "crumbs": _crumbs("订单追溯", "orders", row.number)})


@require_safe
def requests(request):
    return show(request, "requests", listing.requests_page(request, reader(request), "oversight:requests_one"))


@require_safe
def request(request, number):
    row = selectors.request(actor=reader(request), number=number)
    _looked(request, row, "监管查看服务申请")
    context = {
        "facts": facts.of_request(row, "oversight:orders_one"),
        "crumbs": _crumbs("服务申请", "requests", row.number),
    }
    return show(request, "request", context)


def _looked(request, row, why):
    role = next((role for role in ("supervisor", "qc_inspector") if request.actor.orgs_as(role)), "")
    audit.looked(target=row, by=request.actor, now=timezone.now(), why=why, role=role)


def _crumbs(label, route, number):
    return [{"label": label, "url": reverse(f"oversight:{route}")}, {"label": number, "url": ""}]
