"""What the steps of an order write down beside it: the offer and its end, the end of waiting. Never called alone."""

from datetime import datetime

from orders.models import Order
from orders.offers import Offer, Wait


def hold_out(row: Order, *, offered_by_id: int | None, now: datetime) -> None:
    """Keep the offer that the order just became; whoever waited waits no more."""
    # The database holds this of every offered visit.
    assert row.nurse_id
    assert row.planned_start
    assert row.planned_end
    Offer.objects.create(
        order=row,
        centre_id=row.centre_id,
        nurse_id=row.nurse_id,
        planned_start=row.planned_start,
        planned_end=row.planned_end,
        offered_at=now,
        offered_by_id=offered_by_id,
    )
    leave_the_list(row, Wait.Left.OFFERED, now)


def taken(row: Order, now: datetime) -> Offer | None:
    """Note that the nurse has said yes; return what had been agreed with the family before, if anything was."""
    before = Offer.objects.filter(order=row, accepted_at__isnull=False).exclude(ended="").order_by("-pk").first()
    Offer.objects.filter(order=row, ended="").update(accepted_at=now)
    return before


def end(row: Order, how: str, now: datetime, *, cause: str = "", words: str = "") -> None:
    """Note how the open offer ended, where there is one."""
    Offer.objects.filter(order=row, ended="").update(ended=how, ended_at=now, cause=cause, words=words.strip()[:300])


def leave_the_list(row: Order, because: str, now: datetime) -> None:
    Wait.objects.filter(order=row, left_at__isnull=True).update(left_at=now, left_because=because)
