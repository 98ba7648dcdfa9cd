"""Event → people → text. Adds rows only; runs after the act was committed, and may run again."""

from django.utils import timezone

from audit.models import Outbox
from audit.subscribers import subscribe
from notifications import safety, services
from notifications.routes import ROUTES, link
from notifications.services import Letter
from notifications.subjects import doer, subject_of
from notifications.texts import TEXTS


def subscribe_all() -> None:
    for event in ROUTES:
        subscribe(event, tell)


def tell(event: Outbox) -> None:
    """Write one message to each person concerned, except to the one who acted."""
    subject = safety.subject_of(event) or subject_of(event)
    if subject is None:
        return
    himself = safety.doer(subject) if isinstance(subject, safety.SafetySubject) else doer(subject)
    facts, letters = subject.facts(), []
    for route in ROUTES[event.event_type]:
        if route.when(subject):
            words = TEXTS[route.template]
            letters += [
                Letter(person, route.template, words.title, words.text.format(**facts), link(route, subject))
                for person in sorted(route.to(subject) - {himself})
            ]
    services.tell(
        event=event.event_type,
        event_id=event.pk,
        letters=letters,
        organisation_id=subject.organisation_id,
        patient_id=subject.patient.pk if subject.patient else None,
        now=timezone.now(),
    )
