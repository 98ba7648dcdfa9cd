"""Who may object to a registered no-show, and until when: reads that the verb and the pages share."""

from datetime import datetime

from accounts.roles import Role
from kernel.actors import Actor
from kernel.refusals import Refusal
from orders import access
from orders.models import Order
from orders.offers import Appeal, NoShow

CLAUSE = "003 二(一)1四"
SIDES = {Role.NURSE: Appeal.Side.NURSE, Role.PATIENT: Appeal.Side.FAMILY, Role.PROXY: Appeal.Side.FAMILY}


def side_of(order: Order, by: Actor) -> str:
    """Which side of a no-show this actor stands on; staff of the centre stand on none."""
    worn = access.order_hats(by, order)
    return next((side for role, side in SIDES.items() if role in worn), "")


def why_no_appeal(order: Order, by: Actor, now: datetime, *, but: int | None = None) -> Refusal | None:
    """Say why this actor cannot object to the no-show of this order, or nothing; ``but`` is the appeal being filed."""
    known = NoShow.objects.filter(order=order).first()
    if known is None:
        return Refusal("appeal.no_miss", "这张订单没有登记失约，不需要申诉。", CLAUSE)
    side = side_of(order, by)
    if side == SIDES.get(known.registered_as):
        return Refusal("appeal.own_word", "失约是您这一方登记的，由另一方提出申诉。", CLAUSE)
    if now > known.appeal_until:
        return Refusal("appeal.too_late", "申诉期限已过，如有疑问请联系中心。", CLAUSE)
    if Appeal.objects.filter(order=order, side=side).exclude(pk=but).exists():
        return Refusal("appeal.once", "已经申诉过一次，请等候或查看裁定结果。", CLAUSE)
    return None
