"""The life of a task of the board, as one table. All else reads it."""

from django.db.models import TextChoices

from accounts.roles import Role
from kernel.workflow import NEW, Workflow, step


class TaskStatus(TextChoices):
    ONGOING = "ongoing", "推进中"
    DONE = "done", "已完成"
    DROPPED = "dropped", "已撤销"


T, R = TaskStatus, Role
NODES, HALF_YEARLY, ROWS = "001 三(一)", "001 三(三)", "001 附件 1-32"
OVER = [R.SUPERVISOR, R.QC_INSPECTOR]

# fmt: off
TASK = Workflow("task", T, (
    #    verb         button        from            to          by              needs
    step("add",       "登记任务",   [NEW],          T.ONGOING,  [R.SUPERVISOR], event="indicators.task_added", clause=ROWS),
    step("report",    "登记进展",   [T.ONGOING],    T.ONGOING,  OVER,           event="indicators.task_reported", clause=ROWS),
    step("reach",     "达成阶段",   [T.ONGOING],    T.ONGOING,  [R.SUPERVISOR], event="indicators.task_stage_reached", clause=NODES),
    step("review",    "半年评估",   [T.ONGOING],    T.ONGOING,  OVER,           event="indicators.task_reviewed", clause=HALF_YEARLY),
    step("move",      "调整时限",   [T.ONGOING],    T.ONGOING,  [R.SUPERVISOR], event="indicators.task_moved", clause=NODES),
    step("finish",    "完成任务",   [T.ONGOING],    T.DONE,     [R.SUPERVISOR], event="indicators.task_finished", clause=ROWS),
    step("reopen",    "重新推进",   [T.DONE],       T.ONGOING,  [R.SUPERVISOR], event="indicators.task_reopened", clause=HALF_YEARLY),
    step("drop",      "撤销任务",   [T.ONGOING],    T.DROPPED,  [R.SUPERVISOR], event="indicators.task_dropped", clause=NODES),
))
# fmt: on

OPEN = frozenset({T.ONGOING})
FINISHED = frozenset({T.DONE})
SAYING = frozenset({"report", "review", "finish", "reach", "move", "reopen", "drop"})  # each of these says something
