"""A plan's figures beside one another in words: what is, and what would be."""

# key, words, unit, decimals, whether more is better
OF_A_PLAN = (
    ("served", "排上的上门", "%", 0, True),
    ("own", "由责任护士上门", "%", 0, True),
    ("travel_per_visit", "平均每次路途", "分钟", 1, False),
    ("load_spread", "护士之间忙闲相差", "个百分点", 0, False),
    ("late", "可能迟到十分钟以上", "%", 1, False),
)


def beside(result: dict) -> list[dict]:
    """The figures of a plan's ``result``; of a day on which nobody goes anywhere yet there is nothing to compare."""
    return [_figure(result, *figure) for figure in OF_A_PLAN]


def _figure(result, key, label, unit, decimals, more) -> dict:
    before, after = (round(result[when][key], decimals or None) for when in ("now", "plan"))
    said: dict = {"label": label, "unit": unit, "now": before, "plan": after, "better": ""}
    if key == "own" and not result["with_own_nurse"]:
        return {**said, "now": "", "plan": ""}
    if key != "served" and not result["now"]["served"]:
        return {**said, "now": ""}
    if before != after:
        said["better"] = "better" if (after > before) == more else "worse"
    return said
