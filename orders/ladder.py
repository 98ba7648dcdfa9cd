"""Who comes next when a nurse has not taken a visit: named to the dispatcher, offered by nobody but her."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kernel.refusals import Refusal
from orders import eligibility, ranking
from orders.lifecycle import ORDER
from orders.models import Order
from orders.offers import Offer

NOT_TAKEN = (Offer.Ended.DECLINED, Offer.Ended.EXPIRED, Offer.Ended.GIVEN_BACK)


@dataclass(frozen=True, slots=True)
class Next:
    """The best nurse who has not been asked yet, for the hour that the last offer was for."""

    nurse_id: int
    name: str
    starts_at: datetime
    ends_at: datetime
    objections: tuple[Refusal, ...]
    asked: int  # how many have been asked already


def not_taken(order: Order) -> list[Offer]:
    """The offers of this order that a nurse did not take or gave back, newest first."""
    return list(Offer.objects.filter(order=order, ended__in=NOT_TAKEN).order_by("-pk"))


def hour_kept(offers: Sequence[Offer], now: datetime) -> tuple[datetime, datetime] | None:
    """The hour of the last offer that was not taken, while it lies ahead."""
    last = offers[0] if offers else None
    return (last.planned_start, last.planned_end) if last and last.planned_start > now else None


def next_up(
    order: Order, now: datetime, *, offers: Sequence[Offer] | None = None, answers: list[dict] | None = None
) -> Next | None:
    """
    Return who should be asked next at the same hour; nothing when nobody was asked before, or nobody is left.

    ``answers`` are those of :func:`orders.eligibility.answers` for this very hour, where a page has them already.
    """
    if order.status not in ORDER["offer"].from_:
        return None
    offers = not_taken(order) if offers is None else offers
    kept = hour_kept(offers, now)
    if kept is None:
        return None
    starts_at, ends_at = kept
    answers = eligibility.answers(order, starts_at, ends_at) if answers is None else answers
    asked = {offer.nurse_id for offer in offers}
    left = [one for one in answers if not one["refusals"] and one["candidate"].nurse_id not in asked]
    if not left:
        return None
    best = min(left, key=lambda one: bool(one["standing"].objections))  # the order of the ranking is kept
    return Next(
        nurse_id=best["candidate"].nurse_id,
        name=best["candidate"].name,
        starts_at=starts_at,
        ends_at=ends_at,
        objections=tuple(ranking.objections(best["standing"], starts_at, order.window_start, order.window_end)),
        asked=len(asked),
    )
