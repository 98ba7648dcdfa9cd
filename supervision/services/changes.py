"""A setting of the district: proposed by one, decided by another, in force from its day on."""

from datetime import date, datetime
from typing import Any

from django.utils import timezone

from accounts.models import Organization
from accounts.roles import Role
from institutions import services as institutions
from institutions.settings import judge
from kernel.actors import Actor
from kernel.refusals import Invalid, NotYours, Refusal, Unmet, demand_words, hidden
from supervision.doors import CHANGES
from supervision.models import SettingChange

OWN = Refusal("change.own", "这份调整是您提出的，请由另一位监管员复核。")


def propose_setting(
    *, district: Organization, key: str, value: Any, effective_on: date, reason: str, by: Actor, now: datetime, **seen
) -> SettingChange:
    """
    Propose that a setting is chosen otherwise from a day to come on.

    :raises kernel.refusals.Refused: not this actor's district, a value that does not fit, no reason, one waits already
    """
    if district.pk not in by.orgs_as(Role.SUPERVISOR):
        raise hidden("这个区")
    found = [no for no in (judge(key, value), _past(effective_on, now)) if no]
    if not reason.strip():
        found.append(Refusal("reason.missing", "请写明原因。", field="reason"))
    if found:
        raise Invalid(*found)
    row = SettingChange(
        organisation=district, key=key, value=value, effective_on=effective_on, reason=reason.strip(),
        proposed_by_id=by.account, proposed_at=now,
    )  # fmt: skip
    inputs = {"key": key, "value": value, "effective_on": effective_on}
    return CHANGES.create("propose", row, by=by, now=now, reason=reason, inputs=inputs, **seen)


def approve_setting(*, change_id: int, answer: str = "", by: Actor, now: datetime, **seen) -> SettingChange:
    """
    Agree to somebody else's proposal: the setting is chosen in the same act.

    :raises kernel.refusals.Refused: one's own proposal, its day has gone by meanwhile
    """

    def change(row, entry):
        _demand_other(row, by)
        if _past(row.effective_on, now):
            raise Unmet(Refusal("change.late", "生效日期已经过去，请撤回后按新的日期重新提出。"))
        _decide(row, answer, by, now)
        institutions.choose_setting(
            district=row.organisation, key=row.key, value=row.value, effective_on=row.effective_on, reason=row.reason,
            by=by, now=now,
        )  # fmt: skip
        entry.data.update({"key": row.key, "value": row.value, "proposed_by": row.proposed_by_id})

    return CHANGES.take("approve", change_id, by=by, now=now, change=change, reason=answer, **seen)


def refuse_setting(*, change_id: int, answer: str, by: Actor, now: datetime, **seen) -> SettingChange:
    """Say no to somebody else's proposal. :raises kernel.refusals.Refused: one's own proposal, no words"""
    if not answer.strip():
        raise Invalid(Refusal("change.answer", "请写明不同意的原因。", field="answer"))

    def change(row, entry):
        _demand_other(row, by)
        _decide(row, answer, by, now)

    return CHANGES.take("refuse", change_id, by=by, now=now, change=change, reason=answer, **seen)


def withdraw_setting(*, change_id: int, reason: str, by: Actor, now: datetime, **seen) -> SettingChange:
    """Take one's own proposal back. :raises kernel.refusals.Refused: somebody else's, no reason"""
    demand_words(reason, "请写明撤回的原因。")

    def change(row, entry):
        if row.proposed_by_id != by.user_id:
            raise NotYours(Refusal("change.not_own", "这份调整由提出人撤回，您可以不同意。"))

    return CHANGES.take("withdraw", change_id, by=by, now=now, change=change, reason=reason, **seen)


def _decide(row, answer, by, now):
    row.decided_by_id, row.decided_at, row.answer = by.account, now, answer.strip()


def _demand_other(row, by):
    if row.proposed_by_id == by.user_id:
        raise NotYours(OWN)


def _past(day, now):
    if day >= timezone.localdate(now):
        return None
    return Refusal("date.past", "日期不能早于今天，请重新选择。", field="effective_on")
