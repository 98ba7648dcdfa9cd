"""Everything on file about a person, in the person's own hands (个人信息保护法 第四十五条)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from audit.services import recording
from kernel.actors import Actor
from kernel.identity import DOCUMENT_KINDS
from kernel.refusals import hidden
from patients import access, privacy, selectors
from patients.models import Patient, Proxy


def export(*, patient_id: UUID, by: Actor, now: datetime) -> dict[str, Any]:
    """
    Return what is on file in words, opened; that it left stands in the trace.

    :raises kernel.refusals.Hidden: neither the patient nor a proxy asks
    :raises kernel.refusals.NotYours: a proxy asks who only hands in applications
    """
    patient = Patient.objects.filter(pk=patient_id).first()
    if patient is None or not access.hats(by, patient):
        raise hidden("这位服务对象")
    access.demand_reading(by, patient.pk)
    with recording("patients.exported", target=patient, by=by, now=now):
        return {
            "本人": _person(patient),
            "地址": [
                {"街镇": str(one.town), "详细地址": privacy.address_line(one), "上门提示": one.access_note,
                 "现用": one.is_current, "登记时间": one.recorded_at}
                for one in patient.addresses.select_related("town").order_by("-recorded_at")
            ],
            "代办人": [
                {"姓名": one.user.display_name, "关系": one.relation, "可以办": _scopes(one), "自": one.starts_on,
                 "至": one.expires_on, "结束时间": one.ended_at}
                for one in patient.proxies.select_related("user").order_by("-pk")
            ],
            "签过的文本": [
                {"文本": str(one.text), "机构": one.organisation.name, "签署人": one.signer_name,
                 "签署时间": one.signed_at, "有效期至": one.valid_until, "撤回时间": one.withdrawn_at}
                for one in selectors.consents_of(patient.pk)
            ],
            "身份核验": [
                {"核验": one.get_kind_display(), "是否通过": one.passed, "方式": one.source, "时间": one.checked_at}
                for one in patient.identity_checks.order_by("-checked_at")
            ],
            "上传的资料": [
                {"种类": one.get_kind_display(), "上传时间": one.uploaded_at, "摘要": one.sha256}
                for found in selectors.uploads_by_kind(patient.pk).values()
                for one in found
            ],
        }  # fmt: skip


def _person(patient: Patient) -> dict[str, Any]:
    return {
        "姓名": patient.name,
        "性别": patient.get_sex_display(),
        "出生日期": patient.birth_date,
        "证件类型": DOCUMENT_KINDS[patient.identity_kind],
        "证件号码": privacy.identity_number(patient),
        "电话": privacy.phone(patient),
        "情况": patient.get_group_display(),
        "主要疾病": patient.conditions,
        "过敏史": patient.allergies,
        "紧急联系人": patient.contact_name,
        "与服务对象关系": patient.contact_relation,
        "紧急联系人电话": privacy.contact_phone(patient),
        "登记时间": patient.registered_at,
    }


def _scopes(proxy: Proxy) -> str:
    return "、".join(Proxy.Scope(scope).label for scope in proxy.scopes)
