"""The verbs of a consult: asked by the family, answered by a nurse of the centre, turned into a request, closed."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import Organization
from audit import services as audit
from audit.numbers import next_number
from audit.services import promise
from consults import access, rules
from consults.doors import CONSULTS
from consults.lifecycle import LIVE, TO_ANSWER
from consults.models import Consult, Saying
from institutions import selectors as institutions
from kernel.actors import Actor, system
from kernel.refusals import Invalid, NotNow, Refusal, Unmet, hidden
from orders import gates
from orders.models import ServiceRequest
from patients import access as patient_access
from patients import services as patients
from patients.models import Patient, Upload


def ask(
    *, patient: Patient, centre: Organization, words: str, picture: Any = None, by: Actor, now: datetime, **seen
) -> Consult:
    """
    Ask a nurse of the centre. What sounds like an emergency is no question for a nurse: 120 is.

    :raises kernel.refusals.Refused: an emergency, no words, another question still runs, or not this family's patient
    """
    patient_access.demand_reading(by, patient.pk)  # the answer will be about the care
    if not access.hats(by, Consult(patient=patient, centre=centre)) & set(access.FAMILY):
        raise hidden("这位服务对象")
    settings = _judge(words, centre, "想问的事", now)
    row = Consult(
        number=next_number("Z", now=now), patient=patient, centre=centre, asked_by_id=by.account, asked_at=now,
        answer_by=_promised(settings, now),
    )  # fmt: skip
    paper = _keep(picture, patient, by, now)

    def change(row, entry):
        _say(row, words, by, now, picture=paper)
        _watch(row)

    inputs = {"patient": patient.pk, "centre": centre.pk, "words": words}
    return CONSULTS.create("ask", row, by=by, now=now, change=change, inputs=inputs, **seen)


def add(*, consult_id: int, words: str, picture: Any = None, by: Actor, now: datetime, **seen) -> Consult:
    """Ask further; the promised time runs anew. :raises kernel.refusals.Refused: an emergency, or it is over"""
    row = _found(consult_id, by)
    settings = _judge(words, row.centre, "想问的事", now)
    paper = _keep(picture, row.patient, by, now)

    def change(row, entry):
        row.answer_by = _promised(settings, now)
        _say(row, words, by, now, picture=paper)
        _watch(row)

    return CONSULTS.take("add", consult_id, by=by, now=now, change=change, inputs={"words": words}, **seen)


def answer(*, consult_id: int, words: str, by: Actor, now: datetime, **seen) -> Consult:
    """Answer the family. :raises kernel.refusals.Refused: no words, or it is over"""
    return _answered("answer", consult_id, words, by, now, seen)


def advise(*, consult_id: int, words: str, by: Actor, now: datetime, **seen) -> Consult:
    """Answer that somebody should come and look: the family may apply with one press."""
    return _answered("advise", consult_id, words, by, now, seen)


def close(*, consult_id: int, by: Actor, now: datetime, **seen) -> Consult:
    """End it. :raises kernel.refusals.Refused: a nurse ends what nobody has answered"""

    def change(row, entry):
        if row.answered_at is None and not access.hats(by, row) & set(access.FAMILY):
            raise Unmet(Refusal("consult.unanswered", "请先答复家属，再结束这次咨询。", "000 四(十一)"))

    return CONSULTS.take("close", consult_id, by=by, now=now, change=change, **seen)


def turn(*, request_id: int, now: datetime) -> Consult | None:
    """Note that the family has applied: a consult that runs about the same patient has become this application."""
    request = ServiceRequest.objects.filter(pk=request_id).first()
    if request is None:
        return None
    running = Consult.objects.filter(patient=request.patient_id, centre=request.centre_id, status__in=LIVE).first()
    if running is None or running.asked_at > request.submitted_at:
        return None

    def change(row, entry):
        row.request = request
        entry.data["request"] = request.pk

    return CONSULTS.take("turn", running.pk, by=system("consults.turn"), now=now, change=change)


def note_overdue(*, consult_id: int, answer_by: datetime, now: datetime) -> Consult:
    """Tell desk and head that a promise was not kept. :raises kernel.refusals.NotNow: it was answered in time"""
    with transaction.atomic():
        row = Consult.objects.select_for_update(of=("self",), no_key=True).get(pk=consult_id)
        if row.status not in TO_ANSWER or row.answer_by != answer_by:
            raise NotNow(Refusal("consult.moved_on", "这次咨询已有新的进展。"))
        with audit.recording("consults.overdue", target=row, by=system("consults.overdue"), now=now):
            pass
    return row


def _answered(name, consult_id, words, by, now, seen):
    if fault := rules.words(words, what="答复"):
        raise Invalid(fault)

    def change(row, entry):
        row.nurse_id, row.answered_at = by.user_id, now
        _say(row, words, by, now, nurse=True)

    return CONSULTS.take(name, consult_id, by=by, now=now, change=change, inputs={"words": words}, **seen)


def _judge(words, centre, what, now):
    """Return the settings in force, when these words may go to a nurse."""
    settings = institutions.settings_of(centre, timezone.localdate(now))
    if stop := gates.emergency(words, settings["request.emergency_words"]):
        raise Unmet(stop)
    if fault := rules.words(words, what=what):
        raise Invalid(fault)
    return settings


def _found(consult_id, by):
    row = access.visible_to(by).select_related("patient", "centre").filter(pk=consult_id).first()
    if row is None:
        raise patient_access.out_of_sight(by, Consult.objects.filter(pk=consult_id), "这次咨询")
    return row


def _promised(settings, now):
    return now + timedelta(minutes=settings["consult.answer_minutes"])


def _watch(row):
    promise(
        kind="consult.overdue",
        key=f"consult.overdue:{row.pk}:{row.answer_by:%Y%m%d%H%M%S}",
        object_id=row.pk,
        due_at=row.answer_by,
        payload={"answer_by": row.answer_by.isoformat()},
    )


def _say(row, words, by, now, *, nurse=False, picture=None):
    Saying.objects.create(
        consult=row, by_id=by.user_id, from_nurse=nurse, words=words.strip(), picture=picture, said_at=now
    )


def _keep(picture, patient, by, now) -> Upload | None:
    if not picture:
        return None
    return patients.upload(patient_id=patient.pk, kind=Upload.Kind.RECORD, file=picture, by=by, now=now)
