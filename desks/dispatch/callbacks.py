"""The doctor's call-backs of one visit, for the desk: who took them, until when, and how one is freed again."""

from datetime import datetime

from django.http import HttpRequest
from django.urls import reverse

from clinical import calls, services
from clinical.lifecycle import CALL_BACK_RUNS
from clinical.services.call_backs import DOOR
from desks.dispatch.forms import Release
from desks.stepforms import asking, receipt_of
from desks.steps import Outcome, attempt
from kernel.refusals import hidden
from orders import faces
from orders.models import Order

STEP = "call_back"  # what the page of the order calls giving one back; the address says which


def about(request: HttpRequest, order: Order, name: str, outcome: Outcome | None, now: datetime) -> list[dict]:
    """Each call-back of the visit, the latest first; nothing before the nurse has arrived."""
    if order.visit_record is None:
        return []
    return [_row(request, order, row, name, outcome, now) for row in calls.of_record(order.visit_record)]


def give_back(request: HttpRequest, order: Order, pk: int, now: datetime) -> Outcome:
    """
    Let another doctor take it, where the one who took it cannot be reached.

    :raises kernel.refusals.Hidden: not of this visit
    """
    if calls.call_back(actor=request.actor, pk=pk).record_id != order.visit_record_id:
        raise hidden("这次医生回电")
    return attempt(
        services.release_call_back, typed=request.POST, call_back_id=pk, reason=request.POST.get("reason", ""),
        receipt=receipt_of(request.POST), by=request.actor, now=now,
    )  # fmt: skip


def _row(request, order, row, name, outcome, now):
    asked = name == STEP and request.resolver_match.kwargs.get("pk") == row.pk
    chance = next((one for one in DOOR.chances(row, request.actor) if one.name == "release"), None)
    return {
        "row": row,
        "face": faces.CALL_BACK[row.status],
        "late": row.status in CALL_BACK_RUNS and row.due_at <= now,
        "runs": row.status in CALL_BACK_RUNS,
        "chance": chance,
        "form": asking(Release, outcome if asked else None) if chance else None,
        "url": reverse("dispatch:order_call_back", args=[order.number, row.pk]),
    }
