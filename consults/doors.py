"""The door of this app: every change of a consult's status passes here."""

from audit.door import Door
from consults import access
from consults.lifecycle import ASKED, CONSULT
from consults.models import Consult, ConsultStep
from kernel.refusals import Refusal

CONSULTS = Door(
    workflow=CONSULT,
    model=Consult,
    step_model=ConsultStep,
    owner="consult",
    what="护理咨询",
    hats=access.hats,
    scopes=lambda actor, row: actor.scopes_for(row.patient_id),
    related=("patient", "centre", "asked_by"),
    conflicts={
        "consult_one_at_a_time": Refusal(
            "consult.live", "这位服务对象还有没结束的咨询，请在那里继续提问。", ASKED, field="words"
        ),
    },
)
