"""What several verbs ask of the same fields of a form. Reads and judges only; the verbs write."""

from datetime import date, datetime
from uuid import UUID

from kernel import identity
from kernel.actors import Actor
from kernel.refusals import Invalid, Refusal, Refused, hidden
from patients import access
from patients.models import Group, IdentityCheck, Patient, Sex

IDENTITY_CLAUSE = "002 五(八)"
IDENTITY_TAKEN = "patient_identity_once"
AGE_OF_MAJORITY = 18  # 民法典 第十七条
OLDEST = 130
MERGED = Refusal("patient.merged", "这份登记已并入另一份，请打开合并后的登记办理。", IDENTITY_CLAUSE)

_LIMITS = {
    "name": ("姓名", 40),
    "contact_name": ("紧急联系人姓名", 40),
    "contact_relation": ("与服务对象的关系", 20),
    "conditions": ("主要疾病", 200),
    "allergies": ("过敏史", 200),
    "address": ("详细地址", 120),
    "relation": ("与服务对象的关系", 20),
    "username": ("账号名", 150),
    "evidence": ("是怎样核实的", 200),
    "reason": ("原因", 200),
    "signer_name": ("签署人姓名", 40),
}


def locked(patient_id: UUID, *, to_its_end: bool = False) -> Patient:
    """
    Lock the patient's row until the transaction ends.

    A record that was merged into another one is read only; what still hangs on it is brought ``to_its_end``.

    :raises kernel.refusals.Hidden: there is no such patient
    :raises kernel.refusals.Refused: ``patient.merged``, another record goes on
    """
    patient = Patient.objects.select_for_update().filter(pk=patient_id).first()
    if patient is None:
        raise hidden("这位服务对象")
    if patient.merged_into_id and not to_its_end:
        raise Refused(MERGED)
    return patient


def text(field: str, value: str, problems: list[Refusal], *, required: bool = False) -> str:
    """Trim a text; what is missing, too long or unprintable is added to ``problems``."""
    label, limit = _LIMITS[field]
    value = value.strip()
    if required and not value:
        problems.append(Refusal("form.required", f"请填写{label}。", field=field))
    elif len(value) > limit:
        problems.append(Refusal("form.too_long", f"{label}请不要超过 {limit} 个字。", field=field))
    elif not value.isprintable():
        problems.append(Refusal("form.unprintable", f"{label}中有无法显示的字符，请重新填写。", field=field))
    return value


def one_text(field: str, value: str) -> str:
    """
    Judge a single required text.

    :raises kernel.refusals.Invalid: missing, too long or unprintable
    """
    problems: list[Refusal] = []
    value = text(field, value, problems, required=True)
    stop_at(problems)
    return value


def number(kind: str, value: str, today: date, problems: list[Refusal]) -> identity.Verdict:
    if kind not in identity.DOCUMENT_KINDS:
        problems.append(Refusal("identity.kind", "请选择证件类型。", IDENTITY_CLAUSE, field="identity_kind"))
        return identity.Verdict(False, "")
    verdict = identity.check(kind, value, today=today)
    if not verdict.ok:
        problems.append(Refusal("identity.format", verdict.message, IDENTITY_CLAUSE, field="identity_number"))
    return verdict


def telephone(field: str, value: str, today: date, problems: list[Refusal], *, required: bool = True) -> str:
    """Accept a mobile number, or a Shanghai landline: many old people have nothing else."""
    if not required and not value.strip():
        return ""
    landline = identity.check("landline", value, today=today)
    if landline.ok:
        return landline.value
    mobile = identity.check("mobile", value, today=today)
    if not mobile.ok:
        problems.append(Refusal("phone.format", mobile.message, field=field))
    return mobile.value


def birth_date(verdict: identity.Verdict, given: date | None, today: date, problems: list[Refusal]) -> date | None:
    """The number's own date where it carries one; otherwise what was written, which then must be there."""
    if verdict.birth and given and given != verdict.birth:
        problems.append(
            Refusal(
                "identity.birth", "出生日期与证件号码不一致，请对照证件再看一遍。", IDENTITY_CLAUSE, field="birth_date"
            )
        )
    born = verdict.birth or given
    if born is None:
        problems.append(Refusal("form.required", "这类证件号码不含出生日期，请填写出生日期。", field="birth_date"))
    elif not 0 <= today.year - born.year <= OLDEST or born > today:
        problems.append(Refusal("identity.birth", "出生日期不正确，请再看一遍。", field="birth_date"))
    return born


def sex(verdict: identity.Verdict, given: str | None, problems: list[Refusal]) -> str:
    if verdict.sex and given and given != verdict.sex:
        problems.append(
            Refusal("identity.sex", "性别与证件号码不一致，请对照证件再看一遍。", IDENTITY_CLAUSE, field="sex")
        )
    chosen = verdict.sex or given or ""
    if chosen not in Sex.values:
        problems.append(Refusal("form.required", "请选择性别。", field="sex"))
    return chosen


def group(value: str, problems: list[Refusal]) -> str:
    if value not in Group.values:
        problems.append(Refusal("patient.group", "请选择服务人群。", "002 五(三)", field="group"))
    return value


def guardian(born: date | None, today: date, name: str, phone: str, problems: list[Refusal]) -> None:
    """A child cannot be reached and cannot sign alone."""
    if born is None or name and phone:
        return
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    if age < AGE_OF_MAJORITY:
        field = "contact_phone" if name else "contact_name"
        problems.append(Refusal("patient.guardian", "服务对象未满18周岁，请填写监护人的姓名和电话。", field=field))


def stop_at(problems: list[Refusal]) -> None:
    """
    Go on when nothing is wrong.

    :raises kernel.refusals.Invalid: with all problems at once, so that a form is corrected in one go
    """
    if problems:
        raise Invalid(*problems)


def format_check(patient: Patient, warning: str, by: Actor, now: datetime) -> IdentityCheck:
    """Build the first of the three facts: what the number's form alone can say."""
    return IdentityCheck(
        patient=patient,
        kind=IdentityCheck.Kind.FORMAT,
        passed=True,
        note=warning,
        source="平台按证件规则核对",
        checked_by_id=by.user_id,
        checked_at=now,
    )


def known(patient: Patient, by: Actor) -> Refused:
    """A family hears only that somebody must help; staff, who hold the paper in hand, hear whose record it is."""
    if by.kind == "system" or by.orgs_as(*access.CARERS):
        sentence = f"这个证件号码已登记，姓名是{identity.mask_name(patient.name)}，请直接使用已有的资料。"
    else:
        sentence = "这个证件号码已经登记过，请致电所在的社区卫生服务中心，由工作人员为您办理关联。"
    return Refused.because("patient.known", sentence, IDENTITY_CLAUSE, field="identity_number")
