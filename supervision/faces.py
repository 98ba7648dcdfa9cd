"""How a finding, a hospital's visit or a draft looks: label, colour, icon, and who acts next (UI guide 5)."""

from orders.faces import Face
from supervision.lifecycle import DraftStatus as D
from supervision.lifecycle import FindingStatus as F
from supervision.lifecycle import TourStatus as T

FINDING = {
    F.OPENED: Face(F.OPENED.label, "还没有人负责整改", "alert", "alert-triangle", "管理员"),
    F.ASSIGNED: Face(F.ASSIGNED.label, "正在整改", "ask", "clock", "责任人"),
    F.RECTIFIED: Face(F.RECTIFIED.label, "已报告整改，等复核", "assess", "clipboard-check", "督导"),
    F.CLOSED: Face(F.CLOSED.label, "已整改，复核通过", "done", "check", ""),
    F.EXCUSED: Face(F.EXCUSED.label, "已说明原因并结案", "wait", "file-text", ""),
}

TOUR = {
    T.PLANNED: Face(T.PLANNED.label, "已列入计划", "wait", "calendar", "督导"),
    T.HELD: Face(T.HELD.label, "已到现场，等评分和评估", "assess", "clipboard-check", "督导"),
    T.EVALUATED: Face(T.EVALUATED.label, "已作出评估", "done", "check", ""),
    T.CANCELLED: Face(T.CANCELLED.label, "已取消", "wait", "x", ""),
}

DRAFT = {
    D.DRAFTING: Face(D.DRAFTING.label, "正在起草和论证", "assess", "file-text", "监管员"),
    D.SUBMITTED: Face(D.SUBMITTED.label, "等另一位监管员批准", "ask", "clock", "监管员"),
    D.PUBLISHED: Face(D.PUBLISHED.label, "已发布", "done", "check", ""),
    D.DISCARDED: Face(D.DISCARDED.label, "已放弃", "wait", "x", ""),
}
