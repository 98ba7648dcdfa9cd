"""The lives of a remote consult and of a referral, up and down, each as one table. All else reads these."""

from django.db.models import TextChoices

from accounts.roles import SYSTEM, Role
from kernel.workflow import NEW, Workflow, step


class RemoteStatus(TextChoices):
    ASKED = "asked", "等专家接手"
    TAKEN = "taken", "专家处理中"
    ANSWERED = "answered", "已出具意见"
    CLOSED = "closed", "已结束"
    WITHDRAWN = "withdrawn", "已撤回"


class ReferralStatus(TextChoices):
    PROPOSED = "proposed", "等对方接收"
    ACCEPTED = "accepted", "已接收"
    ARRIVED = "arrived", "已到达"
    FED_BACK = "fed_back", "已反馈结果"
    CLOSED = "closed", "已结束"
    DECLINED = "declined", "不接收"
    WITHDRAWN = "withdrawn", "已撤回"


C, F, R = RemoteStatus, ReferralStatus, Role
GUIDED, REMOTELY, BOTH_WAYS, TRANSFER = "002 五(四)", "000 四(十三)", "003 二(五)13", "003 二(五)15"
TOGETHER = "000 三(七)"
ASKING = [R.NURSE, R.DOCTOR, R.DISPATCHER]
ON_THE_WAY = [F.PROPOSED, F.ACCEPTED, F.ARRIVED]
NOT_OVER = [*ON_THE_WAY, F.FED_BACK]

# fmt: off
REMOTE = Workflow("remote_consult", C, (
    #    verb        button        from                    to            by                   needs
    step("ask",      "请求会诊",   [NEW],                  C.ASKED,      ASKING,              event="referrals.consult_asked", clause=REMOTELY),
    step("take",     "接手",       [C.ASKED],              C.TAKEN,      [R.REVIEWER],        event="referrals.consult_taken", clause=REMOTELY),
    step("release",  "退回",       [C.TAKEN],              C.ASKED,      [R.REVIEWER],        event="referrals.consult_released", clause=REMOTELY),
    step("answer",   "出具意见",   [C.TAKEN],              C.ANSWERED,   [R.REVIEWER],        event="referrals.consult_answered", clause=GUIDED),
    step("close",    "已按意见处理", [C.ANSWERED],         C.CLOSED,     ASKING,              event="referrals.consult_closed", clause=REMOTELY),
    step("withdraw", "撤回会诊",   [C.ASKED, C.TAKEN],     C.WITHDRAWN,  [*ASKING, SYSTEM],   event="referrals.consult_withdrawn", clause=REMOTELY),
))

UP = Workflow("referral_up", F, (
    #    verb          button          from                       to            by                         needs
    step("propose",    "提出转诊",     [NEW],                     F.PROPOSED,   [R.DOCTOR, SYSTEM],        event="referrals.proposed", clause=BOTH_WAYS),
    step("accept",     "接收",         [F.PROPOSED],              F.ACCEPTED,   [R.REVIEWER],              event="referrals.accepted", clause=BOTH_WAYS),
    step("decline",    "不接收",       [F.PROPOSED],              F.DECLINED,   [R.REVIEWER],              event="referrals.declined", clause=BOTH_WAYS),
    step("withdraw",   "撤回转诊",     [F.PROPOSED, F.ACCEPTED],  F.WITHDRAWN,  [R.DOCTOR],                event="referrals.withdrawn", clause=BOTH_WAYS),
    step("arrive",     "登记到达",     [F.ACCEPTED],              F.ARRIVED,    [R.REVIEWER],              event="referrals.arrived", clause=BOTH_WAYS),
    step("feed_back",  "反馈结果",     [F.ARRIVED],               F.FED_BACK,   [R.REVIEWER],              event="referrals.fed_back", clause=BOTH_WAYS),
    step("hear",       "登记医院答复", ON_THE_WAY,                F.FED_BACK,   [SYSTEM],                  event="referrals.fed_back", clause=GUIDED),
    step("close",      "结束转诊",     [F.FED_BACK],              F.CLOSED,     [R.DOCTOR, R.DISPATCHER],  event="referrals.closed", clause=BOTH_WAYS),
    step("lapse",      "去世或迁出",   NOT_OVER,                  F.CLOSED,     [SYSTEM],                  event="referrals.lapsed", clause=BOTH_WAYS),
))

DOWN = Workflow("referral_down", F, (
    #    verb          button          from                       to            by                         needs
    step("propose",    "提出转诊",     [NEW],                     F.PROPOSED,   [R.REVIEWER],              event="referrals.proposed", clause=BOTH_WAYS),
    step("accept",     "接收",         [F.PROPOSED],              F.ACCEPTED,   [R.DISPATCHER],            event="referrals.accepted", clause=BOTH_WAYS),
    step("decline",    "不接收",       [F.PROPOSED],              F.DECLINED,   [R.DISPATCHER, R.DOCTOR],  event="referrals.declined", clause=BOTH_WAYS),
    step("withdraw",   "撤回转诊",     [F.PROPOSED],              F.WITHDRAWN,  [R.REVIEWER],              event="referrals.withdrawn", clause=BOTH_WAYS),
    step("arrive",     "登记到达",     [F.ACCEPTED],              F.ARRIVED,    [R.DISPATCHER, R.DOCTOR],  event="referrals.arrived", clause=BOTH_WAYS),
    step("feed_back",  "反馈结果",     [F.ARRIVED],               F.FED_BACK,   [R.DISPATCHER, R.DOCTOR],  event="referrals.fed_back", clause=BOTH_WAYS),
    step("close",      "结束转诊",     [F.FED_BACK],              F.CLOSED,     [R.REVIEWER],              event="referrals.closed", clause=BOTH_WAYS),
    step("lapse",      "去世或迁出",   NOT_OVER,                  F.CLOSED,     [SYSTEM],                  event="referrals.lapsed", clause=BOTH_WAYS),
))
# fmt: on

REMOTE_WAITS = frozenset({C.ASKED})
REMOTE_TAKEN = frozenset({C.TAKEN})  # the record lies open to the one expert as long
REMOTE_OPEN = REMOTE_WAITS | REMOTE_TAKEN
REMOTE_GUIDES = frozenset({C.ANSWERED, C.CLOSED})  # there is advice that can be followed
TO_ACCEPT = frozenset({F.PROPOSED})
LIVE = frozenset(ON_THE_WAY)
UNDER_WAY = LIVE - TO_ACCEPT
REFERRAL_OPEN = frozenset(NOT_OVER)
