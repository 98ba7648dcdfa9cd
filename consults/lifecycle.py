"""The life of a question that a family asks a nurse, as one table. All else reads it."""

from django.db.models import TextChoices

from accounts.roles import SYSTEM, Role
from kernel.workflow import NEW, Workflow, step


class ConsultStatus(TextChoices):
    WAITING = "waiting", "等待答复"
    ANSWERED = "answered", "已答复"
    VISIT_ADVISED = "visit_advised", "建议上门"
    APPLIED = "applied", "已转为申请"
    CLOSED = "closed", "已结束"


C, R = ConsultStatus, Role
ASKED = "000 四(十一)"
LIVE_STATES = [C.WAITING, C.ANSWERED, C.VISIT_ADVISED]

# fmt: off
CONSULT = Workflow("consult", C, (
    #    verb           button      from                                       to               by                              needs
    step("ask",         "提出咨询", [NEW],                                     C.WAITING,       [R.PATIENT, R.PROXY],           event="consults.asked", clause=ASKED),
    step("answer",      "答复",     [C.WAITING, C.ANSWERED],                   C.ANSWERED,      [R.NURSE],                      event="consults.answered", clause=ASKED),
    step("advise",      "建议上门", [C.WAITING, C.ANSWERED],                   C.VISIT_ADVISED, [R.NURSE],                      event="consults.visit_advised", clause=ASKED),
    step("add",         "继续提问", [C.WAITING, C.ANSWERED, C.VISIT_ADVISED],  C.WAITING,       [R.PATIENT, R.PROXY],           event="consults.added", clause=ASKED),
    step("turn",        "转为申请", LIVE_STATES,                               C.APPLIED,       [SYSTEM],                       event="consults.turned", clause=ASKED),
    step("close",       "结束咨询", LIVE_STATES,                               C.CLOSED,        [R.PATIENT, R.PROXY, R.NURSE],  event="consults.closed", clause=ASKED),
))
# fmt: on

LIVE = frozenset(LIVE_STATES)
TO_ANSWER = frozenset({C.WAITING})
TOLD_TO_APPLY = frozenset({C.VISIT_ADVISED})
