"""
Reminders: each is a due row with a key of its own, and an act when it comes up; what changed meanwhile is left alone.

The evening before a visit; ninety, sixty and thirty days before a paper ends; what the doctor wrote to be heeded, the
morning after it was signed (003 二(六)17).
"""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from audit.services import promise, recording
from clinical.lifecycle import TIMES_MAY_BE_TAKEN
from clinical.models import Prescription
from kernel.actors import system
from kernel.refusals import NotNow, Refusal
from notifications import rules
from notifications.ends import End, ends, still_ends
from nurses.models import Nurse
from orders.lifecycle import EXPECTED
from orders.models import Order, ServiceRequest


def promise_visit_reminder(*, order_id, now: datetime) -> None:
    """Remind family and nurse at six in the evening before; who agreed later than that has just been told."""
    order = Order.objects.filter(pk=order_id, planned_start__isnull=False).first()
    start = order.planned_start if order else None
    if order is None or start is None:
        return
    due_at = rules.evening_before(start, timezone.get_default_timezone())
    if due_at > now:
        promise(
            kind="reminder.visit",
            key=f"reminder.visit:{order.pk}:{start:%Y%m%d%H%M}:{order.nurse_id}",
            object_id=order.pk,
            due_at=due_at,
            payload={"planned_start": start.isoformat(), "nurse": order.nurse_id},
        )


def promise_guidance(*, prescription_id, now: datetime) -> None:
    """Send what the doctor wrote to be heeded, the morning after; without such words there is nothing to send."""
    prescription = Prescription.objects.filter(pk=prescription_id).prefetch_related("lines").first()
    if prescription and (prescription.cautions or any(line.cautions for line in prescription.lines.all())):
        promise(
            kind="reminder.guidance",
            key=f"reminder.guidance:{prescription.pk}",
            object_id=prescription.pk,
            due_at=rules.next_morning(now, timezone.get_default_timezone()),
        )


def look_ahead(*, now: datetime) -> int:
    """Promise a reminder of every paper that has come within a span, once for each. Returns how many there are."""
    today, found = timezone.localdate(now), 0
    for end in ends(today):
        span = rules.span_reached(end.ends_on, today, known_since=end.known_since)
        if span is None:
            continue
        found += 1
        promise(
            kind="reminder.expiry",
            key=f"reminder.expiry:{end.key}:{span}",
            object_id=end.about,
            due_at=now,
            payload={"of": end.of, "what": end.what, "ends_on": end.ends_on.isoformat(), "days": span},
        )
    return found


def remind_of_visit(*, order_id, planned_start: datetime, nurse_id: int, now: datetime) -> Order:
    """Tell both sides of tomorrow's visit. :raises kernel.refusals.NotNow: it was moved, called off or has begun"""
    with transaction.atomic():
        rows = Order.objects.select_for_update(of=("self",), no_key=True).select_related("nurse")
        row = rows.get(pk=order_id)
        as_promised = row.planned_start == planned_start and row.nurse_id == nurse_id
        if not as_promised or row.nurse is None or row.status not in EXPECTED or planned_start <= now:
            raise _moved_on()
        with recording("notifications.visit_reminded", target=row, by=system("reminder.visit"), now=now) as entry:
            entry.payload["nurse"] = row.nurse.user_id
    return row


def remind_of_guidance(*, prescription_id, now: datetime) -> ServiceRequest:
    """Tell the family what to heed. :raises kernel.refusals.NotNow: the prescription is over"""
    with transaction.atomic():
        row = (
            ServiceRequest.objects.select_for_update(of=("self",), no_key=True)
            .select_related("prescription")
            .filter(prescription=prescription_id)
            .first()
        )
        if row is None or row.prescription is None or row.prescription.status not in TIMES_MAY_BE_TAKEN:
            raise _moved_on()
        with recording("notifications.guidance_sent", target=row, by=system("reminder.guidance"), now=now):
            pass
    return row


def remind_of_expiry(*, of: str, about: int, what: str, ends_on: date, days: int, now: datetime) -> None:
    """
    Tell those who can renew a paper that it ends soon.

    :raises kernel.refusals.NotNow: it was renewed, or the care that rests on it is over
    """
    if not still_ends(End(of, int(about), what, ends_on), timezone.localdate(now)):
        raise _moved_on()
    target = (Nurse if of == "nurse" else ServiceRequest).objects.get(pk=about)
    with recording("notifications.expiry_reminded", target=target, by=system("reminder.expiry"), now=now) as entry:
        entry.payload.update({"what": what, "day": ends_on.isoformat(), "days": days})


def _moved_on() -> NotNow:
    return NotNow(Refusal("reminder.moved_on", "情况已有变化，不需要再提醒。"))
