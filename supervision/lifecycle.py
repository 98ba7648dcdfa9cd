"""The life of a finding as one table: found, given to somebody, put right, looked at again. All else reads it."""

from django.db.models import TextChoices

from accounts.roles import SYSTEM, Role
from kernel.workflow import NEW, Workflow, step


class FindingStatus(TextChoices):
    OPENED = "opened", "待分派"
    ASSIGNED = "assigned", "整改中"
    RECTIFIED = "rectified", "待复核"
    CLOSED = "closed", "已销号"
    EXCUSED = "excused", "说明后结案"


F, R = FindingStatus, Role
CLOSURE, GROUP = "002 六(二)2", "002 七(三)"

# fmt: off
FINDING = Workflow("finding", F, (
    #    verb         button          from                                to            by                                                needs
    step("open",      "登记问题",     [NEW],                              F.OPENED,     [R.QC_INSPECTOR, R.SUPERVISOR, R.REVIEWER, SYSTEM], event="supervision.finding_opened", clause=CLOSURE),
    step("assign",    "分派整改",     [F.OPENED, F.ASSIGNED],             F.ASSIGNED,   [R.CENTRE_ADMIN, R.SUPERVISOR],                   event="supervision.finding_assigned", clause=CLOSURE),
    step("rectify",   "报告整改",     [F.ASSIGNED],                       F.RECTIFIED,  [R.CENTRE_ADMIN],                                 event="supervision.finding_rectified", clause=CLOSURE),
    step("pass",      "复核通过",     [F.RECTIFIED],                      F.CLOSED,     [R.SUPERVISOR, R.QC_INSPECTOR, R.REVIEWER],       event="supervision.finding_passed", clause=CLOSURE),
    step("send_back", "退回整改",     [F.RECTIFIED],                      F.ASSIGNED,   [R.SUPERVISOR, R.QC_INSPECTOR, R.REVIEWER],       event="supervision.finding_sent_back", clause=CLOSURE),
    step("excuse",    "说明后结案",   [F.OPENED, F.ASSIGNED, F.RECTIFIED], F.EXCUSED,   [R.SUPERVISOR],                                   event="supervision.finding_excused", clause=CLOSURE),
    step("clear",     "检查不再发现", [F.OPENED, F.ASSIGNED, F.RECTIFIED], F.CLOSED,    [SYSTEM],                                         event="supervision.finding_cleared", clause=CLOSURE),
    step("return",    "再次发现",     [F.CLOSED],                         F.OPENED,     [SYSTEM],                                         event="supervision.finding_returned", clause=CLOSURE),
))
# fmt: on

LIVE = frozenset({F.OPENED, F.ASSIGNED, F.RECTIFIED})  # somebody still has to do something
UNGIVEN = frozenset({F.OPENED})
TO_RECHECK = frozenset({F.RECTIFIED})
GONE = frozenset({F.CLOSED})  # opens anew should the same be found again
OVER = GONE | {F.EXCUSED}
UNDER_WAY = frozenset({F.ASSIGNED})
