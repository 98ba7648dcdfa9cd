"""How a status looks: label for staff, plain words for families, colour, icon, and who acts next (UI guide 5)."""

from dataclasses import dataclass

from clinical.lifecycle import AssessmentStatus, CallBackStatus, PrescriptionStatus
from orders.lifecycle import RATEABLE, CompanionStatus, OrderStatus, RequestStatus


@dataclass(frozen=True)
class Face:
    label: str
    plain: str
    family: str
    icon: str
    next_actor: str


Q, S, A, P = RequestStatus, OrderStatus, AssessmentStatus, PrescriptionStatus
C = CompanionStatus

REQUEST = {
    Q.SUBMITTED: Face(Q.SUBMITTED.label, "已提交，等中心受理", "wait", "file-text", "专员"),
    Q.RECEIVED: Face(Q.RECEIVED.label, "已受理，正在安排医生上门评估", "wait", "calendar", "专员"),
    Q.ASSESSING: Face(Q.ASSESSING.label, "医生会先上门看看", "assess", "stethoscope", "医生"),
    Q.PRESCRIBED: Face(Q.PRESCRIBED.label, "医生已开具护理项目", "assess", "clipboard-check", ""),
    Q.CLOSED: Face(Q.CLOSED.label, "这次申请的服务已全部结束", "done", "check", ""),
    Q.DECLINED: Face(Q.DECLINED.label, "没有受理，请看原因和建议", "wait", "building-hospital", ""),
    Q.WITHDRAWN: Face(Q.WITHDRAWN.label, "您已撤回这份申请", "wait", "x", ""),
    Q.UNSUITABLE: Face(Q.UNSUITABLE.label, "医生认为目前不宜上门护理", "wait", "building-hospital", ""),
    Q.REFERRED: Face(Q.REFERRED.label, "医生建议到医院就诊", "wait", "building-hospital", ""),
}

ORDER = {
    S.AWAITING_CONSENT: Face(S.AWAITING_CONSENT.label, "请阅读并签署同意书", "ask", "signature", "患者"),
    S.AWAITING_DISPATCH: Face(S.AWAITING_DISPATCH.label, "正在为您安排护士", "assign", "users", "专员"),
    S.OFFERED: Face(S.OFFERED.label, "已找到护士，等护士答复", "ask", "clock", "护士"),
    S.ACCEPTED: Face(S.ACCEPTED.label, "护士已约好上门时间", "go", "circle-check", "护士"),
    S.EN_ROUTE: Face(S.EN_ROUTE.label, "护士已出发", "go", "navigation", "护士"),
    S.IN_SERVICE: Face(S.IN_SERVICE.label, "护士正在服务", "serve", "heartbeat", "护士"),
    S.AWAITING_CONFIRMATION: Face(S.AWAITING_CONFIRMATION.label, "服务已结束，请您确认", "ask", "signature", "患者"),
    S.COMPLETED: Face(S.COMPLETED.label, "服务已完成", "done", "check", ""),
    S.DISPUTED: Face(S.DISPUTED.label, "您提出了异议，中心正在处理", "alert", "message-report", "专员"),
    S.CANCELLED: Face(S.CANCELLED.label, "这次上门已取消", "wait", "x", ""),
    S.NO_SHOW: Face(S.NO_SHOW.label, "这次没有上门成功", "ask", "user-x", "专员"),
    S.ABORTED: Face(S.ABORTED.label, "这次服务中途停止", "alert", "alert-triangle", "专员"),
}
WAIT_LISTED = Face("排队等候", "暂时没有护士有空，正在为您排队", "ask", "clock", "专员")
TO_RATE = Face("待评价", "服务已完成，请您评价", "done", "star", "患者")

ASSESSMENT = {
    A.PLANNED: Face(A.PLANNED.label, "医生已约好上门评估", "assess", "calendar", "医生"),
    A.EN_ROUTE: Face(A.EN_ROUTE.label, "医生已出发", "assess", "navigation", "医生"),
    A.ARRIVED: Face(A.ARRIVED.label, "医生正在评估", "assess", "stethoscope", "医生"),
    A.SIGNED: Face(A.SIGNED.label, "医生已完成评估", "done", "clipboard-check", ""),
    A.CANCELLED: Face(A.CANCELLED.label, "这次评估已取消", "wait", "x", ""),
}

B = CallBackStatus
CALL_BACK = {
    B.OPEN: Face(B.OPEN.label, "护士已请医生回电", "alert", "phone", "医生"),
    B.TAKEN: Face(B.TAKEN.label, "医生正在处理", "serve", "phone", "医生"),
    B.CLOSED: Face(B.CLOSED.label, "医生已答复护士", "done", "check", ""),
    B.WITHDRAWN: Face(B.WITHDRAWN.label, "测量值已更正，不再需要", "wait", "x", ""),
}

PRESCRIPTION = {
    P.ACTIVE: Face(P.ACTIVE.label, "项目单有效", "done", "clipboard-check", ""),
    P.USED_UP: Face(P.USED_UP.label, "项目单的次数已安排完", "wait", "check", "医生"),
    P.EXPIRED: Face(P.EXPIRED.label, "项目单已过期", "ask", "clock", "医生"),
    P.STOPPED: Face(P.STOPPED.label, "项目单已停用", "wait", "x", "医生"),
}


COMPANION = {
    C.OFFERED: Face(C.OFFERED.label, "等同行护士答复", "ask", "clock", "护士"),
    C.ACCEPTED: Face(C.ACCEPTED.label, "同行护士已约好", "go", "circle-check", "护士"),
    C.SERVED: Face(C.SERVED.label, "两位护士都到了", "done", "check", ""),
    C.DECLINED: Face(C.DECLINED.label, "同行护士不能来", "ask", "user-x", "专员"),
    C.EXPIRED: Face(C.EXPIRED.label, "同行护士没有答复", "ask", "clock", "专员"),
    C.GIVEN_BACK: Face(C.GIVEN_BACK.label, "同行护士退出了", "ask", "user-x", "专员"),
    C.RELEASED: Face(C.RELEASED.label, "不需要这位护士同行了", "wait", "x", ""),
}


def request(row) -> Face:
    return REQUEST[row.status]


def order(row) -> Face:
    """
    A completed order that its family has not rated looks different, and so does one on the waiting list.

    ``rating_at`` and ``waiting_since`` come with the selectors.
    """
    if row.status in RATEABLE and getattr(row, "rating_at", True) is None:
        return TO_RATE
    if getattr(row, "waiting_since", None):
        return WAIT_LISTED
    return ORDER[row.status]


def assessment(row) -> Face:
    return ASSESSMENT[row.status]


def prescription(row) -> Face:
    return PRESCRIPTION[row.status]
