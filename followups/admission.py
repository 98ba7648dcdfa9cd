"""
What a hospital said of somebody it sends home: the assessment at admission and the nursing grades (001 二(四)19).

Pure rules. The score's bands and the grade that each asks for are those of the national standard 护理分级标准
(WS/T 431): a grade may also rest on the illness alone, so an unexpected one is not refused, it is to be explained.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import TextChoices

from kernel.refusals import Refusal

GRADING = "001 二(四)19"
LONGEST_STAY = timedelta(days=366)
MOST_WORDS = 200


class Grade(TextChoices):
    """From the heaviest care to the lightest; the order is used."""

    SPECIAL = "special", "特级护理"
    FIRST = "first", "一级护理"
    SECOND = "second", "二级护理"
    THIRD = "third", "三级护理"


RANK = {grade.value: number for number, grade in enumerate(Grade)}
SCORES = tuple(range(0, 101, 5))
# Up to this score: how dependent somebody is, and the grade that this alone asks for.
BANDS = (
    (40, "重度依赖", Grade.FIRST), (60, "中度依赖", Grade.SECOND), (99, "轻度依赖", Grade.THIRD),
    (100, "无需依赖", Grade.THIRD),
)  # fmt: skip
RISKS = {"fall_risk": "跌倒风险", "pressure_risk": "压力性损伤风险", "catheter_risk": "导管滑脱风险"}
HEAVY = (Grade.SPECIAL.value, Grade.FIRST.value)
HELPLESS = BANDS[0][0]
LABELS = {"assessed_on": "入院评估日期", "self_care": "自理能力评分", **RISKS}


@dataclass(frozen=True, slots=True)
class Admission:
    """All of it may be left out; an assessment is told as a whole, the two grades each for itself."""

    assessed_on: date | None = None
    self_care: int | None = None
    fall_risk: bool | None = None
    pressure_risk: bool | None = None
    catheter_risk: bool | None = None
    grade_in: str = ""
    grade_out: str = ""
    grade_words: str = ""

    @property
    def assessed(self) -> bool:
        return any(getattr(self, name) is not None for name in LABELS)

    @property
    def told(self) -> bool:
        return self.assessed or bool(self.grade_in or self.grade_out)


def band(score: int) -> tuple[str, Grade]:
    """How dependent a score says that somebody is, and the grade it asks for."""
    return next((words, grade) for most, words, grade in BANDS if score <= most)


def faults(said: Admission, discharged_on: date) -> list[Refusal]:
    """What cannot stand as it is; an unusual grade without a word is one of these."""
    found = []
    if said.assessed:
        for name, label in LABELS.items():
            if getattr(said, name) is None:
                sentence = f"填写了入院评估的，请一并填写{label}。"
                found.append(Refusal(f"discharge.{name}", sentence, GRADING, name))
    if said.self_care is not None and said.self_care not in SCORES:
        sentence = "自理能力评分请填写 0 到 100 的整数，每 5 分一档。"
        found.append(Refusal("discharge.self_care", sentence, GRADING, "self_care"))
    # The two days are told apart, never reckoned back from: what was typed may be the first year there is.
    if said.assessed_on and not timedelta(0) <= discharged_on - said.assessed_on <= LONGEST_STAY:
        sentence = "入院评估日期应不晚于出院日期，也不早于出院前一年。"
        found.append(Refusal("discharge.assessed_on", sentence, GRADING, "assessed_on"))
    for name in ("grade_in", "grade_out"):
        if getattr(said, name) not in ("", *RANK):
            found.append(Refusal("discharge.grade", "请在列出的护理级别中选择。", GRADING, name))
    if len(said.grade_words.strip()) > MOST_WORDS:
        found.append(Refusal("discharge.grade_words", f"说明请不要超过 {MOST_WORDS} 个字。", GRADING, "grade_words"))
    odd = [] if found else unusual(said)
    if odd and not said.grade_words.strip():
        sentence = f"{'；'.join(odd)}。核对无误的，请写明原因。"
        found.append(Refusal("discharge.grade_unusual", sentence, GRADING, "grade_words"))
    return found


def joined(before: Admission, said: Admission) -> Admission | None:
    """
    What was told before with what is told now: each fills what the other left out. None where they contradict.

    The words explain and are no finding of their own: what is explained later stands after what was explained first.
    """
    whole = {}
    for name in (*LABELS, "grade_in", "grade_out"):
        old, new = getattr(before, name), getattr(said, name)
        if old not in (None, "") and new not in (None, "") and old != new:
            return None
        whole[name] = new if old in (None, "") else old
    words = before.grade_words
    if said.grade_words not in words:
        words = f"{words.rstrip('。')}；{said.grade_words}" if words else said.grade_words
    return Admission(**whole, grade_words=words)


def unusual(said: Admission) -> list[str]:
    """Where the grades do not agree with the score, or with going home; each a part of a sentence."""
    found = []
    if said.grade_in and said.self_care is not None:
        words, asked = band(said.self_care)
        name = Grade(said.grade_in).label
        if RANK[said.grade_in] > RANK[asked]:
            found.append(f"自理能力 {said.self_care} 分为{words}，至少应为{asked.label}，入院时定为{name}")
        elif RANK[said.grade_in] < RANK[asked] - 1:
            found.append(f"自理能力 {said.self_care} 分为{words}，入院时按病情定为{name}")
    if said.grade_out in HEAVY:
        found.append(f"出院时仍为{Grade(said.grade_out).label}，病情可能还没有稳定")
    elif said.grade_out and said.grade_in and RANK[said.grade_out] < RANK[said.grade_in]:
        found.append("出院时的护理级别比入院时更高")
    return found


def in_words(row: Any) -> list[tuple[str, str]]:
    """What the hospital said, as lines of a page; nothing where it said nothing."""
    lines = []
    if row.assessed_on:
        risks = [label for name, label in RISKS.items() if getattr(row, name)]
        lines.append(("入院评估", f"{row.assessed_on:%Y-%m-%d}，自理能力 {row.self_care} 分，{band(row.self_care)[0]}"))
        lines.append(("入院时的风险", "、".join(risks) or "没有跌倒、压力性损伤、导管滑脱风险"))
    grades = (("入院", row.grade_in), ("出院", row.grade_out))
    if told := [f"{when}{Grade(grade).label}" for when, grade in grades if grade]:
        lines.append(("护理分级", "，".join(told) + (f"（{row.grade_words}）" if row.grade_words else "")))
    return lines


def watched_for(row: Any) -> Sequence[str]:
    """Why somebody is followed up before others of the same day; ``selectors.WATCHED`` asks the same of a table."""
    if row is None:
        return ()
    found = [Grade(row.grade_out).label] if row.grade_out in HEAVY else []
    if row.self_care is not None and row.self_care <= HELPLESS:
        found.append(band(row.self_care)[0])
    return (*found, *(label for name, label in RISKS.items() if getattr(row, name)))
