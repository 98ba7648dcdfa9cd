"""What she says of her own safety at a visit: a sign of life, the recorder, a warning, the way out."""

from uuid import UUID

from django.template.loader import render_to_string
from django.utils import timezone

from desks.nurse import calls, sheet
from desks.nurse.entries.kinds import Said
from desks.steps import Outcome, attempt
from safety import services

SIGNS = {"longer": services.extend, "left": services.leave}


def safe(said: Said) -> Outcome:
    """「我很安全，再加 30 分钟」 or 「我已离开」, with the time at which she said so."""
    verb = SIGNS.get(said.key or said.fields.get("sign", ""), services.extend)
    return attempt(
        verb, order_id=said.order.pk, at=said.at, receipt=_receipt(said), by=said.actor, now=said.now,
    )  # fmt: skip


def show_safe(page: sheet.Page, key: str, outcome: Outcome) -> str:
    context = {"timer": calls.timer(page.order), "refused": list(outcome.reasons), "oob": True}
    return render_to_string("nurse/visit/_timer.html", context)


def recorder(said: Said) -> Outcome:
    """Which recorder she carries, or why none."""
    chosen = said.fields.get("recorder", "")
    reason = said.fields.get("reason", "") if not chosen.isdigit() else ""
    return attempt(
        services.carry, order_id=said.order.pk, recorder_id=int(chosen[:12]) if chosen.isdigit() else None,
        reason=reason, by=said.actor, now=said.now,
    )  # fmt: skip


def show_recorder(page: sheet.Page, key: str, outcome: Outcome) -> str:
    context = {"recorder": calls.recorder(page.order), "refused": list(outcome.reasons), "oob": True}
    return render_to_string("nurse/visit/_recorder.html", context)


def risk(said: Said) -> Outcome:
    """A warning for whoever goes there next, with what she saw."""
    order = said.order
    return attempt(
        services.raise_flag, patient=order.patient, centre=order.centre, order=order,
        kind=said.fields.get("risk_kind", ""), facts=said.fields.get("risk_facts", ""), receipt=_receipt(said),
        by=said.actor, now=said.now,
    )  # fmt: skip


def incident(said: Said) -> Outcome:
    """What went wrong at the visit, told at once."""
    return attempt(
        services.report_at_visit, typed=said.fields, order_id=said.order.pk, kind=said.fields.get("incident_kind", ""),
        text=said.fields.get("incident_text", ""), at=said.at, by=said.actor, now=said.now,
    )  # fmt: skip


def unsafe(said: Said) -> Outcome:
    """「我觉得不安全」: the visit ends without blame, and the desk is called."""
    return attempt(
        services.leave_unsafe, order_id=said.order and said.order.pk, words=said.fields.get("words", ""), at=said.at,
        place=calls.place_of(said.fields, timezone.now()), receipt=_receipt(said), by=said.actor, now=said.now,
    )  # fmt: skip


def _receipt(said: Said) -> UUID | None:
    try:
        return UUID(said.fields.get("receipt", ""))
    except ValueError:
        return None
