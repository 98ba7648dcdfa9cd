"""The second nurse on the order's page: whether two must go, who goes along, and who else could."""

from typing import Any

from django.urls import reverse

from accounts.roles import Role
from desks import office
from desks.dispatch import forms
from desks.stepforms import asking
from orders import access, eligibility, faces, second_seat
from orders.lifecycle import NOT_BEGUN
from orders.needs import second_nurse_coming

STEPS = {
    "require": ("要求两人上门", "提交"),
    "waive": ("不再需要两人", "提交"),
    "release": ("解除同行", "解除同行"),
}


def card(request, row, name: str = "", outcome=None) -> dict[str, Any] | None:
    """Nothing where two need not go and the desk can no longer decide it."""
    if Role.DISPATCHER not in access.order_hats(request.actor, row):
        return None
    open_, seat = row.status in NOT_BEGUN, second_seat.live(row)
    if not open_ and not row.needs_two:
        return None
    possible = [("waive" if row.needs_two else "require")] if open_ else []
    possible += ["release"] if seat and "release" in second_seat.chances(row=seat, actor=request.actor) else []
    refused = outcome if name.startswith("pair_") else None
    return {
        "needs": row.needs_two,
        "reason": row.two_reason,
        "missing": second_nurse_coming(row) if open_ else None,
        "seat": seat and {"row": seat, "face": faces.COMPANION[seat.status]},
        "been": second_seat.beside(row),
        "steps": [_step(row, one, refused if name == f"pair_{one}" else None) for one in possible],
        **(_candidates(row) if second_seat.wanted(row) else {}),
        "offer_url": _url(row, "offer"),
        "override": request.POST.get("override", "") if refused else "",
    }


def _step(row, name, outcome):
    label, send = STEPS[name]
    return {
        "step": office.step(f"pair_{name}", label),
        "send": send,
        "url": _url(row, name),
        "form": asking(forms.Pair, outcome),
        "opened": outcome is not None and not outcome.done,
    }


def _candidates(row):
    """Everybody but the first nurse, judged by the same rules for the same hours."""
    answers = eligibility.answers(row, row.planned_start, row.planned_end)
    others = [_candidate(one) for one in answers if one["candidate"].nurse_id != row.nurse_id]
    return {
        "may": [one for one in others if not one["refusals"]],
        "may_not": [one for one in others if one["refusals"]],
        "asks": True,
    }


def _candidate(answer):
    known = answer["candidate"]
    return {
        "pk": known.nurse_id,
        "name": known.name,
        "load": answer["load"],
        "refusals": answer["refusals"],
        "warnings": answer["warnings"],
        "parts": answer["standing"].parts,
        "objections": answer["standing"].objections,
    }


def _url(row, name):
    return reverse("dispatch:order_pair", args=[row.number, name])
