"""
Questions as an office writes them, one line for each option or limit: pure, and back again without loss.

``变差了｜黄｜家属觉得伤口变差`` is an option that alerts, ``高于 38.5｜红｜发热`` a limit, ``有｜红｜伤口流脓`` a yes
that alerts. What has no bars is an option that alerts nobody.
"""

import re
from collections.abc import Mapping
from typing import Any

BARS = re.compile(r"[|｜]")
LEVELS = {"黄": "yellow", "红": "red"}
SIDES = {"有": "yes", "没有": "no"}
BOUNDS = {"低于": "below", "高于": "above"}
LIMIT = re.compile(r"(低于|高于)\s*(-?\d+(?:\.\d+)?)")


def lines_of(question: Mapping[str, Any]) -> str:
    """Write the options, limits or sides of one question, each on its line."""
    kind = question.get("kind")
    if kind == "choice":
        return "\n".join(_line(option["label"], option) for option in question["options"])
    if kind == "number":
        return "\n".join(
            _line(f"{word} {limit[side]}", limit)
            for limit in question.get("limits", [])
            for word, side in BOUNDS.items()
            if side in limit
        )
    return "\n".join(_line(word, question[side]) for word, side in SIDES.items() if question.get(side))


def read_lines(kind: str, text: str, *, values: Mapping[str, str]) -> tuple[dict[str, Any], str]:
    """
    Return what the lines add to the question, and why they cannot be read.

    ``values`` are the stored values of options that were known before, by their words: they stay the same.
    """
    rows = [[part.strip() for part in BARS.split(line)] for line in text.splitlines() if line.strip()]
    found = []
    for number, parts in enumerate(rows, start=1):
        alert, why = _alert(parts)
        if not why and kind in ("number", "yes_no") and not alert:
            why = "要写明黄或红，以及提示的话"
        if not why:
            head, why = _head(kind, parts[0])
            found.append({**head, **alert})
        if why:
            return {}, f"第 {number} 行{why}"
    if kind == "choice":
        return {"options": _valued(found, values)}, ""
    if kind == "number":
        return {"limits": found} if found else {}, ""
    if kind == "yes_no":
        return {one.pop("side"): one for one in found}, ""
    return {}, "文字题不需要选项和警戒" if rows else ""


def number_of(text: str) -> int | float | None:
    """Read a number as the questions keep it; None when there is none."""
    if not re.fullmatch(r"-?\d{1,6}(\.\d{1,3})?", text.strip()):
        return None
    value = float(text)
    return int(value) if value.is_integer() else value


def _line(head, alert) -> str:
    levels = {level: word for word, level in LEVELS.items()}
    return f"{head}｜{levels[alert['level']]}｜{alert['sentence']}" if alert.get("level") else head


def _alert(parts) -> tuple[dict[str, str], str]:
    if len(parts) == 1:
        return {}, ""
    if len(parts) != 3 or parts[1] not in LEVELS or not parts[2]:
        return {}, "没有读懂，请写成“内容｜黄｜提示的话”，警戒只有黄和红"
    return {"level": LEVELS[parts[1]], "sentence": parts[2][:60]}, ""


def _head(kind, words) -> tuple[dict[str, Any], str]:
    if kind == "choice":
        return {"label": words[:40]}, "" if words else "没有写选项"
    if kind == "yes_no":
        return {"side": SIDES.get(words)}, "" if words in SIDES else "要以“有”或“没有”开头"
    if kind == "number":
        said = LIMIT.fullmatch(words)
        value = number_of(said[2]) if said else None
        if said is None or value is None:
            return {}, "要写成“低于 36”或“高于 38.5”"
        return {BOUNDS[said[1]]: value}, ""
    return {}, "文字题不需要选项和警戒"


def _valued(options, values) -> list[dict[str, Any]]:
    taken = set(values.values())
    fresh = (f"o{n}" for n in range(1, 1000) if f"o{n}" not in taken)
    return [{"value": values.get(one["label"]) or next(fresh), **one} for one in options]
