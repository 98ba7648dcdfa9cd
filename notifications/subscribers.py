"""Event → people → text, and what falls due. Adds rows only; runs after the act was committed, and may run again."""

from datetime import date, datetime, time

from audit.delivery import clock
from audit.models import Due, Outbox
from audit.subscribers import every_day, on_each_tick, subscribe, when_due
from kernel.actors import system
from notifications import (
    education,
    followups,
    linking,
    overseeing,
    reading,
    referring,
    reports,
    rules,
    safety,
    services,
    standing,
)
from notifications.routes import ROUTES, link
from notifications.services import Letter
from notifications.subjects import Subject, doer, family, subject_of
from notifications.texts import TEXTS

LOOK = "reminder.look"
BEFORE_WORK = time(6)  # so that what ends is known when the day begins, and told when quiet hours are over


def subscribe_all() -> None:
    for event in ROUTES:
        subscribe(event, tell)
    for event in overseeing.WORDS:
        subscribe(event, overseeing.tell)
    subscribe("supervision.checks_run", overseeing.tell_of_run)
    subscribe(reading.REMINDED, reading.remind)
    subscribe("orders.accepted", promise_visit_reminder)
    subscribe("clinical.prescription_signed", promise_guidance)
    every_day(LOOK, BEFORE_WORK)
    when_due(LOOK, look_ahead)
    when_due("reminder.visit", remind_of_visit)
    when_due("reminder.guidance", remind_of_guidance)
    when_due("reminder.expiry", remind_of_expiry)
    on_each_tick(services.carry)


def teach_the_trace() -> None:
    """The trace stands on a floor below: it is told what the steps of a call mean."""
    from notifications.lifecycle import CALL, CallStatus
    from orders import rowwords

    rowwords.learn("notifications.callstep", CALL, CallStatus)


def tell(event: Outbox) -> None:
    """Write one message to each person concerned, except to the one who acted."""
    subject = _subject_of(event)
    if subject is None:
        return
    himself = _doer(subject)
    facts, letters, now = subject.facts(), [], clock()
    for route in ROUTES[event.event_type]:
        if route.when(subject):
            words, people = TEXTS[route.template], route.to(subject)
            letters += [
                Letter(person, route.template, words.title, words.text.format(**facts), link(route, subject))
                for person in sorted(people - {himself})
            ]
            if route.to is family and not people and route.template in rules.BY_VOICE:
                _have_called(event, subject, route.template, facts, now)
    services.tell(
        event=event.event_type,
        event_id=event.pk,
        letters=letters,
        organisation_id=subject.organisation_id,
        patient_id=subject.patient.pk if subject.patient else None,
        now=now,
    )


def _subject_of(event: Outbox) -> Subject | None:
    ours = (
        education.subject_of, standing.subject_of, safety.subject_of, reports.subject_of, followups.subject_of,
        referring.subject_of, linking.subject_of,
        subject_of,
    )  # fmt: skip
    return next((found for find in ours if (found := find(event))), None)


def _doer(subject: Subject) -> int | None:
    if isinstance(subject, standing.StandingSubject | linking.LinkSubject):
        return None  # whoever is told had it done by somebody else
    if isinstance(subject, reports.ReportSubject):
        return reports.doer(subject)
    if isinstance(subject, referring.ReferringSubject):
        return referring.doer(subject)
    if isinstance(subject, education.EducationSubject):
        return education.doer(subject)
    if isinstance(subject, followups.FollowUpSubject):
        return followups.doer(subject)
    return safety.doer(subject) if isinstance(subject, safety.SafetySubject) else doer(subject)


def _have_called(event, subject, template, facts, now):
    """Nobody of this family has an account: somebody of the centre has to tell them."""
    words = TEXTS[template]
    services.open_call(
        key=f"{event.pk}:{template}",
        why="no_account",
        centre_id=subject.organisation_id,
        patient_id=subject.patient.pk,
        title=words.title,
        text=words.text.format(**facts),
        urgent=template in rules.URGENT,
        by=system("notifications"),
        now=now,
    )


def promise_visit_reminder(event: Outbox) -> None:
    services.promise_visit_reminder(order_id=event.object_id, now=event.created_at)


def promise_guidance(event: Outbox) -> None:
    services.promise_guidance(prescription_id=event.object_id, now=event.created_at)


def look_ahead(due: Due, now: datetime) -> None:
    services.look_ahead(now=now)


def remind_of_visit(due: Due, now: datetime) -> None:
    said = due.payload
    start = datetime.fromisoformat(said["planned_start"])
    services.remind_of_visit(order_id=due.object_id, planned_start=start, nurse_id=said["nurse"], now=now)


def remind_of_guidance(due: Due, now: datetime) -> None:
    services.remind_of_guidance(prescription_id=due.object_id, now=now)


def remind_of_expiry(due: Due, now: datetime) -> None:
    said = due.payload
    services.remind_of_expiry(
        of=said["of"],
        about=int(due.object_id),
        what=said["what"],
        ends_on=date.fromisoformat(said["ends_on"]),
        days=said["days"],
        now=now,
    )
