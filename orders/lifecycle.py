"""The lives of requests, orders, plans of a day and what hangs on them, each as one table. All else reads these."""

from django.db.models import TextChoices

from accounts.roles import SYSTEM, Role
from kernel.workflow import NEW, Workflow, step
from orders import needs


class RequestStatus(TextChoices):
    SUBMITTED = "submitted", "待受理"
    RECEIVED = "received", "已受理"
    ASSESSING = "assessing", "待评估"
    PRESCRIBED = "prescribed", "已开具"
    CLOSED = "closed", "已结束"
    DECLINED = "declined", "不予受理"
    WITHDRAWN = "withdrawn", "已撤回"
    UNSUITABLE = "unsuitable", "不宜上门"
    REFERRED = "referred", "已转诊"


class OrderStatus(TextChoices):
    AWAITING_CONSENT = "awaiting_consent", "待签同意书"
    AWAITING_DISPATCH = "awaiting_dispatch", "待派单"
    OFFERED = "offered", "待接单"
    ACCEPTED = "accepted", "已接单"
    EN_ROUTE = "en_route", "前往中"
    IN_SERVICE = "in_service", "服务中"
    AWAITING_CONFIRMATION = "awaiting_confirmation", "待确认"
    COMPLETED = "completed", "已完成"
    DISPUTED = "disputed", "有异议"
    CANCELLED = "cancelled", "已取消"
    NO_SHOW = "no_show", "失约"
    ABORTED = "aborted", "已中止"


class PlanStatus(TextChoices):
    WAITING = "waiting", "等待计算"
    COMPUTING = "computing", "正在计算"
    READY = "ready", "待确认"
    APPLIED = "applied", "已派单"
    DISCARDED = "discarded", "已放弃"
    FAILED = "failed", "未算出"


class CompanionStatus(TextChoices):
    OFFERED = "offered", "待答复"
    ACCEPTED = "accepted", "同意同行"
    SERVED = "served", "已同行"
    DECLINED = "declined", "不能同行"
    EXPIRED = "expired", "超时收回"
    GIVEN_BACK = "given_back", "已退出"
    RELEASED = "released", "已解除"


class AppealStatus(TextChoices):
    FILED = "filed", "待裁定"
    UPHELD = "upheld", "申诉成立"
    REJECTED = "rejected", "申诉不成立"


Q, S, R, P, C = RequestStatus, OrderStatus, Role, PlanStatus, CompanionStatus
ONLINE, OFFLINE, WORKLOAD = "002 五(六)1", "002 五(六)2", "000 五(十六)"
APPLY, SIGN, MANAGE = "apply", "sign", "manage"  # what a proxy may be allowed to do

# fmt: off
REQUEST = Workflow("request", Q, (
    #    verb               button      from                                 to            by                            needs
    step("submit",          "提交申请", [NEW],                               Q.SUBMITTED,  [R.PATIENT, R.PROXY, R.DOCTOR, R.DISPATCHER, SYSTEM], event="orders.request_submitted", scope=APPLY, clause=ONLINE),
    step("receive",         "受理",     [Q.SUBMITTED],                       Q.RECEIVED,   [R.DISPATCHER],               event="orders.request_received", clause=ONLINE),
    step("decline",         "不予受理", [Q.SUBMITTED, Q.RECEIVED, Q.ASSESSING], Q.DECLINED,  [R.DISPATCHER],               event="orders.request_declined"),
    step("withdraw",        "撤回",     [Q.SUBMITTED, Q.RECEIVED, Q.ASSESSING], Q.WITHDRAWN, [R.PATIENT, R.PROXY],       event="orders.request_withdrawn", scope=APPLY),
    step("plan_assessment", "安排首诊", [Q.RECEIVED],                        Q.ASSESSING,  [R.DISPATCHER],               event="orders.assessment_planned", clause=ONLINE),
    step("prescribe",       "开具项目", [Q.ASSESSING],                       Q.PRESCRIBED, [R.DOCTOR], needs.assessed_suitable, event="orders.prescribed", clause=ONLINE),
    step("find_unsuitable", "评估不宜", [Q.ASSESSING],                       Q.UNSUITABLE, [R.DOCTOR], needs.assessed_unsuitable, event="orders.found_unsuitable", clause="002 五(七)1(3)"),
    step("refer",           "转诊",     [Q.ASSESSING],                       Q.REFERRED,   [R.DOCTOR], needs.assessed_refer, event="orders.referred", clause="002 五(四)"),
    step("close",           "结束",     [Q.PRESCRIBED],                      Q.CLOSED,     [SYSTEM],                     event="orders.request_closed"),
))

FREE = [S.AWAITING_CONSENT, S.AWAITING_DISPATCH, S.OFFERED, S.ACCEPTED, S.EN_ROUTE]

ORDER = Workflow("order", S, (
    #    verb         button        from                                    to                       by                                 needs
    step("create",    "生成订单",   [NEW],                                  S.AWAITING_CONSENT,      [SYSTEM, R.DISPATCHER],            event="orders.created", clause=ONLINE, also_to=[S.AWAITING_DISPATCH]),
    step("consent",   "签署同意书", [S.AWAITING_CONSENT],                   S.AWAITING_DISPATCH,     [R.PATIENT, R.PROXY, R.DISPATCHER, R.DOCTOR], event="orders.consented", scope=SIGN, clause="002 五(七)1(4)"),
    step("ask_again", "请家属重签", [S.AWAITING_DISPATCH, S.OFFERED, S.ACCEPTED], S.AWAITING_CONSENT,  [R.DISPATCHER, SYSTEM],            event="orders.consent_asked_again", clause="002 五(七)1(4)"),
    step("offer",     "派单",       [S.AWAITING_DISPATCH],                  S.OFFERED,               [R.DISPATCHER],                    event="orders.offered", clause=OFFLINE),
    step("accept",    "接单",       [S.OFFERED],                            S.ACCEPTED,              [R.NURSE],                         event="orders.accepted", clause=OFFLINE),
    step("decline",   "拒单",       [S.OFFERED],                            S.AWAITING_DISPATCH,     [R.NURSE],                         event="orders.declined"),
    step("expire",    "超时收回",   [S.OFFERED],                            S.AWAITING_DISPATCH,     [SYSTEM],                          event="orders.expired"),
    step("recall",    "改派",       [S.OFFERED, S.ACCEPTED],                S.AWAITING_DISPATCH,     [R.DISPATCHER, SYSTEM],            event="orders.recalled"),
    step("give_back", "退单",       [S.ACCEPTED],                           S.AWAITING_DISPATCH,     [R.NURSE],                         event="orders.given_back"),
    step("reschedule", "改期",      [S.AWAITING_DISPATCH, S.OFFERED, S.ACCEPTED], S.AWAITING_DISPATCH, [R.DISPATCHER, R.PATIENT, R.PROXY], event="orders.rescheduled", scope=MANAGE),
    step("wait",      "排队等候",   [S.AWAITING_DISPATCH],                  S.AWAITING_DISPATCH,     [R.DISPATCHER],                    event="orders.wait_listed"),
    step("depart",    "出发",       [S.ACCEPTED],                           S.EN_ROUTE,              [R.NURSE], needs.second_nurse_coming, event="orders.departed", clause=OFFLINE),
    step("check_in",  "到达签到",   [S.EN_ROUTE],                           S.IN_SERVICE,            [R.NURSE], needs.second_nurse_coming, event="orders.checked_in", clause="002 五(八)"),
    step("finish",    "服务结束",   [S.IN_SERVICE],                         S.AWAITING_CONFIRMATION, [R.NURSE], needs.record_complete, event="orders.finished", clause=OFFLINE),
    step("confirm",   "确认完成",   [S.AWAITING_CONFIRMATION],              S.COMPLETED,             [R.PATIENT, R.PROXY, R.NURSE, SYSTEM], event="orders.confirmed", scope=MANAGE, clause=OFFLINE),
    step("object",    "提出异议",   [S.AWAITING_CONFIRMATION],              S.DISPUTED,              [R.PATIENT, R.PROXY],              event="orders.objected", scope=MANAGE),
    step("settle",    "异议处理",   [S.DISPUTED],                           S.COMPLETED,             [R.DISPATCHER],                    event="orders.settled", also_to=[S.ABORTED]),
    step("cancel",    "取消",       FREE,                                   S.CANCELLED,             [R.PATIENT, R.PROXY, R.DISPATCHER, R.DOCTOR, SYSTEM], event="orders.cancelled", scope=MANAGE),
    step("miss",      "失约登记",   [S.ACCEPTED, S.EN_ROUTE],               S.NO_SHOW,               [R.NURSE, R.DISPATCHER],           event="orders.missed"),
    step("abort",     "中止服务",   [S.EN_ROUTE, S.IN_SERVICE],             S.ABORTED,               [R.NURSE, R.DISPATCHER],           event="orders.aborted"),
))

A, KEPT = AppealStatus, "003 二(一)1四"

APPEAL = Workflow("appeal", A, (
    #    verb         button        from                                    to            by              needs
    step("file",      "提出申诉",   [NEW],                                  A.FILED,      [R.PATIENT, R.PROXY, R.NURSE], event="orders.appeal_filed", scope=MANAGE, clause=KEPT),
    step("uphold",    "申诉成立",   [A.FILED],                              A.UPHELD,     [R.CENTRE_ADMIN], event="orders.appeal_upheld", clause=KEPT),
    step("reject",    "申诉不成立", [A.FILED],                              A.REJECTED,   [R.CENTRE_ADMIN], event="orders.appeal_rejected", clause=KEPT),
))

PLAN = Workflow("plan", P, (
    #    verb         button        from                                    to            by              needs
    step("ask",       "排这一天",   [NEW],                                  P.WAITING,    [R.DISPATCHER, R.SUPERVISOR], event="orders.plan_asked", clause=WORKLOAD),
    step("begin",     "开始计算",   [P.WAITING],                            P.COMPUTING,  [SYSTEM],       event="orders.plan_begun"),
    step("propose",   "给出建议",   [P.COMPUTING],                          P.READY,      [SYSTEM],       event="orders.plan_proposed"),
    step("fail",      "计算未成",   [P.WAITING, P.COMPUTING],               P.FAILED,     [SYSTEM],       event="orders.plan_failed"),
    step("apply",     "派出所选",   [P.READY],                              P.READY,      [R.DISPATCHER], event="orders.plan_applied", also_to=[P.APPLIED], clause=OFFLINE),
    step("discard",   "放弃",       [P.WAITING, P.COMPUTING, P.READY],      P.DISCARDED,  [R.DISPATCHER, R.SUPERVISOR], event="orders.plan_discarded"),
))

COMPANION = Workflow("companion", C, (
    #    verb         button        from                                    to            by                        needs
    step("offer",     "安排同行",   [NEW],                                  C.OFFERED,    [R.DISPATCHER],           event="orders.companion_offered", clause=WORKLOAD),
    step("accept",    "同意同行",   [C.OFFERED],                            C.ACCEPTED,   [R.NURSE],                event="orders.companion_accepted", clause=OFFLINE),
    step("decline",   "不能同行",   [C.OFFERED],                            C.DECLINED,   [R.NURSE],                event="orders.companion_declined"),
    step("expire",    "超时收回同行", [C.OFFERED],                          C.EXPIRED,    [SYSTEM],                 event="orders.companion_expired"),
    step("give_back", "退出同行",   [C.ACCEPTED],                           C.GIVEN_BACK, [R.NURSE],                event="orders.companion_given_back"),
    step("release",   "解除同行",   [C.OFFERED, C.ACCEPTED],                C.RELEASED,   [R.DISPATCHER, SYSTEM],   event="orders.companion_released"),
    step("serve",     "同行结束",   [C.ACCEPTED],                           C.SERVED,     [SYSTEM],                 event="orders.companion_served", clause=OFFLINE),
))
# fmt: on

WAITING = frozenset({Q.SUBMITTED, Q.RECEIVED, Q.ASSESSING})  # a patient has at most one request here
ASKED = frozenset(Q) - REQUEST.final  # a request that its centre still looks after
OPEN = frozenset(S) - ORDER.final  # an order that is not over yet
SEATED = frozenset({S.OFFERED, S.ACCEPTED, S.EN_ROUTE, S.IN_SERVICE})  # a nurse's time is taken
UNDONE = frozenset({S.OFFERED, S.ACCEPTED})  # may still be pulled back from the nurse
NOT_BEGUN = frozenset(FREE)
IN_CARE = frozenset({S.IN_SERVICE})
COMING = frozenset({S.EN_ROUTE})
UNDER_WAY = COMING | IN_CARE  # from setting out to the end of the visit: her place is known, and at no other time
EXPECTED = UNDER_WAY | {S.ACCEPTED}  # this nurse, at this door
TO_CONFIRM = frozenset({S.AWAITING_CONFIRMATION})
UNARRANGED = frozenset({S.AWAITING_DISPATCH, S.OFFERED})  # signed for, and no nurse has said yes
RATEABLE = frozenset({S.COMPLETED})
TO_DECIDE = frozenset({A.FILED})
REFERRED_OUT = frozenset({Q.REFERRED})
PLAN_QUEUED = frozenset({P.WAITING})
PLAN_READY = frozenset({P.READY})
PLAN_RUNNING = PLAN_QUEUED | {P.COMPUTING}  # a day of a centre is computed once at a time
PLAN_LIVE = PLAN_RUNNING | PLAN_READY
COMPANION_LIVE = frozenset({C.OFFERED, C.ACCEPTED})  # the second nurse's time is taken
COMPANION_COMING = frozenset({C.ACCEPTED})
ALONG_SERVED = frozenset({C.SERVED})
ON_THE_WAY = frozenset({S.OFFERED, S.ACCEPTED, S.EN_ROUTE})  # the first seat is taken and care has not begun
SERVED_BY_ORDERS = frozenset({Q.PRESCRIBED})
NEVER_BEGUN = frozenset({S.CANCELLED, S.NO_SHOW})  # no care was given: the next visit is not counted from it
