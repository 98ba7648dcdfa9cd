"""The door of this app: every change of a call's status passes here."""

from audit.door import Door
from kernel.refusals import Refusal
from notifications import access
from notifications.lifecycle import CALL
from notifications.models import Call, CallStep

CALLS = Door(
    workflow=CALL,
    model=Call,
    step_model=CallStep,
    owner="call",
    what="待打电话",
    hats=access.hats,
    related=("centre", "patient", "person"),
    conflicts={"notifications_call_key_key": Refusal("call.known", "这个电话已经登记过了。")},
)
