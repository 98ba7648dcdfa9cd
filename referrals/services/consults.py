"""A remote consult: a centre asks, an expert of its lead hospital takes it and answers in writing (000 四(十三))."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import IO
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import Organization
from audit import services as audit
from audit.numbers import next_number
from audit.services import promise
from clinical.models import Picture
from institutions import selectors as institutions
from kernel.actors import Actor, system
from kernel.refusals import Invalid, NotNow, NotYours, Refusal, Unmet, hidden
from orders import access as orders
from orders.models import Order
from patients import vault
from referrals import access, rules, selectors
from referrals.doors import REMOTES
from referrals.lifecycle import ASKING, GUIDED, REMOTE_OPEN, REMOTELY
from referrals.models import RemoteConsult


def ask(
    *, order: Order, question: str, summary: str, urgency: str, pictures: Iterable[UUID] = (), by: Actor, now: datetime,
    **seen,
) -> RemoteConsult:  # fmt: skip
    """
    Ask the lead hospital about a visit: the question, what it has to know, pictures of this patient that exist already.

    :raises kernel.refusals.Refused: not this actor's visit, no lead hospital, no words, or somebody else's picture
    """
    if not orders.order_hats(by, order) & set(ASKING):
        raise hidden("这份订单")
    hospital = _hospital(order.centre)
    found = rules.consult(question, summary)
    if urgency not in RemoteConsult.Urgency.values:
        found.append(Refusal("remote.urgency", "请选择紧急还是一般。", REMOTELY, field="urgency"))
    chosen = {str(one) for one in pictures}
    known = [row for row in selectors.pictures_for(by, order) if str(row.pk) in chosen]
    if len(known) < len(chosen):
        found.append(Refusal("remote.picture", "只能附上您能看到的护理照片，请重新选择。", "002 五(八)", "pictures"))
    if found:
        raise Invalid(*found)
    row = RemoteConsult(
        number=next_number("H", now=now), patient_id=order.patient_id, centre_id=order.centre_id, hospital=hospital,
        order=order, asked_by_id=by.account, urgency=urgency, question=question.strip(), summary=summary.strip(),
        asked_at=now, answer_by=now + _promised(order.centre, urgency, now),
    )  # fmt: skip

    def change(row, entry):
        row.pictures.set(known)
        entry.data["pictures"] = len(known)
        promise(kind="remote.late", key=f"remote.late:{row.pk}", object_id=row.pk, due_at=row.answer_by)

    inputs = {"order": order.pk, "question": question, "summary": summary, "urgency": urgency, "pictures": chosen}
    return REMOTES.create("ask", row, by=by, now=now, change=change, inputs=inputs, **seen)


def take(*, consult_id: int, by: Actor, now: datetime, **seen) -> RemoteConsult:
    """Take it: from here on this expert, and nobody else of the hospital, reads the summary and the pictures."""

    def change(row, entry):
        row.expert_id, row.taken_at = by.account, now

    return REMOTES.take("take", consult_id, by=by, now=now, change=change, **seen)


def release(*, consult_id: int, by: Actor, now: datetime, **seen) -> RemoteConsult:
    """Give it back, so that a colleague can take it. :raises kernel.refusals.NotYours: another expert has it"""

    def change(row, entry):
        _demand_own(row, by)
        row.expert_id, row.taken_at = None, None

    return REMOTES.take("release", consult_id, by=by, now=now, change=change, **seen)


def answer(*, consult_id: int, advice: str, by: Actor, now: datetime, **seen) -> RemoteConsult:
    """Answer in writing. :raises kernel.refusals.Refused: no words, or another expert has it"""

    def change(row, entry):
        _demand_own(row, by)
        if fault := rules.words(advice, field="advice", what="会诊意见", most=1000, clause=GUIDED, least=4):
            raise Invalid(fault)
        row.advice, row.answered_at = advice.strip(), now
        entry.data["in_time"] = now <= row.answer_by

    return REMOTES.take("answer", consult_id, by=by, now=now, change=change, inputs={"advice": advice}, **seen)


def close_consult(*, consult_id: int, by: Actor, now: datetime, **seen) -> RemoteConsult:
    """Note that the advice was read and followed."""
    return REMOTES.take("close", consult_id, by=by, now=now, **seen)


def withdraw_consult(*, consult_id: int, reason: str, by: Actor, now: datetime, **seen) -> RemoteConsult:
    """Take the question back. :raises kernel.refusals.Invalid: nobody says why"""
    if fault := rules.words(reason, field="reason", what="撤回的原因", most=300, clause=REMOTELY):
        raise Invalid(fault)
    given = {"reason": reason.strip(), "inputs": {"reason": reason}, **seen}
    return REMOTES.take("withdraw", consult_id, by=by, now=now, **given)


def note_late(*, consult_id: int, now: datetime) -> RemoteConsult:
    """Tell both sides that the promised time is over. :raises kernel.refusals.NotNow: it was answered or taken back"""
    with transaction.atomic():
        row = RemoteConsult.objects.select_for_update(of=("self",), no_key=True).get(pk=consult_id)
        if row.status not in REMOTE_OPEN or row.late_at:
            raise NotNow(Refusal("timer.moved_on", "这次会诊已有新的进展。"))
        with audit.recording("referrals.consult_late", target=row, by=system("remote.late"), now=now):
            row.late_at = now
            row.save(update_fields=["late_at"])
    return row


def show_picture(*, consult_id: int, picture_id: UUID, by: Actor, now: datetime) -> tuple[Picture, IO[bytes]]:
    """
    Open a picture that was attached, for the expert who has the consult; the look is on record before the first byte.

    :raises kernel.refusals.Hidden: not attached, removed, its consent taken back, or not this expert's any more
    """
    consult = access.consults_visible_to(by).select_related("order__nurse").filter(pk=consult_id).first()
    if consult is None or not access.may_open_pictures(by, consult):
        raise hidden("这张照片")
    row = consult.pictures.filter(pk=picture_id, removed_at__isnull=True, consent__withdrawn_at__isnull=True).first()
    if row is None:
        raise hidden("这张照片")
    reason = f"会诊 {consult.number}"
    with audit.recording("referrals.consult_picture_shown", target=row, by=by, now=now, reason=reason) as entry:
        content = vault.opened(row.pk)
        entry.data["consult"] = consult.number
    return row, content


def _demand_own(row: RemoteConsult, by: Actor) -> None:
    if row.expert_id != by.user_id:
        raise NotYours(Refusal("remote.not_yours", "这次会诊由另一位专家接手，请由接手的专家办理。", GUIDED))


def _hospital(centre: Organization) -> Organization:
    above = centre.parent
    if above is None or above.kind != Organization.Kind.HOSPITAL:
        raise Unmet(Refusal("remote.hospital", "本中心还没有医联体牵头医院，不能请求会诊。", GUIDED))
    return above


def _promised(centre: Organization, urgency: str, now: datetime) -> timedelta:
    settings = institutions.settings_of(centre, timezone.localdate(now))
    return timedelta(minutes=settings[f"remote.{urgency}_minutes"])
