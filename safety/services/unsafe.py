"""「我觉得不安全」: leave first, explain later, and nobody counts it against her (002 五(九)2)."""

from contextlib import suppress
from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction

from kernel.actors import Actor
from kernel.refusals import Refused
from orders import services as orders
from orders.models import Order
from safety.models import Alarm
from safety.services.alarms import raise_alarm

# What the step itself says, which the family reads as well: neutral, and true.
NEUTRAL = "护士提前结束了这次上门，中心会与您联系。"


def leave_unsafe(
    *, order_id: int, words: str = "", place: dict | None = None, at: datetime | None = None, by: Actor, now: datetime,
    receipt: UUID | None = None,
) -> Alarm:  # fmt: skip
    """
    End the visit without blame and call the desk, in one go.

    Her own words stay with the alarm, which the family does not read; the visit's incident is opened by its abort.
    Where the visit cannot be ended, over already or no longer hers, the desk is called all the same: she is afraid.

    :raises kernel.refusals.Refused: not a nurse of any centre
    """
    with transaction.atomic():
        twin = uuid5(receipt, "abort") if receipt else None
        with suppress(Refused), transaction.atomic():
            orders.abort(order_id=order_id, reason=NEUTRAL, by=by, now=now, receipt=twin)
        rows = Order.objects.select_related("centre", "nurse__user")
        order = rows.filter(pk=order_id, nurse__user=by.user_id).first()
        return raise_alarm(
            kind=Alarm.Kind.UNSAFE, pressed_at=at, words=words, place=place, order=order, by=by, now=now,
            receipt=receipt,
        )  # fmt: skip
