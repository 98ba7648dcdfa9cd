"""A nurse's paper that ends soon, as the subject of a message: to herself, and to the head of each of her centres."""

from dataclasses import dataclass

from django.utils import timezone

from accounts import selectors as accounts
from accounts.roles import Role
from audit.models import Outbox
from notifications.subjects import Subject, said_day
from nurses.models import Nurse


@dataclass(frozen=True)
class StandingSubject(Subject):
    """``row`` is the nurse; no patient is concerned."""

    @property
    def patient(self):
        return None

    @property
    def organisation_id(self):
        return next(iter(sorted(self.centres)), None)

    @property
    def centres(self) -> set[int]:
        posts = accounts.posts_in_force(on=timezone.localdate()).filter(user=self.row.user_id, role=Role.NURSE)
        return set(posts.values_list("organisation", flat=True))

    def facts(self) -> dict[str, str]:
        return {
            "nurse": str(self.row),
            "what": self.payload.get("what", ""),
            "day": said_day(self.payload.get("day")),
        }


def subject_of(event: Outbox) -> StandingSubject | None:
    """Find the nurse whose paper ends."""
    if event.object_type != Nurse._meta.label_lower:
        return None
    nurse = Nurse.objects.select_related("user").filter(pk=event.object_id).first()
    return StandingSubject(nurse, event.payload, None, "standing") if nurse else None


def herself(subject: Subject) -> set[int]:
    return {subject.row.user_id} if isinstance(subject, StandingSubject) else set()


def heads(subject: Subject) -> set[int]:
    """Who administers a centre at which she works."""
    if not isinstance(subject, StandingSubject):
        return set()
    return accounts.in_post(Role.CENTRE_ADMIN, at=subject.centres, on=timezone.localdate())
