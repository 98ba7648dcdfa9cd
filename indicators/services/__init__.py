"""The verbs of indicators, tasks and workload: the only writers of this app's tables."""

from indicators.services.entries import apply_file, record_value
from indicators.services.exports import export_workload
from indicators.services.monthly import compute_month, compute_months, expect_month
from indicators.services.rollups import freshen, mark, prove_lately, reconcile
from indicators.services.signals import count_signals, prove_signals
from indicators.services.tasks import (
    add_task,
    adopt_model,
    drop,
    expect_review,
    finish,
    move,
    note_late,
    note_review_due,
    note_soon,
    reach,
    reopen,
    report,
    review,
)

__all__ = [
    "add_task",
    "adopt_model",
    "apply_file",
    "compute_month",
    "compute_months",
    "count_signals",
    "drop",
    "expect_month",
    "expect_review",
    "export_workload",
    "finish",
    "freshen",
    "mark",
    "move",
    "note_late",
    "note_review_due",
    "note_soon",
    "prove_lately",
    "prove_signals",
    "reach",
    "reconcile",
    "record_value",
    "reopen",
    "report",
    "review",
]
