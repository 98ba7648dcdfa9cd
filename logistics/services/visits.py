"""The visit that a tube or a bag comes from: found for its nurse, and told what it brought forth."""

from clinical.models import VisitRecord
from kernel.actors import Actor
from kernel.refusals import NotNow, Refusal, hidden
from orders import access
from orders.models import Order

CLAUSE = "002 五(七)2(2)"


def visit_of(order_id, by: Actor) -> tuple[Order, VisitRecord]:
    """
    Return the order and the record of its visit.

    :raises kernel.refusals.Refused: not this actor's order, or nobody has arrived yet
    """
    rows = Order.objects.select_related("visit_record", "nurse", "patient", "centre")
    order = rows.filter(pk=order_id).first()
    if order is None or not access.order_hats(by, order):
        raise hidden("这份订单")
    if order.visit_record is None:
        raise NotNow(Refusal("record.not_begun", "到达签到以后，才能登记标本和医疗废物。", CLAUSE))
    return order, order.visit_record
