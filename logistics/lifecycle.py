"""The lives of a tube and of a bag of waste, each as one table. All else reads these."""

from django.db.models import TextChoices

from accounts.roles import Role
from kernel.workflow import NEW, Workflow, step


class SpecimenStatus(TextChoices):
    COLLECTED = "collected", "待送检"
    HANDED_OVER = "handed_over", "已交检验"
    RECEIVED = "received", "检验已接收"
    RESULTED = "resulted", "已出结果"
    TOLD = "told", "结果已告知"
    REJECTED = "rejected", "检验拒收"
    LOST = "lost", "未能送检"


class WasteStatus(TextChoices):
    DECLARED = "declared", "待交回"
    HANDED_IN = "handed_in", "已入暂存间"
    REMOVED = "removed", "已交处置单位"
    WITHDRAWN = "withdrawn", "已撤销"
    LOST = "lost", "遗失"


T, W, R = SpecimenStatus, WasteStatus, Role
DRAWN, CARRIED, DISPOSAL = "002 附件-11", "000 五(十五)", "002 五(七)1(1)"

# fmt: off
SPECIMEN = Workflow("specimen", T, (
    #    verb         button        from                                         to             by                                                  needs
    step("collect",   "登记标本",   [NEW],                                       T.COLLECTED,   [R.NURSE],                                          event="logistics.specimen_collected", clause=DRAWN),
    step("hand_over", "交给检验科", [T.COLLECTED],                               T.HANDED_OVER, [R.NURSE, R.DISPATCHER, R.CENTRE_ADMIN],            event="logistics.specimen_handed_over", clause=CARRIED),
    step("receive",   "检验接收",   [T.HANDED_OVER],                             T.RECEIVED,    [R.CENTRE_ADMIN],                                   event="logistics.specimen_received", clause=CARRIED),
    step("reject",    "检验拒收",   [T.HANDED_OVER],                             T.REJECTED,    [R.CENTRE_ADMIN],                                   event="logistics.specimen_rejected", clause=CARRIED),
    step("result",    "登记结果",   [T.RECEIVED],                                T.RESULTED,    [R.CENTRE_ADMIN, R.DOCTOR],                         event="logistics.specimen_resulted", clause=DRAWN),
    step("tell",      "告知结果",   [T.RESULTED],                                T.TOLD,        [R.CENTRE_ADMIN, R.DOCTOR, R.DISPATCHER, R.NURSE],  event="logistics.specimen_told", clause=DRAWN),
    step("lose",      "未能送检",   [T.COLLECTED, T.HANDED_OVER, T.RECEIVED],    T.LOST,        [R.NURSE, R.DISPATCHER, R.CENTRE_ADMIN],            event="logistics.specimen_lost", clause=DRAWN),
))

WASTE = Workflow("waste", W, (
    #    verb         button        from                          to            by                                        needs
    step("seal",      "登记废物",   [NEW],                        W.DECLARED,   [R.NURSE],                                event="logistics.waste_sealed", clause=DISPOSAL),
    step("hand_in",   "交回机构",   [W.DECLARED],                 W.HANDED_IN,  [R.NURSE, R.DISPATCHER, R.CENTRE_ADMIN],  event="logistics.waste_handed_in", clause=DISPOSAL),
    step("remove",    "交处置单位", [W.HANDED_IN],                W.REMOVED,    [R.CENTRE_ADMIN],                         event="logistics.waste_removed", clause=DISPOSAL),
    step("withdraw",  "撤销登记",   [W.DECLARED],                 W.WITHDRAWN,  [R.NURSE],                                event="logistics.waste_withdrawn"),
    step("lose",      "登记遗失",   [W.DECLARED, W.HANDED_IN],    W.LOST,       [R.CENTRE_ADMIN],                         event="logistics.waste_lost", clause=DISPOSAL),
))
# fmt: on

TO_HAND_OVER = frozenset({T.COLLECTED})
UNDER_WAY = frozenset({T.COLLECTED, T.HANDED_OVER, T.RECEIVED})  # a label stands for one tube as long
AT_THE_LABORATORY = frozenset({T.HANDED_OVER, T.RECEIVED})
TO_TELL = frozenset({T.RESULTED})
GONE_WRONG = frozenset({T.REJECTED, T.LOST})
DRAWN_WELL = frozenset(T) - {T.LOST}  # what stands for the visit's specimen

CARRIED_WASTE = frozenset({W.DECLARED})
STORED = frozenset({W.HANDED_IN})
ON_OUR_HANDS = CARRIED_WASTE | STORED
DECLARED = frozenset(W) - {W.WITHDRAWN}  # what the visit is known to have produced
