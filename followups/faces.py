"""How a follow-up, a plan, an answer and a green-channel case look: label, colour, icon, and who acts next."""

from followups.lifecycle import GreenStatus, PlanStatus, TaskStatus
from followups.models import Level
from orders.faces import Face

P, T, G, V = PlanStatus, TaskStatus, GreenStatus, Level

PLAN = {
    P.LIVE: Face(P.LIVE.label, "随访正在进行", "go", "calendar", "专员"),
    P.COMPLETED: Face(P.COMPLETED.label, "随访已做完", "done", "check", ""),
    P.ENDED: Face(P.ENDED.label, "随访已结束", "wait", "x", ""),
}
TASK = {
    T.PLANNED: Face(T.PLANNED.label, "到日子会提醒您", "wait", "clock", ""),
    T.DUE: Face(T.DUE.label, "请您回答几个问题", "ask", "phone-call", "专员"),
    T.DONE: Face(T.DONE.label, "已收到您的回答", "done", "check", ""),
    T.MISSED: Face(T.MISSED.label, "还没有收到您的回答", "ask", "clock-exclamation", "专员"),
    T.CANCELLED: Face(T.CANCELLED.label, "这次不用做了", "wait", "x", ""),
}
GREEN = {
    G.OPENED: Face(G.OPENED.label, "医生会尽快联系您", "alert", "alert-triangle", "医生"),
    G.TAKEN: Face(G.TAKEN.label, "医生正在处理", "ask", "phone-call", "医生"),
    G.CLOSED: Face(G.CLOSED.label, "医生已处理", "done", "check", ""),
}
LEVEL = {
    V.GREEN: Face(V.GREEN.label, "未见异常", "done", "check", ""),
    V.YELLOW: Face(V.YELLOW.label, "需要留意", "ask", "alert-triangle", ""),
    V.RED: Face(V.RED.label, "医生会尽快联系您", "alert", "alert-triangle", "医生"),
}
