"""How a report or an export looks: label, colour, icon, and who acts next (UI guide 5)."""

from orders.faces import Face
from reporting.lifecycle import ExportStatus as E
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
