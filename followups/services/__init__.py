"""The verbs of follow-ups: the only writers of this app's tables."""

from followups.services.calendar import clear_calendar_day, set_calendar_day
from followups.services.green import (
    close_green,
    note_green_late,
    open_green,
    release_green,
    remind_green,
    take_green,
)
from followups.services.plans import end_plan, open_plan, plan_after_visit, register_discharge
from followups.services.tasks import answer, cancel, fall_due, miss, try_call
from followups.services.templates import (
    publish_questionnaire,
    publish_starting_content,
    publish_template,
    retire_template,
)

__all__ = [
    "answer",
    "cancel",
    "clear_calendar_day",
    "close_green",
    "end_plan",
    "fall_due",
    "miss",
    "note_green_late",
    "open_green",
    "open_plan",
    "plan_after_visit",
    "publish_questionnaire",
    "publish_starting_content",
    "publish_template",
    "register_discharge",
    "retire_template",
    "set_calendar_day",
    "release_green",
    "remind_green",
    "take_green",
    "try_call",
]
