"""The verbs on messages, their ways out of the house, and reminders: the only writers of this app's tables."""

from notifications.services.calls import call_done, call_unreached, open_call, show_number
from notifications.services.devices import close_device, end_device, open_device
from notifications.services.messages import Letter, mark_all_read, mark_read, tell
from notifications.services.reach import choose_reach
from notifications.services.reminders import (
    look_ahead,
    promise_guidance,
    promise_visit_reminder,
    remind_of_expiry,
    remind_of_guidance,
    remind_of_visit,
)
from notifications.services.sending import carry

__all__ = [
    "Letter",
    "call_done",
    "call_unreached",
    "carry",
    "choose_reach",
    "close_device",
    "end_device",
    "look_ahead",
    "mark_all_read",
    "mark_read",
    "open_call",
    "open_device",
    "promise_guidance",
    "promise_visit_reminder",
    "remind_of_expiry",
    "remind_of_guidance",
    "remind_of_visit",
    "show_number",
    "tell",
]
