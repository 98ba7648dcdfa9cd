"""The second and third fact about a person's identity, corrections of it, and the recorded look at what is sealed."""

from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.services import broken_constraint, recording
from kernel.actors import Actor
from kernel.refusals import Invalid, Refusal, Refused, hidden
from patients import access, gateways, privacy, selectors
from patients.models import IdentityCheck, Patient, Upload
from patients.services import _forms

CLAUSE = "002 五(八)"
COMPARE_CLAUSE = "004 三(八)"
SHORTEST_REASON = 4


def record_identity_check(
    *,
    patient_id: UUID,
    kind: str,
    passed: bool,
    source: str,
    note: str = "",
    evidence: Upload | None = None,
    by: Actor,
    now: datetime,
) -> IdentityCheck:
    """
    Record that staff saw the original, or compared the person with the police or by face, and how.

    :raises kernel.refusals.Invalid: the way of checking or the evidence is missing
    """
    today = timezone.localdate(now)
    _demand_sound_check(kind, passed, source, note, evidence, patient_id)
    with transaction.atomic():
        patient = _forms.locked(patient_id, to_its_end=True)
        access.demand_carer(by, patient, on=today)
        with recording("patients.identity_checked", target=patient, by=by, now=now) as entry:
            check = IdentityCheck.objects.create(
                patient=patient,
                kind=kind,
                passed=passed,
                source=source.strip(),
                note=note.strip(),
                evidence=evidence,
                checked_by_id=by.user_id,
                checked_at=now,
            )
            entry.data.update({"kind": kind, "passed": passed, "source": check.source})
    return check


def compare_identity(*, patient_id: UUID, by: Actor, now: datetime) -> IdentityCheck:
    """
    Ask the connected police service, outside any transaction, and record its answer.

    :raises kernel.refusals.Refused: ``identity.by_hand``, no service answers: compare by hand and record that
    """
    patient = Patient.objects.filter(pk=patient_id).first()
    if patient is None:
        raise hidden("这位服务对象")
    access.demand_carer(by, patient, on=timezone.localdate(now))
    number = privacy.identity_number(patient)
    answer = gateways.authority().compare(name=patient.name, kind=patient.identity_kind, number=number)
    if answer.state == "unavailable":
        raise Refused.because(
            "identity.by_hand", "目前没有可用的联网比对服务，请人工比对后登记结果并附上凭据。", COMPARE_CLAUSE
        )
    with transaction.atomic():
        patient = _forms.locked(patient_id, to_its_end=True)
        if privacy.identity_number(patient) != number:
            raise Refused.because("identity.changed", "比对期间证件号码已被更正，请重新比对。", CLAUSE)
        with recording("patients.identity_checked", target=patient, by=by, now=now) as entry:
            check = IdentityCheck.objects.create(
                patient=patient,
                kind=IdentityCheck.Kind.POLICE,
                passed=answer.state == "matched",
                source=answer.source,
                note=answer.evidence,
                checked_by_id=by.user_id,
                checked_at=now,
            )
            entry.data.update({"kind": check.kind, "passed": check.passed, "source": check.source})
    return check


def correct_identity(
    *,
    patient_id: UUID,
    name: str,
    identity_kind: str,
    identity_number: str,
    birth_date: date | None = None,
    sex: str | None = None,
    reason: str,
    by: Actor,
    now: datetime,
) -> Patient:
    """
    Write name and number anew after a mistake. A new format check begins; older comparisons prove nothing any more.

    :raises kernel.refusals.Refused: ``patient.known``, the right number is another record's
    """
    today = timezone.localdate(now)
    problems: list[Refusal] = []
    name = _forms.text("name", name, problems, required=True)
    reason = _forms.text("reason", reason, problems, required=True)
    verdict = _forms.number(identity_kind, identity_number, today, problems)
    if verdict.ok:
        birth_date = _forms.birth_date(verdict, birth_date, today, problems)
        sex = _forms.sex(verdict, sex, problems)
    _forms.stop_at(problems)
    assert birth_date is not None  # its absence is one of the problems
    assert sex is not None
    with transaction.atomic():
        patient = _forms.locked(patient_id)
        access.demand_carer(by, patient, on=today)
        with recording("patients.identity_corrected", target=patient, by=by, now=now, reason=reason):
            patient.name, patient.birth_date, patient.sex = name, birth_date, sex
            privacy.seal_identity(patient, identity_kind, verdict.value)
            try:
                with transaction.atomic():
                    patient.save()
            except IntegrityError as taken:
                if broken_constraint(taken) != _forms.IDENTITY_TAKEN:
                    raise
                raise _forms.known(Patient.objects.get(identity_index=patient.identity_index), by) from taken
            _forms.format_check(patient, verdict.warning, by, now).save(force_insert=True)
    return patient


def reveal(*, patient_id: UUID, field: str, reason: str, by: Actor, now: datetime) -> str:
    """
    Show one sealed value in clear: ``identity``, ``phone``, ``contact_phone`` or ``address``.

    The act is on record before the value is answered, so nobody can look and leave no trace (002 五(八)).

    :raises kernel.refusals.Invalid: no reason of at least four characters
    """
    if len(reason.strip()) < SHORTEST_REASON:
        raise Invalid(
            Refusal("reveal.reason", f"请写明查看的原因，至少 {SHORTEST_REASON} 个字。", CLAUSE, field="reason")
        )
    patient = Patient.objects.filter(pk=patient_id).first()
    if patient is None:
        raise hidden("这位服务对象")
    access.demand_known(by, patient, on=timezone.localdate(now))
    with recording("patients.revealed", target=patient, by=by, now=now, reason=reason.strip()) as entry:
        entry.data["field"] = field
    return _clear(patient, field)


def _clear(patient, field):
    if field == "address":
        current = selectors.current_address(patient_id=patient.pk)
        return f"{current.town}{privacy.address_line(current)}" if current else ""
    readers = {
        "identity": privacy.identity_number,
        "phone": privacy.phone,
        "contact_phone": privacy.contact_phone,
    }
    return readers[field](patient)


def _demand_sound_check(kind, passed, source, note, evidence, patient_id):
    problems = []
    if kind not in set(IdentityCheck.Kind.values) - {IdentityCheck.Kind.FORMAT.value}:
        problems.append(
            Refusal("identity.check_kind", "请选择核验的种类：原件、公安比对或人脸比对。", CLAUSE, field="kind")
        )
    if not source.strip() or len(source.strip()) > 40:
        problems.append(Refusal("identity.source", "请写明核验方式，不超过 40 个字。", CLAUSE, field="source"))
    if len(note.strip()) > 200:
        problems.append(Refusal("form.too_long", "说明请不要超过 200 个字。", field="note"))
    if not passed and not note.strip():
        problems.append(Refusal("identity.note", "核验没有通过，请写明哪里不一致。", CLAUSE, field="note"))
    if kind in {IdentityCheck.Kind.POLICE, IdentityCheck.Kind.FACE} and evidence is None and not note.strip():
        problems.append(
            Refusal("identity.evidence", "请附上比对凭据，或在说明中写明回执编号。", COMPARE_CLAUSE, field="evidence")
        )
    if evidence is not None and evidence.patient_id != patient_id:
        problems.append(Refusal("identity.evidence", "这份凭据不属于这位服务对象，请重新选择。", field="evidence"))
    _forms.stop_at(problems)
