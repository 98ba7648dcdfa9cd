"""A visit that did not happen, as every desk shows it: what was registered, what was objected, how it was decided."""

from datetime import datetime

from django.http import HttpRequest
from django.utils import timezone

from accounts.roles import Role
from desks.steps import Outcome, attempt, take
from kernel.actors import Actor
from orders import selectors
from orders.appeals import side_of, why_no_appeal
from orders.offers import FailedBy
from patients import services as patients
from patients.models import Upload


def card(order, actor: Actor, now: datetime) -> dict | None:
    """None where nothing was registered. ``may`` says whether this reader may still object."""
    known, appeals = selectors.no_show(row=order)
    if known is None:
        return None
    side = side_of(order, actor)
    return {
        "row": known,
        "by": Role(known.registered_as).label if known.registered_as else "平台",
        "failed_by": FailedBy(order.failed_by).label,
        "first": known.get_failed_by_display() if known.failed_by != order.failed_by else "",
        "appeals": appeals,
        "may": bool(side) and why_no_appeal(order, actor, now) is None,
    }


def with_paper(request: HttpRequest, order, data=None) -> Outcome:
    """Register the no-show together with the photograph or file that was sent along: first the file, then the step."""
    act = {"by": request.actor, "now": timezone.now()}
    given = {"patient_id": order.patient_id, "kind": Upload.Kind.EVIDENCE, "file": request.FILES["file"]}
    kept = attempt(patients.upload, typed=request.POST, **given, **act)
    if not kept.done:
        return kept
    typed = request.POST.dict() if data is None else data
    return take(request, "order", "miss", order.pk, {**typed, "paper": str(kept.row.pk)})
