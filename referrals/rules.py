"""What may be asked, advised and referred: pure questions."""

from collections.abc import Iterable

from kernel.refusals import Refusal
from referrals.lifecycle import BOTH_WAYS, GUIDED, REMOTELY


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
