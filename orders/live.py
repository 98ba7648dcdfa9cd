"""Telling open desks that something moved. The nudge carries no patient data; the page fetches what it may see."""

import logging

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.utils import timezone

from accounts.models import Organization
from nurses.models import Nurse
from orders.models import Companion, Order, ServiceRequest
from patients.selectors import proxies_in_force

log = logging.getLogger(__name__)

HEARD = (
    "orders.", "clinical.", "safety.", "nurses.", "institutions.", "supervision.",
    "accounts.post", "accounts.sessions_ended", "accounts.password_changed",
)  # fmt: skip


def subscribe_all() -> None:
    from audit.subscribers import subscribe

    subscribe("*", nudge)


def nudge(row) -> None:
    """Send one small message to each group concerned: the organisation's desks, the patient's family, the nurse."""
    if not row.event_type.startswith(HEARD):
        return
    message = {
        "type": "nudge",
        "topic": row.event_type,
        "object": row.object_type,
        "id": row.object_id,
        "version": row.payload.get("version"),
    }
    layer = get_channel_layer()
    for group in _groups(row):
        try:
            async_to_sync(layer.group_send)(group, message)
        except Exception as lost:  # pages poll every 30 s as well; a lost nudge must not hold up delivery
            log.warning("nudge lost", extra={"group": group, "cause": type(lost).__name__})


def _groups(row) -> list[str]:
    places = Organization.objects.filter(pk=row.payload.get("organisation")).values_list(
        "pk", "parent", "parent__parent", "parent__parent__parent"
    )
    groups = [f"desk.{pk}" for line in places for pk in line if pk]
    people = {row.payload.get("nurse"), row.payload.get("lead"), row.payload.get("user")} | _people_of(row)
    return groups + [f"person.{pk}" for pk in sorted(people - {None})]


def _people_of(row) -> set:
    """The patient's own account, those who act for the patient now, and the nurse who is seated."""
    if row.object_type == "accounts.user":
        return {int(row.object_id)}
    model = {"orders.order": Order, "orders.servicerequest": ServiceRequest, "orders.companion": Companion}.get(
        row.object_type
    )
    if model is None:
        return set()
    subject = model.objects.filter(pk=row.object_id).select_related("patient").first()
    if subject is None:
        return set()
    proxies = proxies_in_force(on=timezone.localdate()).filter(patient=subject.patient_id)
    people = {subject.patient.user_id, *proxies.values_list("user", flat=True)}
    if isinstance(subject, Order) and subject.nurse_id:
        people.add(Nurse.objects.values_list("user", flat=True).get(pk=subject.nurse_id))
    return people
