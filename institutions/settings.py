"""
What a district may choose where the documents leave room, with the default that holds until it does.

``clause`` names the article that leaves the room; ``ours`` marks a choice that no document speaks of.
"""

from dataclasses import dataclass
from typing import Any

from kernel.refusals import Refusal

OURS = "ours"


@dataclass(frozen=True, slots=True)
class Declared:
    """One setting: ``options`` are (value, Chinese name) for a choice, bounds are for a number."""

    key: str
    label: str
    type: str
    default: Any
    clause: str = OURS
    unit: str = ""
    options: tuple[tuple[str, str], ...] = ()
    minimum: int = 0
    maximum: int = 0


# The titles in rising order, as nurses.models.Nurse keeps them; a floor above cannot be imported from here.
TITLES = (
    ("nurse", "护士"),
    ("practitioner", "护师"),
    ("supervisor", "主管护师"),
    ("associate", "副主任护师"),
    ("chief", "主任护师"),
)

# Words of a sudden event only: 骨折 or 半身不遂 alone is what many patients live with and ask help for.
EMERGENCY_WORDS = [
    "胸痛", "呼吸困难", "喘不上气", "窒息", "昏迷", "昏倒", "叫不醒", "突然神志不清", "突然意识不清", "抽搐",
    "大出血", "出血不止", "呕血", "咯血", "大量便血", "心跳停", "没有呼吸", "突然口角歪斜", "突然半身不能动",
    "突然说不出话", "坠楼", "触电", "溺水", "中毒", "喝农药", "轻生", "自杀", "过敏性休克",
]  # fmt: skip

SETTINGS: dict[str, Declared] = {
    row.key: row
    for row in (
        Declared("nurse.affiliation", "护士与机构的关系", "choice", "registered_or_filed", "002 五(二)2；004 三(一)",
                 options=(("registered_or_filed", "注册或备案"), ("registered_only", "仅限注册"))),
        Declared("nurse.insurance", "护士保险不全时", "choice", "block", "004 三(八)；002 五(九)2",
                 options=(("block", "不予派单"), ("warn", "提醒后可派单"))),
        Declared("nurse.min_years", "临床护理工作年限", "integer", 5, "002 五(二)2", "年", minimum=5, maximum=40),
        Declared("nurse.min_title", "技术职称下限", "choice", "practitioner", "002 五(二)2", options=TITLES[1:]),
        Declared("nurse.registry_recheck_days", "电子注册信息复核间隔", "integer", 365, "002 五(二)2", "天",
                 minimum=1, maximum=730),
        Declared("nurse.daily_cap", "护士每日上门次数上限", "integer", 8, unit="次", minimum=1, maximum=20),
        Declared("nurse.travel_minutes", "两次上门之间的路途时间", "integer", 20, unit="分钟", minimum=0, maximum=180),
        Declared("order.accept_by_minutes", "接单时限", "integer", 120, unit="分钟", minimum=5, maximum=2880),
        Declared("order.silent_confirm_hours", "未确认订单自动确认时限", "integer", 72, unit="小时",
                 minimum=24, maximum=720),
        Declared("queue.receive_minutes", "新申请受理时限", "integer", 240, unit="分钟", minimum=10, maximum=4320),
        Declared("queue.plan_minutes", "受理后安排首诊时限", "integer", 1440, unit="分钟", minimum=30, maximum=10080),
        Declared("queue.sign_minutes", "开具后签署时限", "integer", 1440, unit="分钟", minimum=30, maximum=10080),
        Declared("queue.dispatch_minutes", "签署后派单时限", "integer", 480, unit="分钟", minimum=10, maximum=4320),
        Declared("queue.settle_minutes", "异议处理时限", "integer", 1440, unit="分钟", minimum=60, maximum=10080),
        Declared("visit.late_minutes", "上门迟到提醒", "integer", 15, unit="分钟", minimum=5, maximum=120),
        Declared("visit.appeal_days", "失约登记后的申诉期限", "integer", 7, unit="天", minimum=1, maximum=60),
        Declared("visit.missed_minutes", "无人到达提醒", "integer", 60, unit="分钟", minimum=15, maximum=480),
        Declared("plan.seconds", "排班计算时长", "integer", 10, unit="秒", minimum=1, maximum=60),
        Declared("plan.lead_minutes", "当天排班最早从多久以后排起", "integer", 60, unit="分钟", minimum=5, maximum=480),
        Declared("plan.break_minutes", "护士午间休息", "integer", 30, unit="分钟", minimum=0, maximum=120),
        Declared("assessment.validity_days", "首诊评估有效期", "integer", 180, unit="天", minimum=1, maximum=365),
        Declared("sign.password_minutes", "签名前多久以内输过密码可不再输入", "integer", 30, "002 五(七)1(3)", "分钟",
                 minimum=0, maximum=480),
        Declared("followup.grace_days", "随访到期后最晚几个工作日做完", "integer", 2, unit="天", minimum=0, maximum=15),
        Declared("green.minutes", "随访异常医生接手时限", "integer", 30, "003 二(五)14", "分钟",
                 minimum=5, maximum=480),
        Declared("prescription.max_days", "服务项目单最长有效期", "integer", 180, unit="天", minimum=1, maximum=365),
        Declared("consent.validity_days", "知情同意书有效期", "integer", 365, unit="天", minimum=1, maximum=730),
        Declared("call_back.minutes", "危急值医生回电时限", "integer", 10, "000 三(六)", "分钟",
                 minimum=3, maximum=120),
        Declared("record.amend_hours", "护理记录提交后可自行更正的时限", "integer", 24, "002 五(七)1(1)", "小时",
                 minimum=0, maximum=168),
        Declared("record.prompts", "操作前解释、操作中询问、操作后观察", "choice", "remind", "000 二(三)",
                 options=(("remind", "提醒，不记也可以结束"), ("require", "必须记录才能结束"))),
        Declared("record.late_minutes", "记录晚于事情发生多久标为补记", "integer", 60, "002 五(七)1(1)", "分钟",
                 minimum=10, maximum=1440),
        Declared("checkin.far_metres", "签到距离提醒", "integer", 500, unit="米", minimum=50, maximum=5000),
        Declared("place.keep_days", "途中位置保留天数", "integer", 14, "002 五(八)", "天", minimum=1, maximum=180),
        Declared("place.family_sees", "家属能看到护士途中的位置", "choice", "no", "002 五(八)",
                 options=(("no", "不能，只显示大约还有多久"), ("yes", "能"))),
        Declared("alarm.cancel_seconds", "护士可撤回求助的时间", "integer", 60, "004 三(八)", "秒",
                 minimum=10, maximum=300),
        Declared("alarm.again_seconds", "无人响应时通知中心管理员", "integer", 60, "004 三(八)", "秒",
                 minimum=20, maximum=600),
        Declared("alarm.lead_seconds", "无人响应时通知牵头医院和区卫健委", "integer", 180, "004 三(八)", "秒",
                 minimum=60, maximum=1800),
        Declared("safety.timer_grace_minutes", "平安计时：预计时长以外的宽限", "integer", 30, "002 五(九)2", "分钟",
                 minimum=5, maximum=120),
        Declared("safety.answer_minutes", "平安计时：询问后等护士答复", "integer", 10, "002 五(九)2", "分钟",
                 minimum=2, maximum=60),
        Declared("safety.flag_days", "入户风险提示有效期", "integer", 90, "002 五(九)2", "天", minimum=7, maximum=365),
        Declared("report.accept_hours", "投诉举报受理时限", "integer", 24, "002 五(九)2", "小时",
                 minimum=1, maximum=168),
        Declared("report.answer_days", "投诉举报答复时限", "integer", 15, "002 五(九)2", "天", minimum=8, maximum=60),
        Declared("report.agree_days", "答复后自动办结", "integer", 15, unit="天", minimum=7, maximum=60),
        Declared("consult.answer_minutes", "在线护理咨询答复时限", "integer", 240, "000 四(十一)", "分钟",
                 minimum=15, maximum=2880),
        Declared("remote.urgent_minutes", "远程会诊答复时限：紧急", "integer", 60, "000 四(十三)", "分钟",
                 minimum=10, maximum=1440),
        Declared("remote.routine_minutes", "远程会诊答复时限：一般", "integer", 1440, "000 四(十三)", "分钟",
                 minimum=60, maximum=10080),
        Declared("remote.guidance", "难点项目没有会诊意见时", "choice", "warn", "002 五(四)",
                 options=(("warn", "提醒后可派单"), ("block", "不予派单"))),
        Declared("remote.guided_items", "派单前须有会诊意见的难点项目", "words", ["疑难造口", "腹透管维护", "PICC维护"],
                 "002 五(四)"),
        Declared("specimen.critical_minutes", "危急值未告知提醒", "integer", 30, unit="分钟", minimum=5, maximum=240),
        Declared("waste.store_hours", "医疗废物暂存期限", "integer", 48, "002 五(七)1(1)", "小时",
                 minimum=1, maximum=48),
        Declared("workload.weight_low", "工作量积分：低难度项目每小时", "integer", 100, "000 五(十七)", "%",
                 minimum=50, maximum=500),
        Declared("workload.weight_medium", "工作量积分：中难度项目每小时", "integer", 130, "000 五(十七)", "%",
                 minimum=50, maximum=500),
        Declared("workload.weight_high", "工作量积分：高难度项目每小时", "integer", 160, "000 五(十七)", "%",
                 minimum=50, maximum=500),
        Declared("workload.weight_travel", "工作量积分：路途每小时", "integer", 50, "000 五(十六)", "%",
                 minimum=0, maximum=200),
        Declared("export.most_lines", "一次导出的最多行数", "integer", 5000, "002 五(八)", "行", minimum=100,
                 maximum=20000),
        Declared("export.alone_lines", "导出超过多少行须由另一个人同意", "integer", 500, "002 五(八)", "行",
                 minimum=1, maximum=5000),
        Declared("export.hours", "导出文件可以下载的时间", "integer", 72, "002 五(八)", "小时", minimum=1, maximum=240),
        Declared("trial.weekly_requests", "试运行机构七天内受理申请上限", "integer", 10, "002 六(二)1", "份",
                 minimum=1, maximum=200),
        Declared("booking.days", "代人申请：统计多少天", "integer", 30, "003 二(一)1四", "天", minimum=7, maximum=180),
        Declared("booking.ask_patients", "代人申请：近亲以外几人起须核实", "integer", 5, "003 二(一)1四", "人",
                 minimum=2, maximum=50),
        Declared("booking.most_patients", "代人申请：近亲以外最多几人可以在线提交", "integer", 20, "003 二(一)1四",
                 "人", minimum=3, maximum=200),
        Declared("order.results_days", "采样后多少天出检验结果", "integer", 2, "003 二(一)2", "天",
                 minimum=1, maximum=14),
        Declared("request.emergency_words", "急症提示词", "words", EMERGENCY_WORDS),
    )
}  # fmt: skip


def in_words(declared: Declared, value: Any) -> str:
    """A value as people read it: the option's name, the words, the number with its unit."""
    if declared.type == "choice":
        return dict(declared.options).get(value, value)
    if declared.type == "words":
        return "、".join(value)
    return f"{value} {declared.unit}".strip()


def defaults() -> dict[str, Any]:
    return {key: row.default for key, row in SETTINGS.items()}


def judge(key: str, value: Any) -> Refusal | None:
    """Say why the value cannot be chosen for this key, or nothing."""
    row = SETTINGS.get(key)
    if row is None:
        return Refusal("setting.unknown", "没有这个设置项，请从列表中选择。", field="key")
    if row.type == "integer":
        if not isinstance(value, int) or isinstance(value, bool) or not row.minimum <= value <= row.maximum:
            sentence = f"「{row.label}」请填写 {row.minimum} 到 {row.maximum} 之间的整数（{row.unit}）。"
            return Refusal("setting.value", sentence, _clause(row), "value")
    elif row.type == "choice":
        if not isinstance(value, str) or value not in dict(row.options):
            names = "、".join(name for _, name in row.options)
            return Refusal("setting.value", f"「{row.label}」请在{names}中选择。", _clause(row), "value")
    elif not isinstance(value, list) or not value or not all(_is_word(word) for word in value):
        return Refusal("setting.value", f"「{row.label}」请逐个填写词语，每个词 2 到 20 个字。", _clause(row), "value")
    return None


def _is_word(word):
    return isinstance(word, str) and word == word.strip() and 2 <= len(word) <= 20


def _clause(row):
    return "" if row.clause == OURS else row.clause
