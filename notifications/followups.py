"""A follow-up or a green-channel case as the subject of a message. What was answered is read on its page alone."""

from dataclasses import dataclass

from audit.models import Outbox
from followups.models import FollowUp, FollowUpStep, GreenCase, GreenCaseStep
from notifications.subjects import Subject, doctors, taker

TASK, GREEN = "follow_up", "green"


@dataclass(frozen=True)
class FollowUpSubject(Subject):
    """One follow-up, or one case of the green channel."""

    def facts(self) -> dict[str, str]:
        due = self.row.due_on if self.kind == TASK else None
        phone = self.row.centre.phone
        return {
            "patient": self.patient.name,
            "day": f"{due.month}月{due.day}日" if due else "",
            "call": f"可拨打{phone}询问" if phone else "中心会与您联系",
        }


def subject_of(event: Outbox) -> FollowUpSubject | None:
    """Find the follow-up or the case that the event is about."""
    for model, kind in ((FollowUp, TASK), (GreenCase, GREEN)):
        if event.object_type == model._meta.label_lower:
            row = model._default_manager.select_related("patient", "centre").filter(pk=event.object_id).first()
            return FollowUpSubject(row, event.payload, None, kind) if row else None
    return None


def doer(subject: FollowUpSubject) -> int | None:
    """Who took the step: nobody needs to be told what they did themselves."""
    steps, owner = (FollowUpStep, "follow_up") if subject.kind == TASK else (GreenCaseStep, "case")
    return taker(steps._default_manager.filter(**{owner: subject.row}), subject.payload)


def online(subject: Subject) -> bool:
    """The family is to answer by itself; of a call it is not asked to do anything."""
    return subject.payload.get("kind") == FollowUp.Kind.QUESTIONNAIRE


def holder(subject: Subject) -> set[int]:
    """The doctor who took the case, while in post; else whoever is doctor of the centre, for somebody has to go on."""
    here = doctors(subject)
    return {subject.row.doctor_id} & here or here


def late(level: int):
    """How far a case that no doctor takes has been carried by this event."""
    return lambda subject: subject.payload.get("level") == level
