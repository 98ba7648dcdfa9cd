"""
Warnings about a household (入户风险提示, 002 五(九)2): raised on facts, ended by time, open to objection.

Whoever lives there may be told and may object; an administrator decides who did not raise the warning.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import Organization
from audit.door import PRECEDENCE
from audit.services import Entry, promise, recording
from institutions import selectors as institutions
from kernel.actors import Actor, system
from kernel.refusals import Invalid, NotNow, NotYours, Refusal, demand_words, hidden
from orders.models import Order
from patients.models import Patient
from safety import access
from safety.doors import FLAGS
from safety.lifecycle import FLAG, FLAG_LIVE, GUARD
from safety.models import RiskFlag


def raise_flag(
    *, patient: Patient, centre: Organization, kind: str, facts: str, order: Order | None = None, by: Actor,
    now: datetime, **seen,
) -> RiskFlag:  # fmt: skip
    """
    Warn whoever goes to this household next, with the facts that the warning rests on.

    :raises kernel.refusals.Refused: no facts, or a warning of this kind holds already
    """
    if kind not in RiskFlag.Kind.values:
        raise Invalid(Refusal("flag.kind", "请选择风险类别。", GUARD, field="kind"))
    if len(facts.strip()) < 4:
        said = "请写明看到或听到的事实：什么时间、谁、做了什么。"
        raise Invalid(Refusal("flag.facts", said, GUARD, field="facts"))
    row = RiskFlag(
        patient=patient,
        centre=centre,
        order=order,
        kind=kind,
        facts=facts.strip()[:200],
        raised_at=now,
        raised_by_id=by.user_id,
        until=now + _lasting(centre, now),
    )

    def prepare(row: RiskFlag, entry: Entry) -> None:
        row.raised_as = _raised_as(row, by)
        entry.data["kind"] = kind

    def change(row: RiskFlag, entry: Entry) -> None:
        _watch(row)

    inputs = {"patient": str(patient.pk), "kind": kind, "facts": facts}
    return FLAGS.create("raise", row, by=by, now=now, prepare=prepare, change=change, inputs=inputs, **seen)


def renew_flag(*, flag_id: int, reason: str, by: Actor, now: datetime, **seen) -> RiskFlag:
    """Let a warning hold for another period, because of what was seen lately."""
    demand_words(reason, "请写明最近看到的情况，再延长。", GUARD)

    def change(row: RiskFlag, entry: Entry) -> None:
        row.until = now + _lasting(row.centre, now)
        entry.data["until"] = row.until
        _watch(row)

    inputs = {"reason": reason}
    return FLAGS.take("renew", flag_id, by=by, now=now, change=change, reason=reason, inputs=inputs, **seen)


def tell_family(*, flag_id: int, by: Actor, now: datetime) -> RiskFlag:
    """Note that the family was told of the warning; from then on it reads it and may object."""
    with transaction.atomic():
        row = RiskFlag.objects.select_for_update(of=("self",), no_key=True).filter(pk=flag_id).first()
        worn = access.flag_hats(by, row) if row else frozenset()
        if row is None or not worn:
            raise hidden("这条风险提示")
        if not worn & set(access.AT_THE_CENTRE):
            raise NotYours(Refusal("flag.desk", "由中心与家属沟通后登记。", GUARD))
        if row.status not in FLAG_LIVE:
            raise NotNow(Refusal("flag.over", "这条风险提示已经失效。", GUARD))
        if row.told_at is None:
            with recording("safety.flag_told", target=row, by=by, now=now):
                row.told_at, row.told_by_id = now, by.user_id
                row.save(update_fields=["told_at", "told_by"])
    return row


def appeal_flag(*, flag_id: int, words: str, by: Actor, now: datetime, **seen) -> RiskFlag:
    """Object to a warning, as the family or as the desk that writes the family's words down."""
    if not words.strip():
        raise Invalid(Refusal("flag.appeal", "请写明申诉的理由。", GUARD, field="words"))

    def change(row: RiskFlag, entry: Entry) -> None:
        row.appeal, row.appealed_at, row.appealed_by_id = words.strip()[:300], now, by.user_id
        row.decision, row.decided_at, row.decided_by = "", None, None

    return FLAGS.take("appeal", flag_id, by=by, now=now, change=change, inputs={"words": words}, **seen)


def uphold_flag_appeal(*, flag_id: int, reason: str, by: Actor, now: datetime, **seen) -> RiskFlag:
    """Take the warning back: the objection is right."""
    return _decide("uphold", flag_id, reason, by, now, seen)


def reject_flag_appeal(*, flag_id: int, reason: str, by: Actor, now: datetime, **seen) -> RiskFlag:
    """Say, with the reason, that the warning stands until its time is over."""
    return _decide("reject", flag_id, reason, by, now, seen)


def withdraw_flag(*, flag_id: int, reason: str, by: Actor, now: datetime, **seen) -> RiskFlag:
    """Take a warning back that does not hold any more, or never did."""
    demand_words(reason, "请写明撤销的原因。", GUARD)
    return FLAGS.take("withdraw", flag_id, by=by, now=now, reason=reason, inputs={"reason": reason}, **seen)


def expire_flag(*, flag_id: int, until: datetime, now: datetime) -> RiskFlag:
    """Let a warning end with its time. :raises kernel.refusals.Refused: it was renewed or taken back"""

    def change(row: RiskFlag, entry: Entry) -> None:
        if row.until != until:
            raise NotNow(Refusal("flag.renewed", "这条风险提示已经延长。"))

    return FLAGS.take("expire", flag_id, by=system("flag.expire"), now=now, change=change, reason="有效期已满")


def _decide(name, flag_id, reason, by, now, seen) -> RiskFlag:
    demand_words(reason, "请写明裁定的理由，家属会看到。", GUARD)

    def change(row: RiskFlag, entry: Entry) -> None:
        if by.user_id in (row.raised_by_id, row.appealed_by_id) or row.patient_id in by.patients_as(*access.FAMILY):
            raise NotYours(Refusal("flag.party", "您与这条提示有关，请由另一位中心管理员裁定。", GUARD))
        row.decision, row.decided_at, row.decided_by_id = reason.strip()[:300], now, by.user_id

    return FLAGS.take(name, flag_id, by=by, now=now, change=change, reason=reason, inputs={"reason": reason}, **seen)


def _raised_as(row: RiskFlag, by: Actor) -> str:
    may = access.flag_hats(by, row) & FLAG["raise"].by
    return next((role for role in PRECEDENCE if role in may), "")


def _lasting(centre: Organization, now: datetime) -> timedelta:
    return timedelta(days=institutions.settings_of(centre, timezone.localdate(now))["safety.flag_days"])


def _watch(row: RiskFlag) -> None:
    promise(
        kind="flag.expire",
        key=f"flag.expire:{row.pk}:{row.until.isoformat()}",
        object_id=row.pk,
        due_at=row.until,
        payload={"until": row.until.isoformat()},
    )
