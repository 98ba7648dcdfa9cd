"""Complaints and incidents are opened by what happened to an order, and closed by people: the only writer here."""

from datetime import datetime

from django.db import transaction

from audit.services import recording
from kernel.actors import Actor, system
from kernel.refusals import Invalid, NotNow, NotYours, Refusal, hidden
from orders.models import Order
from safety import access
from safety.models import Complaint, Incident

CLAUSE = "004 三(五)"


def open_complaint(*, order: Order, text: str, opened_by_id: int | None, now: datetime) -> Complaint:
    """Open the complaint behind an objection; a repeated report finds the one that is open already."""
    with transaction.atomic():
        _one_at_a_time(order)
        known = Complaint.objects.filter(order=order).first()
        if known:
            return known
        row = Complaint(
            order=order,
            patient_id=order.patient_id,
            centre_id=order.centre_id,
            opened_by_id=opened_by_id,
            text=text,
            opened_at=now,
        )
        with recording("safety.complaint_opened", target=row, by=system("safety"), now=now) as entry:
            row.save(force_insert=True)
            entry.payload["order"] = order.pk
    return row


def close_complaint(*, order: Order, answer: str, closed_by_id: int | None, now: datetime) -> Complaint | None:
    """Close the complaint of an order with the outcome of its settlement; what is closed stays as it is."""
    with transaction.atomic():
        row = Complaint.objects.select_for_update().filter(order=order, closed_at__isnull=True).first()
        if row is None:
            return None
        with recording("safety.complaint_closed", target=row, by=system("safety"), now=now) as entry:
            row.status, row.answer, row.closed_at, row.closed_by_id = Complaint.Status.CLOSED, answer, now, closed_by_id
            row.save(update_fields=["status", "answer", "closed_at", "closed_by"])
            entry.payload["order"] = order.pk
    return row


def open_incident(*, order: Order, kind: str, text: str, now: datetime) -> Incident:
    """Open an incident of this kind for an order; a repeated report finds the one that exists."""
    with transaction.atomic():
        _one_at_a_time(order)
        known = Incident.objects.filter(order=order, kind=kind).first()
        if known:
            return known
        row = Incident(order=order, centre_id=order.centre_id, kind=kind, text=text, opened_at=now)
        with recording(
            "safety.incident_opened", target=row, by=system("safety"), now=now, subject_id=order.patient_id
        ) as entry:
            row.save(force_insert=True)
            entry.data["kind"] = kind
            entry.payload.update({"order": order.pk, "kind": kind})
    return row


def close_incident(*, incident_id: int, cause: str, by: Actor, now: datetime) -> Incident:
    """
    Close an incident with its cause and what was done about it.

    :raises kernel.refusals.Refused: not this centre's staff, closed before, or no cause given
    """
    cause = cause.strip()
    if not cause:
        raise Invalid(Refusal("incident.cause", "请写明原因和处理情况，再结案。", CLAUSE, field="cause"))
    if len(cause) > 300:
        raise Invalid(Refusal("incident.cause", "原因和处理情况请控制在 300 字以内。", CLAUSE, field="cause"))
    with transaction.atomic():
        row = Incident.objects.select_for_update(of=("self",)).select_related("order").filter(pk=incident_id).first()
        if row is None or not (worn := access.incident_hats(by, row)):
            raise hidden("这条不良事件")
        if not worn & set(access.AT_THE_CENTRE):
            raise NotYours(Refusal("incident.centre", "不良事件由发生机构结案，不在您的权限内。", CLAUSE))
        if row.closed_at:
            raise NotNow(Refusal("incident.closed", "这条不良事件已经结案。", CLAUSE))
        role = sorted(worn & set(access.AT_THE_CENTRE))[0]
        patient = row.order.patient_id if row.order else None
        with recording(
            "safety.incident_closed", target=row, by=by, now=now, role=role, reason=cause, subject_id=patient
        ) as entry:
            row.cause, row.closed_at, row.closed_by_id = cause, now, by.user_id
            row.save(update_fields=["cause", "closed_at", "closed_by"])
            entry.payload["order"] = row.order_id
    return row


def _one_at_a_time(order):
    """Two deliveries of two events about one order wait for each other here, so that neither meets a constraint."""
    Order.objects.select_for_update(of=("self",)).only("pk").get(pk=order.pk)
