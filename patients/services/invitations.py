"""
Somebody is asked to act for a patient, and says yes: a code of eight digits, good once and for two days.

So nobody's account name has to be told, and nobody acts for a person who did not hand the code over.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.sealed import keyring
from audit.services import recording
from kernel.actors import Actor
from kernel.refusals import Invalid, NotNow, NotYours, Refusal, Refused, hidden
from patients import invitations as rules
from patients.models import Invitation, Proxy
from patients.services import _forms
from patients.services.proxies import CLAUSE, demand_giver

UNKNOWN = Refusal(
    "invitation.unknown", "没有找到这个邀请码，可能输错、用过或过期了，请向邀请您的人再要一个。", CLAUSE, field="code"
)


def invite_proxy(
    *, patient_id: UUID, relation: str, scopes: Iterable[str], lasting: timedelta, by: Actor, now: datetime
) -> tuple[Invitation, str]:
    """
    Make a code by which one account becomes a proxy; return it with the row, which knows its index only.

    :raises kernel.refusals.Invalid: no purpose, or further than a helper may go
    """
    chosen = [scope for scope in Proxy.Scope.values if scope in set(scopes)]
    problems: list[Refusal] = []
    relation = _forms.text("relation", relation, problems, required=True)
    if not chosen:
        problems.append(Refusal("proxy.scopes", "请至少选择一项授权范围。", CLAUSE, field="scopes"))
    problems += rules.helper_reach(relation, chosen, lasting)
    _forms.stop_at(problems)
    today = timezone.localdate(now)
    with transaction.atomic():
        patient = _forms.locked(patient_id)
        demand_giver(by, patient, today)
        if patient.invitations.filter(closed_at__isnull=True, code_until__gt=now).count() >= rules.MOST_OPEN:
            raise NotNow(Refusal("invitation.many", "还有几个邀请码没有用，请先取消不用的。", CLAUSE))
        code = _free_code(now)
        row = Invitation(
            patient=patient, relation=relation, scopes=chosen, expires_on=today + lasting, code_index=_index(code),
            made_by_id=by.account, made_at=now, code_until=now + rules.CODE_LASTS,
        )  # fmt: skip
        with recording("patients.proxy_invited", target=row, by=by, now=now) as entry:
            row.save(force_insert=True)
            entry.data.update({"scopes": chosen, "relation": relation})
    return row, code


def take_invitation(*, code: str, by: Actor, now: datetime) -> Proxy:
    """
    Become the proxy that the code was made for.

    :raises kernel.refusals.Refused: no such code, used, too late, or one's own
    """
    today = timezone.localdate(now)
    with transaction.atomic():
        index = _index(rules.plain(code))
        row = Invitation.objects.filter(code_index=index, closed_at__isnull=True, code_until__gt=now).first()
        if row is None:
            raise Invalid(UNKNOWN)
        patient = _forms.locked(row.patient_id)
        row = Invitation.objects.select_for_update().get(pk=row.pk)
        if row.closed_at:  # somebody else was quicker while we waited for the patient
            raise Invalid(UNKNOWN)
        user = User.objects.get(pk=by.account)
        if patient.user_id == user.pk or row.made_by_id == user.pk:
            raise Invalid(Refusal("proxy.self", "这是您自己发出的邀请，请把邀请码告诉家人。", CLAUSE, field="code"))
        patient.proxies.filter(user=user, ended_at__isnull=True, expires_on__lt=today).update(
            ended_at=now, ended_by_id=by.user_id
        )
        if patient.proxies.filter(user=user, ended_at__isnull=True).exists():
            raise Refused.because("proxy.held", "您已经在为这位服务对象代办，不需要再接受邀请。", CLAUSE, field="code")
        with recording("patients.proxy_added", target=patient, by=by, now=now, role="proxy") as entry:
            row.proxy = Proxy.objects.create(
                patient=patient, user=user, relation=row.relation, scopes=row.scopes, starts_on=today,
                expires_on=row.expires_on, given=True,
            )  # fmt: skip
            row.closed_at = now
            row.save(update_fields=["proxy", "closed_at"])
            entry.data.update({"proxy": row.proxy.pk, "user": user.pk, "scopes": row.scopes, "invitation": row.pk})
            entry.payload.update({"proxy": row.proxy.pk, "user": user.pk})
    return row.proxy


def end_invitation(*, invitation_id: int, by: Actor, now: datetime) -> Invitation:
    """Take a code back that nobody has used. :raises kernel.refusals.Refused: it was used meanwhile"""
    with transaction.atomic():
        row = Invitation.objects.select_for_update(of=("self",)).select_related("patient").filter(pk=invitation_id)
        found = row.first()
        if found is None:
            raise hidden("这个邀请")
        try:
            demand_giver(by, found.patient, timezone.localdate(now))
        except NotYours as no:
            raise hidden("这个邀请") from no
        if found.closed_at:
            raise NotNow(Refusal("invitation.closed", "这个邀请码已经用过或取消了。", CLAUSE))
        with recording("patients.proxy_uninvited", target=found, by=by, now=now):
            found.closed_at = now
            found.save(update_fields=["closed_at"])
    return found


def _index(code: str) -> str:
    return keyring().index(code, kind="patients.invitation:code")


def _free_code(now: datetime) -> str:
    """A code that nobody holds; what is over makes room for the numbers to come round again."""
    Invitation.objects.filter(closed_at__isnull=True, code_until__lte=now).update(closed_at=now)
    while True:
        code = rules.new_code()
        if not Invitation.objects.filter(code_index=_index(code), closed_at__isnull=True).exists():
            return code
