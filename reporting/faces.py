"""How a report, an export or a pack for the city looks: label, colour, icon, and who acts next (UI guide 5)."""

from orders.faces import Face
from reporting.lifecycle import ExportStatus as E
from reporting.lifecycle import PackStatus as P
from reporting.lifecycle import SummaryStatus as S

SUMMARY = {
    S.DRAFT: Face(S.DRAFT.label, "还在写", "wait", "file-text", "编写单位"),
    S.SUBMITTED: Face(S.SUBMITTED.label, "已提交，等区卫生健康委审核", "ask", "clock", "监管员"),
    S.RETURNED: Face(S.RETURNED.label, "请按审核意见修改", "alert", "alert-triangle", "编写单位"),
    S.ACCEPTED: Face(S.ACCEPTED.label, "审核已通过", "done", "circle-check", ""),
    S.PUBLISHED: Face(S.PUBLISHED.label, "已向社会公布", "done", "check", ""),
}

EXPORT = {
    E.ASKED: Face(E.ASKED.label, "等另一个人同意", "ask", "clock", "审批人"),
    E.READY: Face(E.READY.label, "可以下载，限期有效", "go", "download", "申请人"),
    E.REFUSED: Face(E.REFUSED.label, "没有同意", "alert", "x", ""),
    E.WITHDRAWN: Face(E.WITHDRAWN.label, "申请人已撤回", "wait", "x", ""),
    E.EXPIRED: Face(E.EXPIRED.label, "已到期，内容已清除", "wait", "clock", ""),
}

PACK = {
    P.PREPARED: Face(P.PREPARED.label, "文件已准备，还没有递交", "ask", "file-text", "区质控"),
    P.SENDING: Face(P.SENDING.label, "在线接口还没有答复，不知道市质控中心是否收到", "ask", "clock", "区质控"),
    P.HANDED: Face(P.HANDED.label, "已登记递交，市质控中心还没有签收", "assess", "clock", "市质控中心"),
    P.ACKNOWLEDGED: Face(P.ACKNOWLEDGED.label, "已凭回执编号登记签收", "done", "check", ""),
    P.RETURNED: Face(P.RETURNED.label, "请按退回意见更正后重新准备", "alert", "alert-triangle", "区质控"),
    P.DROPPED: Face(P.DROPPED.label, "没有递交", "wait", "x", ""),
}
