"""How a consult looks: label, what it says to the family, colour, icon, whose turn it is (UI guide 5)."""

from consults.lifecycle import ConsultStatus as C
from orders.faces import Face

CONSULT = {
    C.WAITING: Face(C.WAITING.label, "等护士答复", "wait", "clock", "护士"),
    C.ANSWERED: Face(C.ANSWERED.label, "护士已答复", "done", "check", "家属"),
    C.VISIT_ADVISED: Face(C.VISIT_ADVISED.label, "护士建议上门看看", "ask", "home-2", "家属"),
    C.APPLIED: Face(C.APPLIED.label, "已转为上门申请", "done", "check", ""),
    C.CLOSED: Face(C.CLOSED.label, "这次咨询已结束", "done", "check", ""),
}
