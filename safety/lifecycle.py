"""The lives of an alarm, of a warning about a household, and of a report, each as one table. All else reads these."""

from django.db.models import TextChoices

from accounts.roles import SYSTEM, Role
from kernel.workflow import NEW, Workflow, step
from safety import needs


class AlarmStatus(TextChoices):
    RAISED = "raised", "等待响应"
    ACKNOWLEDGED = "acknowledged", "处置中"
    CLOSED = "closed", "已处置"
    CANCELLED = "cancelled", "误触"


class FlagStatus(TextChoices):
    IN_FORCE = "in_force", "有效"
    APPEALED = "appealed", "申诉中"
    WITHDRAWN = "withdrawn", "已撤销"
    EXPIRED = "expired", "已到期"


class ReportStatus(TextChoices):
    FILED = "filed", "待受理"
    ACCEPTED = "accepted", "处理中"
    ANSWERED = "answered", "已答复"
    CLOSED = "closed", "已办结"
    WITHDRAWN = "withdrawn", "已撤回"


A, F, P, R = AlarmStatus, FlagStatus, ReportStatus, Role
GUARD, ONE_KEY, MANAGE = "002 五(九)2", "004 三(八)", "manage"

# fmt: off
ALARM = Workflow("alarm", A, (
    #    verb           button        from                          to               by                            needs
    step("raise",       "一键求助",   [NEW],                        A.RAISED,        [R.NURSE, SYSTEM],            event="safety.alarm_raised", clause=ONE_KEY),
    step("acknowledge", "响应",       [A.RAISED],                   A.ACKNOWLEDGED,  [R.DISPATCHER, R.CENTRE_ADMIN], event="safety.alarm_acknowledged", clause=ONE_KEY),
    step("close",       "处置完毕",   [A.ACKNOWLEDGED],             A.CLOSED,        [R.DISPATCHER, R.CENTRE_ADMIN], event="safety.alarm_closed", clause=GUARD),
    step("cancel",      "误触，撤回", [A.RAISED, A.ACKNOWLEDGED],   A.CANCELLED,     [R.NURSE],                    event="safety.alarm_cancelled", clause=ONE_KEY),
))

FLAG = Workflow("flag", F, (
    #    verb           button        from                          to               by                            needs
    step("raise",       "提出风险提示", [NEW],                      F.IN_FORCE,      [R.NURSE, R.DISPATCHER, R.DOCTOR], event="safety.flag_raised", clause=GUARD),
    step("renew",       "延长",       [F.IN_FORCE],                 F.IN_FORCE,      [R.NURSE, R.DISPATCHER, R.DOCTOR], event="safety.flag_renewed", clause=GUARD),
    step("appeal",      "提出申诉",   [F.IN_FORCE],                 F.APPEALED,      [R.PATIENT, R.PROXY, R.DISPATCHER], event="safety.flag_appealed", scope=MANAGE, clause=GUARD),
    step("uphold",      "申诉成立",   [F.APPEALED],                 F.WITHDRAWN,     [R.CENTRE_ADMIN],             event="safety.flag_appeal_upheld", clause=GUARD),
    step("reject",      "申诉不成立", [F.APPEALED],                 F.IN_FORCE,      [R.CENTRE_ADMIN],             event="safety.flag_appeal_rejected", clause=GUARD),
    step("withdraw",    "撤销",       [F.IN_FORCE],                 F.WITHDRAWN,     [R.DISPATCHER, R.CENTRE_ADMIN], event="safety.flag_withdrawn", clause=GUARD),
    step("expire",      "到期",       [F.IN_FORCE, F.APPEALED],     F.EXPIRED,       [SYSTEM],                     event="safety.flag_expired", clause=GUARD),
))
# Handled by the centre's administrator, or by the commission where it went past the centre.
HANDLERS = [R.CENTRE_ADMIN, R.SUPERVISOR]
WATCH, LAWFUL = "004 五(三)", "002 五(九)2"

REPORT = Workflow("report", P, (
    #    verb           button              from                      to            by                       needs
    step("file",        "提交",             [NEW],                    P.FILED,      [R.PATIENT, R.PROXY],    event="safety.report_filed", scope=MANAGE, clause=WATCH),
    step("accept",      "受理",             [P.FILED],                P.ACCEPTED,   HANDLERS,                event="safety.report_accepted", clause=LAWFUL),
    step("answer",      "答复",             [P.ACCEPTED],             P.ANSWERED,   HANDLERS,                event="safety.report_answered", clause=LAWFUL),
    step("agree",       "认可答复",         [P.ANSWERED],             P.CLOSED,     [R.PATIENT, R.PROXY],    event="safety.report_agreed", scope=MANAGE, clause=LAWFUL),
    step("carry_up",    "不满意，交区卫生健康委", [P.ANSWERED],       P.FILED,      [R.PATIENT, R.PROXY], needs.above_the_centre, event="safety.report_carried_up", scope=MANAGE, clause=WATCH),
    step("withdraw",    "撤回",             [P.FILED, P.ACCEPTED],    P.WITHDRAWN,  [R.PATIENT, R.PROXY],    event="safety.report_withdrawn", scope=MANAGE, clause=WATCH),
    step("close",       "到期办结",         [P.ANSWERED],             P.CLOSED,     [SYSTEM],                event="safety.report_closed", clause=LAWFUL),
))
# fmt: on

REPORT_OPEN = frozenset({P.FILED, P.ACCEPTED})  # somebody owes an answer
REPORT_FILED = frozenset({P.FILED})
REPORT_ANSWERED = frozenset({P.ANSWERED, P.CLOSED})
UNANSWERED = frozenset({A.RAISED})  # nobody has said yet that they look after it
ALARM_OPEN = frozenset(A) - ALARM.final
FLAG_LIVE = frozenset({F.IN_FORCE, F.APPEALED})  # shown to whoever goes there
TO_DECIDE = frozenset({F.APPEALED})
