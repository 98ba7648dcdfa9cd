"""
What each indicator means: data, read once from ``data/indicators.json``. Nothing here touches the database.

Names and marks of the 27 rows stand as the document prints them. It gives no formulas: numerators, denominators, units
and directions are our reading, and the file says so.
"""

import json
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

HERE = Path(__file__).parent / "data"
COMPUTED, IMPORTED, BY_HAND = "computed", "imported", "by_hand"
SHARE, MEAN, RATIO, COUNT, SPLIT, YES_NO, LEVEL = "share", "mean", "ratio", "count", "split", "yes_no", "level"
OVER_SOMETHING = frozenset({SHARE, MEAN, RATIO})  # these have a denominator
PLACES = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Definition:
    """One indicator: how it is reckoned, in which unit, which way is better, and the row or clause it comes from."""

    code: str
    name: str
    group: str
    kind: str
    numerator: str
    denominator: str
    unit: str
    direction: str
    source: str
    clause: str
    marks: str = ""
    twin: str = ""
    target: Decimal | None = None

    @property
    def formula(self) -> str:
        """The way it is reckoned, as one line for people."""
        if self.kind == SHARE:
            return f"{self.numerator} ÷ {self.denominator} × 100%"
        if self.kind in OVER_SOMETHING:
            return f"{self.numerator} ÷ {self.denominator}"
        if self.kind == YES_NO:
            return f"{self.numerator}大于 0 即为「是」" if self.numerator else "有即为「是」，需写明凭据"
        return self.numerator or "直接填写，需写明凭据"

    def reckon(self, numerator: Decimal | None, denominator: Decimal | None) -> Decimal | None:
        """Return the value of the two parts; nothing where there is nothing to divide by."""
        if numerator is None:
            return None
        if self.kind == YES_NO:
            return Decimal(1 if numerator > 0 else 0)
        if self.kind not in OVER_SOMETHING:
            return numerator.quantize(PLACES)
        if not denominator:
            return None
        value = numerator / denominator * (100 if self.kind == SHARE else 1)
        return value.quantize(PLACES, rounding=ROUND_HALF_UP)

    def short_of_target(self, value: Decimal | None) -> Decimal | None:
        """Return by how much a value misses the target; nothing when it is met, or none is set."""
        if value is None or self.target is None:
            return None
        missing = self.target - value if self.direction == "up" else value - self.target
        return missing if missing > 0 else None


def _read() -> dict[str, Definition]:
    found = json.loads((HERE / "indicators.json").read_text(encoding="utf-8"))["indicators"]
    return {
        row["code"]: Definition(**{**row, "target": Decimal(str(row["target"])) if "target" in row else None})
        for row in found
    }


DEFINITIONS: dict[str, Definition] = _read()


def model_tasks() -> list[dict]:
    """The 32 rows of the plan that serves as a model for a task board."""
    return json.loads((HERE / "tasks.json").read_text(encoding="utf-8"))["tasks"]
