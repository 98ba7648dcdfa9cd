"""The doors of this app: every status change of a finding, a tour, a changed setting, a draft passes here."""

from audit.door import Door
from kernel.refusals import Refusal
from supervision import access
from supervision.lifecycle import CHANGE, CLOSURE, DRAFT, EDITION, FINDING, TOUR
from supervision.models import (
    EditionDraft,
    EditionDraftStep,
    Finding,
    FindingStep,
    SettingChange,
    SettingChangeStep,
    Tour,
    TourStep,
)

FINDINGS = Door(
    workflow=FINDING,
    model=Finding,
    step_model=FindingStep,
    owner="finding",
    what="监管问题",
    hats=access.hats,
    related=("organisation", "order", "owner"),
    conflicts={
        "finding_of_one_thing_once": Refusal("finding.known", "这个问题已经登记过，请打开那一条办理。", CLOSURE),
    },
)

TOURS = Door(
    workflow=TOUR,
    model=Tour,
    step_model=TourStep,
    owner="tour",
    what="督导",
    hats=access.tour_hats,
    related=("organisation", "sheet"),
)

CHANGES = Door(
    workflow=CHANGE,
    model=SettingChange,
    step_model=SettingChangeStep,
    owner="change",
    what="设置调整",
    hats=access.district_hats,
    related=("organisation",),
    conflicts={
        "change_of_one_setting_at_a_time": Refusal(
            "change.waiting", "这个设置项已有一份调整在等复核，请先办结那一份。"
        ),
    },
)

DRAFTS = Door(
    workflow=DRAFT,
    model=EditionDraft,
    step_model=EditionDraftStep,
    owner="draft",
    what="目录草稿",
    hats=access.district_hats,
    related=("organisation", "based_on"),
    conflicts={
        "draft_one_at_a_time": Refusal("draft.waiting", "已有一份目录草稿，请先发布或放弃那一份。", EDITION),
    },
)
