"""A call for help or a warning about a household as the subject of a message; of a call there may be no patient."""

from dataclasses import dataclass

from django.utils import timezone

from accounts import selectors as accounts
from accounts.models import Organization
from accounts.roles import Role
from audit.models import Outbox, StepBase
from notifications.subjects import Subject, taker
from safety.models import Alarm, AlarmStep, RiskFlag, RiskFlagStep

ALARM, FLAG = "alarm", "flag"
STEPS: dict[str, type[StepBase]] = {ALARM: AlarmStep, FLAG: RiskFlagStep}


@dataclass(frozen=True)
class SafetySubject(Subject):
    """An alarm or a warning; ``patient`` is None for a press off a visit."""

    @property
    def patient(self):
        return self.row.patient

    def facts(self) -> dict[str, str]:
        """The nurse who calls, and since when. Nothing of a warning is said in a message: it is read on its page."""
        if self.kind == FLAG:
            return {"patient": self.row.patient.name}
        at = timezone.localtime(self.row.pressed_at)
        return {"nurse": str(self.row.nurse), "time": f"{at:%H:%M}", "desk": str(self.row.acknowledged_by or "")}


def subject_of(event: Outbox) -> SafetySubject | None:
    """Find the alarm or the warning that the event is about."""
    if event.object_type == Alarm._meta.label_lower:
        rows = Alarm.objects.select_related("nurse__user", "centre__parent__parent", "patient", "acknowledged_by")
        row = rows.filter(pk=event.object_id).first()
        return SafetySubject(row, event.payload, row.pressed_at, ALARM) if row else None
    if event.object_type == RiskFlag._meta.label_lower:
        flag = RiskFlag.objects.select_related("patient", "centre").filter(pk=event.object_id).first()
        return SafetySubject(flag, event.payload, flag.raised_at, FLAG) if flag else None
    return None


def doer(subject: SafetySubject) -> int | None:
    """Who took the step: nobody needs to be told what they did themselves."""
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
