"""What follows for orders from changes below: an exclusion, an ended post, a signature or prescription taken back."""

from collections.abc import Callable
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from clinical.models import PrescriptionStep
from kernel.actors import Actor, system
from kernel.refusals import NotNow, Refusal, Refused
from orders import gates
from orders.lifecycle import COMING, COMPANION_LIVE, NOT_BEGUN, UNDONE
from orders.models import Companion, Order
from orders.services import companions
from orders.services.dispatch import recall
from orders.services.orders import cancel
from patients import services as patient_services
from patients.models import Consent

BARRED = "服务对象情况在负面清单内，不能上门"


def pull_back(
    *, user_id: int, reason: str, now: datetime, organisation_id: int | None = None,
    during: tuple[datetime, datetime] | None = None,
) -> list[int]:  # fmt: skip
    """
    Take every undone visit back from a nurse, from either seat, in the whole district or at one place (002 五(二)2), or
    only those within a span such as a leave.

    Each order is its own transaction; running it again takes back what a crash left.
    """
    rows = Order.objects.filter(nurse__user=user_id, status__in=UNDONE)
    if organisation_id is not None:
        rows = rows.filter(centre=organisation_id)
    if during is not None:
        rows = rows.filter(planned_start__lt=during[1], planned_end__gt=during[0])
    pulled = []
    for order_id in list(rows.order_by("pk").values_list("pk", flat=True)):
        try:
            recall(order_id=order_id, reason=reason, by=system("orders.pull_back"), now=now)
        except Refused:
            continue  # it moved on between the look and the lock; the door has recorded why
        pulled.append(order_id)
    # The lead may be on her way already: whoever may not go along is told before they are both at the door.
    along = Companion.objects.filter(nurse__user=user_id, status__in=COMPANION_LIVE, order__status__in=UNDONE | COMING)
    if organisation_id is not None:
        along = along.filter(centre=organisation_id)
    if during is not None:
        along = along.filter(starts_at__lt=during[1], ends_at__gt=during[0])
    for companion_id in list(along.order_by("pk").values_list("pk", flat=True)):
        try:
            companions.release(companion_id=companion_id, reason=reason, by=system("orders.pull_back"), now=now)
        except Refused:
            continue
    return pulled


def pull_back_where_not_served(*, centre_id: int, reason: str, now: datetime) -> list[int]:
    """
    Take back every undone visit of a centre that may not be made on its day any more: the centre was suspended, lost
    its filing, or the town is not its own (002 五(二)1). The desk finds them waiting again, with the reason.

    A nurse who has set out is not called away. Running it again takes back what a crash left.
    """

    def no(row, day):
        return gates.centre_serves(row.centre, row.address.town_id, day)

    return _pull_back_what_may_not_be(Order.objects.filter(centre=centre_id), no, reason, now)


def pull_back_what_is_barred(*, patient_id: UUID, now: datetime) -> list[int]:
    """
    Take back every undone visit to a patient of whom something is known by now that bars it (004 三(三)).

    The desk finds them waiting again, talks to the family and calls them off one by one; or dispatches them once the
    fact is taken back.
    """

    def no(row, day):
        return gates.barred(row.patient, row.centre, day)

    return _pull_back_what_may_not_be(Order.objects.filter(patient=patient_id), no, BARRED, now)


def _pull_back_what_may_not_be(
    rows: QuerySet[Order], no: Callable[[Order, date], list[Refusal]], reason: str, now: datetime
) -> list[int]:
    """Each by the question whose answer is its ``reason``: another no has an act and a reason of its own."""
    undone = rows.filter(status__in=UNDONE).select_related("centre", "address", "patient")
    pulled = []
    for row in list(undone.order_by("pk")):
        if not no(row, timezone.localdate(row.planned_start)):
            continue
        try:
            recall(order_id=row.pk, reason=reason, by=system("orders.pull_back"), now=now)
        except Refused:
            continue  # it moved on between the look and the lock; the door has recorded why
        pulled.append(row.pk)
    return pulled


def stop_without_consent(*, consent_id, now: datetime) -> list[int]:
    """
    Cancel every order that rests on a withdrawn signature and has not begun.

    The platform acts: whoever may withdraw a signature need not be allowed to cancel, and the withdrawal names them.
    """
    rows = Order.objects.filter(Q(consent=consent_id) | Q(agreement=consent_id))
    return _stop(rows, "签署已撤回，服务停止", system("orders.consent_withdrawn"), now)


def stop_without_prescription(*, prescription_id, now: datetime) -> list[int]:
    """
    Cancel every order that rests on a stopped prescription and has not begun; the doctor's reason stands on it.

    Running it again finds nothing left to stop. A nurse who has arrived meanwhile is not called away.
    """
    stops = PrescriptionStep.objects.filter(prescription=prescription_id, name="stop").order_by("-pk")
    why = stops.values_list("reason", flat=True).first()
    reason = "：".join(part for part in ("医生已停用服务项目单", why) if part)[:300]
    rows = Order.objects.filter(prescription=prescription_id)
    return _stop(rows, reason, system("orders.prescription_stopped"), now)


def _stop(rows: QuerySet[Order], reason: str, by: Actor, now: datetime) -> list[int]:
    stopped = []
    for order_id in list(rows.filter(status__in=NOT_BEGUN).order_by("pk").values_list("pk", flat=True)):
        try:
            cancel(order_id=order_id, reason=reason, by=by, now=now)
        except NotNow:
            continue  # it moved on between the look and the lock; the door has recorded why
        stopped.append(order_id)
    return stopped


def withdraw_consent(*, consent_id, reason: str, by: Actor, now: datetime) -> Consent:
    """
    Take a signature back. Every order that rests on it and has not begun is stopped in the same transaction.

    :raises kernel.refusals.Refused: the signature is not the actor's to withdraw, or was withdrawn before
    """
    with transaction.atomic():
        held = patient_services.withdraw_consent(consent_id=consent_id, reason=reason, by=by, now=now)
        stop_without_consent(consent_id=held.pk, now=now)
    return held
