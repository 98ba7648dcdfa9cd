"""A patient who lives elsewhere now: the small form on a request's page, and what an order's page says of it."""

from datetime import datetime

from django.http import HttpRequest
from django.urls import reverse

from desks.dispatch.forms import Moving
from desks.stepforms import asking
from desks.steps import Outcome, attempt
from orders import homes, services
from orders.lifecycle import NOT_BEGUN, REQUEST, WAITING
from orders.models import Order, ServiceRequest
from patients import privacy
from patients.models import Address

STEP = "address"
SAID = "地址已变更，以后安排的上门按新地址。已有的订单仍按原来的地址，请逐一核对。"
BEHIND = "服务对象的地址已变更，首诊仍按申请时的地址上门。请打开「变更地址」核对新地址，再保存一次。"
ELSEWHERE = "服务对象的地址已变更，请核对上门地址；需要时取消后重新安排。"


def card(row: ServiceRequest, outcome: Outcome | None) -> dict:
    """The address to show and the form to change it; a request that is over keeps what it was made with."""
    if row.status in REQUEST.final:
        return {"home": row.address, "form": None, "behind": ""}
    home = homes.home_of(row.patient) or row.address
    behind = row.status in WAITING and homes.moved_since(row, home)
    return {
        "home": row.address if behind else home,
        "form": asking(Moving, outcome, initial=_written(home), auto_id="moving_%s"),
        "url": reverse("dispatch:address", args=[row.number]),
        "behind": BEHIND if behind else "",
    }


def move(request: HttpRequest, row: ServiceRequest, now: datetime) -> Outcome:
    form = Moving(request.POST)
    if not form.is_valid():
        return Outcome(errors=dict(form.errors), typed=request.POST)
    return attempt(
        services.move_home, typed=request.POST, request_id=row.pk, **form.home(), by=request.actor, now=now
    )  # fmt: skip


def warning(row: Order) -> str:
    """What the page of an order that has not begun says, where the patient lives elsewhere now."""
    if row.status in NOT_BEGUN and homes.moved_since(row, homes.home_of(row.patient)):
        return ELSEWHERE
    return ""


def _written(home: Address) -> dict:
    return {"town": home.town_id, "address": privacy.address_line(home), "access_note": home.access_note}
