"""Whether the parts of a value make sense: pure."""

from decimal import Decimal

from indicators.definitions import LEVEL, OVER_SOMETHING, SHARE, YES_NO, Definition
from kernel.refusals import Refusal

CLAUSE = "001 二(四)20"
MOST = Decimal(10) ** 9


def fits(meant: Definition, numerator: Decimal | None, denominator: Decimal | None) -> list[Refusal]:
    """Every reason why these cannot be the parts of this indicator."""
    found = []
    if numerator is None:
        found.append(_no("numerator", f"请填写{meant.numerator or '指标值'}。"))
    elif not 0 <= numerator < MOST:
        found.append(_no("numerator", "数值应当在 0 到 10 亿之间，请核对。"))
    elif meant.kind == YES_NO and numerator not in (0, 1):
        found.append(_no("numerator", "「是」请填 1，「否」请填 0。"))
    elif meant.kind == LEVEL and numerator > 8:
        found.append(_no("numerator", "分级请填 0 到 8。"))
    if meant.kind in OVER_SOMETHING:
        if denominator is None or denominator <= 0:
            found.append(_no("denominator", f"请填写大于 0 的{meant.denominator}。"))
        elif denominator >= MOST:
            found.append(_no("denominator", "数值应当在 10 亿以内，请核对。"))
        elif meant.kind == SHARE and numerator is not None and numerator > denominator:
            found.append(_no("numerator", f"{meant.numerator}不应大于{meant.denominator}，请核对。"))
    elif denominator is not None:
        found.append(_no("denominator", "这项指标没有分母，请留空。"))
    return found


def _no(field: str, sentence: str) -> Refusal:
    return Refusal(f"indicator.{field}", sentence, CLAUSE, field)
