"""The doors of this app. Every status change of a tube or a bag passes here."""

from audit.door import Door
from kernel.refusals import Refusal
from logistics import access
from logistics.lifecycle import CARRIED, DISPOSAL, SPECIMEN, WASTE
from logistics.models import Specimen, SpecimenStep, WasteBag, WasteStep

RELATED = ("order", "record", "patient", "centre", "nurse")

SPECIMENS = Door(
    workflow=SPECIMEN,
    model=Specimen,
    step_model=SpecimenStep,
    owner="specimen",
    what="标本登记",
    hats=access.hats,
    related=RELATED,
    conflicts={
        "specimen_label_once_under_way": Refusal(
            "specimen.label_taken", "这个标签号正用于另一管标本，请核对标签后重新填写。", CARRIED, field="label"
        ),
    },
)

BAGS = Door(
    workflow=WASTE,
    model=WasteBag,
    step_model=WasteStep,
    owner="bag",
    what="医疗废物登记",
    hats=access.hats,
    related=RELATED,
    conflicts={
        "waste_number_once_on_our_hands": Refusal(
            "waste.number_taken", "这个袋（盒）号正在使用，请核对后重新填写。", DISPOSAL, field="number"
        ),
    },
)
