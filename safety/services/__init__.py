"""The verbs on what goes wrong, or may: the only writers of this app's tables."""

from safety.services.alarms import acknowledge, add_place, cancel_alarm, close_alarm, escalate, raise_alarm
from safety.services.cases import close_complaint, close_incident, open_complaint, open_incident
from safety.services.emergencies import (
    close_plan,
    log_call,
    log_note,
    log_step,
    report_at_visit,
    report_incident,
    start_plan,
)
from safety.services.flags import (
    appeal_flag,
    expire_flag,
    raise_flag,
    reject_flag_appeal,
    renew_flag,
    tell_family,
    uphold_flag_appeal,
    withdraw_flag,
)
from safety.services.recorders import add_recorder, carry, change_recorder, put_back
from safety.services.reports import (
    accept_report,
    agree_report,
    answer_report,
    carry_report_up,
    close_report,
    file_report,
    withdraw_report,
)
from safety.services.timers import arm, ask_for_a_sign, extend, leave, miss_a_sign, stop, watch_again
from safety.services.unsafe import leave_unsafe

__all__ = [
    "accept_report",
    "acknowledge",
    "add_place",
    "add_recorder",
    "agree_report",
    "answer_report",
    "appeal_flag",
    "arm",
    "ask_for_a_sign",
    "cancel_alarm",
    "carry",
    "carry_report_up",
    "change_recorder",
    "close_alarm",
    "close_complaint",
    "close_incident",
    "close_plan",
    "close_report",
    "escalate",
    "expire_flag",
    "extend",
    "file_report",
    "leave",
    "leave_unsafe",
    "log_call",
    "log_note",
    "log_step",
    "miss_a_sign",
    "open_complaint",
    "open_incident",
    "put_back",
    "raise_alarm",
    "raise_flag",
    "reject_flag_appeal",
    "renew_flag",
    "report_at_visit",
    "report_incident",
    "start_plan",
    "stop",
    "tell_family",
    "uphold_flag_appeal",
    "watch_again",
    "withdraw_flag",
    "withdraw_report",
]
