"""The lives of a plan, of one follow-up and of a green-channel case, each as one table. All else reads these."""

from django.db.models import TextChoices

from accounts.roles import SYSTEM, Role
from kernel.workflow import NEW, Workflow, step


class PlanStatus(TextChoices):
    LIVE = "live", "进行中"
    COMPLETED = "completed", "已做完"
    ENDED = "ended", "已结束"


class TaskStatus(TextChoices):
    PLANNED = "planned", "未到日期"
    DUE = "due", "待随访"
    DONE = "done", "已完成"
    MISSED = "missed", "逾期未做"
    CANCELLED = "cancelled", "已取消"


class GreenStatus(TextChoices):
    OPENED = "opened", "等医生接手"
    TAKEN = "taken", "医生处理中"
    CLOSED = "closed", "已处理"


P, T, G, R = PlanStatus, TaskStatus, GreenStatus, Role
SYSTEMATIC, FILE, ATONCE, MANAGE = "000 四(十一)", "003 二(五)14", "000 二(三)", "manage"
ASKING = [R.PATIENT, R.PROXY, R.DISPATCHER, R.DOCTOR]

# fmt: off
PLAN = Workflow("followup_plan", P, (
    #    verb         button          from                          to            by                                          needs
    step("open",      "建立随访计划", [NEW],                        P.LIVE,       [R.DISPATCHER, R.DOCTOR, R.REVIEWER, SYSTEM], event="followups.plan_opened", clause=FILE),
    step("complete",  "随访做完",     [P.LIVE],                     P.COMPLETED,  [SYSTEM],                                   event="followups.plan_completed", clause=FILE),
    step("end",       "结束计划",     [P.LIVE],                     P.ENDED,      [R.DISPATCHER, R.DOCTOR],                   event="followups.plan_ended", clause=FILE),
))

TASK = Workflow("followup", T, (
    #    verb         button          from                          to            by                                          needs
    step("plan",      "安排随访",     [NEW],                        T.PLANNED,    [R.DISPATCHER, R.DOCTOR, R.REVIEWER, SYSTEM], event="followups.planned", clause=SYSTEMATIC),
    step("fall_due",  "到期",         [T.PLANNED],                  T.DUE,        [SYSTEM],                                   event="followups.fell_due", clause=SYSTEMATIC),
    step("answer",    "记下回答",     [T.DUE, T.MISSED],            T.DONE,       ASKING,                                     event="followups.answered", scope=MANAGE, clause=SYSTEMATIC),
    step("try",       "登记未接通",   [T.DUE, T.MISSED],            T.DUE,        [R.DISPATCHER, R.DOCTOR],                   event="followups.tried", clause=SYSTEMATIC, also_to=[T.MISSED]),
    step("miss",      "逾期",         [T.DUE],                      T.MISSED,     [SYSTEM],                                   event="followups.missed", clause=SYSTEMATIC),
    step("cancel",    "取消",         [T.PLANNED, T.DUE, T.MISSED], T.CANCELLED,  [R.DISPATCHER, R.DOCTOR, SYSTEM],           event="followups.cancelled", clause=SYSTEMATIC),
))

GREEN = Workflow("green_case", G, (
    #    verb         button          from                          to            by                                          needs
    step("open",      "开启绿色通道", [NEW],                        G.OPENED,     [SYSTEM],                                   event="followups.green_opened", clause=FILE),
    step("take",      "接手",         [G.OPENED],                   G.TAKEN,      [R.DOCTOR],                                 event="followups.green_taken", clause=ATONCE),
    step("release",   "交回",         [G.TAKEN],                    G.OPENED,     [R.DOCTOR, R.DISPATCHER],                   event="followups.green_released", clause=ATONCE),
    step("close",     "处理完毕",     [G.TAKEN],                    G.CLOSED,     [R.DOCTOR],                                 event="followups.green_closed", clause=ATONCE),
))
# fmt: on

PLAN_LIVE = frozenset(P) - PLAN.final
TASK_AHEAD = frozenset({T.PLANNED})
TASK_DUE = frozenset({T.DUE})
TASK_MISSED = frozenset({T.MISSED})
TASK_TO_DO = TASK_DUE | TASK_MISSED
TASK_OPEN = frozenset(T) - TASK.final
TASK_DONE = frozenset({T.DONE})
TASK_COUNTED = TASK_TO_DO | TASK_DONE  # what was due: the whole of which the done are a part
GREEN_WAITS = frozenset({G.OPENED})
GREEN_IN_HAND = frozenset({G.TAKEN})
GREEN_OPEN = frozenset(G) - GREEN.final
