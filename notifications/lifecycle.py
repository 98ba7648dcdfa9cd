"""The life of a telephone call that a person has to make, as one table. Letters outside the house are machines' business."""

from django.db.models import TextChoices

from accounts.roles import SYSTEM, Role
from kernel.workflow import NEW, Workflow, step


class CallStatus(TextChoices):
    OPEN = "open", "待打电话"
    DONE = "done", "已告知"
    GIVEN_UP = "given_up", "没有联系上"


C, R = CallStatus, Role
TOLD = "002 五(四)"

# fmt: off
CALL = Workflow("call", C, (
    #    verb         button        from       to            by                                needs
    step("open",      "登记待打电话", [NEW],     C.OPEN,       [SYSTEM],                         event="notifications.call_opened", clause=TOLD),
    step("tell",      "已告知",     [C.OPEN],  C.DONE,       [R.DISPATCHER, R.CENTRE_ADMIN],   event="notifications.call_told", clause=TOLD),
    step("try_again", "没有打通",   [C.OPEN],  C.OPEN,       [R.DISPATCHER, R.CENTRE_ADMIN],   event="notifications.call_unanswered", clause=TOLD),
    step("give_up",   "联系不上",   [C.OPEN],  C.GIVEN_UP,   [R.DISPATCHER, R.CENTRE_ADMIN],   event="notifications.call_given_up", clause=TOLD),
))
# fmt: on

TO_CALL = frozenset({C.OPEN})
