"""The doors of this app. Every status change of a plan, a follow-up or a green-channel case passes here."""

from audit.door import Door
from followups import access
from followups.lifecycle import FILE, GREEN, PLAN, TASK
from followups.models import (
    FollowUp,
    FollowUpPlan,
    FollowUpPlanStep,
    FollowUpStep,
    GreenCase,
    GreenCaseStep,
)
from kernel.refusals import Refusal

PLANS = Door(
    workflow=PLAN,
    model=FollowUpPlan,
    step_model=FollowUpPlanStep,
    owner="plan",
    what="随访计划",
    hats=access.hats,
    scopes=access.scopes,
    related=("patient", "centre", "template"),
    conflicts={
        "plan_one_live_per_patient_and_template": Refusal(
            "followup.plan_live", "这位服务对象已有一份同样的随访计划正在进行，不用再建。", FILE, field="template"
        ),
        "plan_once_per_order_and_template": Refusal(
            "followup.plan_known", "这次上门已经建过这份随访计划。", FILE, field="template"
        ),
    },
)

TASKS = Door(
    workflow=TASK,
    model=FollowUp,
    step_model=FollowUpStep,
    owner="follow_up",
    what="随访",
    hats=access.hats,
    scopes=access.scopes,
    related=("patient", "centre", "plan", "questionnaire"),
)

GREENS = Door(
    workflow=GREEN,
    model=GreenCase,
    step_model=GreenCaseStep,
    owner="case",
    what="绿色通道",
    hats=access.hats,
    related=("patient", "centre", "answer__questionnaire"),
)
