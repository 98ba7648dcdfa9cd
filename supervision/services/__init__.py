"""The verbs of supervision: the only writers of this app's tables."""

from supervision.services.changes import approve_setting, propose_setting, refuse_setting, withdraw_setting
from supervision.services.drafts import (
    add_draft_item,
    begin_draft,
    change_draft,
    change_draft_item,
    discard_draft,
    publish_draft,
    remove_draft_item,
    review_draft,
    send_back_draft,
    submit_draft,
)
from supervision.services.findings import assign, excuse, pass_finding, rectify, register, send_back
from supervision.services.quality import (
    begin_walk,
    draw_sample,
    end_inspector,
    file_inspector,
    on_file,
    score,
)
from supervision.services.replication import export_package, take_package_over
from supervision.services.runs import ask_for_checks, plan_nightly, run_checks
from supervision.services.tours import (
    cancel_tour,
    end_quality_group,
    evaluate_tour,
    file_quality_group,
    move_tour,
    plan_round,
    plan_tour,
    record_tour,
)

__all__ = [
    "add_draft_item",
    "approve_setting",
    "ask_for_checks",
    "assign",
    "begin_draft",
    "begin_walk",
    "cancel_tour",
    "change_draft",
    "change_draft_item",
    "discard_draft",
    "draw_sample",
    "end_inspector",
    "end_quality_group",
    "evaluate_tour",
    "excuse",
    "export_package",
    "file_inspector",
    "file_quality_group",
    "move_tour",
    "on_file",
    "pass_finding",
    "plan_nightly",
    "plan_round",
    "plan_tour",
    "propose_setting",
    "publish_draft",
    "record_tour",
    "rectify",
    "refuse_setting",
    "register",
    "remove_draft_item",
    "review_draft",
    "run_checks",
    "score",
    "send_back",
    "send_back_draft",
    "submit_draft",
    "take_package_over",
    "withdraw_setting",
]
