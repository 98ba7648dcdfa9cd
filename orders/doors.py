"""The doors of this app. Every status change of what it keeps passes here."""

from audit.door import Door
from kernel.refusals import Refusal
from orders import access
from orders.lifecycle import APPEAL, COMPANION, ORDER, PLAN, REQUEST
from orders.models import (
    Appeal,
    AppealStep,
    Companion,
    CompanionStep,
    DayPlan,
    DayPlanStep,
    Order,
    OrderStep,
    RequestStep,
    ServiceRequest,
)

REQUESTS = Door(
    workflow=REQUEST,
    model=ServiceRequest,
    step_model=RequestStep,
    owner="request",
    what="服务申请",
    hats=access.request_hats,
    scopes=access.scopes,
    related=("patient", "centre", "address", "assessment", "prescription"),
    conflicts={
        "request_one_waiting_per_patient": Refusal(
            "request.waiting", "这位服务对象已有一份正在办理的申请，请先查看那份申请的进度。"
        ),
    },
)

ORDERS = Door(
    workflow=ORDER,
    model=Order,
    step_model=OrderStep,
    owner="order",
    what="订单",
    hats=access.order_hats,
    scopes=access.scopes,
    related=("patient", "centre", "address", "nurse__user", "visit_record", "request", "prescription"),
    conflicts={
        "nurse_never_in_two_places": Refusal(
            "nurse.overlap", "这位护士在这段时间已有上门安排，请换一个时间或另选护士。", "000 五(十六)"
        ),
        "wait_once_at_a_time_per_order": Refusal("wait.twice", "这张订单已在排队等候。"),
    },
)

PLANS = Door(
    workflow=PLAN,
    model=DayPlan,
    step_model=DayPlanStep,
    owner="plan",
    what="排班建议",
    hats=access.plan_hats,
    related=("centre",),
    conflicts={
        "plan_one_live_per_centre_and_day": Refusal(
            "plan.running", "这一天已有一份排班建议正在计算或等您确认，请先查看。", "000 五(十六)"
        ),
    },
)

COMPANIONS = Door(
    workflow=COMPANION,
    model=Companion,
    step_model=CompanionStep,
    owner="companion",
    what="同行安排",
    hats=access.companion_hats,
    related=("order__address__town", "centre", "patient", "nurse__user", "lead__user"),
    conflicts={
        "companion_one_live_per_order": Refusal(
            "companion.seated", "这次上门已安排了同行护士，请先看过最新内容。", "000 五(十六)"
        ),
        "companion_never_in_two_places": Refusal(
            "nurse.overlap", "这位护士在这段时间已有上门安排，请另选一位。", "000 五(十六)"
        ),
    },
)

APPEALS = Door(
    workflow=APPEAL,
    model=Appeal,
    step_model=AppealStep,
    owner="appeal",
    what="失约申诉",
    hats=access.appeal_hats,
    scopes=access.scopes,
    related=("order__nurse__user", "patient", "centre"),
    conflicts={
        "appeal_once_for_each_side": Refusal("appeal.once", "已经申诉过一次，请等候或查看裁定结果。", "003 二(一)1四"),
    },
)
