"""The waiting list: an honest day when nobody is free, told to the family and told again when it changes."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from audit import services as audit
from audit.services import promise
from kernel.actors import Actor, system
from kernel.refusals import NotNow, Refusal
from orders import eligibility, openings
from orders.days import beginning
from orders.doors import ORDERS
from orders.models import Order
from orders.offers import Wait

NIGHT = timedelta(hours=4)  # of the next day: what was planned today is in
RELATED = ("patient", "centre__parent__parent", "address__town", "prescription")


def wait(*, order_id, by: Actor, now: datetime, **seen) -> Order:
    """
    Put an order on the waiting list, or reckon its day anew when it stands there already.

    The family is told the first day on which somebody could come, or that there is none within two weeks.
    """

    def change(row, entry):
        held = Wait.objects.select_for_update().filter(order=row, left_at__isnull=True).first()
        day = openings.first_day(row, now)
        entry.data["promised_on"] = _iso(day)
        entry.payload.update({"day": _iso(day), "told": held is None or held.promised_on != day})
        if held is None:
            starts_at = max(row.window_start, now)
            answers = eligibility.answers(row, starts_at, starts_at + timedelta(minutes=row.minutes))
            held = Wait(order=row, listed_at=now, listed_by_id=by.user_id, reason=openings.why_nobody(answers))
            held.promised_on, held.reckoned_at = day, now
            held.save(force_insert=True)
            _again_tomorrow(held, now)
        else:
            held.promised_on, held.reckoned_at = day, now
            held.save(update_fields=["promised_on", "reckoned_at"])

    return ORDERS.take("wait", order_id, by=by, now=now, change=change, **seen)


def reckon(*, wait_id: int, now: datetime) -> Wait:
    """
    Look again, every night, for how long an order has to wait; say so only when the day has changed.

    :raises kernel.refusals.NotNow: it waits no more
    """
    with transaction.atomic():
        order = Order.objects.select_for_update(of=("self",)).select_related(*RELATED).get(waits=wait_id)
        held = Wait.objects.select_for_update().get(pk=wait_id)
        if held.left_at is not None:
            raise NotNow(Refusal("wait.over", "这张订单已不在排队。"))
        day, before = openings.first_day(order, now), held.promised_on
        held.promised_on, held.reckoned_at = day, now
        with audit.recording("orders.wait_reckoned", target=order, by=system("order.reckon"), now=now) as entry:
            held.save(update_fields=["promised_on", "reckoned_at"])
            entry.data.update({"promised_on": _iso(day), "before": _iso(before)})
            entry.payload.update({"day": _iso(day), "told": day != before})
        _again_tomorrow(held, now)
    return held


def _again_tomorrow(held: Wait, now: datetime) -> None:
    day = timezone.localdate(now) + timedelta(days=1)
    promise(
        kind="order.reckon",
        key=f"order.reckon:{held.pk}:{day:%Y%m%d}",
        object_id=held.pk,
        due_at=beginning(day) + NIGHT,
    )


def _iso(day):
    return day.isoformat() if day else None
