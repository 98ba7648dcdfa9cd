"""Somebody may act for a patient, by what the desk has registered: told to that account, and to the patient's own."""

from dataclasses import dataclass

from audit.models import Outbox
from notifications.route import Route
from notifications.subjects import Subject, said_day
from patients.models import Patient, Proxy


@dataclass(frozen=True)
class LinkSubject(Subject):
    """``row`` is the patient; the payload names the account and, where there is one, the authorisation."""

    @property
    def patient(self):
        return self.row

    @property
    def organisation_id(self):
        return self.payload.get("organisation")

    def facts(self) -> dict[str, str]:
        proxy = Proxy.objects.filter(pk=self.payload.get("proxy")).first()
        return {"patient": self.row.name, "day": said_day(proxy.expires_on.isoformat()) if proxy else ""}


def subject_of(event: Outbox) -> LinkSubject | None:
    """Find the patient whose accounts the event is about."""
    if event.event_type not in ROUTES:
        return None
    patient = Patient.objects.filter(pk=event.object_id).first()
    return LinkSubject(patient, event.payload, None, "proxy") if patient else None


def account(subject: Subject) -> set[int]:
    """Whose account it is."""
    return {subject.payload.get("user")} - {None}


def own(subject: Subject) -> set[int]:
    """The patient, where there is an account to read it with."""
    return {subject.row.user_id} - {None}


def _at_desk(subject):
    """What the family arranged among themselves is no news to it."""
    return bool(subject.payload.get("at_desk"))


ROUTES = {
    "patients.account_linked": (Route("family.account", account, _at_desk),),
    "patients.proxy_added": (
        Route("family.may_act", account, _at_desk),
        Route("family.somebody_acts", own, _at_desk),
    ),
    "patients.proxy_extended": (
        Route("family.may_go_on", account, _at_desk),
        Route("family.somebody_acts", own, _at_desk),
    ),
}
LINKS = {("family", "proxy"): "/family/people/"}
