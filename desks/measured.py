"""An indicator's value as people read it, at the desk of whoever oversees and of whoever is measured alike."""

from decimal import ROUND_HALF_UP, Decimal

from indicators.definitions import COUNT, LEVEL, SHARE, YES_NO, Definition


def worded(meant: Definition, value: Decimal | None) -> str:
    """A value as people read it: with its unit, and no more digits than mean something."""
    if value is None:
        return "尚无数据"
    if meant.kind == YES_NO:
        return "是" if value else "否"
    digits = {SHARE: "0.1", COUNT: "1", LEVEL: "1"}.get(meant.kind, "0.01" if meant.unit in ("", "分") else "0.1")
    said = f"{value.quantize(Decimal(digits), ROUND_HALF_UP):f}" if meant.kind != "split" else f"{value:.0f}"
    return f"{said}{meant.unit}" if meant.unit == "%" else f"{said} {meant.unit}".strip()


def short(meant: Definition, value: Decimal | None) -> str:
    """By how much a value misses its target, or nothing."""
    missing = meant.short_of_target(value)
    if missing is None:
        return ""
    unit = " 个百分点" if meant.unit == "%" else f" {meant.unit}"
    return f"{'低于' if meant.direction == 'up' else '高于'}目标 {missing.normalize():f}{unit}"
