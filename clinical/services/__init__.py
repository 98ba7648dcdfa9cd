"""The verbs on clinical papers: the only writers of this app's tables."""

from clinical.services.amendments import amend_record, release_amendment
from clinical.services.assessments import (
    arrive,
    cancel_assessment,
    conclude,
    depart,
    plan_assessment,
    replan_assessment,
    save_section,
    sign_assessment,
)
from clinical.services.call_backs import (
    close_call_back,
    release_call_back,
    remind_of_call_back,
    report_call_back,
    take_call_back,
)
from clinical.services.moments import keep_moment
from clinical.services.pictures import (
    answer_picture_consent,
    keep_picture,
    remove_picture,
    show_picture,
    withdraw_picture_consent,
)
from clinical.services.prescriptions import (
    expire_prescription,
    give_back_times,
    sign_prescription,
    stop_prescription,
    take_times,
)
from clinical.services.records import (
    answer_step,
    carry_over,
    close_record,
    declare_waste,
    hand_over_specimen,
    open_record,
    stop_record,
    take_back_waste,
    take_reading,
    write_note,
)
from clinical.services.revisions import amend_assessment

__all__ = [
    "amend_assessment",
    "amend_record",
    "answer_picture_consent",
    "keep_moment",
    "keep_picture",
    "release_amendment",
    "release_call_back",
    "remove_picture",
    "show_picture",
    "withdraw_picture_consent",
    "answer_step",
    "arrive",
    "cancel_assessment",
    "carry_over",
    "close_call_back",
    "close_record",
    "conclude",
    "declare_waste",
    "depart",
    "expire_prescription",
    "give_back_times",
    "hand_over_specimen",
    "open_record",
    "plan_assessment",
    "replan_assessment",
    "remind_of_call_back",
    "report_call_back",
    "save_section",
    "sign_assessment",
    "sign_prescription",
    "stop_prescription",
    "stop_record",
    "take_back_waste",
    "take_call_back",
    "take_reading",
    "take_times",
    "write_note",
]
