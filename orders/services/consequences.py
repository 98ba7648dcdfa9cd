"""What follows for orders when something below changes: an exclusion, an ended post, a withdrawn consent."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from kernel.actors import Actor, system
from kernel.refusals import Refused
from orders.lifecycle import COMPANION_LIVE, NOT_BEGUN, UNDONE
from orders.models import Companion, Order
from orders.services import companions
from orders.services.dispatch import recall
from orders.services.orders import cancel
from patients import services as patient_services
from patients.models import Consent


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
    along = Companion.objects.filter(nurse__user=user_id, status__in=COMPANION_LIVE, order__status__in=UNDONE)
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


def stop_without_consent(*, consent_id, by: Actor, now: datetime) -> list[int]:
    """Cancel every order that rests on a withdrawn signature and has not begun."""
    rows = Order.objects.filter(Q(consent=consent_id) | Q(agreement=consent_id), status__in=NOT_BEGUN)
    stopped = []
    for order_id in list(rows.order_by("pk").values_list("pk", flat=True)):
        cancel(order_id=order_id, reason="签署已撤回，服务停止", by=by, now=now)
        stopped.append(order_id)
    return stopped


def withdraw_consent(*, consent_id, reason: str, by: Actor, now: datetime) -> Consent:
    """
    Take a signature back. Every order that rests on it and has not begun is stopped in the same transaction.

    :raises kernel.refusals.Refused: the signature is not the actor's to withdraw, or was withdrawn before
    """
    with transaction.atomic():
        held = patient_services.withdraw_consent(consent_id=consent_id, reason=reason, by=by, now=now)
        stop_without_consent(consent_id=held.pk, by=by, now=now)
    return held
