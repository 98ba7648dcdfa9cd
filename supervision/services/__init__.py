"""The verbs of supervision: the only writers of this app's tables."""

from supervision.services.findings import assign, excuse, pass_finding, rectify, register, send_back
from supervision.services.quality import (
    begin_walk,
    draw_sample,
    end_inspector,
    file_inspector,
    on_file,
    plan_tour,
    score,
)
from supervision.services.runs import ask_for_checks, plan_nightly, run_checks

__all__ = [
    "ask_for_checks",
    "assign",
    "begin_walk",
    "draw_sample",
    "end_inspector",
    "excuse",
    "file_inspector",
    "on_file",
    "pass_finding",
    "plan_tour",
    "plan_nightly",
    "rectify",
    "register",
    "run_checks",
    "score",
    "send_back",
]
