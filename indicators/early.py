"""
Early warning: whether a month of one item at one centre went worse than its own past lets one expect. Pure.

A prompt to look at the rows, never a verdict: nobody is ranked, each is compared with itself alone (000 三(七)).
"""

from dataclasses import dataclass
from math import sqrt

LEAST = 3  # events of a month below which nothing is said
KNOWN = 30  # visits of the past below which there is nothing to compare with
BACK = 12  # months of the past

RULE = (
    f"一个月内至少 {LEAST} 起，并且多于「按本机构同一项目前 {BACK} 个月的发生率推算的起数，再加两倍的常见波动"
    f"（推算起数的平方根）」，就提示预警。前 {BACK} 个月上门不足 {KNOWN} 次的不作比较。预警只提示逐条核查，不是结论。"
)


@dataclass(frozen=True, slots=True)
class Tally:
    """What happened in the month, and in the twelve months before it."""

    events: int
    visits: int
    past_events: int
    past_visits: int

    @property
    def expected(self) -> float:
        """How many events so many visits would have had at the rate of the past."""
        return self.visits * self.past_events / self.past_visits if self.past_visits else 0.0

    @property
    def limit(self) -> float:
        return self.expected + 2 * sqrt(self.expected)

    @property
    def comparable(self) -> bool:
        return self.past_visits >= KNOWN


def warns(tally: Tally) -> bool:
    """Say whether somebody should look at the rows of this month."""
    return tally.comparable and tally.events >= LEAST and tally.events > tally.limit


def in_words(tally: Tally) -> str:
    """The comparison as one sentence."""
    said = f"这个月 {tally.events} 起（{tally.visits} 次上门），"
    if not tally.comparable:
        return f"{said}前 {BACK} 个月上门 {tally.past_visits} 次，不足 {KNOWN} 次，不作比较。"
    return f"{said}按前 {BACK} 个月的发生率约 {tally.expected:.1f} 起，超过 {tally.limit:.1f} 起提示预警。"
