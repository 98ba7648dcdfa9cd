"""One thing by the number that people read to each other: the row, its record, its rating, its nurses."""

from datetime import datetime, timedelta

from accounts.roles import Role
from clinical.models import VisitRecord
from kernel.actors import Actor
from kernel.refusals import NotNow, NotYours, Refusal, hidden
from orders import access, eligibility, selectors
from orders.models import Order, Rating, ServiceRequest
from patients import access as patients


def request_pk(number: str) -> int:
    """
    The id behind a number, for the door, which asks whose it is.

    :raises kernel.refusals.Hidden: there is no such number
    """
    return _pk(ServiceRequest, number, "这份服务申请")


def order_pk(number: str) -> int:
    """:raises kernel.refusals.Hidden: there is no such number"""
    return _pk(Order, number, "这份订单")


def prescribed_request(*, actor: Actor, number: str) -> ServiceRequest:
    """
    A request from which a further visit can be ordered.

    :raises kernel.refusals.Refused: not this actor's, or no doctor has prescribed anything yet
    """
    row = selectors.request(actor=actor, number=number)
    if row.prescription is None:
        raise NotNow(Refusal("request.not_prescribed", "医生开具项目以后，才能安排上门。", "002 五(六)1"))
    return row


def visit_record(*, actor: Actor, number: str) -> VisitRecord:
    """:raises kernel.refusals.Hidden: no order of this actor's, or nobody has arrived yet"""
    order = selectors.order(actor=actor, number=number)
    demand_reading(actor, order)
    if order.visit_record is None:
        raise hidden("这份订单的护理记录")
    return order.visit_record


def demand_reading(actor: Actor, order: Order) -> None:
    """:raises kernel.refusals.NotYours: a proxy who only hands in applications reads nothing of the care"""
    patients.demand_reading(actor, order.patient_id, worn=access.order_hats(actor, order))


def rating(*, actor: Actor, number: str) -> Rating:
    """
    What the family said of a visit. It stays anonymous towards the nurse (000 二(三)).

    :raises kernel.refusals.Hidden: not rated, not this actor's order, or the actor is only its nurse
    """
    order = selectors.order(actor=actor, number=number)
    found = Rating.objects.filter(order=order).first()
    if found is None or access.order_hats(actor, order) <= {Role.NURSE}:
        raise hidden("这次服务的评价")
    return found


def candidates(*, actor: Actor, number: str, planned_start: datetime) -> list[dict]:
    """
    Every nurse of the centre with all rules that bar her from this visit, for the dispatcher who chooses.

    :raises kernel.refusals.Refused: not this actor's order, or the actor does not dispatch it
    """
    order = selectors.order(actor=actor, number=number)
    if Role.DISPATCHER not in access.order_hats(actor, order):
        raise NotYours(Refusal("order.dispatcher", "选择护士由本中心专员办理，不在您的权限内。", "002 五(六)2"))
    return eligibility.answers(order, planned_start, planned_start + timedelta(minutes=order.minutes))


def _pk(model, number, what) -> int:
    pk = model.objects.filter(number=number).values_list("pk", flat=True).first()
    if pk is None:
        raise hidden(what)
    return pk
