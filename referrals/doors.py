"""The doors of this app: every change of a consult's or a referral's status passes here."""

from dataclasses import replace

from audit.door import Door
from kernel.refusals import Refusal
from referrals import access
from referrals.lifecycle import BOTH_WAYS, DOWN, REMOTE, UP
from referrals.models import Referral, ReferralStep, RemoteConsult, RemoteConsultStep

REMOTES = Door(
    workflow=REMOTE,
    model=RemoteConsult,
    step_model=RemoteConsultStep,
    owner="consult",
    what="远程会诊",
    hats=access.consult_hats,
    related=("patient", "centre", "hospital", "order__nurse", "expert"),
)

UPWARD = Door(
    workflow=UP,
    model=Referral,
    step_model=ReferralStep,
    owner="referral",
    what="转诊单",
    hats=access.referral_hats,
    related=("patient", "centre__parent", "hospital", "request"),
    conflicts={
        "referral_one_live_per_patient_and_direction": Refusal(
            "referral.live", "这位服务对象已有一份没有结束的同方向转诊，请在那一份里办理。", BOTH_WAYS, field="reason"
        ),
    },
)
DOWNWARD = replace(UPWARD, workflow=DOWN)


def door_of(row: Referral) -> Door:
    """Return the door of a referral: each direction has its own table of steps."""
    return UPWARD if row.direction == Referral.Direction.UP else DOWNWARD
