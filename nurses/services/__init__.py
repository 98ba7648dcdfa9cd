"""The verbs about nurses: the only writers of this app's tables."""

from nurses.services.exclusions import exclude, lift_exclusion
from nurses.services.files import affiliate, file_nurse, update_standing
from nurses.services.papers import (
    look_up_registry,
    record_certificate,
    record_insurance,
    record_registry_check,
    record_training,
)
from nurses.services.portraits import record_portrait
from nurses.services.rolls import import_nurses
from nurses.services.scans import MOST as MOST_SCANS
from nurses.services.scans import keep_scan, remove_scan, show_scan
from nurses.services.shifts import plan_leave, plan_shift, remove_shift

__all__ = [
    "MOST_SCANS",
    "affiliate",
    "exclude",
    "file_nurse",
    "import_nurses",
    "keep_scan",
    "lift_exclusion",
    "look_up_registry",
    "plan_leave",
    "plan_shift",
    "record_certificate",
    "record_insurance",
    "record_portrait",
    "record_registry_check",
    "record_training",
    "remove_scan",
    "remove_shift",
    "show_scan",
    "update_standing",
]
