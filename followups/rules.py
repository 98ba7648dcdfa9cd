"""
Pure questions about questionnaires and templates: what is wrong with one, what was answered, how the answer reads.

A question is ``{key, text, kind, required}`` and, by its kind: ``choice`` has ``options`` of ``{value, label}`` that
may carry a ``level`` and a ``sentence``; ``yes_no`` may carry ``yes`` or ``no`` of the same; ``number`` has ``unit``,
``minimum``, ``maximum`` and ``limits`` of ``{below | above, level, sentence}``; ``text`` is read by people alone.
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from followups.lifecycle import FILE, SYSTEMATIC
from kernel.refusals import Refusal

KINDS = ("choice", "number", "yes_no", "text")
LEVELS = ("yellow", "red")
RANK = {"green": 0, "yellow": 1, "red": 2}
KEY = re.compile(r"[a-z][a-z0-9_]{0,29}")
MOST_QUESTIONS, MOST_STEPS, MOST_DAYS, MOST_WORDS = 20, 12, 400, 300
YES_NO = (("yes", "有"), ("no", "没有"))


def questions_wrong(questions: Any) -> list[Refusal]:
    """What a questionnaire's data lacks, one reason for each question at most."""
    if not isinstance(questions, list) or not 1 <= len(questions) <= MOST_QUESTIONS:
        return [Refusal("questionnaire.size", f"问卷应有 1 到 {MOST_QUESTIONS} 个问题。", FILE, "questions")]
    found, known = [], set()
    for number, one in enumerate(questions, start=1):
        why = _question_wrong(one)
        key = one.get("key") if isinstance(one, dict) else None
        if not why and key in known:
            why = "的代码与前面的问题重复"
        known.add(key)
        if why:
            found.append(Refusal("questionnaire.question", f"第 {number} 个问题{why}。", FILE, f"question_{number}"))
    return found


def _question_wrong(one: Any) -> str:
    if not isinstance(one, dict) or not KEY.fullmatch(str(one.get("key", ""))):
        return "没有代码"
    if not str(one.get("text", "")).strip():
        return "没有写出问题"
    kind = one.get("kind")
    if kind not in KINDS:
        return "的类型不是单选、数值、有无或文字"
    if kind == "choice":
        options = one.get("options")
        if not isinstance(options, list) or len(options) < 2:
            return "至少要有两个选项"
        if any(not option.get("value") or not option.get("label") for option in options):
            return "有选项没有写明"
        return _alerts_wrong(options)
    if kind == "number":
        low, high = one.get("minimum"), one.get("maximum")
        if not _is_number(low) or not _is_number(high) or low >= high:
            return "的上下限没有写对"
        limits = one.get("limits", [])
        if any(("below" in limit) == ("above" in limit) for limit in limits):
            return "的警戒值要写明低于或高于多少"
        return _alerts_wrong(limits, every=True)
    return _alerts_wrong([one[side] for side in ("yes", "no") if one.get(side)], every=True)


def _alerts_wrong(alerts: Sequence[Mapping], *, every: bool = False) -> str:
    for alert in alerts:
        if (every or alert.get("level")) and (alert.get("level") not in LEVELS or not alert.get("sentence")):
            return "的警戒要写明黄或红，以及提示的话"
    return ""


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def steps_wrong(steps: Sequence[Mapping], kinds: Sequence[str], codes: Sequence[str]) -> list[Refusal]:
    """What a template's steps lack: days that run forward, a known way, a questionnaire that exists."""
    if not 1 <= len(steps) <= MOST_STEPS:
        return [Refusal("template.size", f"请安排 1 到 {MOST_STEPS} 次随访。", FILE, "steps")]
    found, before = [], 0
    for number, one in enumerate(steps, start=1):
        days = one.get("after_days")
        if not isinstance(days, int) or not 1 <= days <= MOST_DAYS:
            found.append(Refusal("template.days", f"第 {number} 次：请填写 1 到 {MOST_DAYS} 天。", FILE, "steps"))
        elif days <= before:
            found.append(Refusal("template.order", f"第 {number} 次应比上一次晚。", FILE, "steps"))
        if one.get("kind") not in kinds:
            found.append(Refusal("template.kind", f"第 {number} 次：请选择随访方式。", FILE, "steps"))
        if one.get("questionnaire") not in codes:
            found.append(Refusal("template.questionnaire", f"第 {number} 次：请选择问卷。", FILE, "steps"))
        before = days if isinstance(days, int) else before
    return found


def read(questions: Sequence[Mapping], typed: Mapping) -> tuple[dict[str, str], list[Refusal]]:
    """Return the answers as they are kept, and what is missing or cannot be read, each beside its question."""
    answers, found = {}, []
    for one in questions:
        said = str(typed.get(one["key"]) or "").strip()
        if not said:
            if one.get("required", True):
                found.append(Refusal("answer.missing", "请回答这个问题。", SYSTEMATIC, one["key"]))
            continue
        if why := _unreadable(one, said):
            found.append(Refusal("answer.unreadable", why, SYSTEMATIC, one["key"]))
            continue
        answers[one["key"]] = _kept(one, said)
    return answers, found


def _unreadable(one: Mapping, said: str) -> str:
    kind = one["kind"]
    if kind == "choice" and said not in {option["value"] for option in one["options"]}:
        return "请从列出的选项中选择。"
    if kind == "yes_no" and said not in dict(YES_NO):
        return "请选择有或没有。"
    if kind == "text" and len(said) > MOST_WORDS:
        return f"请写在 {MOST_WORDS} 个字以内。"
    if kind == "number":
        value = _number(said)
        if value is None:
            return "没有读懂这个数，请填写数字，例如 36.5。"
        if not Decimal(str(one["minimum"])) <= value <= Decimal(str(one["maximum"])):
            return f"请填写 {one['minimum']} 到 {one['maximum']} 之间的数，如确实超出请打电话告诉中心。"
    return ""


def _kept(one: Mapping, said: str) -> str:
    return f"{_number(said):f}" if one["kind"] == "number" else said


def _number(said: str) -> Decimal | None:
    try:
        value = Decimal(said)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def judge(questions: Sequence[Mapping], answers: Mapping[str, str]) -> tuple[str, list[dict[str, str]]]:
    """Return the worst level, and for each alert its level, question and sentence; what is worst comes first."""
    found = []
    for one in questions:
        said = answers.get(one["key"])
        if said is None:
            continue
        hits = sorted(_alerts(one, said), key=lambda alert: -RANK[alert["level"]])
        found += [{"level": hit["level"], "key": one["key"], "sentence": hit["sentence"]} for hit in hits[:1]]
    found.sort(key=lambda alert: -RANK[alert["level"]])
    return (found[0]["level"] if found else "green"), found


def _alerts(one: Mapping, said: str) -> list[Mapping]:
    if one["kind"] == "choice":
        return [o for o in one["options"] if o["value"] == said and o.get("level")]
    if one["kind"] == "yes_no":
        return [one[said]] if one.get(said) else []
    if one["kind"] == "number":
        value = Decimal(said)
        return [limit for limit in one.get("limits", []) if _beyond(limit, value)]
    return []


def _beyond(limit: Mapping, value: Decimal) -> bool:
    if "below" in limit:
        return value < Decimal(str(limit["below"]))
    return value > Decimal(str(limit["above"]))


def in_words(one: Mapping, said: str) -> str:
    """An answer as people read it."""
    if one["kind"] == "choice":
        return next((option["label"] for option in one["options"] if option["value"] == said), said)
    if one["kind"] == "yes_no":
        return dict(YES_NO).get(said, said)
    return f"{said} {one.get('unit', '')}".strip()
