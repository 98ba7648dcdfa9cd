"""What this app does when something is due, when a lower floor reports an act, and what the trace learns of it."""

from referrals.lifecycle import DOWN, REMOTE, UP, ReferralStatus, RemoteStatus

ACTIONS = {
    "referrals.coaching_begun": "开始传帮带",
    "referrals.coaching_ended": "结束传帮带",
    "referrals.consent_noted": "登记共享病情的同意",
    "referrals.consult_late": "远程会诊超时未答复",
    "referrals.consult_picture_shown": "会诊专家查看护理照片",
    "referrals.looked": "查看会诊、转诊或联合查房",
    "referrals.member_joined": "加入专科小组",
    "referrals.member_left": "退出专科小组",
    "referrals.request_joined": "申请并入已有的转诊",
    "referrals.round_amended": "更正医护联合查房记录",
    "referrals.round_signed": "签名医护联合查房记录",
    "referrals.team_ended": "撤销专科小组",
    "referrals.team_founded": "成立专科小组",
    "referrals.transfer_arranged": "登记非急救转运",
}


def subscribe_all() -> None:
    from audit.subscribers import subscribe, when_due
    from orders import gates

    when_due("remote.late", note_late)
    subscribe("orders.referred", open_upward)
    subscribe("orders.referral_answered", hear_answer)
    gates.also_ask(guided_first)


def teach_the_trace() -> None:
    """The trace stands on a floor below: it is told which of our rows belong to an order, and what our steps mean."""
    from orders import rowwords, trace
    from referrals.models import JointRound, Referral, RemoteConsult

    steps = (*REMOTE.steps, *UP.steps, *DOWN.steps)
    trace.ACTIONS.update({step.event: step.label for step in steps if step.name != "hear"} | ACTIONS)
    trace.CLAUSES.update({step.event: step.clause for step in steps})
    rowwords.learn("referrals.remoteconsultstep", REMOTE, RemoteStatus)
    rowwords.learn("referrals.referralstep", UP, ReferralStatus)
    for model in (RemoteConsult, Referral, JointRound):
        trace.belongs(model)


def guided_first(order, settings, now):
    """Where the district wants it so, a hard item without the lead hospital's guidance is not offered."""
    from referrals import selectors

    return selectors.guidance(order, now, settings) if settings["remote.guidance"] == "block" else None


def note_late(due, now):
    from referrals import services

    services.note_late(consult_id=int(due.object_id), now=now)


def open_upward(row):
    from referrals import services

    services.open_upward(request_id=int(row.object_id), now=row.created_at)


def hear_answer(row):
    from referrals import services

    services.hear_answer(request_id=int(row.object_id), now=row.created_at)
