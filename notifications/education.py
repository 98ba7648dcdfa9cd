"""A course that a nurse must pass, an article that a family has read, a post: as the subject of a message."""

from dataclasses import dataclass
from typing import Any

from accounts.roles import Role
from audit.models import Outbox
from education.models import Assignment, Handout, Post, PostStep
from notifications.subjects import Subject, in_post, said_day, taker

ROWS: dict[str, Any] = {
    "learning": (Assignment, ("nurse__user", "course", "centre")),
    "handout": (Handout, ("article", "patient", "order", "centre")),
    "post": (Post, ("organisation",)),
}


@dataclass(frozen=True)
class EducationSubject(Subject):
    """Of a course and of a post no patient is concerned."""

    row: Any

    @property
    def patient(self):
        return getattr(self.row, "patient", None)

    @property
    def organisation_id(self):
        return self.row.organisation_id if self.kind == "post" else self.row.centre_id

    def facts(self) -> dict[str, str]:
        due = getattr(self.row, "due_on", None)
        about = {"learning": "course", "handout": "article"}.get(self.kind)
        return {
            "nurse": str(self.row.nurse) if self.kind == "learning" else "",
            "patient": self.patient.name if self.patient else "",
            "title": getattr(self.row, about).title if about else self.row.title,
            "day": said_day(due.isoformat()) if due else "",
        }


def subject_of(event: Outbox) -> EducationSubject | None:
    """Find what the event is about; what was handed out at a visit is its order's news and found there."""
    for kind, (model, related) in ROWS.items():
        if event.object_type == model._meta.label_lower:
            row = model._default_manager.select_related(*related).filter(pk=event.object_id).first()
            return EducationSubject(row, event.payload, None, kind) if row else None
    return None


def doer(subject: EducationSubject) -> int | None:
    """Who took the step of a post; of the rest nobody is told what they did themselves."""
    if subject.kind != "post":
        return None
    return taker(PostStep.objects.filter(post=subject.row), subject.payload)


def editors(subject: Any) -> set[int]:
    """Who looks at what institutions hand in."""
    return in_post(subject.row.district_id, Role.SUPERVISOR)


def author(subject: Any) -> set[int]:
    return {subject.row.written_by_id}


def unclear(subject: Subject) -> bool:
    """The family says that it is not clear: the nurse should know before she comes again."""
    return subject.payload.get("clear") is False


def of_a_centre(subject: Any) -> bool:
    """Whether an institution of the district has handed the post in, and not the commission itself."""
    return subject.row.organisation_id != subject.row.district_id
