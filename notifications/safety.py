"""A call for help, a warning or an adverse event as the subject of a message; of a call there may be no patient."""

from dataclasses import dataclass

from django.utils import timezone

from accounts import selectors as accounts
from accounts.models import Organization
from accounts.roles import Role
from audit.models import Outbox, StepBase
from notifications.subjects import Subject, taker
from safety.models import Alarm, AlarmStep, Incident, RiskFlag, RiskFlagStep

ALARM, FLAG, INCIDENT = "alarm", "flag", "incident"
STEPS: dict[str, type[StepBase]] = {ALARM: AlarmStep, FLAG: RiskFlagStep}


@dataclass(frozen=True)
class SafetySubject(Subject):
    """An alarm, a warning or an adverse event; ``patient`` is None where no visit is behind it."""

    @property
    def patient(self):
        return self.row.order and self.row.order.patient if self.kind == INCIDENT else self.row.patient

    def facts(self) -> dict[str, str]:
        """Who, since when and what kind. Nobody's words are said in a message: they are read on their page."""
        if self.kind == FLAG:
            return {"patient": self.row.patient.name}
        if self.kind == INCIDENT:
            order = self.row.order
            nurse = str(order.nurse) if order and order.nurse else ""
            return {"nurse": nurse, "what": self.row.get_kind_display(), "number": order.number if order else ""}
        at = timezone.localtime(self.row.pressed_at)
        return {"nurse": str(self.row.nurse), "time": f"{at:%H:%M}", "desk": str(self.row.acknowledged_by or "")}


def subject_of(event: Outbox) -> SafetySubject | None:
    """Find the alarm, the warning or the adverse event that the event is about."""
    if event.object_type == Alarm._meta.label_lower:
        rows = Alarm.objects.select_related("nurse__user", "centre__parent__parent", "patient", "acknowledged_by")
        row = rows.filter(pk=event.object_id).first()
        return SafetySubject(row, event.payload, row.pressed_at, ALARM) if row else None
    if event.object_type == RiskFlag._meta.label_lower:
        flag = RiskFlag.objects.select_related("patient", "centre").filter(pk=event.object_id).first()
        return SafetySubject(flag, event.payload, flag.raised_at, FLAG) if flag else None
    if event.object_type == Incident._meta.label_lower:
        about = Incident.objects.select_related("order__patient", "order__nurse__user", "centre")
        incident = about.filter(pk=event.object_id).first()
        return SafetySubject(incident, event.payload, incident.opened_at, INCIDENT) if incident else None
    return None


def doer(subject: SafetySubject) -> int | None:
    """Who took the step: nobody needs to be told what they did themselves."""
    if subject.kind == INCIDENT:
        return subject.payload.get("reporter")
    return taker(STEPS[subject.kind]._default_manager.filter(**{subject.kind: subject.row}), subject.payload)


def reviewers(subject: Subject) -> set[int]:
    """Whoever is on duty for the centre at its lead hospital."""
    return _above(subject, Role.REVIEWER)


def supervisors(subject: Subject) -> set[int]:
    """Whoever is on duty for the centre at the commission."""
    return _above(subject, Role.SUPERVISOR)


def _above(subject, role) -> set[int]:
    line = Organization.objects.filter(pk=subject.organisation_id).values_list("parent", "parent__parent")
    places = {pk for row in line for pk in row if pk}
    return accounts.in_post(role, at=places, on=timezone.localdate())
