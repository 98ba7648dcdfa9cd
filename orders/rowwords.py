"""
Captured rows in words: the table, the column, the old value and the new one, as a person reads them.

Words come from the models themselves (``verbose_name``, choices); what Django would leave in English stands here.
"""

import re
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import Field, ForeignKey, Model, TextChoices
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from accounts.roles import SYSTEM, Role
from clinical.lifecycle import (
    ASSESSMENT,
    CALL_BACK,
    PRESCRIPTION,
    AssessmentStatus,
    CallBackStatus,
    PrescriptionStatus,
)
from kernel.workflow import Workflow
from orders.lifecycle import (
    APPEAL,
    COMPANION,
    ORDER,
    PLAN,
    REQUEST,
    AppealStatus,
    CompanionStatus,
    OrderStatus,
    PlanStatus,
    RequestStatus,
)

SEALED, DIGEST = "sealed", "sha256:"
CHINESE = re.compile("[\u4e00-\u9fff]")
ACTIONS = {"insert": "新增", "update": "修改", "delete": "删除", "truncate": "清空"}

TABLES = {
    "accounts.organizationgroupobjectpermission": "岗位授权",
    "accounts.user_groups": "账号的岗位授权组",
    "accounts.user_user_permissions": "账号的单独权限",
    "auth.group_permissions": "授权组的权限",
    "clinical.visitrecord_items": "护理记录的项目",
    "orders.servicerequest_wished_items": "申请的项目",
}
# Words of the model that need the field beside them to be understood.
FULLER = {"wished_to": "希望上门时间到", "window_end": "希望时间到", "starts_on": "开始日期", "expires_on": "到期日期"}
COLUMNS = {
    "written_by_id": "登记人",
    "planned_by_id": "登记人",
    "done_by_id": "登记完成的人",
    "begun_by_id": "决定人",
    "answered_by_id": "答复人",
    "accepted_at": "接单时间",
    "acknowledged_by_id": "响应人",
    "added_by_id": "登记人",
    "appealed_by_id": "申诉人",
    "applied_by_id": "导入人",
    "act_id": "办理编号",
    "alert": "超出范围提示",
    "alert_below": "低于提醒",
    "alert_from": "高于提醒",
    "arrived_at": "到达时间",
    "asked_at": "请求时间",
    "asked_by_id": "请求人",
    "at": "时间",
    "checked_at": "核验时间",
    "checked_by_id": "核验人",
    "closed_at": "办结时间",
    "closed_by_id": "办结人",
    "code_tries": "上门码输错次数",
    "confirmed_at": "确认时间",
    "confirmed_how": "确认方式",
    "contact_phone_sealed": "紧急联系人电话",
    "content_object_id": "授权机构",
    "content_sha256": "内容摘要",
    "content_type": "文件类型",
    "created_at": "生成时间",
    "decided_at": "决定时间",
    "decided_by_id": "决定人",
    "decimals": "小数位",
    "departed_at": "出发时间",
    "detail_sealed": "详细地址",
    "district_id": "所属区",
    "doctor_id": "医生",
    "done": "是否完成",
    "door_tries": "到门码试错次数",
    "eligible": "是否符合",
    "ended_at": "结束时间",
    "ended_by_id": "结束办理人",
    "event_id": "事件编号",
    "evidence_id": "凭据",
    "filed_at": "建档时间",
    "filed_by_id": "登记人",
    "finished_at": "结束时间",
    "formula": "计算方式",
    "from_status": "原状态",
    "group_id": "授权组",
    "id": "编号",
    "identity_index": "证件检索值",
    "identity_sealed": "证件号码",
    "is_current": "是否现用",
    "is_demo": "是否演示",
    "key": "标识",
    "kind": "类别",
    "kind_id": "资质",
    "last_login": "上次登录",
    "lifted_at": "解除时间",
    "lifted_by_id": "解除人",
    "maximum": "上限",
    "minimum": "下限",
    "name": "名称",
    "name_index": "姓名检索值",
    "opened_by_id": "建立人",
    "options": "可选值",
    "ordered_at": "决定时间",
    "ordered_by_id": "决定人",
    "passed": "是否通过",
    "patient_sex_clause": "性别限制依据",
    "permission_id": "权限",
    "person_id": "收件人",
    "phone_index": "电话检索值",
    "phone_sealed": "电话",
    "picture_id": "签名图片",
    "position": "顺序",
    "previous_sha256": "上一版摘要",
    "proof_id": "代办证明",
    "published_at": "发布时间",
    "published_by_id": "发布人",
    "rated_at": "评价时间",
    "rated_by_id": "评价人",
    "reason": "原因",
    "order_version": "订单版本号",
    "received_at": "受理时间",
    "received_by_id": "受理人",
    "recorded_at": "登记时间",
    "recorded_by_id": "登记人",
    "referred_to_id": "转诊机构",
    "refusals": "不符合的规定",
    "registered_at": "登记时间",
    "removed_at": "撤销时间",
    "replied_at": "回复时间",
    "replied_by_id": "回复人",
    "role": "岗位",
    "sections": "评估内容",
    "seed": "计算种子",
    "session_epoch": "登录批次",
    "set_at": "设置时间",
    "set_by_id": "设置人",
    "settled_at": "处理时间",
    "sha256": "摘要",
    "signed_at": "签名时间",
    "signer_id": "签署账号",
    "status": "状态",
    "status_since": "状态起始时间",
    "submitted_by_id": "提交人",
    "taken_at": "办理时间",
    "taken_by_id": "办理人",
    "raised_by_id": "提出人",
    "text_id": "签署文本",
    "told_by_id": "告知人",
    "to_status": "新状态",
    "type": "类型",
    "uploaded_at": "上传时间",
    "uploaded_by_id": "上传人",
    "valid_until": "有效期至",
    "value": "测量值",
    "version": "版本号",
    "warnings": "提醒",
    "was_nurse_id": "原定护士",
    "withdrawn_by_id": "撤回人",
    "withdrawn_reason": "撤回原因",
    "witness_id": "见证人",
}
# Steps keep their names and statuses as plain text: the words are the lifecycle's.
ROLES = {**dict(Role.choices), SYSTEM: "平台"}
STEPS = {
    label: {
        "name": {step.name: step.label for step in table.steps},
        "from_status": dict(statuses.choices),
        "to_status": dict(statuses.choices),
        "role": ROLES,
    }
    for label, table, statuses in (
        ("orders.requeststep", REQUEST, RequestStatus),
        ("orders.orderstep", ORDER, OrderStatus),
        ("orders.appealstep", APPEAL, AppealStatus),
        ("orders.dayplanstep", PLAN, PlanStatus),
        ("orders.companionstep", COMPANION, CompanionStatus),
        ("clinical.assessmentstep", ASSESSMENT, AssessmentStatus),
        ("clinical.prescriptionstep", PRESCRIPTION, PrescriptionStatus),
        ("clinical.callbackstep", CALL_BACK, CallBackStatus),
    )
}


def learn(label: str, table: Workflow, statuses: type[TextChoices]) -> None:
    """Give the steps of a floor above their words; told by that floor when it starts."""
    STEPS[label] = {
        "name": {step.name: step.label for step in table.steps},
        "from_status": dict(statuses.choices),
        "to_status": dict(statuses.choices),
        "role": ROLES,
    }


@dataclass(frozen=True, slots=True)
class Change:
    """One column of one captured row: its name in words, and what it was and became."""

    column: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Row:
    """One captured row: what was done to which table, and its columns."""

    id: int
    action: str
    table: str
    object_id: str
    changes: tuple[Change, ...]


def row(event) -> Row:
    """Put one event of kind ``row`` into words."""
    return Row(
        id=event.pk,
        action=ACTIONS.get(event.action, event.action),
        table=table(event.object_type),
        object_id=event.object_id,
        changes=tuple(_change(event.action, event.object_type, column, said) for column, said in _said(event)),
    )


def table(label: str) -> str:
    """The table's name as people call it; its own name where nobody has given it one."""
    if label in TABLES:
        return TABLES[label]
    known = model(label)
    return str(known._meta.verbose_name) if known else label


def model(label: str) -> type[Model] | None:
    """The model behind ``app.model``; also of the hidden table between two of ours."""
    app, _, name = label.partition(".")
    try:
        return apps.get_model(app, name)
    except (LookupError, ValueError):
        return None


def column(label: str, name: str) -> str:
    """The column's name as people call it."""
    if name in FULLER:
        return FULLER[name]
    field = _field(label, name)
    if field is not None and CHINESE.search(str(field.verbose_name)):
        return str(field.verbose_name)
    if name in COLUMNS:
        return COLUMNS[name]
    if isinstance(field, ForeignKey):
        return table(field.related_model._meta.label_lower)
    return name


def _said(event):
    return event.data.items() if isinstance(event.data, dict) else ()


def _change(action, label, name, said) -> Change:
    before, after = "", ""
    if said == SEALED:
        after = _value(label, name, said)
    elif action == "update" and isinstance(said, list) and len(said) == 2:
        before, after = (_value(label, name, one) for one in said)
    elif action == "delete":
        before = _value(label, name, said)
    else:
        after = _value(label, name, said)
    return Change(column=column(label, name), before=before, after=after)


def _value(label: str, name: str, said: Any) -> str:
    if said == SEALED:
        return "已加密，不显示"
    if isinstance(said, str) and said.startswith(DIGEST):
        return f"内容较长，留存摘要 {said[len(DIGEST) :][:12]}…"
    if said is None or said == "":
        return "空"
    if isinstance(said, bool):
        return "是" if said else "否"
    field = _field(label, name)
    choices = STEPS.get(label, {}).get(name) or dict(getattr(field, "flatchoices", ()) or ())
    if isinstance(said, list) and all(isinstance(one, str | int) for one in said):
        named = dict(getattr(getattr(field, "base_field", None), "flatchoices", ()) or ())
        return "、".join(str(named.get(one, one)) for one in said) or "空"
    if isinstance(said, list | dict):  # for programs; the words are in the evidence pack
        return f"{len(said)} 项内容，原文见证据包" if said else "空"
    if said in choices:
        return str(choices[said])
    if field is not None and field.get_internal_type() == "DateTimeField" and (at := _moment(said)):
        return f"{at:%Y-%m-%d %H:%M:%S}"
    return f"编号 {said}" if isinstance(field, ForeignKey) else str(said)


def _moment(said):
    at = parse_datetime(str(said))
    return timezone.localtime(at) if at and timezone.is_aware(at) else at


def _field(label: str, name: str) -> Field | None:
    known = model(label)
    return next((field for field in known._meta.concrete_fields if field.column == name), None) if known else None
