"""Which event is told to whom, under which text, and which page the message opens: one table."""

from collections.abc import Callable
from dataclasses import dataclass

from notifications import subjects
from notifications.subjects import Subject
from orders.lifecycle import ORDER, OrderStatus


@dataclass(frozen=True, slots=True)
class Route:
    template: str
    to: Callable[[Subject], set[int]]
    when: Callable[[Subject], bool] = lambda subject: True


def _to_sign(subject):
    return subject.payload.get("to") == OrderStatus.AWAITING_CONSENT


def _covered(subject):
    return not _to_sign(subject)


def _promised(subject):
    """The family had been told of a nurse; an offer that nobody accepted is no news to it."""
    return subject.payload.get("from") in ORDER["give_back"].from_


def _again(subject):
    """The second nurse in a row did not take the visit: the desk should not be alone with it."""
    return subjects.times_unseated(subject) >= 2


def _timed(subject):
    return subject.at is not None


def _as_before(subject):
    """Told to the family for the first time, or with the nurse and the hour that it knows."""
    return _timed(subject) and not subject.payload.get("before")


def _otherwise(subject):
    """The family knew another hour or another nurse, and the visit has not begun."""
    return _timed(subject) and bool(subject.payload.get("before"))


def _one_left(subject):
    return subject.next is not None


def _nobody_left(subject):
    return subject.next is None


def _day(subject):
    """The day that a waiting family is told is new, and there is one."""
    return bool(subject.payload.get("told") and subject.payload.get("day"))


def _no_day(subject):
    return bool(subject.payload.get("told") and not subject.payload.get("day"))


ROUTES: dict[str, tuple[Route, ...]] = {
    "orders.request_submitted": (Route("desk.submitted", subjects.desk),),
    "orders.request_received": (Route("family.received", subjects.family),),
    "orders.request_declined": (Route("family.declined", subjects.family),),
    "orders.assessment_planned": (
        Route("family.assessment", subjects.family, _timed),
        Route("doctor.assessment", subjects.doctor, _timed),
    ),
    "clinical.assessment_replanned": (
        Route("family.assessment_moved", subjects.family, _timed),
        Route("doctor.assessment_moved", subjects.doctor, _timed),
    ),
    "orders.found_unsuitable": (Route("family.unsuitable", subjects.family),),
    "orders.referred": (Route("family.referred", subjects.family),),
    # Prescribing creates the first order, and it is the order that waits for the signature.
    "orders.created": (
        Route("family.sign", subjects.family, _to_sign),
        Route("family.next_visit", subjects.family, _covered),
    ),
    "orders.offered": (Route("nurse.offered", subjects.nurse, _timed),),
    "orders.accepted": (
        Route("family.accepted", subjects.family, _as_before),
        Route("family.accepted_otherwise", subjects.family, _otherwise),
    ),
    "orders.declined": (
        Route("desk.declined_next", subjects.desk, _one_left),
        Route("desk.declined", subjects.desk, _nobody_left),
        Route("centre.nobody_takes", subjects.head, _again),
    ),
    "orders.expired": (
        Route("desk.expired_next", subjects.desk, _one_left),
        Route("desk.expired", subjects.desk, _nobody_left),
        Route("nurse.expired", subjects.nurse),
        Route("centre.nobody_takes", subjects.head, _again),
    ),
    "orders.recalled": (
        Route("nurse.recalled", subjects.nurse),
        Route("family.reseating", subjects.family, _promised),
    ),
    "orders.given_back": (
        Route("desk.given_back_next", subjects.desk, _one_left),
        Route("desk.given_back", subjects.desk, _nobody_left),
        Route("centre.nobody_takes", subjects.head, _again),
        Route("family.reseating", subjects.family),
    ),
    "orders.rescheduled": (
        Route("nurse.rescheduled", subjects.nurse),
        Route("family.rescheduled", subjects.family),
    ),
    "orders.departed": (Route("family.departed", subjects.family, _timed),),
    "orders.finished": (Route("family.finished", subjects.family),),
    "orders.objected": (Route("desk.objected", subjects.desk),),
    "orders.settled": (Route("family.settled", subjects.family),),
    "orders.cancelled": (
        Route("nurse.cancelled", subjects.nurse),
        Route("family.cancelled", subjects.family),
    ),
    "orders.missed": (Route("family.missed", subjects.family), Route("nurse.missed", subjects.nurse)),
    "orders.appeal_filed": (Route("centre.appeal", subjects.head),),
    "orders.appeal_upheld": (
        Route("family.appeal_upheld", subjects.family),
        Route("nurse.appeal_upheld", subjects.nurse),
    ),
    "orders.appeal_rejected": (
        Route("family.appeal_rejected", subjects.family),
        Route("nurse.appeal_rejected", subjects.nurse),
    ),
    "orders.wait_listed": (
        Route("family.waiting", subjects.family, _day),
        Route("family.waiting_long", subjects.family, _no_day),
    ),
    "orders.wait_reckoned": (
        Route("family.waiting_moved", subjects.family, _day),
        Route("family.waiting_long", subjects.family, _no_day),
        Route("desk.waiting_moved", subjects.desk, _day),
    ),
    "orders.visit_unarranged": (
        Route("family.unarranged", subjects.family),
        Route("desk.unarranged", subjects.desk),
    ),
    "orders.aborted": (Route("desk.aborted", subjects.desk), Route("family.aborted", subjects.family)),
    "orders.companion_offered": (Route("nurse.along", subjects.nurse, _timed),),
    "orders.companion_reminded": (Route("nurse.along_reminded", subjects.nurse, _timed),),
    "orders.companion_accepted": (
        Route("desk.along", subjects.desk),
        Route("nurse.along_coming", subjects.lead, _timed),
        Route("family.along", subjects.family, _timed),
    ),
    "orders.companion_declined": (Route("desk.along_declined", subjects.desk),),
    "orders.companion_expired": (
        Route("desk.along_expired", subjects.desk),
        Route("nurse.along_expired", subjects.nurse),
    ),
    "orders.companion_given_back": (
        Route("desk.along_given_back", subjects.desk),
        Route("nurse.along_lost", subjects.lead, _timed),
    ),
    "orders.companion_released": (Route("nurse.along_released", subjects.nurse),),
    "orders.offer_reminded": (Route("nurse.reminded", subjects.nurse, _timed),),
    "orders.visit_late": (
        Route("desk.late", subjects.desk),
        Route("nurse.late", subjects.nurse, _timed),
        Route("family.late", subjects.family, _timed),
    ),
    "orders.visit_missed": (
        Route("desk.nobody_came", subjects.desk),
        Route("centre.nobody_came", subjects.head),
        Route("family.nobody_came", subjects.family, _timed),
    ),
    "orders.visit_overran": (Route("desk.overran", subjects.desk),),
    "orders.rating_replied": (Route("family.replied", subjects.family),),
}

# Addresses of the pages that a message opens. The desks stand above this floor, so they are written as addresses; a
# test follows each of them.
LINKS = {
    ("family", "request"): "/family/requests/{number}/",
    ("family", "order"): "/family/orders/{number}/",
    ("nurse", "order"): "/nurse/today/",  # what was taken away cannot be opened any more
    ("doctor", "request"): "/doctor/assess/{assessment}/",
    ("desk", "request"): "/dispatch/requests/{number}/",
    ("desk", "order"): "/dispatch/orders/{number}/",
    ("centre", "order"): "/centre/orders/{number}/",
    ("family", "companion"): "/family/orders/{number}/",
    ("desk", "companion"): "/dispatch/orders/{number}/",
    ("nurse", "companion"): "/nurse/along/{seat}/",
}
OWN_LINKS = {
    "nurse.along_coming": "/nurse/visit/{number}/",
    "nurse.along_lost": "/nurse/visit/{number}/",
    "centre.appeal": "/centre/appeals/",
    "nurse.missed": "/nurse/visit/{number}/",
    "nurse.appeal_upheld": "/nurse/visit/{number}/",
    "nurse.appeal_rejected": "/nurse/visit/{number}/",
    "nurse.offered": "/nurse/offers/{number}/",
    "nurse.reminded": "/nurse/offers/{number}/",
}


def link(route: Route, subject: Subject) -> str:
    audience = route.template.partition(".")[0]
    page = OWN_LINKS.get(route.template) or LINKS[audience, subject.kind]
    seat = subject.seat.pk if subject.seat else None
    assessment = getattr(subject.row, "assessment_id", None)
    return page.format(number=subject.row.number, assessment=assessment, seat=seat)
