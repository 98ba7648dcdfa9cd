"""A remote consult or a referral as the subject of a message. Why and what was advised is read on its page alone."""

from dataclasses import dataclass

from django.utils import timezone

from accounts.roles import Role
from accounts.selectors import holds_post
from audit.models import Outbox
from notifications import subjects
from notifications.route import Route
from notifications.subjects import Subject, in_post, taker
from referrals.models import Referral, ReferralStep, RemoteConsult, RemoteConsultStep

REMOTE, REFERRAL = "remote", "referral"


@dataclass(frozen=True)
class ReferringSubject(Subject):
    """One consult with the lead hospital, or one referral."""

    def facts(self) -> dict[str, str]:
        phone = self.row.centre.phone
        by = timezone.localtime(self.row.answer_by) if self.kind == REMOTE else None
        return {
            "number": self.row.number,
            "patient": self.patient.name,
            "hospital": self.row.hospital.short_name,
            "centre": self.row.centre.short_name,
            "time": f"{by.month}月{by.day}日 {by:%H:%M}" if by else "",
            "call": f"可拨打{phone}询问" if phone else "中心会与您联系",
        }


def subject_of(event: Outbox) -> ReferringSubject | None:
    """Find the consult or the referral that the event is about."""
    for model, kind in ((RemoteConsult, REMOTE), (Referral, REFERRAL)):
        if event.object_type == model._meta.label_lower:
            rows = model._default_manager.select_related("patient", "centre", "hospital")
            row = rows.filter(pk=event.object_id).first()
            return ReferringSubject(row, event.payload, None, kind) if row else None
    return None


def doer(subject: ReferringSubject) -> int | None:
    """Who took the step: nobody needs to be told what they did themselves."""
    steps, owner = (RemoteConsultStep, "consult") if subject.kind == REMOTE else (ReferralStep, "referral")
    return taker(steps._default_manager.filter(**{owner: subject.row}), subject.payload)


def hospital(subject: Subject) -> set[int]:
    """Whoever is on duty at the hospital that was asked."""
    return in_post(subject.row.hospital_id, Role.REVIEWER)


def expert(subject: Subject) -> set[int]:
    """The expert who has taken the consult; before that everybody at the hospital."""
    return {subject.row.expert_id} - {None} or hospital(subject)


def asking_nurse(subject: Subject) -> set[int]:
    """Who asked, if as a nurse of the centre: she has pages of her own."""
    return _asker(subject) if _is_nurse(subject) else set()


def asking_desk(subject: Subject) -> set[int]:
    """Who asked, if as doctor or dispatcher."""
    return set() if _is_nurse(subject) else _asker(subject)


def proposer(subject: Subject) -> set[int]:
    """The doctor who referred upwards, while in post; else every doctor of the centre."""
    here = subjects.doctors(subject)
    return {subject.row.proposed_by_id} & here or here


def urgent(subject: Subject) -> bool:
    return subject.row.urgency == RemoteConsult.Urgency.URGENT


def routine(subject: Subject) -> bool:
    return not urgent(subject)


def asked_for(subject: Subject) -> bool:
    """The family has not heard of it by the application that the doctor referred."""
    return subject.row.request_id is None


def upward(subject: Subject) -> bool:
    return subject.row.direction == Referral.Direction.UP


def downward(subject: Subject) -> bool:
    return not upward(subject)


def waited_for(subject: Subject) -> bool:
    """The hospital had not yet said, or heard, what came of it."""
    return subject.row.fed_back_at is None


def moved_away(subject: Subject) -> bool:
    """A family in mourning is not told that its own referral is over."""
    return waited_for(subject) and subject.row.over_because == Referral.Over.MOVED


def _asker(subject):
    return {subject.row.asked_by_id}


def _is_nurse(subject) -> bool:
    return holds_post(
        user_id=subject.row.asked_by_id, role=Role.NURSE, organisation_id=subject.organisation_id,
        on=timezone.localdate(),
    )  # fmt: skip


ROUTES: dict[str, tuple[Route, ...]] = {
    "referrals.consult_asked": (
        Route("review.remote_urgent", hospital, urgent),
        Route("review.remote_asked", hospital, routine),
    ),
    "referrals.consult_answered": (
        Route("nurse.remote_answered", asking_nurse),
        Route("desk.remote_answered", asking_desk),
    ),
    "referrals.consult_late": (
        Route("review.remote_late", hospital),
        Route("nurse.remote_late", asking_nurse),
        Route("desk.remote_late", asking_desk),
    ),
    "referrals.proposed": (
        Route("review.referral_proposed", hospital, upward),
        Route("desk.referral_proposed", subjects.desk, downward),
        Route("family.referral_proposed", subjects.readers, asked_for),
    ),
    "referrals.accepted": (
        Route("doctor.referral_accepted", proposer, upward),
        Route("review.referral_accepted", hospital, downward),
        Route("family.referral_accepted", subjects.readers),
    ),
    "referrals.declined": (
        Route("doctor.referral_declined", proposer, upward),
        Route("review.referral_declined", hospital, downward),
        Route("family.referral_declined", subjects.readers),
    ),
    "referrals.withdrawn": (
        Route("review.referral_withdrawn", hospital, upward),
        Route("desk.referral_withdrawn", subjects.desk, downward),
        Route("family.referral_withdrawn", subjects.readers),
    ),
    "referrals.lapsed": (
        Route("review.referral_lapsed", hospital, waited_for),
        Route("family.referral_lapsed", subjects.readers, moved_away),
    ),
    "referrals.transfer_arranged": (Route("family.referral_transfer", subjects.readers),),
    "referrals.fed_back": (
        Route("doctor.referral_answered", proposer, upward),
        Route("review.referral_answered", hospital, downward),
        Route("family.referral_answered", subjects.readers),
    ),
}

# Addresses of the pages; a test follows each of them.
LINKS = {
    ("review", "remote"): "/review/consults/{number}/",
    ("nurse", "remote"): "/nurse/remote/{number}/",
    ("desk", "remote"): "/dispatch/remote/{number}/",
    ("review", "referral"): "/review/referrals/{number}/",
    ("desk", "referral"): "/dispatch/referrals/{number}/",
    ("doctor", "referral"): "/dispatch/referrals/{number}/",
    ("family", "referral"): "/family/referrals/{number}/",
    ("nurse", "handout"): "/nurse/today/",
    ("nurse", "learning"): "/nurse/learn/",
    ("centre", "learning"): "/centre/learning/",
    ("oversight", "post"): "/oversight/posts/{row}/",
    ("centre", "post"): "/centre/posts/{row}/",
}
