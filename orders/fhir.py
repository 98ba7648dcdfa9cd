"""Events of the trace as FHIR AuditEvents, with the words that this floor knows for them."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet

from audit import fhir
from audit.models import Event
from orders import reach, timeline, trace

# Kinds of object, and acts without one, whose reason may say something about somebody's health.
ABOUT_PATIENTS = (
    "orders.", "clinical.", "patients.", "safety.", "notifications.", "followups.", "referrals.", "consults.",
    "logistics.", "bedside.", "supervision.",
)  # fmt: skip


def of_places(places: frozenset) -> QuerySet[Event]:
    """Lines of these institutions, of no institution as far as they are this district's, and those no act explains."""
    beyond = reach.of_no_place(places) | timeline.UNEXPLAINED
    return Event.objects.filter(timeline.LINES, Q(organisation_id__in=places) | beyond)


def resources(events: Iterable[Event], *, covered: bool) -> list[dict[str, Any]]:
    """These events as AuditEvents, in two queries; ``covered`` leaves out why, where that may touch on health."""
    events = list(events)
    return [
        fhir.audit_event(event, _words(line, covered), origin=settings.AUDIT_ORIGIN)
        for event, line in zip(events, trace.lines(events), strict=True)
    ]


def may_touch_on_health(line: trace.Line) -> bool:
    """Whether a line is about somebody who is cared for: it names the person, or is of a kind that is about one."""
    return bool(line.subject_id) or (line.object_type or line.action).startswith(ABOUT_PATIENTS)


def _words(line: trace.Line, covered: bool) -> fhir.Words:
    hidden = covered and may_touch_on_health(line)
    roles = zip(line.role.split(","), line.role_label.split("、"), strict=True) if line.role else ()
    return fhir.Words(
        label=line.label,
        who=line.who,
        roles=tuple(roles),
        organisation=line.organisation,
        reason="" if hidden else line.reason,
    )
