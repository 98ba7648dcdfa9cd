"""Dated facts of a nurse's file, each with who recorded it: registry look-ups, certificates, trainings, insurances."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from accounts.roles import Role
from accounts.selectors import district_of
from audit.services import recording
from catalog.models import CertificateKind
from institutions import selectors as institutions
from institutions.settings import defaults
from kernel.actors import Actor
from kernel.refusals import Refusal, Refused, hidden
from nurses import access, gateways
from nurses.models import Certificate, Insurance, Nurse, RegistryCheck, Training
from nurses.services import _forms

REGISTRY_CLAUSE = "002 五(二)2"
TRAINING_CLAUSE = "002 五(七)1(2)"
INSURANCE_CLAUSE = "002 五(九)2"
FULL_MARKS = 100


def record_registry_check(
    *,
    nurse_id: int,
    checked_on: date,
    found: bool,
    source: str,
    evidence: str,
    recheck_due: date | None = None,
    by: Actor,
    now: datetime,
) -> RegistryCheck:
    """
    Record a look-up in the national nurse registration system: when, how, what came back, on what evidence.

    :raises kernel.refusals.Invalid: evidence is missing, or the next look-up is due later than the district allows
    """
    today = timezone.localdate(now)
    problems: list[Refusal] = []
    source = _forms.text("source", "查询方式", source, 40, problems)
    evidence = _forms.text("evidence", "查询凭据", evidence, 200, problems)
    _forms.not_after("checked_on", "查询日期", checked_on, today, problems)
    _forms.stop_at(problems)
    with transaction.atomic():
        nurse = _forms.locked(nurse_id)
        access.demand(by, nurse, Role.CENTRE_ADMIN, on=today)
        latest = checked_on + timedelta(days=_recheck_days(nurse, today))
        if recheck_due is not None and not checked_on < recheck_due <= latest:
            problems.append(
                Refusal("nurse.recheck", f"复核期限最晚为{latest:%Y-%m-%d}。", REGISTRY_CLAUSE, field="recheck_due")
            )
        _forms.stop_at(problems)
        check = RegistryCheck(
            nurse=nurse,
            checked_on=checked_on,
            checked_by_id=by.user_id,
            source=source,
            found=found,
            evidence=evidence,
            recheck_due=recheck_due or latest,
        )
        with recording("nurses.registry_checked", target=nurse, by=by, now=now) as entry:
            check.save(force_insert=True)
            entry.data.update({"found": found, "source": source})
            entry.payload.update({"nurse": nurse.pk, "found": found})
    return check


def look_up_registry(*, nurse_id: int, by: Actor, now: datetime) -> RegistryCheck:
    """
    Ask the connected registration system, outside any transaction, and record its answer.

    :raises kernel.refusals.Refused: ``registry.by_hand``, nothing is connected: look up by hand and record that
    """
    today = timezone.localdate(now)
    nurse = Nurse.objects.select_related("user").filter(pk=nurse_id).first()
    if nurse is None:
        raise hidden("这位护士")
    access.demand(by, nurse, Role.CENTRE_ADMIN, on=today)
    answer = gateways.registry().look_up(name=str(nurse.user), certificate_number=nurse.certificate_number)
    if answer.state == "unavailable":
        raise Refused.because(
            "registry.by_hand", "目前没有联网的注册系统查询，请人工查询后登记结果和凭据。", REGISTRY_CLAUSE
        )
    found = answer.state == "found"
    with transaction.atomic(), recording("nurses.registry_checked", target=nurse, by=by, now=now) as entry:
        check = RegistryCheck.objects.create(
            nurse=nurse,
            checked_on=today,
            checked_by_id=by.user_id,
            source=answer.source[:40],
            found=found,
            evidence=answer.evidence[:200],
            recheck_due=today + timedelta(days=_recheck_days(nurse, today)),
        )
        entry.data.update({"found": found, "source": answer.source})
        entry.payload.update({"nurse": nurse.pk, "found": found})
    return check


def record_certificate(
    *, nurse_id: int, kind: CertificateKind, number: str, issued_on: date, expires_on: date, by: Actor, now: datetime
) -> Certificate:
    """Record a special qualification such as PICC or peritoneal dialysis catheter care (002 五(二)2)."""
    today = timezone.localdate(now)
    problems: list[Refusal] = []
    number = _forms.text("number", "证书编号", number, 40, problems)
    _forms.not_after("issued_on", "发证日期", issued_on, today, problems)
    _forms.in_order("expires_on", issued_on, expires_on, problems)
    _forms.stop_at(problems)
    with transaction.atomic():
        nurse = _forms.locked(nurse_id)
        access.demand(by, nurse, Role.CENTRE_ADMIN, on=today)
        certificate = Certificate(
            nurse=nurse,
            kind=kind,
            number=number,
            issued_on=issued_on,
            expires_on=expires_on,
            recorded_by_id=by.user_id,
            recorded_at=now,
        )
        with recording("nurses.certificate_recorded", target=nurse, by=by, now=now) as entry:
            certificate.save(force_insert=True)
            entry.data.update({"kind": kind.pk, "expires_on": expires_on})
    return certificate


def record_training(
    *,
    nurse_id: int,
    kind: str,
    hours: Decimal,
    score: int | None = None,
    passed_on: date,
    expires_on: date,
    by: Actor,
    now: datetime,
) -> Training:
    """Record safety education or skills training that was passed (002 五(七)1(2))."""
    today = timezone.localdate(now)
    problems: list[Refusal] = []
    if kind not in Training.Kind.values:
        problems.append(Refusal("nurse.training_kind", "请选择培训的类别。", TRAINING_CLAUSE, field="kind"))
    if not 0 < hours < 1000:
        problems.append(Refusal("nurse.training_hours", "学时应大于 0、小于 1000。", field="hours"))
    if score is not None and not 0 <= score <= FULL_MARKS:
        problems.append(Refusal("nurse.training_score", "考核分数应在 0 到 100 之间。", field="score"))
    _forms.not_after("passed_on", "合格日期", passed_on, today, problems)
    _forms.in_order("expires_on", passed_on, expires_on, problems)
    _forms.stop_at(problems)
    with transaction.atomic():
        nurse = _forms.locked(nurse_id)
        access.demand(by, nurse, Role.CENTRE_ADMIN, on=today)
        training = Training(
            nurse=nurse,
            kind=kind,
            hours=hours,
            score=score,
            passed_on=passed_on,
            expires_on=expires_on,
            recorded_by_id=by.user_id,
            recorded_at=now,
        )
        with recording("nurses.training_recorded", target=nurse, by=by, now=now) as entry:
            training.save(force_insert=True)
            entry.data.update({"kind": kind, "expires_on": expires_on})
    return training


def record_insurance(
    *,
    nurse_id: int,
    kind: str,
    insurer: str,
    policy_number: str,
    starts_on: date,
    expires_on: date,
    by: Actor,
    now: datetime,
) -> Insurance:
    """Record one of the three insurances (002 五(九)2). A policy may begin later than today."""
    today = timezone.localdate(now)
    problems: list[Refusal] = []
    if kind not in Insurance.Kind.values:
        problems.append(Refusal("nurse.insurance_kind", "请选择险种。", INSURANCE_CLAUSE, field="kind"))
    insurer = _forms.text("insurer", "承保机构", insurer, 60, problems)
    policy_number = _forms.text("policy_number", "保单号", policy_number, 40, problems)
    _forms.in_order("expires_on", starts_on, expires_on, problems)
    _forms.stop_at(problems)
    with transaction.atomic():
        nurse = _forms.locked(nurse_id)
        access.demand(by, nurse, Role.CENTRE_ADMIN, on=today)
        insurance = Insurance(
            nurse=nurse,
            kind=kind,
            insurer=insurer,
            policy_number=policy_number,
            starts_on=starts_on,
            expires_on=expires_on,
            recorded_by_id=by.user_id,
            recorded_at=now,
        )
        with recording("nurses.insurance_recorded", target=nurse, by=by, now=now) as entry:
            insurance.save(force_insert=True)
            entry.data.update({"kind": kind, "expires_on": expires_on})
    return insurance


def _recheck_days(nurse: Nurse, on: date) -> int:
    """How long a look-up counts, as the nurse's district chose."""
    tie = nurse.affiliations.select_related("post__organisation__parent__parent").order_by("-pk").first()
    if tie is None:
        return defaults()["nurse.registry_recheck_days"]
    district = district_of(tie.post.organisation)
    return institutions.setting(district.pk, "nurse.registry_recheck_days", on)
