"""What may be asked, advised and referred: pure questions."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from kernel.refusals import Refusal
from referrals.lifecycle import BOTH_WAYS, GUIDED, REMOTELY, TOGETHER

MOST_TODOS = 3  # the form has a line for each


class Todo(NamedTuple):
    """One line of what was agreed, as it was typed."""

    what: str
    who: int | None
    until: date | None

    @property
    def begun(self) -> bool:
        return bool(self.what.strip() or self.who or self.until)


def words(said: str, *, field: str, what: str, most: int, clause: str, least: int = 2) -> Refusal | None:
    """Say why these words cannot stand there, or nothing."""
    length = len(said.strip())
    if length < least:
        return Refusal(f"{field}.missing", f"请写明{what}。", clause, field=field)
    if length > most:
        return Refusal(f"{field}.long", f"{what}请不要超过 {most} 个字。", clause, field=field)
    return None


def consult(question: str, summary: str) -> list[Refusal]:
    """What is wrong with a question to the hospital."""
    found = [
        words(question, field="question", what="想问专家的问题", most=500, clause=REMOTELY),
        words(summary, field="summary", what="病情和护理摘要", most=1000, clause=REMOTELY),
    ]
    return [one for one in found if one]


def proposal(reason: str, summary: str, consent_by: str, choices: Iterable[str]) -> list[Refusal]:
    """What is wrong with a referral that a person proposes: its words, and that nobody was asked."""
    found = [
        words(reason, field="reason", what="转诊原因", most=300, clause=BOTH_WAYS),
        words(summary, field="summary", what="病情摘要", most=1000, clause=BOTH_WAYS),
    ]
    if consent_by not in set(choices):
        said = "请先征得服务对象或家属同意把病情告诉对方，并选择是谁同意的。"
        found.append(Refusal("referral.consent", said, "002 五(八)", field="consent_by"))
    return [one for one in found if one]


def guidance_missing(items: Iterable[str], guided: Iterable[str], *, has_guidance: bool) -> Refusal | None:
    """
    Say that a hard item should have the lead hospital's guidance first, or nothing.

    Which items are hard is the district's list of words; an item is meant when its name holds one of them.
    """
    hard = [name for name in items if any(word in name for word in guided)]
    if not hard or has_guidance:
        return None
    said = f"「{'、'.join(hard)}」有难度，派单前请先取得牵头医院的会诊意见。"
    return Refusal("remote.guidance", said, GUIDED)


def joint_round(
    *, kind_known: bool, held_on: date | None, today: date, findings: str, advice: str, doctors: int, nurses: int,
) -> list[Refusal]:  # fmt: skip
    """What is wrong with the record of a joint round: how, when, who was there, what was seen and agreed."""
    found = []
    if not kind_known:
        found.append(Refusal("round.kind", "请选择查房方式。", TOGETHER, field="kind"))
    if held_on is None or held_on > today:
        found.append(Refusal("round.held_on", "查房日期请选择今天或以前。", TOGETHER, field="held_on"))
    if not doctors:
        said = "联合查房至少要有一位本中心的医生参加，请选择。"
        found.append(Refusal("round.doctor", said, TOGETHER, field="doctors"))
    if not nurses:
        said = "联合查房至少要有一位本中心的护士参加，请选择。"
        found.append(Refusal("round.nurse", said, TOGETHER, field="nurses"))
    said = [
        words(findings, field="findings", what="查房所见", most=1000, clause=TOGETHER, least=4),
        words(advice, field="advice", what="商定的意见", most=1000, clause=TOGETHER, least=4),
    ]
    return found + [one for one in said if one]


def todos(typed: Iterable[Todo], *, may_do: frozenset[int], held_on: date | None) -> list[Refusal]:
    """What is wrong with what was agreed: nothing is, or a line lacks who does it until when."""
    begun = [(n, one) for n, one in enumerate(typed, 1) if one.begun]
    if not begun:
        return [Refusal("round.todo", "请至少写明一件商定要做的事、由谁做、最晚哪天。", TOGETHER, field="what_1")]
    found = []
    for n, one in begun:
        if fault := words(one.what, field=f"what_{n}", what="要做的事", most=100, clause=TOGETHER):
            found.append(fault)
        if one.who not in may_do:
            found.append(Refusal("round.who", "请选择由谁做。", TOGETHER, field=f"who_{n}"))
        if one.until is None or (held_on is not None and one.until < held_on):
            said = "请填写最晚哪天做好，不早于查房日期。"
            found.append(Refusal("round.until", said, TOGETHER, field=f"until_{n}"))
    return found
