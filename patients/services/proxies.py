"""Who acts for a patient: given for named purposes and a time, proved by a paper, ended at once when asked."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from audit.services import broken_constraint, recording
from kernel.actors import Actor
from kernel.refusals import Invalid, NotYours, Refusal, Refused, hidden
from patients import access, invitations
from patients.models import Patient, Proxy, Upload
from patients.services import _forms

CLAUSE = "002 五(八)"


def add_proxy(
    *,
    patient_id: UUID,
    user: User | None = None,
    username: str = "",
    relation: str,
    scopes: Iterable[str],
    expires_on: date,
    starts_on: date | None = None,
    proof: Upload | None = None,
    by: Actor,
    now: datetime,
) -> Proxy:
    """
    Let an account act for the patient. The patient may say so, or staff who saw the paper; a proxy cannot pass it on.

    :raises kernel.refusals.Invalid: no such account, no purpose, or dates that cannot be
    """
    today = timezone.localdate(now)
    starts_on = starts_on or today
    chosen = [scope for scope in Proxy.Scope.values if scope in set(scopes)]
    user = user or User.objects.filter(username=username.strip(), is_active=True).first()
    problems: list[Refusal] = []
    relation = _forms.text("relation", relation, problems, required=True)
    if user is None:
        problems.append(Refusal("proxy.account", "没有找到这个账号，请先请对方注册账号。", field="username"))
    if not chosen:
        problems.append(Refusal("proxy.scopes", "请至少选择一项授权范围。", CLAUSE, field="scopes"))
    if expires_on < max(starts_on, today):
        problems.append(Refusal("proxy.dates", "授权到期日不能早于今天和开始日期。", CLAUSE, field="expires_on"))
    problems += invitations.helper_reach(relation, chosen, expires_on - today)
    if proof is not None and proof.patient_id != patient_id:
        problems.append(Refusal("proxy.proof", "这份证明不属于这位服务对象，请重新选择。", field="proof"))
    _forms.stop_at(problems)
    assert user is not None  # its absence is one of the problems
    with transaction.atomic():
        patient = _forms.locked(patient_id)
        demand_giver(by, patient, today)
        if patient.user_id == user.pk:
            raise Invalid(Refusal("proxy.self", "服务对象本人不需要代办授权。", field="username"))
        # An expired authorisation still holds the one place; giving a new one ends it.
        patient.proxies.filter(user=user, ended_at__isnull=True, expires_on__lt=today).update(
            ended_at=now, ended_by_id=by.user_id
        )
        proxy = Proxy(
            patient=patient, user=user, relation=relation, scopes=chosen, starts_on=starts_on, expires_on=expires_on,
            proof=proof, given=by.kind == "user",
        )  # fmt: skip
        with recording("patients.proxy_added", target=patient, by=by, now=now) as entry:
            try:
                with transaction.atomic():
                    proxy.save(force_insert=True)
            except IntegrityError as held:
                if broken_constraint(held) != "proxy_once_at_a_time":
                    raise
                raise Refused.because("proxy.held", "这个账号已有代办授权，请先结束原有授权。", CLAUSE) from held
            entry.data.update({"proxy": proxy.pk, "user": user.pk, "scopes": chosen})
            entry.payload.update({"proxy": proxy.pk, "user": user.pk})
    return proxy


def end_proxy(*, proxy_id: int, reason: str = "", by: Actor, now: datetime) -> Proxy:
    """End an authorisation at once. The patient, the proxy and staff may each do so."""
    with transaction.atomic():
        proxy = Proxy.objects.select_for_update(of=("self",)).select_related("patient").filter(pk=proxy_id).first()
        if proxy is None:
            raise hidden("这项代办授权")
        if by.user_id != proxy.user_id:
            demand_giver(by, proxy.patient, timezone.localdate(now))
        if proxy.ended_at:
            raise Refused.because("proxy.ended", "这项代办授权已经结束。", CLAUSE)
        with recording("patients.proxy_ended", target=proxy.patient, by=by, now=now, reason=reason) as entry:
            proxy.ended_at, proxy.ended_by_id = now, by.user_id
            proxy.save(update_fields=["ended_at", "ended_by"])
            entry.data.update({"proxy": proxy.pk, "user": proxy.user_id})
            entry.payload.update({"proxy": proxy.pk, "user": proxy.user_id})
    return proxy


def prove_proxy(*, proxy_id: int, proof: Upload, by: Actor, now: datetime) -> Proxy:
    """Attach the paper that shows the relation; staff do this after having seen it."""
    with transaction.atomic():
        proxy = Proxy.objects.select_for_update(of=("self",)).select_related("patient").filter(pk=proxy_id).first()
        if proxy is None:
            raise hidden("这项代办授权")
        access.demand_carer(by, proxy.patient, on=timezone.localdate(now))
        if proof.patient_id != proxy.patient_id:
            raise Invalid(Refusal("proxy.proof", "这份证明不属于这位服务对象，请重新选择。", field="proof"))
        with recording("patients.proxy_proved", target=proxy.patient, by=by, now=now) as entry:
            proxy.proof = proof
            proxy.save(update_fields=["proof"])
            entry.data["proxy"] = proxy.pk
    return proxy


def link_account(*, patient_id: UUID, user: User, by: Actor, now: datetime) -> Patient:
    """Give a patient whom staff registered by phone or at the counter the use of an own account."""
    with transaction.atomic():
        patient = _forms.locked(patient_id)
        access.demand_carer(by, patient, on=timezone.localdate(now))
        if patient.user_id:
            raise Refused.because("patient.linked", "这位服务对象已有自己的账号。", CLAUSE)
        if Patient.objects.filter(user=user).exists():
            raise Refused.because("patient.account_taken", "这个账号已关联另一位服务对象。", CLAUSE, field="username")
        with recording("patients.account_linked", target=patient, by=by, now=now) as entry:
            patient.proxies.filter(user=user, ended_at__isnull=True).update(ended_at=now, ended_by_id=by.user_id)
            patient.user = user
            patient.save(update_fields=["user"])
            entry.data["user"] = user.pk
    return patient


def demand_giver(by: Actor, patient: Patient, today: date) -> None:
    """Let through who may let somebody act for the patient: the patient, staff serving him, the platform itself."""
    worn = access.hats(by, patient)
    if by.kind == "system" or Role.PATIENT in worn or access.serving_posts(by, patient, on=today):
        return
    if Role.PROXY in worn:
        raise NotYours(Refusal("proxy.giver", "代办授权由服务对象本人或中心工作人员办理。", CLAUSE))
    raise hidden("这位服务对象")
