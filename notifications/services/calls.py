"""Telephone calls that people make: opened by the platform, closed by whoever of the centre has called."""

from datetime import datetime
from uuid import UUID

from django.utils import timezone

from accounts.models import User
from accounts.selectors import posts_in_force
from audit.services import looked
from kernel.actors import Actor, system
from kernel.refusals import Invalid, Refusal, hidden
from notifications import access, rules
from notifications.doors import CALLS
from notifications.models import Call, Message, Reach
from patients import privacy
from patients.models import Patient

WORST_OUTCOME = 200


def open_call(
    *,
    key: str,
    why: str,
    centre_id: int,
    title: str,
    text: str,
    urgent: bool,
    by: Actor,
    now: datetime,
    patient_id: UUID | None = None,
    person_id: int | None = None,
) -> Call:
    """Ask the centre to tell somebody by telephone; asked twice, it is one call."""
    known = Call.objects.filter(key=key).first()
    if known is not None:
        return known
    row = Call(
        key=key, why=why, centre_id=centre_id, patient_id=patient_id, person_id=person_id, title=title, text=text,
        urgent=urgent, opened_at=now,
    )  # fmt: skip
    return CALLS.create("open", row, by=by, now=now)


def open_for(
    message: Message, *, why: str, centre_id: int | None, patient_id: UUID | None, now: datetime
) -> Call | None:
    """Ask the centre to tell by telephone what a message could not; who works at the centre is called by nobody."""
    centre_id = centre_id or _place_of(message.person_id)
    if centre_id is None:
        return None
    return open_call(
        key=f"{message.event_id}:{message.template}:{message.person_id}", why=why, centre_id=centre_id,
        patient_id=patient_id, person_id=message.person_id, title=message.title, text=message.text,
        urgent=message.template in rules.URGENT, by=system("notifications"), now=now,
    )  # fmt: skip


def call_done(*, call_id: int, outcome: str = "", by: Actor, now: datetime, version: int | None = None) -> Call:
    """
    Note that the person was told.

    :raises kernel.refusals.Refused: it was told already, or it is not this person's to call
    """

    def close(row, entry):
        row.tries += 1
        row.outcome, row.closed_at = _said(outcome), now

    return CALLS.take("tell", call_id, by=by, now=now, change=close, version=version)


def call_unreached(
    *, call_id: int, outcome: str = "", final: bool = False, by: Actor, now: datetime, version: int | None = None
) -> Call:
    """
    Note that nobody answered: the call stays, or is given up with a reason.

    :raises kernel.refusals.Invalid: given up without a reason
    """
    if final and len(outcome.strip()) < 4:
        raise Invalid(Refusal("call.reason", "请写明联系不上的经过，至少 4 个字。", "002 五(四)", field="outcome"))

    def change(row, entry):
        row.tries += 1
        row.outcome, row.closed_at = _said(outcome), now if final else None

    return CALLS.take("give_up" if final else "try_again", call_id, by=by, now=now, change=change, version=version)


def show_number(*, call_id: int, by: Actor, now: datetime) -> str:
    """
    Show the number to call; the look is on record before the number is answered.

    :raises kernel.refusals.Hidden: the call is another centre's
    """
    call = access.visible_to(by).select_related("patient", "person").filter(pk=call_id).first()
    if call is None:
        raise hidden("这个待打电话")
    looked(target=call, by=by, now=now, why="电话告知")
    return number_of(call.person, call.patient)


def number_of(person: User | None, patient: Patient | None) -> str:
    """The person's own number if one is known, else the patient's, else the contact's."""
    reach = Reach.objects.filter(person=person).first() if person else None
    if reach and reach.phone:
        return reach.phone
    return (privacy.phone(patient) or privacy.contact_phone(patient)) if patient else ""


def _place_of(person_id: int) -> int | None:
    posts = posts_in_force(on=timezone.localdate()).filter(user=person_id)
    return posts.order_by("pk").values_list("organisation", flat=True).first()


def _said(outcome: str) -> str:
    said = outcome.strip()
    if len(said) > WORST_OUTCOME:
        raise Invalid(Refusal("call.outcome", f"结果请不要超过 {WORST_OUTCOME} 个字。", field="outcome"))
    return said
