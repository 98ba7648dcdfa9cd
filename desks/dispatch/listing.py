"""All requests and all orders of the desk's centres: filters in the address, fifty rows a page."""

from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from desks import office, sought
from desks.dispatch import rows
from desks.dispatch.frame import frame, rules_of_district
from institutions import selectors as institutions
from orders import selectors
from orders.lifecycle import OrderStatus, RequestStatus

KEYS = ("status", "town", "text")
HIDDEN = ("text",)  # a name or a telephone


def page(request, *, asks: bool):
    """``asks`` says whether the list is of requests, else it is of orders."""
    if request.method == "POST":
        return sought.lead_to_list(request, HIDDEN)
    statuses = RequestStatus if asks else OrderStatus
    route = "dispatch:requests" if asks else "dispatch:orders"
    towns = {town.pk: town.name for town in institutions.towns()}
    given = sought.asked(request, HIDDEN)
    asked = {key: given.get(key, "").strip()[:40] for key in KEYS}
    asked["status"] = asked["status"] if asked["status"] in statuses.values else ""
    asked["town"] = asked["town"] if asked["town"] in towns else ""
    found = (selectors.requests if asks else selectors.orders)(actor=request.actor)
    found = selectors.narrowed(found.filter(centre__in=request.actor.orgs_as(Role.DISPATCHER)), **asked)
    shown = office.page_of(found, request)
    now = timezone.now()
    prepare = rows.of_request if asks else rows.of_order
    shown.object_list = [prepare(row, now, rules_of_district(request)) for row in shown.object_list]
    context = {
        **frame(request, route),
        "asks": asks,
        "page": shown,
        "asked": asked,
        "statuses": statuses.choices,
        "towns": towns.items(),
        "chips": _chips(request, asked, statuses, towns, reverse(route)),
        "clear_url": reverse(route),
        "now": now,
    }
    return render(request, "dispatch/list.html", context)


def _chips(request, asked, statuses, towns, url):
    chips = []
    for key, value in asked.items():
        if not value:
            continue
        label = {"status": lambda v: statuses(v).label, "town": towns.get, "text": lambda v: f"「{v}」"}[key](value)
        rest = sought.address(request, {k: v for k, v in asked.items() if k != key}, HIDDEN)
        chips.append({"label": label, "url": f"{url}?{rest}" if rest else url})
    return chips
