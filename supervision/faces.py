"""How a finding looks: label, colour, icon, and who acts next (UI guide 5)."""

from orders.faces import Face
from supervision.lifecycle import FindingStatus as F

FINDING = {
    F.OPENED: Face(F.OPENED.label, "还没有人负责整改", "alert", "alert-triangle", "管理员"),
    F.ASSIGNED: Face(F.ASSIGNED.label, "正在整改", "ask", "clock", "责任人"),
    F.RECTIFIED: Face(F.RECTIFIED.label, "已报告整改，等复核", "assess", "clipboard-check", "督导"),
    F.CLOSED: Face(F.CLOSED.label, "已整改，复核通过", "done", "check", ""),
    F.EXCUSED: Face(F.EXCUSED.label, "已说明原因并结案", "wait", "file-text", ""),
}
