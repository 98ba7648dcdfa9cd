"""Who acts for a patient: given for named purposes and a time, proved by a paper, ended at once when asked."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from audit.services import broken_constraint, recording
from kernel.actors import Actor
from kernel.refusals import Invalid, NotNow, NotYours, Refusal, Refused, hidden
from patients import access, invitations
from patients.models import Patient, Proxy, Upload
from patients.services import _forms
from patients.services.people import PROXY_LASTS, SELF
from patients.services.uploads import upload

CLAUSE = "002 五(八)"
MAY_GO_ON = timedelta(days=60)  # so long before its end an authorisation may be renewed
NO_ACCOUNT = Refusal("proxy.account", "没有找到这个账号，请先请对方注册账号。", field="username")
OWN_ACCOUNT = Refusal("proxy.own_account", "这是您自己的账号，请由同事核对关系后为您办理。", CLAUSE, field="username")


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
    evidence: str = "",
    by: Actor,
    now: datetime,
) -> Proxy:
    """
    Let an account act for the patient. The patient may say so, or staff who saw the paper; a proxy cannot pass it on.

    ``evidence`` is how staff came to know of the relation.

    :raises kernel.refusals.Invalid: no such account, no purpose, or dates that cannot be
    """
    today = timezone.localdate(now)
    starts_on = starts_on or today
    chosen = [scope for scope in Proxy.Scope.values if scope in set(scopes)]
    user = user or User.objects.filter(username=username.strip(), is_active=True).first()
    problems: list[Refusal] = []
    relation = _forms.text("relation", relation, problems, required=True)
    if user is None:
        problems.append(NO_ACCOUNT)
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
        place = access.serving_place(by, patient, on=today)
        proxy = Proxy(
            patient=patient, user=user, relation=relation, scopes=chosen, starts_on=starts_on, expires_on=expires_on,
            proof=proof, given=by.kind == "user",
        )  # fmt: skip
        with recording(
            "patients.proxy_added", target=patient, by=by, now=now, reason=evidence, organisation_id=place
        ) as entry:
            try:
                with transaction.atomic():
                    proxy.save(force_insert=True)
            except IntegrityError as held:
                if broken_constraint(held) != "proxy_once_at_a_time":
                    raise
                raise Refused.because("proxy.held", "这个账号已有代办授权，请先结束原有授权。", CLAUSE) from held
            entry.data.update({"proxy": proxy.pk, "user": user.pk, "scopes": chosen})
            entry.payload.update({"proxy": proxy.pk, "user": user.pk, "at_desk": bool(evidence)})
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


def prove_proxy(*, proxy_id: int, proof: Upload | None = None, evidence: str = "", by: Actor, now: datetime) -> Proxy:
    """Attach the paper that shows the relation, or the words of staff who have seen it or asked the patient."""
    with transaction.atomic():
        proxy = Proxy.objects.select_for_update(of=("self",)).select_related("patient").filter(pk=proxy_id).first()
        if proxy is None:
            raise hidden("这项代办授权")
        access.demand_carer(by, proxy.patient, on=timezone.localdate(now))
        if proof is not None and proof.patient_id != proxy.patient_id:
            raise Invalid(Refusal("proxy.proof", "这份证明不属于这位服务对象，请重新选择。", field="proof"))
        with recording("patients.proxy_proved", target=proxy.patient, by=by, now=now, reason=evidence) as entry:
            proxy.proof = proof or proxy.proof
            proxy.given = proxy.given or bool(evidence)
            proxy.save(update_fields=["proof", "given"])
            entry.data["proxy"] = proxy.pk
    return proxy


def link_account(*, patient_id: UUID, user: User, evidence: str = "", by: Actor, now: datetime) -> Patient:
    """Give a patient whom staff registered by phone or at the counter the use of an own account."""
    today = timezone.localdate(now)
    with transaction.atomic():
        patient = _forms.locked(patient_id)
        access.demand_carer(by, patient, on=today)
        if patient.user_id:
            raise Refused.because("patient.linked", "这位服务对象已有自己的账号。", CLAUSE)
        # Locked as at a registration: two desks, or a desk and the family, cannot give one account to two people.
        user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if Patient.objects.filter(user=user).exists():
            raise Refused.because("patient.account_taken", "这个账号已关联另一位服务对象。", CLAUSE, field="username")
        place = access.serving_place(by, patient, on=today)
        with recording(
            "patients.account_linked", target=patient, by=by, now=now, reason=evidence, organisation_id=place
        ) as entry:
            patient.proxies.filter(user=user, ended_at__isnull=True).update(ended_at=now, ended_by_id=by.user_id)
            patient.user = user
            patient.save(update_fields=["user"])
            entry.data["user"] = user.pk
            entry.payload.update({"user": user.pk, "at_desk": bool(evidence)})
    return patient


def link_family(
    *, patient_id: UUID, username: str, relation: str, evidence: str, file: Any = None, by: Actor, now: datetime
) -> Patient:
    """
    Join an account to a patient whom staff registered: a relative's to act for a year, or the patient's own (本人).

    Staff who serve the patient do so once the relation was proved, by words and perhaps a paper (``file``), and never
    for themselves. What is joined already stays as it is, so that pressing twice has one effect.

    :raises kernel.refusals.Invalid: no such account, no relation, no evidence
    :raises kernel.refusals.Refused: the account is another patient's own, or acts for this one already
    """
    today = timezone.localdate(now)
    with transaction.atomic():
        patient = _forms.locked(patient_id)
        access.demand_carer(by, patient, on=today)
        problems: list[Refusal] = []
        username = _forms.text("username", username, problems, required=True)
        relation = _forms.text("relation", relation, problems, required=True)
        evidence = _forms.text("evidence", " ".join(evidence.split()), problems, required=True)
        user = User.objects.filter(username=username, is_active=True).first() if username else None
        if username and user is None:
            problems.append(NO_ACCOUNT)
        _forms.stop_at(problems)
        assert user is not None  # its absence is one of the problems
        if user.pk == by.user_id:
            raise NotYours(OWN_ACCOUNT)
        about: dict[str, Any] = {"evidence": evidence, "by": by, "now": now}
        if relation == SELF:
            if patient.user_id != user.pk:
                link_account(patient_id=patient.pk, user=user, **about)
                patient.refresh_from_db(fields=["user"])
            return patient
        held = patient.proxies.filter(
            user=user, relation=relation, ended_at__isnull=True, starts_on__lte=today, expires_on__gte=today
        ).first()
        if held and held.given and (held.proof_id or not file):
            return patient
        paper = upload(patient_id=patient.pk, kind=Upload.Kind.PROXY, file=file, by=by, now=now) if file else None
        if held:
            prove_proxy(proxy_id=held.pk, proof=paper, **about)
        else:
            add_proxy(
                patient_id=patient.pk, user=user, relation=relation, scopes=Proxy.Scope.values, proof=paper,
                expires_on=today + PROXY_LASTS, **about,
            )  # fmt: skip
    return patient


def extend_proxy(
    *, patient_id: UUID, proxy_id: int, was: date | None, evidence: str, by: Actor, now: datetime
) -> Proxy:
    """
    Let an authorisation go on for a year: from its end, or from today as a new one where it has run out.

    ``was`` is the end that the page showed; what was extended meanwhile stays as it is, so that pressing twice, or
    after a colleague, has one effect.

    :raises kernel.refusals.Invalid: nothing says how the patient's will was asked
    :raises kernel.refusals.Refused: it was ended, has long to run, or is a helper's
    """
    today = timezone.localdate(now)
    with transaction.atomic():
        patient = _forms.locked(patient_id)
        access.demand_carer(by, patient, on=today)
        proxy = patient.proxies.select_for_update(of=("self",)).filter(pk=proxy_id).first()
        if proxy is None:
            raise hidden("这项代办授权")
        going = patient.proxies.filter(user=proxy.user_id, ended_at__isnull=True).first()
        if going and was and going.expires_on > was:
            return going
        if going is None or going.pk != proxy.pk:
            raise NotNow(Refusal("proxy.ended", "这项代办授权已经结束，请重新关联家属账号。", CLAUSE))
        problems = invitations.helper_reach(proxy.relation, proxy.scopes, PROXY_LASTS)
        evidence = _forms.text("evidence", " ".join(evidence.split()), problems, required=True)
        _forms.stop_at(problems)
        if proxy.user_id == by.user_id:
            raise NotYours(OWN_ACCOUNT)
        if proxy.expires_on - today > MAY_GO_ON:
            raise NotNow(Refusal("proxy.early", "这项代办授权还有两个月以上才到期，到期前两个月内可以延长。", CLAUSE))
        place = access.serving_place(by, patient, on=today)
        with recording(
            "patients.proxy_extended", target=patient, by=by, now=now, reason=evidence, organisation_id=place
        ) as entry:
            if proxy.expires_on < today:
                # Nobody acted in between, and the record must not say that somebody might have.
                proxy.ended_at, proxy.ended_by_id = now, by.user_id
                proxy.save(update_fields=["ended_at", "ended_by"])
                proxy = Proxy.objects.create(
                    patient=patient, user_id=proxy.user_id, relation=proxy.relation, scopes=proxy.scopes,
                    starts_on=today, expires_on=today + PROXY_LASTS, proof_id=proxy.proof_id, given=True,
                )  # fmt: skip
            else:
                proxy.expires_on, proxy.given = proxy.expires_on + PROXY_LASTS, True
                proxy.save(update_fields=["expires_on", "given"])
            entry.data.update({"proxy": proxy.pk, "user": proxy.user_id, "until": proxy.expires_on})
            entry.payload.update({"proxy": proxy.pk, "user": proxy.user_id, "at_desk": True})
    return proxy


def demand_giver(by: Actor, patient: Patient, today: date) -> None:
    """Let through who may let somebody act for the patient: the patient, staff serving him, the platform itself."""
    worn = access.hats(by, patient)
    if by.kind == "system" or Role.PATIENT in worn or access.serving_posts(by, patient, on=today):
        return
    if Role.PROXY in worn:
        raise NotYours(Refusal("proxy.giver", "代办授权由服务对象本人或中心工作人员办理。", CLAUSE))
    raise hidden("这位服务对象")
