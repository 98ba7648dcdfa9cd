"""The lives of clinical papers: the doctor's home assessment, the prescription, the call-back after a red value."""

from django.db.models import TextChoices

from accounts.roles import SYSTEM, Role
from clinical import needs
from kernel.workflow import NEW, Workflow, step


class AssessmentStatus(TextChoices):
    PLANNED = "planned", "待首诊"
    EN_ROUTE = "en_route", "医生前往中"
    ARRIVED = "arrived", "首诊中"
    SIGNED = "signed", "已签名"
    CANCELLED = "cancelled", "已取消"


class PrescriptionStatus(TextChoices):
    ACTIVE = "active", "有效"
    USED_UP = "used_up", "次数已用完"
    EXPIRED = "expired", "已过期"
    STOPPED = "stopped", "已停用"


class CallBackStatus(TextChoices):
    OPEN = "open", "等医生接手"
    TAKEN = "taken", "医生已接手"
    CLOSED = "closed", "医生已答复"
    WITHDRAWN = "withdrawn", "已撤回"


A, P, C, R = AssessmentStatus, PrescriptionStatus, CallBackStatus, Role

# fmt: off
ASSESSMENT = Workflow("assessment", A, (
    #    verb      button      from                              to            by              needs
    step("plan",   "安排首诊", [NEW],                            A.PLANNED,    [R.DISPATCHER], event="clinical.assessment_planned", clause="002 五(六)1"),
    step("replan", "调整首诊", [A.PLANNED, A.EN_ROUTE],          A.PLANNED,    [R.DISPATCHER], event="clinical.assessment_replanned"),
    step("depart", "出发",     [A.PLANNED],                      A.EN_ROUTE,   [R.DOCTOR],     event="clinical.assessment_departed"),
    step("arrive", "到达",     [A.EN_ROUTE],                     A.ARRIVED,    [R.DOCTOR],     event="clinical.assessment_arrived"),
    step("sign",   "签名",     [A.ARRIVED],                      A.SIGNED,     [R.DOCTOR],     needs.sections_answered, event="clinical.assessment_signed", clause="002 五(七)1(3)"),
    step("cancel", "取消首诊", [A.PLANNED, A.EN_ROUTE, A.ARRIVED], A.CANCELLED,  [SYSTEM],       event="clinical.assessment_cancelled"),
))

PRESCRIPTION = Workflow("prescription", P, (
    #    verb      button      from                     to           by          needs
    step("sign",   "签名开具", [NEW],                   P.ACTIVE,    [R.DOCTOR], event="clinical.prescription_signed", clause="002 五(六)1"),
    step("use_up", "用完",     [P.ACTIVE],              P.USED_UP,   [SYSTEM],   needs.no_times_left, event="clinical.prescription_used_up"),
    step("restore", "恢复次数", [P.USED_UP],            P.ACTIVE,    [SYSTEM],   needs.times_left, event="clinical.prescription_restored"),
    step("expire", "过期",     [P.ACTIVE, P.USED_UP],   P.EXPIRED,   [SYSTEM],   event="clinical.prescription_expired"),
    step("stop",   "停用",     [P.ACTIVE, P.USED_UP],   P.STOPPED,   [R.DOCTOR], event="clinical.prescription_stopped"),
))

CALL_BACK = Workflow("call_back", C, (
    #    verb        button      from                to           by
    step("open",     "请医生回电", [NEW],              C.OPEN,      [R.NURSE],  event="clinical.call_back_opened", clause="000 三(六)"),
    step("take",     "接手回电",   [C.OPEN],           C.TAKEN,     [R.DOCTOR], event="clinical.call_back_taken"),
    step("release",  "交回",       [C.TAKEN],          C.OPEN,      [R.DOCTOR, R.DISPATCHER], event="clinical.call_back_released", clause="000 三(六)"),
    step("close",    "答复护士",   [C.TAKEN],          C.CLOSED,    [R.DOCTOR], event="clinical.call_back_closed"),
    step("withdraw", "撤回回电",   [C.OPEN, C.TAKEN],  C.WITHDRAWN, [R.NURSE, SYSTEM], event="clinical.call_back_withdrawn"),
))
# fmt: on

WAITS_FOR_A_DOCTOR = frozenset({C.OPEN})
CALL_BACK_RUNS = frozenset({C.OPEN, C.TAKEN})
ANSWERED = frozenset({C.CLOSED})
WRITABLE = frozenset({A.ARRIVED})  # the doctor is at the bedside and has not signed
SIGNED = frozenset({A.SIGNED})
TIMES_MAY_BE_TAKEN = frozenset({P.ACTIVE})
EXHAUSTED = frozenset({P.USED_UP})
OVER = frozenset({P.EXPIRED, P.STOPPED})  # no visit may rest on it any more
