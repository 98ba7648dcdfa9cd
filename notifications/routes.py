"""Which event is told to whom, under which text, and which page the message opens: one table."""

from collections.abc import Callable

from notifications import education, followups, linking, referring, reports, safety, standing, subjects
from notifications.route import Route
from notifications.subjects import Subject
from orders.lifecycle import ORDER, OrderStatus
from safety.models import Alarm


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


def _by_itself(subject):
    """The platform took the step after something else; nobody at the desk has seen it happen."""
    return subjects.doer(subject) is None


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


def _critical(subject):
    """A result that cannot wait for the next time somebody looks."""
    return bool(subject.payload.get("critical"))


def _level(level: int) -> Callable[[Subject], bool]:
    """How far an alarm that nobody answers has been carried by this event."""
    return lambda subject: subject.payload.get("level") == level


def _by_the_clock(subject):
    """The platform has called for her, because no safe sign came."""
    return subject.payload.get("kind") == Alarm.Kind.TIMER


def _by_her(subject):
    """A nurse has reported it; what the platform or the desk writes down, the desk knows."""
    return "reporter" in subject.payload


def _of_a_nurse(subject):
    return isinstance(subject, standing.StandingSubject)


def _of_a_patient(subject):
    return not _of_a_nurse(subject)


def _was_told(subject):
    """Who was never told of a warning hears nothing of its end."""
    return subject.row.told_at is not None


def _still_in_post(subject):
    """The doctor of a first visit, unless it was called off because the post is over."""
    return subjects.doctor(subject) & subjects.doctors(subject)


def _colleagues(subject):
    """Every doctor of the centre but who gave the call back; where there is no other, again that one."""
    here = subjects.doctors(subject)
    return here - {subject.payload.get("had_it")} or here


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
    "clinical.assessment_cancelled": (Route("doctor.assessment_off", _still_in_post),),
    "orders.found_unsuitable": (Route("family.unsuitable", subjects.family),),
    "orders.referred": (Route("family.referred", subjects.family),),
    # Prescribing creates the first order, and it is the order that waits for the signature.
    "orders.created": (
        Route("family.sign", subjects.family, _to_sign),
        Route("family.next_visit", subjects.family, _covered),
    ),
    "orders.consent_asked_again": (
        Route("family.sign", subjects.family),
        Route("nurse.recalled", subjects.nurse),
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
        Route("desk.cancelled", subjects.desk, _by_itself),
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
    "clinical.call_back_opened": (Route("doctor.call_back", subjects.family_doctor),),
    "clinical.call_back_taken": (Route("nurse.call_back_taken", subjects.nurse),),
    "clinical.call_back_released": (
        Route("doctor.call_back", _colleagues),
        Route("nurse.call_back_released", subjects.nurse),
    ),
    "clinical.call_back_closed": (Route("nurse.call_back_closed", subjects.nurse),),
    "clinical.call_back_reminded": (Route("doctor.call_back_waits", subjects.doctors),),
    "clinical.call_back_overdue": (
        Route("desk.call_back_overdue", subjects.desk),
        Route("centre.call_back_overdue", subjects.head),
    ),
    "orders.rating_replied": (Route("family.replied", subjects.family),),
    "logistics.specimen_overdue": (
        Route("nurse.specimen_late", subjects.nurse),
        Route("desk.specimen_late", subjects.desk),
    ),
    "logistics.specimen_rejected": (
        Route("desk.specimen_rejected", subjects.desk),
        Route("nurse.specimen_rejected", subjects.nurse),
    ),
    "logistics.specimen_lost": (Route("desk.specimen_lost", subjects.desk),),
    "logistics.specimen_resulted": (
        Route("desk.specimen_critical", subjects.desk, _critical),
        Route("doctor.specimen_critical", subjects.family_doctor, _critical),
    ),
    "logistics.critical_untold": (
        Route("desk.specimen_untold", subjects.desk),
        Route("doctor.specimen_untold", subjects.family_doctor),
        Route("centre.specimen_untold", subjects.head),
    ),
    "logistics.waste_reminded": (Route("nurse.waste_reminded", subjects.nurse),),
    "logistics.waste_carried_long": (
        Route("nurse.waste_late", subjects.nurse),
        Route("desk.waste_late", subjects.desk),
    ),
    "logistics.waste_stored_long": (Route("centre.waste_stored", subjects.head),),
    "logistics.waste_lost": (Route("desk.waste_lost", subjects.desk),),
    "notifications.visit_reminded": (
        Route("family.visit_tomorrow", subjects.family, _timed),
        Route("nurse.visit_tomorrow", subjects.nurse, _timed),
    ),
    "notifications.guidance_sent": (Route("family.guidance", subjects.readers),),
    "notifications.expiry_reminded": (
        Route("nurse.expiring", standing.herself, _of_a_nurse),
        Route("centre.expiring", standing.heads, _of_a_nurse),
        Route("family.expiring", subjects.family, _of_a_patient),
        Route("doctor.expiring", subjects.doctor, _of_a_patient),
        Route("desk.expiring", subjects.desk, _of_a_patient),
    ),
    "followups.fell_due": (Route("family.follow_up", subjects.readers, followups.online),),
    "followups.missed": (Route("desk.follow_up_missed", subjects.desk),),
    "followups.green_opened": (
        Route("doctor.green", subjects.doctors),
        Route("desk.green", subjects.desk),
        Route("family.green", subjects.readers),
    ),
    "followups.green_released": (Route("doctor.green_waits", subjects.doctors),),
    "followups.green_late": (
        Route("doctor.green_waits", subjects.doctors),
        Route("centre.green_waits", subjects.head, followups.late(2)),
        Route("review.green_waits", safety.reviewers, followups.late(3)),
    ),
    "followups.green_reminded": (
        Route("doctor.green_unfinished", followups.holder),
        Route("centre.green_unfinished", subjects.head),
    ),
    "education.handed_out": (Route("family.education", subjects.readers),),
    "education.handout_read": (Route("nurse.education_unclear", subjects.nurse, education.unclear),),
    "education.training_planned": (Route("nurse.training_planned", subjects.nurse),),
    "education.training_reminded": (Route("nurse.training_soon", subjects.nurse),),
    "education.training_late": (
        Route("nurse.training_late", subjects.nurse),
        Route("centre.training_late", subjects.head),
    ),
    "education.post_submitted": (Route("oversight.post", education.editors),),
    "education.post_resubmitted": (Route("oversight.post", education.editors),),
    "education.post_sent_back": (Route("centre.post_returned", education.author, education.of_a_centre),),
    "education.post_approved": (Route("centre.post_approved", education.author, education.of_a_centre),),
    "consults.asked": (Route("nurse.consult_asked", subjects.nurses_here),),
    "consults.added": (Route("nurse.consult_asked", subjects.nurses_here),),
    "consults.answered": (Route("family.consult_answered", subjects.readers),),
    "consults.visit_advised": (Route("family.consult_visit", subjects.readers),),
    "consults.overdue": (
        Route("nurse.consult_late", subjects.nurses_here),
        Route("desk.consult_late", subjects.desk),
        Route("centre.consult_late", subjects.head),
    ),
    **referring.ROUTES,
    **linking.ROUTES,
    "safety.alarm_raised": (
        Route("desk.alarm", subjects.desk),
        Route("nurse.called_for", subjects.nurse, _by_the_clock),
    ),
    "safety.alarm_escalated": (
        Route("desk.alarm_again", subjects.desk, _level(2)),
        Route("centre.alarm", subjects.head, _level(2)),
        Route("review.alarm", safety.reviewers, _level(3)),
        Route("oversight.alarm", safety.supervisors, _level(3)),
    ),
    "safety.alarm_acknowledged": (Route("nurse.alarm_answered", subjects.nurse),),
    "safety.timer_asked": (Route("nurse.are_you_safe", subjects.nurse),),
    "safety.incident_opened": (
        Route("desk.incident", subjects.desk, _by_her),
        Route("centre.incident", subjects.head, _by_her),
    ),
    "safety.report_filed": (
        Route("centre.report", subjects.head, reports.untouched),
        Route("oversight.report", reports.commission, reports.untouched),
    ),
    "safety.report_carried_up": (Route("oversight.report_carried_up", reports.commission),),
    "safety.report_accepted": (Route("family.report_accepted", reports.reporter),),
    "safety.report_answered": (Route("family.report_answered", reports.reporter),),
    "safety.report_closed": (Route("family.report_closed", reports.reporter),),
    "safety.flag_appealed": (Route("centre.flag_appealed", subjects.head),),
    "safety.flag_told": (Route("family.flag_told", subjects.family),),
    "safety.flag_appeal_upheld": (Route("family.flag_upheld", subjects.family, _was_told),),
    "safety.flag_appeal_rejected": (Route("family.flag_rejected", subjects.family, _was_told),),
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
    ("doctor", "call_back"): "/doctor/call-backs/{call_back}/",
    ("nurse", "call_back"): "/nurse/visit/{number}/",
    ("desk", "call_back"): "/dispatch/orders/{number}/",
    ("centre", "call_back"): "/centre/orders/{number}/",
    ("desk", "alarm"): "/dispatch/alerts/{row}/",
    ("centre", "alarm"): "/dispatch/alerts/{row}/",
    ("review", "alarm"): "/dispatch/alerts/{row}/",
    ("oversight", "alarm"): "/dispatch/alerts/{row}/",
    ("nurse", "alarm"): "/nurse/sos/",
    ("desk", "incident"): "/centre/incidents/{row}/",
    ("centre", "incident"): "/centre/incidents/{row}/",
    ("nurse", "specimen"): "/nurse/carried/",
    ("desk", "specimen"): "/centre/registers/specimens/{goods}/",
    ("doctor", "specimen"): "/centre/registers/specimens/{goods}/",
    ("centre", "specimen"): "/centre/registers/specimens/{goods}/",
    ("nurse", "wastebag"): "/nurse/carried/",
    ("desk", "wastebag"): "/centre/registers/waste/{goods}/",
    ("centre", "wastebag"): "/centre/registers/waste/{goods}/",
    ("family", "follow_up"): "/family/follow-ups/{row}/",
    ("desk", "follow_up"): "/dispatch/follow-ups/{row}/",
    ("family", "green"): "/family/follow-ups/",
    ("desk", "green"): "/dispatch/follow-ups/green/",
    ("doctor", "green"): "/doctor/green/{row}/",
    ("centre", "green"): "/dispatch/follow-ups/green/",
    ("review", "green"): "/dispatch/follow-ups/green/",
    ("family", "consult"): "/family/consults/{number}/",
    ("nurse", "consult"): "/nurse/consults/{number}/",
    ("desk", "consult"): "/messages/",
    ("centre", "consult"): "/messages/",
    **referring.LINKS,
    **linking.LINKS,
    ("nurse", "standing"): "/nurse/me/",
    ("centre", "standing"): "/centre/credentials/{row}/",
    ("centre", "flag"): "/dispatch/risks/{row}/",
    ("family", "flag"): "/family/risks/",
    ("family", "report"): "/family/reports/{row}/",
    ("centre", "report"): "/centre/reports/{row}/",
    ("oversight", "report"): "/oversight/reports/{row}/",
}
OWN_LINKS = {
    "family.education": "/family/learn/",
    "nurse.are_you_safe": "/nurse/visit/{number}/",
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
    call_back = subject.payload.get("call_back")
    return page.format(
        number=getattr(subject.row, "number", ""),
        row=subject.row.pk,
        assessment=assessment,
        seat=seat,
        call_back=call_back,
        goods=subject.payload.get("goods"),
    )
