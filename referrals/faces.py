"""How a consult or a referral looks: label, what it says to the family, colour, icon, whose turn it is (UI guide 5)."""

from orders.faces import Face
from referrals.lifecycle import ReferralStatus as F
from referrals.lifecycle import RemoteStatus as C

REMOTE = {
    C.ASKED: Face(C.ASKED.label, "已请医院专家会诊", "wait", "clock", "专家"),
    C.TAKEN: Face(C.TAKEN.label, "专家正在看", "assess", "stethoscope", "专家"),
    C.ANSWERED: Face(C.ANSWERED.label, "专家已给出意见", "ask", "file-text", "护士"),
    C.CLOSED: Face(C.CLOSED.label, "会诊已结束", "done", "check", ""),
    C.WITHDRAWN: Face(C.WITHDRAWN.label, "会诊已撤回", "wait", "x", ""),
}

REFERRAL = {
    F.PROPOSED: Face(F.PROPOSED.label, "已提出转诊，等对方答复", "wait", "clock", "接收方"),
    F.ACCEPTED: Face(F.ACCEPTED.label, "对方已同意接收", "go", "circle-check", "接收方"),
    F.ARRIVED: Face(F.ARRIVED.label, "已经到达，正在诊治或护理", "serve", "building-hospital", "接收方"),
    F.FED_BACK: Face(F.FED_BACK.label, "结果已经反馈", "ask", "file-text", "提出方"),
    F.CLOSED: Face(F.CLOSED.label, "这次转诊已结束", "done", "check", ""),
    F.DECLINED: Face(F.DECLINED.label, "对方没有接收，请看原因", "alert", "x", "提出方"),
    F.WITHDRAWN: Face(F.WITHDRAWN.label, "这次转诊已撤回", "wait", "x", ""),
}
