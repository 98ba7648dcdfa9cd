"""What the lead hospital sees of its alliance: its centres and their orders (002 五(四))."""

from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from audit import services as audit
from desks import facts, listing, office
from desks.review import reads
from desks.review.desk import reader, show
from orders import selectors


@require_safe
def centres(request):
    now = timezone.now()
    actor = reader(request)
    rows = reads.centres(actor=actor, now=now)
    context = {"page": office.page_of(rows, request), "figures": selectors.figures(actor=actor, now=now)}
    return show(request, "centres", context)


@require_safe
def orders(request):
    return show(request, "orders", listing.orders_page(request, reader(request), "review:orders_one"))


@require_safe
def order(request, number):
    row = selectors.order(actor=reader(request), number=number)
    audit.looked(target=row, by=request.actor, now=timezone.now(), why="牵头医院督导查看订单", role="reviewer")
    crumbs = [{"label": "订单", "url": reverse("review:orders")}, {"label": row.number, "url": ""}]
    return show(request, "order", {"facts": facts.of_order(row), "crumbs": crumbs})
