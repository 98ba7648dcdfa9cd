"""Putting a person on record and keeping the record true."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from audit.services import broken_constraint, recording
from institutions.models import Town
from kernel.actors import Actor
from kernel.refusals import NotYours, Refusal, Refused, Stale, demand_words
from patients import access, privacy
from patients.models import Address, Patient, Proxy
from patients.services import _forms

SELF = "本人"
PROXY_LASTS = timedelta(days=365)

# What a family may correct by itself; facts that forbid a visit are judged by staff.
BY_FAMILY = frozenset(
    {
        "phone",
        "contact_name",
        "contact_relation",
        "contact_phone",
        "group",
        "conditions",
        "allergies",
        "family_doctor_contract",
        "home_bed",
    }
)
BY_STAFF = BY_FAMILY | {"facts"}
FORBIDS = "004 三(三)"  # the negative list: whoever sets such a fact down or takes it back says how it became known
CHANGED = Refusal(
    "patient.changed", "您打开页面以后，有人更新了这位服务对象的情况，请看现在登记的内容，核对后再保存。", "002 五(八)"
)


def register(
    *,
    name: str,
    identity_kind: str,
    identity_number: str,
    birth_date: date | None = None,
    sex: str | None = None,
    phone: str,
    town: Town,
    address: str,
    group: str,
    conditions: str = "",
    allergies: str = "",
    contact_name: str = "",
    contact_relation: str = "",
    contact_phone: str = "",
    family_doctor_contract: bool | None = None,
    home_bed: bool | None = None,
    lon: float | None = None,
    lat: float | None = None,
    access_note: str = "",
    user: User | None = None,
    is_demo: bool = False,
    by: Actor,
    now: datetime,
) -> Patient:
    """
    Put a person on record at a centre: real name, group, address, whom to call (002 五(八), 三(一)).

    :raises kernel.refusals.Invalid: with every field that is wrong
    :raises kernel.refusals.Refused: ``patient.known``, the number is on record already
    """
    if by.kind != "system" and not by.orgs_as(*access.CARERS):
        raise NotYours(Refusal("patient.staff_only", "请从家属服务页面登记服务对象。", _forms.IDENTITY_CLAUSE))
    patient, current, check = _judged(
        name=name, identity_kind=identity_kind, identity_number=identity_number, birth_date=birth_date, sex=sex,
        phone=phone, town=town, address=address, group=group, conditions=conditions, allergies=allergies,
        contact_name=contact_name, contact_relation=contact_relation, contact_phone=contact_phone,
        family_doctor_contract=family_doctor_contract, home_bed=home_bed, lon=lon, lat=lat, access_note=access_note,
        user=user, is_demo=is_demo, by=by, now=now,
    )  # fmt: skip
    with transaction.atomic(), recording("patients.registered", target=patient, by=by, now=now):
        _save(patient, current, check, by)
    return patient


def register_for_family(*, relation: str, by: Actor, now: datetime, **facts: Any) -> Patient:
    """
    Register oneself (relation 本人), or a relative for whom one then acts for a year; takes what ``register`` takes.

    A relation is the family's own word here. Staff who saw the paper add it by ``prove_proxy``.

    :raises kernel.refusals.Refused: as ``register`` does, or this account has a record of its own already
    """
    if by.kind != "user" or by.user_id is None or by.orgs:
        raise NotYours(Refusal("patient.family_only", "请使用个人账号登记本人或家人。", _forms.IDENTITY_CLAUSE))
    relation = _forms.one_text("relation", relation)
    himself = relation == SELF
    today = timezone.localdate(now)
    with transaction.atomic():
        # Locked, so that two taps on the button cannot make one person the patient twice.
        user = User.objects.select_for_update().get(pk=by.user_id)
        if himself and Patient.objects.filter(user=user).exists():
            raise Refused.because("patient.self_known", "您本人的资料已经登记过，可以直接申请服务。", field="relation")
        patient, current, check = _judged(user=user if himself else None, by=by, now=now, **facts)
        with recording("patients.registered", target=patient, by=by, now=now) as entry:
            _save(patient, current, check, by)
            if not himself:
                Proxy.objects.create(
                    patient=patient,
                    user=user,
                    relation=relation,
                    scopes=Proxy.Scope.values,
                    starts_on=today,
                    expires_on=today + PROXY_LASTS,
                )
            entry.data["as"] = "self" if himself else "proxy"
    return patient


def correct(
    *, patient_id: UUID, reason: str = "", was: Mapping[str, Any] | None = None, by: Actor, now: datetime, **fields: Any
) -> Patient:
    """
    Change what may change in a record; name, number, birth and sex go through ``correct_identity``.

    A fact of the negative list bars every visit from then on, so whoever changes these says why.

    ``was`` is what the screen showed of these fields: two people with the same form open do not undo each other.

    :raises kernel.refusals.Invalid: with every field that is wrong
    :raises kernel.refusals.NotYours: a field that only staff may change
    :raises kernel.refusals.Stale: the record says something else by now than the screen did
    """
    today = timezone.localdate(now)
    with transaction.atomic():
        patient = _forms.locked(patient_id)
        access.demand_family_or_carer(by, patient, on=today, scope=Proxy.Scope.APPLY)
        may = BY_STAFF if by.kind == "system" or access.serving_posts(by, patient, on=today) else BY_FAMILY
        if set(fields) - may:
            raise NotYours(
                Refusal("patient.staff_only", "这项内容需要由中心工作人员核对后修改，请联系所在中心。", "002 五(八)")
            )
        if any(getattr(patient, field) != shown for field, shown in (was or {}).items()):
            raise Stale(CHANGED)
        if sorted(set(fields.get("facts", patient.facts))) != sorted(patient.facts):
            demand_words(reason, "请写明怎样得知负面清单情况，或为什么取消。", FORBIDS)
        with recording("patients.corrected", target=patient, by=by, now=now, reason=reason.strip()) as entry:
            patient.save(update_fields=_write(patient, fields, today))
            entry.data["fields"] = sorted(fields)
    return patient


def change_address(
    *,
    patient_id: UUID,
    town: Town,
    address: str,
    lon: float | None = None,
    lat: float | None = None,
    access_note: str = "",
    in_hand: bool = False,
    by: Actor,
    now: datetime,
) -> Address:
    """
    Move the patient. Orders already made keep the address that they were made with; the same words change nothing.

    ``in_hand``: a floor above has seen that the person applies or is cared for at this desk. Then the staff of the
    centre that serves the new town may write it down, although that of the old town was another's.
    """
    today = timezone.localdate(now)
    address = _forms.one_text("address", address)
    note = access_note.strip()[:120]
    with transaction.atomic():
        patient = _forms.locked(patient_id)
        if not (in_hand and access.serves_town(by, town, on=today)):
            access.demand_family_or_carer(by, patient, on=today, scope=Proxy.Scope.APPLY)
        known = patient.addresses.select_related("town").filter(is_current=True).first()
        if known and _same(known, town, address, note, lon, lat):
            return known
        with recording("patients.address_changed", target=patient, by=by, now=now) as entry:
            patient.addresses.filter(is_current=True).update(is_current=False)
            current = Address(patient=patient, town=town, lon=lon, lat=lat, access_note=note, recorded_at=now)
            privacy.seal_address_line(current, address)
            current.save(force_insert=True)
            entry.payload["address"] = current.pk
    return current


def _same(known, town, address, note, lon, lat) -> bool:
    """Whether this is written down already; a place on the map that is not given is not another one."""
    if (lon, lat) not in ((None, None), (known.lon, known.lat)):
        return False
    return (known.town_id, known.access_note, privacy.address_line(known)) == (town.pk, note, address)


def _judged(
    *, name, identity_kind, identity_number, birth_date=None, sex=None, phone, town, address, group, conditions="",
    allergies="", contact_name="", contact_relation="", contact_phone="", family_doctor_contract=None, home_bed=None,
    lon=None, lat=None, access_note="", user=None, is_demo=False, by, now,
):  # fmt: skip
    """Build the three unsaved rows of a registration, or refuse with everything that is wrong."""
    today = timezone.localdate(now)
    problems: list[Refusal] = []
    name = _forms.text("name", name, problems, required=True)
    verdict = _forms.number(identity_kind, identity_number, today, problems)
    if verdict.ok:
        _demand_unknown(identity_kind, verdict.value, by)
        birth_date = _forms.birth_date(verdict, birth_date, today, problems)
        sex = _forms.sex(verdict, sex, problems)
    phone = _forms.telephone("phone", phone, today, problems)
    contact_name = _forms.text("contact_name", contact_name, problems)
    contact_phone = _forms.telephone("contact_phone", contact_phone, today, problems, required=False)
    _forms.guardian(birth_date, today, contact_name, contact_phone, problems)
    patient = Patient(
        user=user,
        name=name,
        sex=sex or "",
        birth_date=birth_date,
        contact_name=contact_name,
        contact_relation=_forms.text("contact_relation", contact_relation, problems),
        group=_forms.group(group, problems),
        conditions=_forms.text("conditions", conditions, problems),
        allergies=_forms.text("allergies", allergies, problems),
        family_doctor_contract=family_doctor_contract,
        home_bed=home_bed,
        is_demo=is_demo,
        registered_at=now,
    )
    current = Address(
        patient=patient, town=town, lon=lon, lat=lat, access_note=access_note.strip()[:120], recorded_at=now
    )
    address = _forms.text("address", address, problems, required=True)
    _forms.stop_at(problems)
    privacy.seal_identity(patient, identity_kind, verdict.value)
    privacy.seal_phone(patient, phone)
    privacy.seal_contact_phone(patient, contact_phone)
    privacy.seal_address_line(current, address)
    return patient, current, _forms.format_check(patient, verdict.warning, by, now)


def _save(patient, current, check, by):
    try:
        with transaction.atomic():
            patient.save(force_insert=True)
    except IntegrityError as taken:
        if broken_constraint(taken) != _forms.IDENTITY_TAKEN:
            raise
        raise _forms.known(Patient.objects.get(identity_index=patient.identity_index), by) from taken
    current.save(force_insert=True)
    check.save(force_insert=True)


def _demand_unknown(kind, number, by):
    if found := Patient.objects.filter(identity_index=privacy.identity_index(kind, number)).first():
        raise _forms.known(found, by)


def _write(patient, fields, today) -> list[str]:
    """Put the corrected values onto the row; return the columns that changed."""
    problems: list[Refusal] = []
    columns = []
    for field, value in fields.items():
        if field == "phone":
            number = _forms.telephone(field, value, today, problems)
            privacy.seal_phone(patient, number)
            columns += ["phone_sealed", "phone_index", "phone_tail"]
        elif field == "contact_phone":
            privacy.seal_contact_phone(patient, _forms.telephone(field, value, today, problems, required=False))
            columns.append("contact_phone_sealed")
        elif field == "facts":
            patient.facts = sorted(set(value))
            columns.append(field)
        elif field in {"family_doctor_contract", "home_bed"}:
            setattr(patient, field, value)
            columns.append(field)
        elif field == "group":
            patient.group = _forms.group(value, problems)
            columns.append(field)
        else:
            setattr(patient, field, _forms.text(field, value, problems))
            columns.append(field)
    _forms.stop_at(problems)
    return columns
