"""
The lives of what is supervised as tables: a finding until it is put right, a hospital's visit to a centre, and what the
commission decides with four eyes, a setting or an edition of the list. All else reads them.
"""

from django.db.models import TextChoices

from accounts.roles import SYSTEM, Role
from kernel.workflow import NEW, Workflow, step
from supervision import needs


class FindingStatus(TextChoices):
    OPENED = "opened", "待分派"
    ASSIGNED = "assigned", "整改中"
    RECTIFIED = "rectified", "待复核"
    CLOSED = "closed", "已销号"
    EXCUSED = "excused", "说明后结案"


class TourStatus(TextChoices):
    PLANNED = "planned", "待督导"
    HELD = "held", "待评估"
    EVALUATED = "evaluated", "已评估"
    CANCELLED = "cancelled", "已取消"


class ChangeStatus(TextChoices):
    PROPOSED = "proposed", "待复核"
    APPROVED = "approved", "已同意"
    REFUSED = "refused", "未同意"
    WITHDRAWN = "withdrawn", "已撤回"


class DraftStatus(TextChoices):
    DRAFTING = "drafting", "起草中"
    SUBMITTED = "submitted", "待批准"
    PUBLISHED = "published", "已发布"
    DISCARDED = "discarded", "已放弃"


F, R, T, C, D = FindingStatus, Role, TourStatus, ChangeStatus, DraftStatus
CLOSURE, GROUP, LED, EDITION = "002 六(二)2", "002 七(三)", "002 四", "002 五(五)"

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
    step("return",    "再次发现",     [F.CLOSED, F.EXCUSED],              F.OPENED,     [SYSTEM],                                         event="supervision.finding_returned", clause=CLOSURE),
))

TOUR = Workflow("tour", T, (
    #    verb         button          from                    to            by            needs
    step("plan",      "列入督导计划", [NEW],                  T.PLANNED,    [R.REVIEWER], event="supervision.tour_planned", clause=LED),
    step("move",      "改期",         [T.PLANNED],            T.PLANNED,    [R.REVIEWER], event="supervision.tour_moved", clause=LED),
    step("record",    "登记督导记录", [T.PLANNED, T.HELD],    T.HELD,       [R.REVIEWER], event="supervision.tour_recorded", clause=LED),
    step("evaluate",  "作出评估",     [T.HELD],               T.EVALUATED,  [R.REVIEWER], needs.sheet_filled, event="supervision.tour_evaluated", clause=LED),
    step("cancel",    "取消督导",     [T.PLANNED],            T.CANCELLED,  [R.REVIEWER], event="supervision.tour_cancelled", clause=LED),
))

CHANGE = Workflow("change", C, (
    #    verb         button      from           to            by              needs
    step("propose",   "提出调整", [NEW],         C.PROPOSED,   [R.SUPERVISOR], event="supervision.change_proposed"),
    step("approve",   "同意调整", [C.PROPOSED],  C.APPROVED,   [R.SUPERVISOR], event="supervision.change_approved"),
    step("refuse",    "不同意",   [C.PROPOSED],  C.REFUSED,    [R.SUPERVISOR], event="supervision.change_refused"),
    step("withdraw",  "撤回",     [C.PROPOSED],  C.WITHDRAWN,  [R.SUPERVISOR], event="supervision.change_withdrawn"),
))

DRAFT = Workflow("draft", D, (
    #    verb         button          from           to             by              needs
    step("begin",     "起草新版目录", [NEW],         D.DRAFTING,    [R.SUPERVISOR], event="supervision.draft_begun", clause=EDITION),
    step("edit",      "修改草稿",     [D.DRAFTING],  D.DRAFTING,    [R.SUPERVISOR], event="supervision.draft_edited", clause=EDITION),
    step("review",    "登记专家意见", [D.DRAFTING],  D.DRAFTING,    [R.SUPERVISOR], event="supervision.draft_reviewed", clause=EDITION),
    step("submit",    "提请批准",     [D.DRAFTING],  D.SUBMITTED,   [R.SUPERVISOR], needs.experts_agree, needs.data_fit, event="supervision.draft_submitted", clause=EDITION),
    step("send_back", "退回修改",     [D.SUBMITTED], D.DRAFTING,    [R.SUPERVISOR], event="supervision.draft_sent_back", clause=EDITION),
    step("publish",   "批准并发布",   [D.SUBMITTED], D.PUBLISHED,   [R.SUPERVISOR], needs.data_fit, event="supervision.draft_published", clause=EDITION),
    step("discard",   "放弃草稿",     [D.DRAFTING],  D.DISCARDED,   [R.SUPERVISOR], event="supervision.draft_discarded", clause=EDITION),
))
# fmt: on

TO_HOLD = frozenset({T.PLANNED})
CALLED_OFF = frozenset({T.CANCELLED})
VISITED = frozenset({T.HELD, T.EVALUATED})
TO_EVALUATE = frozenset({T.HELD})
EVALUATED = frozenset({T.EVALUATED})
UNDECIDED = frozenset({C.PROPOSED})
TO_EDIT = frozenset({D.DRAFTING})
TO_PUBLISH = frozenset({D.SUBMITTED})
IN_THE_MAKING = TO_EDIT | TO_PUBLISH

LIVE = frozenset({F.OPENED, F.ASSIGNED, F.RECTIFIED})  # somebody still has to do something
UNGIVEN = frozenset({F.OPENED})
TO_PUT_RIGHT = frozenset({F.OPENED, F.ASSIGNED})  # the institution has to act; after its report whoever looks again
TO_RECHECK = frozenset({F.RECTIFIED})
GONE = frozenset({F.CLOSED})  # opens anew should the same be found again
EXCUSED = frozenset({F.EXCUSED})  # opens anew only should it have been gone between
OVER = GONE | EXCUSED
UNDER_WAY = frozenset({F.ASSIGNED})
