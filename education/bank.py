"""
A course's questions: written as plain text, kept as data, drawn by a seed, judged. Pure questions, no database.

A question is some lines, then an empty one: 「题：」, its choices 「A.」「B.」…, 「答案：」 with one letter or several,
「解析：」 if there is one.
"""

import hashlib
import random
import re
from collections.abc import Mapping, Sequence
from typing import Any

from kernel.refusals import Refusal

LETTERS = "ABCDEF"
CHOICE = re.compile(r"([A-F])[.．、]\s*(.+)")
MOST, LONGEST = 200, 300
CLAUSE = "001 二(二)7"


def read(text: str) -> tuple[list[dict], list[Refusal]]:
    """Return the questions of a text and what is wrong with it, with the number of the question."""
    blocks = [block for block in re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip()) if block.strip()]
    questions, wrong = [], []
    for number, block in enumerate(blocks[: MOST + 1], 1):
        question, fault = _question(block)
        if fault:
            wrong.append(_said(f"第 {number} 题：{fault}"))
        else:
            questions.append(question)
    if not blocks:
        wrong.append(_said("请填写题库，每题之间空一行。"))
    if len(blocks) > MOST:
        wrong.append(_said(f"题库最多 {MOST} 题。"))
    texts = [question["text"] for question in questions]
    for text in sorted({text for text in texts if texts.count(text) > 1}):
        wrong.append(_said(f"题目「{text[:20]}」出现了两次。"))
    return questions, wrong[:5]


def written(questions: Sequence[Mapping]) -> str:
    """Return questions as they are typed; the inverse of :func:`read`."""
    return "\n\n".join(
        "\n".join([
            f"题：{one['text']}",
            *(f"{letter}. {choice}" for letter, choice in zip(LETTERS, one["choices"], strict=False)),
            f"答案：{''.join(LETTERS[n] for n in one['right'])}",
            *([f"解析：{one['why']}"] if one["why"] else []),
        ])
        for one in questions
    )  # fmt: skip


def draw(seed: str, questions: Sequence[Mapping], size: int) -> list[dict]:
    """
    Return the questions of one exam and the order of their choices: the same for the same seed and bank.

    Each names its question by its number in the bank, so that nothing of the right answers leaves with the exam.
    """
    # The seed is published with the exam: what is asked of chance here is fairness, not secrecy.
    chance = random.Random(hashlib.sha256(seed.encode()).digest())
    drawn = chance.sample(range(len(questions)), min(size, len(questions)))
    return [{"n": n, "order": chance.sample(range(len(questions[n]["choices"])), len(questions[n]["choices"]))}
            for n in drawn]  # fmt: skip


def judge(questions: Sequence[Mapping], exam: Sequence[Mapping], answers: Mapping[str, Sequence[int]]) -> int:
    """Return the score of a hundred; a question counts when exactly the right choices were ticked."""
    right = sum(_right(questions[one["n"]], answers.get(str(one["n"]), ())) for one in exam)
    return round(100 * right / len(exam)) if exam else 0


def wrong_ones(
    questions: Sequence[Mapping], exam: Sequence[Mapping], answers: Mapping[str, Sequence[int]]
) -> list[dict]:
    """Return what was answered otherwise than right, with the right choices and why."""
    asked = [(questions[one["n"]], answers.get(str(one["n"]), ())) for one in exam]
    return [
        {"text": one["text"], "right": [one["choices"][n] for n in one["right"]], "why": one["why"]}
        for one, ticked in asked
        if not _right(one, ticked)
    ]


def _right(question: Mapping, ticked: Sequence[int]) -> bool:
    return sorted(set(ticked)) == sorted(question["right"])


def _question(block: str) -> tuple[dict, str]:
    found: dict[str, Any] = {"text": "", "choices": [], "right": [], "why": ""}
    for line in (line.strip() for line in block.split("\n")):
        if match := CHOICE.fullmatch(line):
            if match[1] != LETTERS[len(found["choices"])]:
                return found, "选项请按 A、B、C 的次序写。"
            found["choices"].append(match[2].strip()[:LONGEST])
        elif line.startswith(("题：", "题:")):
            found["text"] = line[2:].strip()[:LONGEST]
        elif line.startswith(("答案：", "答案:")):
            letters = [letter for letter in line[3:].upper() if letter in LETTERS]
            found["right"] = sorted({LETTERS.index(letter) for letter in letters})
        elif line.startswith(("解析：", "解析:")):
            found["why"] = line[3:].strip()[:LONGEST]
        elif line:
            return found, f"没有读懂「{line[:20]}」。"
    if not found["text"]:
        return found, "缺少「题：」。"
    if len(found["choices"]) < 2:
        return found, "至少要有两个选项。"
    if not found["right"] or max(found["right"]) >= len(found["choices"]):
        return found, "「答案：」请写选项的字母。"
    if len(found["right"]) == len(found["choices"]):
        return found, "不能所有选项都是正确答案。"
    return found, ""


def _said(sentence: str) -> Refusal:
    return Refusal("course.bank", sentence, CLAUSE, field="bank")
