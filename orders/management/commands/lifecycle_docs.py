"""Writes docs/lifecycle.md from the tables, so that nobody has to believe a drawing."""

from importlib import import_module

from django.apps import apps
from django.core.management.base import BaseCommand

from accounts.roles import SYSTEM, Role
from clinical.lifecycle import ASSESSMENT, CALL_BACK, PRESCRIPTION
from kernel.workflow import Step, Workflow
from orders.lifecycle import APPEAL, COMPANION, ORDER, PLAN, REQUEST
from orders.management.documents import settle, table
from patients.models import Proxy

TABLES = (
    (REQUEST, "服务申请", "orders/lifecycle.py"),
    (ORDER, "服务订单：一次上门，一个或多个项目", "orders/lifecycle.py"),
    (COMPANION, "同行：须两人上门时的第二位护士", "orders/lifecycle.py"),
    (APPEAL, "失约申诉：登记失约后，另一方可在期限内申诉一次", "orders/lifecycle.py"),
    (PLAN, "排班建议：一个中心的一天，专员确认后才派单", "orders/lifecycle.py"),
    (ASSESSMENT, "首诊评估：家庭医生出诊", "clinical/lifecycle.py"),
    (PRESCRIPTION, "服务项目单", "clinical/lifecycle.py"),
    (CALL_BACK, "医生回电：上门时测到危急值", "clinical/lifecycle.py"),
)
# What a need asks, said the other way round from the refusal that it answers with.
NEEDS = {
    "assessed_suitable": "首诊评估已签名，结论为「适宜上门护理」",
    "assessed_unsuitable": "首诊评估已签名，结论为「不宜上门护理」",
    "assessed_refer": "首诊评估已签名，结论为「建议转诊」",
    "record_complete": "护理记录没有缺项",
    "second_nurse_coming": "须两人上门时，同行护士已答应",
    "sections_answered": "首诊评估各部分的必答题都已填写",
    "no_times_left": "每个项目的次数都已安排",
    "times_left": "又有可用次数",
    "above_the_centre": "答复的是中心，还可以交区卫生健康委",
    "sheet_filled": "这次督导的评分表已提交",
    "experts_agree": "最近一次修改之后有专家同意，没有专家不同意",
    "data_fit": "目录内容没有自相矛盾之处",
    "reviewed_by_another": "已由起草人以外的另一位审核",
    "file_downloaded": "报送文件已下载过",
}
HEAD = """\
# 生命周期

本文由 `manage.py lifecycle_docs` 从代码中的这些表生成，`./run check` 会比对；请改表，不要改本文。

状态只能通过 `audit.door.Door` 改变：锁定该行，核对角色、状态和条件，执行动作，留痕，一并提交。
表中的「条件」在按钮出现时就能判断；依赖所填内容的判断（中心资质、目录、护士资格、同意书等）写在各个动作里，
见 [compliance.md](compliance.md)。「平台」是系统自己：到期事项或其他动作的后果。
"""


class Command(BaseCommand):
    help = "Write docs/lifecycle.md from the lifecycle tables; --check only compares."
    requires_system_checks = []  # the tables are all it reads

    def add_arguments(self, parser):
        parser.add_argument("--check", action="store_true", help="exit 1 with a diff when the document is stale")

    def handle(self, *args, check, **options):
        settle("lifecycle.md", document(), check=check, out=self.stdout)


def document() -> str:
    return "\n".join([HEAD, *(part(*one) for one in (*TABLES, *above()))])


def above() -> list[tuple[Workflow, str, str]]:
    """The tables of floors above this one: an app names its own and their titles in its configuration."""
    return [
        (getattr(import_module(f"{app.name}.lifecycle"), name), title, f"{app.name}/lifecycle.py")
        for app in apps.get_app_configs()
        for name, title in getattr(app, "lifecycles", ())
    ]


def part(workflow: Workflow, title: str, source: str) -> str:
    return "\n".join(
        [
            f"## {title}",
            "",
            f"`{workflow.name.upper()}`，见 `{source}`。",
            "",
            "```mermaid",
            drawing(workflow),
            "```",
            "",
            *table(["状态", "代码", "终止"], [state(workflow, one) for one in workflow.statuses]),
            "",
            *table(
                ["步骤", "按钮", "从", "到", "谁", "条件", "依据", "事件"],
                [row(workflow, one) for one in workflow.steps],
            ),
            "",
        ]
    )


def drawing(workflow: Workflow) -> str:
    """The table's own diagram, with the Chinese name on each state."""
    names = [f"    {status.value}: {status.label}" for status in workflow.statuses]
    return workflow.mermaid() + "\n".join(names)


def state(workflow: Workflow, status) -> list[str]:
    return [status.label, f"`{status.value}`", "是" if status in workflow.final else ""]


def row(workflow: Workflow, step: Step) -> list[str]:
    return [
        f"`{step.name}`",
        step.label,
        "（新建）" if step.creates else in_order(workflow, step.from_),
        in_order(workflow, step.targets),
        who(step),
        "；".join(NEEDS[need.__name__] for need in step.needs),
        step.clause,
        f"`{step.event}`",
    ]


def in_order(workflow: Workflow, chosen: frozenset) -> str:
    """Labels in the order in which the statuses are declared."""
    return "、".join(status.label for status in workflow.statuses if status in chosen)


def who(step: Step) -> str:
    names = []
    for role in Role:
        if role in step.by:
            limited = f"，授权含「{Proxy.Scope(step.scope).label}」）" if role == Role.PROXY and step.scope else "）"
            names.append(role.label.replace("）", limited))
    return "、".join([*names, "平台"] if SYSTEM in step.by else names)
