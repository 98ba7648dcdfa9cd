"""The lives of an alarm and of a warning about a household, each as one table. All else reads these."""

from django.db.models import TextChoices

from accounts.roles import SYSTEM, Role
from kernel.workflow import NEW, Workflow, step


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


A, F, R = AlarmStatus, FlagStatus, Role
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
# fmt: on

UNANSWERED = frozenset({A.RAISED})  # nobody has said yet that they look after it
ALARM_OPEN = frozenset(A) - ALARM.final
FLAG_LIVE = frozenset({F.IN_FORCE, F.APPEALED})  # shown to whoever goes there
TO_DECIDE = frozenset({F.APPEALED})
