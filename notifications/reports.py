"""Complaints, reports and suggestions as the subject of a message. What was said stands on their page alone."""

from dataclasses import dataclass

from accounts.roles import Role
from audit.models import Outbox
from notifications.subjects import Subject, in_post, said_moment, taker
from safety.models import Report, ReportStep

KIND = "report"


@dataclass(frozen=True)
class ReportSubject(Subject):
    """
    One matter; no patient is named by it. Its place is whoever handles it now, so that of what goes past a centre to
    the commission nothing is told or traced at the centre (004 五(三)).
    """

    @property
    def patient(self):
        return None

    @property
    def organisation_id(self) -> int:
        return self.row.organisation_id

    def facts(self) -> dict[str, str]:
        return {
            "number": self.row.number,
            "accept_by": said_moment(self.row.accept_by),
            "time": said_moment(self.row.answer_by),
        }


def subject_of(event: Outbox) -> ReportSubject | None:
    """Find the matter that the event is about."""
    if event.object_type != Report._meta.label_lower:
        return None
    row = Report.objects.filter(pk=event.object_id).first()
    return ReportSubject(row, event.payload, row.answer_by, KIND) if row else None


def doer(subject: ReportSubject) -> int | None:
    """Who took the step: nobody needs to be told what they did themselves."""
    return taker(ReportStep.objects.filter(report=subject.row), subject.payload)


def reporter(subject: Subject) -> set[int]:
    """Whoever said it, and nobody else of the family: some things are said because nobody else should know."""
    return {subject.row.filed_by_id} if isinstance(subject, ReportSubject) else set()


def untouched(subject: Subject) -> bool:
    """Nothing has come after it: who has begun already, or has passed it on, need not be told that it is there."""
    return subject.row.version == subject.payload.get("version")


def commission(subject: Subject) -> set[int]:
    """Whoever supervises at the commission that handles it; nobody while a centre does."""
    return in_post(subject.organisation_id, Role.SUPERVISOR)
