"""The door of this app. Every status change of a task passes here."""

from audit.door import Door
from indicators import access
from indicators.lifecycle import ROWS, TASK
from indicators.models import Task, TaskStep
from kernel.refusals import Refusal

TASKS = Door(
    workflow=TASK,
    model=Task,
    step_model=TaskStep,
    owner="task",
    what="重点任务",
    hats=access.hats,
    related=("organisation",),
    conflicts={
        "task_number_once_per_district": Refusal("task.number", "这个序号已有任务，请再提交一次。", ROWS),
    },
)
