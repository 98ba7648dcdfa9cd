"""What may be reported and taken away, and by whom: pure questions."""

from collections.abc import Mapping
from datetime import date, timedelta

from kernel.refusals import Refusal
from reporting.kinds import LONGEST, OUTLINES, Kind
from reporting.lifecycle import LEAKS, RESULTS, SUMMING_UP

MOST_WORDS = 4000
LONGEST_EXPORT = timedelta(days=3 * 366)
PURPOSE = 200


def days(first: date | None, last: date | None, today: date, *, longest: timedelta, clause: str) -> list[Refusal]:
    """Why these days cannot be asked about."""
    if first is None or last is None:
        field = "first" if first is None else "last"
        return [Refusal("days.missing", "请选择开始和结束日期。", clause, field)]
    if first > today:
        return [Refusal("days.ahead", "开始日期不能晚于今天。", clause, "first")]
    if last < first:
        return [Refusal("days.backwards", "结束日期不能早于开始日期。", clause, "last")]
    if last - first > longest:
        return [Refusal("days.many", "时间跨度不能超过三年，请缩短日期。", clause, "last")]
    return []


def report(kind: str, *, by_commission: bool, first: date | None, last: date | None, today: date) -> list[Refusal]:
    """Why such a report cannot be begun."""
    found = []
    if kind not in Kind.values or (OUTLINES[kind].district and not by_commission):
        found.append(Refusal("summary.kind", "请选择报告类别。", SUMMING_UP, "kind"))
    if kind != Kind.PILOT:
        last = first  # the whole month or year of the first day
    return [*found, *days(first, last, today, longest=LONGEST, clause=SUMMING_UP)]


def texts(kind: str, sections: Mapping[str, str]) -> list[Refusal]:
    """Which parts of a report are too long to be kept."""
    said = f"每一部分请控制在 {MOST_WORDS} 字以内。"
    return [
        Refusal("summary.long", said, SUMMING_UP, one.key)
        for one in OUTLINES[kind].sections
        if len(sections.get(one.key, "")) > MOST_WORDS
    ]


def unwritten(kind: str, sections: Mapping[str, str]) -> list[Refusal]:
    """Which parts of a report are still to be written before it can be handed in."""
    return [
        Refusal("summary.unwritten", f"请填写「{one.title}」，没有情况的请写明没有。", SUMMING_UP, one.key)
        for one in OUTLINES[kind].sections
        if not sections.get(one.key, "").strip()
    ]


def judge_is_another(submitted_by: int | None, judge: int | None) -> Refusal | None:
    if submitted_by == judge:
        return Refusal("summary.own", "自己提交的报告须由另一位监管员审核。", SUMMING_UP)
    return None


def may_be_public(kind: str, by_commission: bool) -> Refusal | None:
    if OUTLINES[kind].public and by_commission:
        return None
    return Refusal("summary.not_public", "只有区卫生健康委的试点总结和年度评估可以向社会公布。", RESULTS)


def decider_is_another(asked_by: int, decider: int | None) -> Refusal | None:
    if asked_by == decider:
        return Refusal("export.own", "自己申请的导出须由另一个人同意，请联系其他管理员或监管员。", LEAKS)
    return None


def fetched_by_asker(asked_by: int, somebody: int | None) -> Refusal | None:
    if asked_by != somebody:
        return Refusal("export.others", "导出的文件只能由申请人自己下载或撤回。", LEAKS)
    return None


def why_another(*, plain: bool, hides: str, lines: int, alone: int) -> str:
    """Return why somebody else has to agree to an export; nothing where nobody has to."""
    found = []
    if plain and hides:
        found.append(f"含未打码的{hides}")
    if lines > alone:
        found.append(f"超过 {alone} 行")
    return "，".join(found)
