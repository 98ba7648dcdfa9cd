"""How an alarm, a warning and a report look: label, colour, icon, and who acts next."""

from orders.faces import Face
from safety.lifecycle import AlarmStatus, FlagStatus, ReportStatus
from safety.models import RiskFlag

A, F, K, P = AlarmStatus, FlagStatus, RiskFlag.Kind, ReportStatus

ALARM = {
    A.RAISED: Face(A.RAISED.label, "求助已发出，正在等值班台响应", "alert", "alert-triangle", "专员"),
    A.ACKNOWLEDGED: Face(A.ACKNOWLEDGED.label, "值班台已响应，请保持电话畅通", "ask", "phone-call", "专员"),
    A.CLOSED: Face(A.CLOSED.label, "这次求助已处置完毕", "done", "check", ""),
    A.CANCELLED: Face(A.CANCELLED.label, "这次求助已登记为误触", "wait", "x", ""),
}
FLAG = {
    F.IN_FORCE: Face(F.IN_FORCE.label, "有效", "ask", "alert-triangle", ""),
    F.APPEALED: Face(F.APPEALED.label, "申诉正在由中心裁定", "ask", "message-report", "中心管理员"),
    F.WITHDRAWN: Face(F.WITHDRAWN.label, "已撤销", "wait", "x", ""),
    F.EXPIRED: Face(F.EXPIRED.label, "已到期", "wait", "clock", ""),
}
REPORT = {
    P.FILED: Face(P.FILED.label, "已提交，等受理", "wait", "file-text", "受理机构"),
    P.ACCEPTED: Face(P.ACCEPTED.label, "已受理，正在调查", "ask", "message-report", "受理机构"),
    P.ANSWERED: Face(P.ANSWERED.label, "已答复，请您看看", "ask", "message-2", "反映人"),
    P.CLOSED: Face(P.CLOSED.label, "已办结", "done", "check", ""),
    P.WITHDRAWN: Face(P.WITHDRAWN.label, "您已撤回", "wait", "x", ""),
}
FLAG_ICONS: dict[str, str] = {K.DOG: "dog", K.CONTAGIOUS: "shield-x", K.WEAPON: "hand-stop"}


def flag_icon(kind: str) -> str:
    return FLAG_ICONS.get(kind, "alert-triangle")
