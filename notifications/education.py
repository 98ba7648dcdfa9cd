"""A course that a nurse must pass, an article that a family has read, a post: as the subject of a message."""

from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from accounts.roles import Role
from accounts.selectors import posts_in_force
from audit.models import Outbox
from education.models import Assignment, Handout, Post, PostStep
from notifications.subjects import Subject, said_day

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
    taken = PostStep.objects.filter(post=subject.row, name=subject.payload.get("step", ""))
    return taken.order_by("-pk").values_list("taken_by", flat=True).first()


def editors(subject: Any) -> set[int]:
    """Who looks at what institutions hand in."""
    posts = posts_in_force(on=timezone.localdate()).filter(organisation=subject.row.district_id, role=Role.SUPERVISOR)
    return set(posts.values_list("user", flat=True))


def author(subject: Any) -> set[int]:
    return {subject.row.written_by_id}


def unclear(subject: Subject) -> bool:
    """The family says that it is not clear: the nurse should know before she comes again."""
    return subject.payload.get("clear") is False


def of_a_centre(subject: Any) -> bool:
    """Whether an institution of the district has handed the post in, and not the commission itself."""
    return subject.row.organisation_id != subject.row.district_id
