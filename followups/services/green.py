"""The green channel: a red answer waits for a doctor by the clock, is taken, and ends with an outcome."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.roles import Role
from audit import services as audit
from audit.services import promise
from catalog.models import Item
from followups.doors import GREENS
from followups.lifecycle import ATONCE, FILE, GREEN_IN_HAND, GREEN_WAITS
from followups.models import Answer, GreenCase
from institutions import selectors as institutions
from kernel.actors import Actor, system
from kernel.refusals import Invalid, NotNow, Refusal
from orders import services as orders
from orders.models import ServiceRequest
from referrals import selectors as referred
from referrals import services as referrals
from referrals.models import Referral

LONGEST_REASON = 200
LEVELS = 3  # doctors and desk; then the centre's head; then the lead hospital
REMINDED = 3  # how often a doctor who has taken a case is asked for its end: in the usual time, then a day apart
DAY = timedelta(days=1)


def open_green(*, answer: Answer, by: Actor, now: datetime) -> GreenCase:
    """Open the green channel for a red answer, and start its clock."""
    minutes = institutions.settings_of(answer.centre, timezone.localdate(now))["green.minutes"]
    said = "；".join(one["sentence"] for one in answer.findings if one["level"] == answer.level)
    row = GreenCase(
        answer=answer, patient_id=answer.patient_id, centre_id=answer.centre_id, order_id=answer.follow_up.order_id,
        sentence=said[:400], opened_at=now, due_at=now + timedelta(minutes=minutes),
    )  # fmt: skip

    def change(row, entry):
        _promise_late(row, 1, row.due_at, row.version)

    return GREENS.create("open", row, by=by, now=now, change=change)


def take_green(*, case_id: int, by: Actor, now: datetime, **seen) -> GreenCase:
    """Take a case: from here on this doctor looks after it, and the clock of its end begins."""

    def change(row, entry):
        row.doctor_id, row.taken_at = by.account, now
        _promise_end(row, 1, now + _patience(row, now), row.version + 1)
        entry.data["in_time"] = now <= row.due_at

    return GREENS.take("take", case_id, by=by, now=now, change=change, **seen)


def release_green(*, case_id: int, reason: str, by: Actor, now: datetime, **seen) -> GreenCase:
    """
    Give back a case that was taken and cannot be finished: the doctor herself, or the desk on her behalf.

    The clock begins anew, so that a case which nobody takes over is carried further as on the first day.

    :raises kernel.refusals.Refused: no reason, or another doctor's case
    """
    reason = reason.strip()
    if not 1 <= len(reason) <= LONGEST_REASON:
        said = f"请用 {LONGEST_REASON} 字以内写明交回的原因。"
        raise Invalid(Refusal("green.release", said, ATONCE, "reason"))

    def change(row, entry):
        if row.doctor_id != by.user_id and row.centre_id not in by.orgs_as(Role.DISPATCHER):
            raise NotNow(Refusal("green.not_yours", "这条绿色通道由另一位医生接手，请由接手的医生处理。", ATONCE))
        entry.payload["had_it"] = row.doctor_id
        row.doctor, row.taken_at = None, None
        row.due_at = now + _patience(row, now)
        _promise_late(row, 1, row.due_at, row.version + 1)

    return GREENS.take(
        "release", case_id, by=by, now=now, change=change, reason=reason, inputs={"reason": reason}, **seen
    )


def close_green(
    *, case_id: int, outcome: str, words: str, wish: str = "", wished_from: datetime | None = None,
    wished_to: datetime | None = None, items: tuple[Item, ...] = (), consent_by: str = "", by: Actor, now: datetime,
    receipt: UUID | None = None, version: int | None = None,
) -> GreenCase:  # fmt: skip
    """
    Close a case with what came of it. A new visit is applied for in the patient's name through the same gates as any
    other application, a referral is proposed to the lead hospital (or the one under way goes on); if one of them says
    no, the case stays open.

    :raises kernel.refusals.Refused: no outcome, no words, somebody else's case, or what the application was refused for
    """
    _demand_words(outcome, words, wish, wished_from, wished_to)

    def change(row, entry):
        if row.doctor_id != by.user_id:
            raise NotNow(Refusal("green.not_yours", "这条绿色通道由另一位医生接手，请由接手的医生处理。", ATONCE))
        if outcome == GreenCase.Outcome.REQUEST and wished_from and wished_to:
            row.request = orders.submit(
                patient=row.patient, centre=row.centre, wish=wish, wished_from=wished_from, wished_to=wished_to,
                wished_items=items, channel=ServiceRequest.Channel.PHONE, by=by, now=now,
            )  # fmt: skip
            entry.data["request"] = row.request.number
        if outcome == GreenCase.Outcome.REFERRAL:
            entry.data["referral"] = _referral(row, words, consent_by, by, now).number
        row.outcome, row.words, row.closed_at = outcome, words.strip()[:300], now
        entry.data["outcome"] = outcome

    inputs = {"outcome": outcome, "words": words, "wish": wish, "from": wished_from, "consent_by": consent_by}
    return GREENS.take(
        "close", case_id, by=by, now=now, change=change, inputs=inputs, receipt=receipt, version=version
    )  # fmt: skip


def note_green_late(*, case_id: int, level: int, version: int, now: datetime) -> GreenCase:
    """
    Tell further people that no doctor has taken the case.

    :raises kernel.refusals.NotNow: one has, or had it since ``version``, and the clock of that time counts
    """
    with transaction.atomic():
        row = _locked_still(case_id, GREEN_WAITS, version)
        with audit.recording("followups.green_late", target=row, by=system("followups"), now=now) as entry:
            entry.data["level"] = level
            entry.payload["level"] = level
            if level < LEVELS:
                _promise_late(row, level + 1, now + _patience(row, now), version)
    return row


def remind_green(*, case_id: int, time: int, version: int, now: datetime) -> GreenCase:
    """
    Ask the doctor who took the case, and tell the centre, that it has no outcome yet.

    :raises kernel.refusals.NotNow: it has one, or was given back since ``version``
    """
    with transaction.atomic():
        row = _locked_still(case_id, GREEN_IN_HAND, version)
        with audit.recording("followups.green_reminded", target=row, by=system("followups"), now=now) as entry:
            entry.data["time"] = time
            if time < REMINDED:
                _promise_end(row, time + 1, now + DAY, version)
    return row


def _locked_still(case_id: int, statuses: frozenset, version: int) -> GreenCase:
    """:raises kernel.refusals.NotNow: the case has gone on since this was promised"""
    row = GreenCase.objects.select_for_update(of=("self",), no_key=True).select_related("centre").get(pk=case_id)
    if row.status not in statuses or row.version != version:
        raise NotNow(Refusal("timer.moved_on", "这一项已有新的进展。"))
    return row


def _referral(row: GreenCase, words: str, consent_by: str, by: Actor, now: datetime) -> Referral:
    running = referred.live_of(patient_id=row.patient_id, direction=Referral.Direction.UP)
    return running or referrals.refer_up(
        patient=row.patient, centre=row.centre, reason=row.sentence[:300], summary=words, consent_by=consent_by,
        order=row.order, by=by, now=now,
    )  # fmt: skip


def _patience(row: GreenCase, now: datetime) -> timedelta:
    return timedelta(minutes=institutions.settings_of(row.centre, timezone.localdate(now))["green.minutes"])


def _promise_late(row: GreenCase, level: int, at: datetime, version: int) -> None:
    """Of a case that was given back the whole ladder is promised again, under keys of its own."""
    promise(
        kind="green.late", key=f"green.late:{row.pk}:{level}" + (f":{version}" if version > 1 else ""),
        object_id=row.pk, due_at=at, payload={"level": level, "version": version},
    )  # fmt: skip


def _promise_end(row: GreenCase, time: int, at: datetime, version: int) -> None:
    """``version`` is the one that the taking gives it: whoever takes it after somebody else has a clock of her own."""
    promise(
        kind="green.unfinished", key=f"green.unfinished:{row.pk}:{version}:{time}", object_id=row.pk, due_at=at,
        payload={"time": time, "version": version},
    )  # fmt: skip


def _demand_words(outcome, words, wish, wished_from, wished_to):
    found = []
    if outcome not in GreenCase.Outcome.values:
        found.append(Refusal("green.outcome", "请选择处理结果。", FILE, "outcome"))
    if not words.strip():
        found.append(Refusal("green.words", "请写明处理经过：联系了谁、交代了什么。", FILE, "words"))
    if outcome == GreenCase.Outcome.REQUEST:
        if not wish.strip():
            found.append(Refusal("request.wish", "请写明希望上门解决的问题。", "002 五(六)1", "wish"))
        if wished_from is None or wished_to is None:
            found.append(Refusal("request.window", "请选择希望上门的日期。", "002 五(六)1", "day"))
    if found:
        raise Invalid(*found)
