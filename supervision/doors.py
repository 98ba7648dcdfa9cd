"""The door of this app: every status change of a finding passes here."""

from audit.door import Door
from kernel.refusals import Refusal
from supervision import access
from supervision.lifecycle import CLOSURE, FINDING
from supervision.models import Finding, FindingStep

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
