"""
The trace of one order or one patient, in words: who did what, under which post, when, why, and what came of it.

Labels stand on this floor and not beside the trace itself, because the trace must not know what the acts of upper
floors are called. A test reads the code for event names and fails for one without a label.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Model, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast

from accounts.models import Organization, User
from accounts.roles import SYSTEM, Role
from audit.models import Event
from clinical.lifecycle import ASSESSMENT, CALL_BACK, PRESCRIPTION
from kernel.refusals import hidden
from orders import rowwords
from orders.lifecycle import APPEAL, COMPANION, ORDER, PLAN, REQUEST
from orders.models import Order

ACTIONS: dict[str, str] = {
    **{step.event: step.label for step in (*REQUEST.steps, *ORDER.steps)},
    **{step.event: f"{step.label}（排班建议）" for step in PLAN.steps},
    **{step.event: step.label for step in APPEAL.steps},
    **{step.event: step.label for step in COMPANION.steps},
    **{step.event: step.label for step in CALL_BACK.steps},
    "accounts.first_password_given": "发放初始密码",
    "accounts.logged_in": "登录",
    "accounts.logged_out": "退出登录",
    "accounts.login_failed": "登录失败",
    "accounts.looked": "查看留痕",
    "accounts.organisation_created": "登记机构",
    "accounts.password_changed": "修改密码",
    "accounts.post_begun": "任职",
    "accounts.post_ended": "结束任职",
    "accounts.sessions_ended": "强制退出登录",
    "accounts.text_size_chosen": "选择字号",
    "accounts.user_created": "开立账号",
    "audit.hardened": "加固留痕数据库",
    "audit.manifest_checked": "核对留痕防护",
    "audit.opened": "为部署打开留痕数据库",
    "audit.era_approved": "批准开启新纪元",
    "audit.era_opened": "开启新的封存纪元",
    "audit.era_proposal_withdrawn": "撤回新纪元申请",
    "audit.era_proposed": "申请开启新纪元",
    "audit.verified": "核验留痕",
    "catalog.certificate_required": "项目增加资质要求",
    "catalog.edition_published": "发布项目目录",
    "catalog.item_added": "增加护理项目",
    "catalog.looked": "查看目录",
    "catalog.negative_entry_added": "增加负面清单",
    "catalog.negative_entry_ended": "撤销负面清单",
    "catalog.opted_in": "开展项目",
    "catalog.opted_in_all": "开展全部项目",
    "catalog.opted_out": "停止开展项目",
    "clinical.assessment_amended": "更正已签名的首诊评估",
    "clinical.assessment_arrived": "首诊到达",
    "clinical.assessment_cancelled": "取消首诊",
    "clinical.assessment_concluded": "填写首诊结论",
    "clinical.assessment_departed": "首诊出发",
    "clinical.assessment_planned": "登记首诊安排",
    "clinical.assessment_replanned": "调整首诊",
    "clinical.assessment_saved": "填写首诊评估",
    "clinical.assessment_signed": "首诊签名",
    "clinical.amended": "补记或更正护理记录",
    "clinical.amendment_released": "放行护理记录的更正",
    "clinical.call_back_overdue": "医生回电超时",
    "clinical.call_back_reminded": "提醒医生回电",
    "clinical.looked": "查看临床文书",
    "clinical.moment_kept": "记录解释、询问和观察",
    "clinical.note_written": "填写护理记录",
    "clinical.picture_consent_asked": "询问拍照同意",
    "clinical.picture_consent_withdrawn": "撤回拍照同意",
    "clinical.picture_kept": "保存护理照片",
    "clinical.picture_removed": "移除护理照片",
    "clinical.picture_shown": "查看护理照片",
    "clinical.prescription_expired": "项目单过期",
    "clinical.prescription_restored": "项目单恢复次数",
    "clinical.prescription_signed": "签名开具项目单",
    "clinical.prescription_stopped": "停用项目单",
    "clinical.prescription_used_up": "项目单次数用完",
    "clinical.reading_taken": "记录测量值",
    "clinical.readings_carried": "沿用上次的记录",
    "clinical.record_closed": "提交护理记录",
    "clinical.record_opened": "建立护理记录",
    "clinical.specimen_sent": "登记标本送出",
    "clinical.step_answered": "记录操作步骤",
    "clinical.waste_declared": "申报医疗废物",
    "clinical.waste_taken_back": "撤回医疗废物申报",
    "audit.turned_away": "办理被拒绝",
    "desks.page_refused": "访问被拒绝",
    "bedside.received": "收到手机记录",
    "logistics.critical_untold": "危急值未告知",
    "logistics.looked": "查看标本或医疗废物登记",
    "logistics.register_exported": "导出标本或医疗废物登记",
    "logistics.specimen_collected": "登记标本",
    "logistics.specimen_handed_over": "标本交给检验科",
    "logistics.specimen_lost": "标本未能送检",
    "logistics.specimen_overdue": "标本超过送检时限",
    "logistics.specimen_received": "检验接收标本",
    "logistics.specimen_rejected": "检验拒收标本",
    "logistics.specimen_resulted": "登记检验结果",
    "logistics.specimen_told": "告知检验结果",
    "logistics.waste_carried_long": "医疗废物逾期未交回",
    "logistics.waste_collected": "登记医疗废物移交",
    "logistics.waste_handed_in": "医疗废物交回机构",
    "logistics.waste_lost": "医疗废物遗失",
    "logistics.waste_reminded": "提醒交回医疗废物",
    "logistics.waste_removed": "医疗废物交处置单位",
    "logistics.waste_sealed": "登记医疗废物",
    "logistics.waste_stored_long": "医疗废物暂存超过期限",
    "logistics.waste_withdrawn": "撤销医疗废物登记",
    "education.article_changed": "修改科普文章",
    "education.article_published": "发布科普文章",
    "education.article_replaced": "科普文章由新版代替",
    "education.article_reviewed": "审核科普文章",
    "education.article_sent_back": "退回科普文章",
    "education.article_withdrawn": "撤下科普文章",
    "education.article_written": "起草科普文章",
    "education.course_changed": "修改培训课程",
    "education.course_published": "发布培训课程",
    "education.course_replaced": "培训课程由新版代替",
    "education.course_reviewed": "审核培训课程",
    "education.course_sent_back": "退回培训课程",
    "education.course_withdrawn": "撤下培训课程",
    "education.course_written": "起草培训课程",
    "education.exam_begun": "开始考试",
    "education.exam_submitted": "交卷",
    "education.expert_ended": "专家出库",
    "education.expert_filed": "专家入库",
    "education.extra_try_given": "安排补考",
    "education.handed_out": "发送健康教育",
    "education.handout_read": "家属看过健康教育",
    "education.looked": "查看健康教育",
    "education.post_approved": "稿件审核通过",
    "education.post_honoured": "评为典型案例",
    "education.post_published": "稿件按时发布",
    "education.post_resubmitted": "改后再投稿",
    "education.post_sent_back": "退回稿件",
    "education.post_submitted": "投稿",
    "education.post_withdrawn": "撤下稿件",
    "education.reads_kept": "汇总阅读次数",
    "education.section_read": "学完一节课程",
    "education.taught_back": "记录教育效果",
    "education.training_ended": "取消培训安排",
    "education.training_late": "培训逾期",
    "education.training_planned": "安排培训",
    "education.training_reminded": "提醒培训即将到期",
    "followups.answered": "收到随访回答",
    "followups.calendar_cleared": "恢复公布的工作日历",
    "followups.calendar_set": "调整工作日历",
    "followups.cancelled": "取消随访",
    "followups.discharge_registered": "登记出院",
    "followups.fell_due": "随访到期",
    "followups.green_closed": "绿色通道处理完毕",
    "followups.green_late": "绿色通道超时未接手",
    "followups.green_opened": "开启绿色通道",
    "followups.green_taken": "医生接手绿色通道",
    "followups.looked": "查看随访",
    "followups.missed": "随访逾期",
    "followups.plan_completed": "随访计划做完",
    "followups.plan_ended": "结束随访计划",
    "followups.plan_opened": "建立随访计划",
    "followups.planned": "安排随访",
    "followups.questionnaire_published": "发布随访问卷",
    "followups.template_published": "发布随访模板",
    "followups.tried": "随访未接通",
    "indicators.file_imported": "导入指标文件",
    "indicators.month_computed": "计算当月指标",
    "indicators.review_due": "提醒半年评估",
    "indicators.rollups_proved": "核对日汇总",
    "indicators.task_added": "登记重点任务",
    "indicators.task_dropped": "撤销重点任务",
    "indicators.task_due_soon": "提醒重点任务即将到期",
    "indicators.task_finished": "完成重点任务",
    "indicators.task_late": "提醒重点任务已超时限",
    "indicators.task_moved": "调整重点任务时限",
    "indicators.task_reopened": "重新推进重点任务",
    "indicators.task_reported": "登记重点任务进展",
    "indicators.task_reviewed": "半年评估重点任务",
    "indicators.task_stage_reached": "重点任务达成阶段",
    "indicators.value_recorded": "填报指标",
    "indicators.workload_exported": "导出工作量统计",
    "institutions.emergency_plan_published": "发布应急预案",
    "institutions.group_joined": "加入工作小组",
    "institutions.group_left": "退出工作小组",
    "institutions.log_answered": "答复问题或经验",
    "institutions.log_written": "登记问题或经验",
    "institutions.reading_reminded": "提醒阅读制度",
    "institutions.task_finished": "登记工作任务完成",
    "institutions.task_planned": "写入工作计划",
    "institutions.trial_begun": "列为试运行",
    "institutions.trial_ended": "试运行转正",
    "consults.added": "继续咨询",
    "consults.answered": "护士答复咨询",
    "consults.asked": "提出护理咨询",
    "consults.closed": "结束护理咨询",
    "consults.looked": "查看护理咨询",
    "consults.overdue": "护理咨询超时未答复",
    "consults.turned": "护理咨询转为申请",
    "consults.visit_advised": "护士建议上门",
    "institutions.filing_decided": "审核服务方式登记",
    "institutions.filing_withdrawn": "撤销服务方式登记",
    "institutions.licence_recorded": "登记执业许可证",
    "institutions.looked": "查看机构资料",
    "institutions.mode_filed": "申请服务方式登记",
    "institutions.platform_agreement_recorded": "登记平台合作协议",
    "institutions.profile_saved": "保存机构资料",
    "institutions.rule_set_acknowledged": "知晓制度",
    "institutions.rule_set_published": "发布制度",
    "institutions.setting_chosen": "调整区级设置",
    "institutions.suspended": "暂停服务资格",
    "institutions.suspension_lifted": "恢复服务资格",
    "institutions.town_assigned": "划定辖区",
    "institutions.town_released": "解除辖区",
    "institutions.towns_added": "登记街镇",
    "notifications.all_read": "查看全部消息",
    "notifications.call_given_up": "电话联系不上",
    "notifications.call_opened": "登记待打电话",
    "notifications.call_told": "电话已告知",
    "notifications.call_unanswered": "电话没有打通",
    "notifications.device_closed": "关闭一台设备的浏览器通知",
    "notifications.device_opened": "打开一台设备的浏览器通知",
    "notifications.expiry_reminded": "提醒文件或资质到期",
    "notifications.guidance_sent": "推送用药和护理注意事项",
    "notifications.handed_over": "短信、微信或浏览器通知交给通道",
    "notifications.looked": "查看待打电话的号码",
    "notifications.reach_chosen": "设置联系方式和免打扰",
    "notifications.read": "查看消息",
    "notifications.sent": "发送消息",
    "notifications.undeliverable": "短信、微信或浏览器通知送不出",
    "notifications.visit_reminded": "提醒明天上门",
    "nurses.affiliated": "登记注册或备案",
    "nurses.certificate_recorded": "登记专项资质",
    "nurses.excluded": "退出上门服务",
    "nurses.exclusion_lifted": "申诉通过，恢复服务",
    "nurses.filed": "护士建档",
    "nurses.insurance_recorded": "登记保险",
    "nurses.leave_planned": "登记请假",
    "nurses.looked": "查看护士档案",
    "nurses.portrait_recorded": "登记工牌照片",
    "nurses.registry_checked": "查询护士注册信息",
    "nurses.roll_imported": "导入护士名单",
    "nurses.scan_kept": "上传资质扫描件",
    "nurses.scan_removed": "移除资质扫描件",
    "nurses.scan_shown": "查看资质扫描件",
    "nurses.shift_planned": "排班",
    "nurses.shift_removed": "撤销排班",
    "nurses.standing_updated": "更新执业信息",
    "nurses.training_recorded": "登记培训",
    "orders.arrival_proved": "补充到达凭据",
    "orders.arrival_vouched": "家属确认护士已到",
    "orders.course_booked": "安排后续上门",
    "orders.companion_reminded": "提醒同行护士答复",
    "orders.evidence_exported": "导出证据包",
    "orders.failure_corrected": "更正失约方",
    "orders.looked": "查看申请或订单",
    "orders.place_shared": "开始共享途中位置",
    "orders.place_switched": "开关位置共享",
    "orders.places_forgotten": "删除到期的位置记录",
    "orders.rated": "评价",
    "orders.rating_replied": "回复评价",
    "orders.renewal_submitted": "提交续期评估",
    "orders.signed_again": "重新签字",
    "orders.trace_exported": "导出留痕",
    "orders.two_required": "要求两人上门",
    "orders.two_waived": "取消两人上门的要求",
    "orders.referral_answered": "登记转诊结果",
    "orders.offer_reminded": "提醒护士答复",
    "orders.shortfall_exported": "导出供需情况",
    "orders.visit_late": "上门迟到",
    "orders.visit_missed": "无人到达",
    "orders.visit_overran": "上门服务超时",
    "orders.visit_unarranged": "临近上门还没有护士",
    "orders.wait_reckoned": "推算排队日期",
    "patients.account_linked": "关联账号",
    "patients.address_changed": "变更地址",
    "patients.consent_signed": "签署",
    "patients.consent_withdrawn": "撤回签署",
    "patients.corrected": "更正资料",
    "patients.draft_forgotten": "清除申请草稿",
    "patients.draft_kept": "保存申请草稿",
    "patients.erasure_asked": "申请删除资料",
    "patients.erasure_decided": "答复删除申请",
    "patients.exported": "下载本人资料",
    "patients.identity_checked": "核验身份",
    "patients.identity_corrected": "更正身份信息",
    "patients.looked": "查看服务对象",
    "patients.merged": "合并登记",
    "patients.proxy_added": "增加代办授权",
    "patients.proxy_ended": "结束代办授权",
    "patients.proxy_invited": "邀请代办",
    "patients.proxy_proved": "登记代办证明",
    "patients.proxy_uninvited": "取消代办邀请",
    "patients.registered": "实名登记",
    "patients.revealed": "查看完整信息",
    "patients.text_published": "发布签署文本",
    "patients.upload_shown": "查看上传资料",
    "patients.uploaded": "上传资料",
}

CLAUSES = {step.event: step.clause for table in (REQUEST, ASSESSMENT, PRESCRIPTION, ORDER) for step in table.steps}
OUTCOMES = {"ok": "成功", "refused": "被拒绝", "failed": "失败"}
READERS = frozenset(
    {Role.DISPATCHER, Role.DOCTOR, Role.CENTRE_ADMIN, Role.REVIEWER, Role.SUPERVISOR, Role.QC_INSPECTOR, Role.AUDITOR}
)
_ROLES = {**dict(Role.choices), SYSTEM: "平台"}
_BELONGING: list[type[Model]] = []
_NOBODY = {"system": "平台自动处理", "anonymous": "未登录"}
_SHOWN = [Event.Kind.ACT, Event.Kind.LOOK, Event.Kind.REFUSAL]


@dataclass(frozen=True, slots=True)
class Line:
    """One event in words; ``happened_at`` is when it is said to have happened, ``at`` when it was written down."""

    id: int
    kind: str
    kind_label: str
    action: str
    label: str
    who: str
    role: str
    role_label: str
    organisation: str
    reason: str
    outcome: str
    outcome_label: str
    happened_at: datetime
    at: datetime
    request_id: str
    clause: str = ""  # where the documents ask for this act; what it rests on when nobody had to give a reason
    data: dict[str, Any] = field(default_factory=dict)
    ip: str = ""
    account_id: int | None = None
    object_type: str = ""
    object_id: str = ""
    object_label: str = ""
    act_id: UUID | None = None
    db_user: str = ""


def order_trace(order: Order) -> list[Line]:
    """Every event of the order and of what it grew from and left behind, in order, in three queries."""
    return lines(_events().filter(concerning(order)))


def concerning(order: Order) -> Q:
    """The events of one order, of its request, assessment, prescription, record and signatures."""
    return about(objects_of(order))


def objects_of(order: Order) -> dict[str, list[str]]:
    """The order and the papers it rests on, by kind of object."""
    papers = {
        "orders.order": [order.pk],
        "orders.companion": order.companions.values_list("pk", flat=True),
        "orders.servicerequest": [order.request_id],
        "clinical.assessment": [order.request.assessment_id],
        "clinical.prescription": [order.prescription_id],
        "clinical.visitrecord": [order.visit_record_id],
        "patients.consent": [order.consent_id, order.agreement_id],
    }
    for kind, key in _hanging(order):
        papers.setdefault(kind, []).append(key)
    return {kind: [str(pk) for pk in ids if pk is not None] for kind, ids in papers.items()}


def _hanging(order: Order) -> Iterable[tuple[str, str]]:
    """The rows of upper floors that are part of this order's trace, by kind and id, in one query however many kinds."""
    found = [
        model._default_manager.filter(order=order)
        .annotate(row_kind=Value(model._meta.label_lower), row_key=Cast("pk", TextField()))
        .values_list("row_kind", "row_key")
        for model in _BELONGING
    ]
    return found[0].union(*found[1:], all=True) if found else ()


def belongs(model: type[Model]) -> None:
    """Count the rows of a floor above that name an order among its papers; told by that floor when it starts."""
    if model not in _BELONGING:
        _BELONGING.append(model)


def about(objects: Mapping[str, Iterable[str]]) -> Q:
    """The events of these objects, by kind of object and id; of none, none."""
    concerned = Q(pk__in=[])
    for kind, ids in objects.items():
        if ids:
            concerned |= Q(object_type=kind, object_id__in=ids)
    return concerned


def readable_order(*, actor, number: str) -> Order:
    """
    Return the order whose trace this actor may read: staff of its centre, and those who oversee or audit it.

    :raises kernel.refusals.Hidden: not there, or not for this actor
    """
    row = (
        Order.objects.filter(number=number, centre__in=actor.orgs_as(*READERS))
        .select_related("request", "centre", "patient")
        .first()
    )
    if row is None:
        raise hidden("这份订单的留痕")
    return row


def _events() -> QuerySet[Event]:
    return Event.objects.filter(kind__in=_SHOWN).order_by("id")


def lines(events: Iterable[Event]) -> list[Line]:
    """Put events into words, in two queries; for the auditor's search as well as for the traces above."""
    events = list(events)
    people = User.objects.in_bulk({int(e.actor_id) for e in events if e.actor_kind == "user"})
    places = Organization.objects.in_bulk({e.organisation_id for e in events if e.organisation_id})
    return [
        Line(
            id=event.pk,
            kind=event.kind,
            kind_label=event.get_kind_display(),
            action=event.action,
            label=_label(event),
            who=_who(event, people),
            role=event.role,
            role_label="、".join(_ROLES.get(role, role) for role in event.role.split(",") if role),
            organisation=str(places.get(event.organisation_id, "")),
            reason=event.reason,
            clause=CLAUSES.get(event.action, ""),
            outcome=event.outcome,
            outcome_label=OUTCOMES.get(event.outcome, event.outcome),
            happened_at=event.happened_at,
            at=event.at,
            request_id=event.request_id,
            data=event.data,
            ip=event.ip,
            account_id=int(event.actor_id) if event.actor_kind == "user" else None,
            object_type=event.object_type,
            object_id=event.object_id,
            object_label=rowwords.table(event.object_type) if event.object_type else "",
            act_id=event.act_id,
            db_user=event.db_user,
        )
        for event in events
    ]


def _label(event) -> str:
    if event.kind == Event.Kind.ROW:
        return f"直接修改数据库：{rowwords.ACTIONS.get(event.action, event.action)}{rowwords.table(event.object_type)}"
    if event.kind == Event.Kind.DDL:
        return ACTIONS.get(event.action) or f"修改数据库结构：{event.action}"
    return ACTIONS.get(event.action, event.action)


def _who(event, people) -> str:
    if event.actor_kind == "user":
        return str(people.get(int(event.actor_id), "账号已注销"))
    if event.kind in (Event.Kind.ROW, Event.Kind.DDL):
        return f"数据库账号 {event.db_user}"
    return _NOBODY.get(event.actor_kind, event.actor_kind)
