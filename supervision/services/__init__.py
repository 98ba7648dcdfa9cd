"""The verbs of supervision: the only writers of this app's tables."""

from supervision.services.findings import assign, excuse, pass_finding, rectify, register, send_back
from supervision.services.runs import ask_for_checks, plan_nightly, run_checks

__all__ = [
    "ask_for_checks",
    "assign",
    "excuse",
    "pass_finding",
    "plan_nightly",
    "rectify",
    "register",
    "run_checks",
    "send_back",
]
