"""The exit mechanism: a violation closes the whole district to a nurse, and only a recorded appeal opens it again."""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from accounts.roles import Role
from audit.services import recording
from kernel.actors import Actor
from kernel.refusals import Refusal, Refused, hidden
from nurses import access
from nurses.models import Exclusion
from nurses.services import _forms

CLAUSE = "002 五(二)2；004 三(一)"


def exclude(
    *,
    nurse_id: int,
    kind: str,
    reason: str,
    evidence: str,
    starts_on: date | None = None,
    by: Actor,
    now: datetime,
) -> Exclusion:
    """
    Record a violation or bad practice. Undone visits are pulled back by who follows ``nurses.excluded``.

    :raises kernel.refusals.Invalid: what happened, or the evidence, is missing
    """
    today = timezone.localdate(now)
    starts_on = starts_on or today
    problems: list[Refusal] = []
    kind = _forms.text("kind", "记录的类别", kind, 40, problems)
    reason = _forms.text("reason", "具体情况", reason, 300, problems)
    evidence = _forms.text("evidence", "凭据", evidence, 200, problems)
    _forms.not_after("starts_on", "开始日期", starts_on, today, problems)
    _forms.stop_at(problems)
    with transaction.atomic():
        nurse = _forms.locked(nurse_id)
        access.demand(by, nurse, Role.CENTRE_ADMIN, Role.SUPERVISOR, on=today)
        exclusion = Exclusion(
            nurse=nurse,
            kind=kind,
            reason=reason,
            evidence=evidence,
            starts_on=starts_on,
            recorded_by_id=by.user_id,
            recorded_at=now,
        )
        with recording("nurses.excluded", target=nurse, by=by, now=now, reason=reason) as entry:
            exclusion.save(force_insert=True)
            entry.data.update({"exclusion": exclusion.pk, "kind": kind})
            entry.payload.update({"nurse": nurse.pk, "user": nurse.user_id, "exclusion": exclusion.pk})
    return exclusion


def lift_exclusion(*, exclusion_id: int, appeal: str, by: Actor, now: datetime) -> Exclusion:
    """Open the district to the nurse again, by the commission's decision on an appeal and nothing less."""
    problems: list[Refusal] = []
    appeal = _forms.text("appeal", "申诉结论", appeal, 300, problems)
    _forms.stop_at(problems)
    with transaction.atomic():
        exclusion = (
            Exclusion.objects.select_for_update(of=("self",))
            .select_related("nurse__user")
            .filter(pk=exclusion_id)
            .first()
        )
        if exclusion is None:
            raise hidden("这条退出记录")
        access.demand(by, exclusion.nurse, Role.SUPERVISOR, on=timezone.localdate(now))
        if exclusion.lifted_at:
            raise Refused.because("exclusion.lifted", "这条退出记录已经撤销。", CLAUSE)
        with recording("nurses.exclusion_lifted", target=exclusion.nurse, by=by, now=now, reason=appeal) as entry:
            exclusion.lifted_at, exclusion.lifted_by_id, exclusion.appeal = now, by.user_id, appeal
            exclusion.save(update_fields=["lifted_at", "lifted_by", "appeal"])
            entry.data["exclusion"] = exclusion.pk
            entry.payload.update({"nurse": exclusion.nurse_id, "exclusion": exclusion.pk})
    return exclusion
