"""
What is drawn and what is thrown away, as data: how long a specimen keeps, whether it rides in the cool box.

The hours are ours, the shortest that laboratories commonly print on their tubes; a laboratory that asks for less is
entered here.
"""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class SpecimenKind:
    """One kind of tube or cup: ``hours`` from the vein to the laboratory, ``cooled`` when it must ride at 2 to 8 °C."""

    key: str
    label: str
    hours: int
    cooled: bool = False
    advice: str = ""


SPECIMENS: dict[str, SpecimenKind] = {
    row.key: row
    for row in (
        SpecimenKind("blood_count", "血常规（紫管）", 6, advice="轻轻颠倒混匀 8 次，不要冷冻。"),
        SpecimenKind("chemistry", "生化（黄管）", 4, advice="竖直放置，避免震荡溶血。"),
        SpecimenKind("clotting", "凝血（蓝管）", 4, advice="血量到刻度线，轻轻颠倒混匀。"),
        SpecimenKind("glucose", "血糖（灰管）", 4, advice="注明空腹或餐后。"),
        SpecimenKind("sed_rate", "血沉（黑管）", 2, advice="血量到刻度线，轻轻颠倒混匀。"),
        SpecimenKind("blood_gas", "血气（动脉血）", 1, cooled=True, advice="排尽气泡，冰浴，立即送检。"),
        SpecimenKind("blood_culture", "血培养", 2, advice="不要冷藏，注明采血部位。"),
        SpecimenKind("urine", "尿", 2, cooled=True, advice="弃去前段尿，留中段尿。"),
        SpecimenKind("stool", "大便", 2, advice="取有黏液或血的部分。"),
        SpecimenKind("sputum", "痰", 2, cooled=True, advice="清晨漱口后深咳取痰。"),
        SpecimenKind("wound", "伤口分泌物", 2, cooled=True, advice="先清洁表面，再取深部分泌物。"),
        SpecimenKind("catheter_tip", "导管尖端", 2, cooled=True, advice="无菌剪取前端 5 厘米。"),
        SpecimenKind("other", "其他标本", 4),
    )
}
SPECIMEN_CHOICES = [(row.key, row.label) for row in SPECIMENS.values()]

COOL = (Decimal("2.0"), Decimal("8.0"))  # what a cooled kind is carried at
PLAUSIBLE = (Decimal("-20.0"), Decimal("40.0"))  # what a thermometer in a box can read at all
