"""How an article, a course or a post looks: label, plain words, colour, icon, whose turn it is (UI guide 5)."""

from education.lifecycle import PaperStatus as P
from education.lifecycle import PostStatus as S
from orders.faces import Face

PAPER = {
    P.DRAFT: Face(P.DRAFT.label, "正在起草", "wait", "edit", "审核人"),
    P.REVIEWED: Face(P.REVIEWED.label, "等待发布", "ask", "eye", "监管员"),
    P.PUBLISHED: Face(P.PUBLISHED.label, "可以阅读", "done", "check", ""),
    P.WITHDRAWN: Face(P.WITHDRAWN.label, "已不再使用", "wait", "x", ""),
}

POST = {
    S.SUBMITTED: Face(S.SUBMITTED.label, "等待审核", "ask", "clock", "监管员"),
    S.RETURNED: Face(S.RETURNED.label, "请修改后再投", "alert", "arrow-back-up", "投稿机构"),
    S.APPROVED: Face(S.APPROVED.label, "到时间自动发布", "go", "calendar-event", ""),
    S.PUBLISHED: Face(S.PUBLISHED.label, "所有人可以看到", "done", "check", ""),
    S.WITHDRAWN: Face(S.WITHDRAWN.label, "不再显示", "wait", "x", ""),
}
