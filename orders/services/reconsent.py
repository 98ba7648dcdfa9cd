"""Signing again: a text has changed, or what was signed holds no more (002 五(七)1(4))."""

from datetime import datetime

from django.db.models import Q

from kernel.actors import Actor, system
from kernel.refusals import Invalid, Refusal, Refused
from orders.doors import ORDERS
from orders.lifecycle import ORDER
from orders.models import Order
from orders.offers import Wait
from orders.services import dispatch, in_step, offers
from orders.services.orders import CONSENT_CLAUSE, demand_consent
from patients.models import PaperText

WORDS = {"consent": "知情同意书", "agreement": "服务协议"}


def ask_again(*, order_id, reason: str = "", by: Actor, now: datetime, **seen) -> Order:
    """
    Let the family sign anew before anybody comes; a nurse who was seated is freed and told.

    :raises kernel.refusals.Invalid: what was signed still carries the visit
    """
    reason = reason.strip() or "原来的签署不能用于这次上门，请重新阅读并签署。"

    def change(row, entry):
        if still_signed(row, now):
            raise Invalid(Refusal("consent.holds", "原来的签署仍然有效，不需要重新签署。", CONSENT_CLAUSE))
        offers.end(row, dispatch.ENDED["recall"], now, words=reason)
        offers.leave_the_list(row, Wait.Left.MOVED, now)
        dispatch.free(row, entry)
        in_step.let_go(row, reason, now)
        row.consent = row.agreement = None
        row.last_reason = reason

    return ORDERS.take("ask_again", order_id, by=by, now=now, change=change, reason=reason, **seen)


def still_signed(row: Order, now: datetime) -> bool:
    """Say whether consent and agreement carry the visit on its day, under the texts in force then."""
    try:
        demand_consent(row, dispatch.day_of(row, now))
    except Refused:
        return False
    return True


def follow_text(*, text_id: int, now: datetime) -> list[int]:
    """Ask for new signatures wherever a visit that has not been served rests on an older version of this text."""
    text = PaperText.objects.get(pk=text_id)
    district = (
        Q(centre=text.district_id) | Q(centre__parent=text.district_id) | Q(centre__parent__parent=text.district_id)
    )
    field = {"consent": "consent__text", "agreement": "agreement__text"}[text.kind]
    rows = Order.objects.filter(
        district, **{f"{field}__version__lt": text.version, f"{field}__district": text.district_id}
    )
    waiting = rows.filter(status__in=sorted(ORDER["ask_again"].from_)).order_by("pk").values_list("pk", flat=True)
    asked = []
    for order_id in list(waiting):
        reason = f"《{WORDS[text.kind]}》已更新为第 {text.version} 版，请重新阅读并签署。"
        try:
            ask_again(order_id=order_id, reason=reason, by=system("consent.follow_text"), now=now)
        except Refused:
            continue  # it moved on, or was signed anew, between the look and the lock
        asked.append(order_id)
    return asked
