"""
Which hats does this actor wear towards this request or order?

``*_hats`` answers for one row, ``*_visible_to`` for a whole table. They are twins: a test proves that they never
disagree, for every person and every status.
"""

from django.db.models import Q

from accounts.roles import Role
from orders.models import Appeal, Companion, DayPlan, Order, ServiceRequest

BY_CENTRE = (
    Role.DISPATCHER,
    Role.DOCTOR,
    Role.CENTRE_ADMIN,
    Role.REVIEWER,
    Role.SUPERVISOR,
    Role.QC_INSPECTOR,
)


def request_hats(actor, request) -> frozenset:
    return frozenset(_at_centre(actor, request.centre_id) | _of_patient(actor, request.patient_id))


def order_hats(actor, order) -> frozenset:
    worn = _at_centre(actor, order.centre_id) | _of_patient(actor, order.patient_id)
    nurse = order.nurse
    if nurse and nurse.user_id == actor.user_id and order.centre_id in actor.orgs_as(Role.NURSE):
        worn.add(Role.NURSE)
    return frozenset(worn)


def plan_hats(actor, plan) -> frozenset:
    """A centre's day is its dispatcher's; what nurses would do if they were lent is the commission's question."""
    role = Role.SUPERVISOR if plan.kind == DayPlan.Kind.LENDING else Role.DISPATCHER
    return frozenset({role} if plan.centre_id in actor.orgs_as(role) else ())


def plans_visible_to(actor):
    lending = Q(kind=DayPlan.Kind.LENDING)
    overseen = lending & Q(centre__in=actor.orgs_as(Role.SUPERVISOR, Role.QC_INSPECTOR))
    return DayPlan.objects.filter(~lending & Q(centre__in=actor.orgs_as(Role.DISPATCHER)) | overseen)


def companion_hats(actor, companion) -> frozenset:
    """The second nurse wears her hat here and never on the order itself: its steps are the first nurse's."""
    worn = _at_centre(actor, companion.centre_id)
    hers = companion.nurse_id and companion.nurse.user_id == actor.user_id
    if hers and companion.centre_id in actor.orgs_as(Role.NURSE):
        worn.add(Role.NURSE)
    return frozenset(worn)


def companions_visible_to(actor):
    mine = Q(nurse__user=actor.user_id, centre__in=actor.orgs_as(Role.NURSE))
    return Companion.objects.filter(_centres(actor) | mine)


def side(actor, order) -> str:
    """Under which hat this actor speaks of a visit that did not happen: as its nurse, its family, or the desk."""
    worn = order_hats(actor, order)
    return next((role.value for role in (Role.NURSE, Role.PATIENT, Role.PROXY, Role.DISPATCHER) if role in worn), "")


def appeal_hats(actor, appeal) -> frozenset:
    """Towards an appeal everybody wears what they wear towards its order."""
    return order_hats(actor, appeal.order)


def appeals_visible_to(actor):
    return Appeal.objects.filter(order__in=orders_visible_to(actor))


def scopes(actor, row) -> frozenset:
    return actor.scopes_for(row.patient_id)


def requests_visible_to(actor):
    return ServiceRequest.objects.filter(_centres(actor) | _patients(actor))


def orders_visible_to(actor):
    mine = Q(nurse__user=actor.user_id, centre__in=actor.orgs_as(Role.NURSE))
    return Order.objects.filter(_centres(actor) | _patients(actor) | mine)


def _at_centre(actor, centre_id) -> set:
    return {role for role in BY_CENTRE if centre_id in actor.orgs_as(role)}


def _of_patient(actor, patient_id) -> set:
    return {role for role in (Role.PATIENT, Role.PROXY) if patient_id in actor.patients_as(role)}


def _centres(actor):
    return Q(centre__in=actor.orgs_as(*BY_CENTRE))


def _patients(actor):
    return Q(patient__in=actor.patients_as(Role.PATIENT, Role.PROXY))
