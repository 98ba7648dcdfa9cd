"""
Which reports there are, what each has to say, and the words that help to begin: data, without the database.

The documents ask for a report and name no outline; the sections are ours, in the order in which such reports are read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import TextChoices

LONGEST = timedelta(days=3 * 366)
SUMMING_UP, RESULTS, ELDERLY, LOG = "002 六(三)", "003 三(二)", "000 四(十四)", "002 七(四)"


class Kind(TextChoices):
    PILOT = "pilot", "试点工作总结"
    MONTHLY = "monthly", "工作月报"
    YEARLY = "yearly", "年度评估"


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the text: what it should tell; ``begins`` are words with figures in them, to be gone on from."""

    key: str
    title: str
    prompt: str
    begins: str = ""


ORGANISED = Section(
    "organised", "组织实施",
    "写明领导和工作小组、责任部门、制度和预案、人员培训、信息系统和设备的准备情况。",
)  # fmt: skip
PROGRESS = Section(
    "progress", "服务开展情况", "写明开展的机构和项目、服务对象、服务量的变化，和与计划的差距。",
    "截至{last}，开展服务的机构 {institutions} 家，覆盖街镇 {towns} 个，开展护理项目 {items} 项。"
    "本期提交申请 {requests} 份，完成上门 {finished} 次，服务 {people} 人，其中 60 岁及以上 {people_60} 人。",
)  # fmt: skip
QUALITY = Section(
    "quality", "质量与安全",
    "写明准时、记录、满意度等指标是否达到目标，合规检查和质控发现的问题及整改，不良事件和投诉的处理。",
    "本期准时到达率 {on_time}，24 小时内提交护理记录率 {record_24h}。"
    "新发现监管问题 {findings} 个，已结案 {findings_over} 个；不良事件 {incidents} 起，投诉举报 {complaints} 件。",
)  # fmt: skip
ELDERLY_CARE = Section(
    "elderly", "老年护理服务供给",
    "写明为高龄、失能、出院和终末期老年人提供的服务，签约、巡诊和进入养老机构服务的情况。",
    "本期服务 80 岁及以上 {people_80} 人，在养老等机构内上门 {at_institutions} 次。",
)  # fmt: skip
DOINGS = Section("doings", "主要做法和成效", "写明有推广价值的做法、典型事例（不写姓名）和群众的反映。")
PROBLEMS = Section("problems", "存在的问题", "写明供需、人员、流程、支付和信息化等方面的困难和原因。")
NEXT = Section("next", "下一步打算和建议", "写明下一步的措施、时限，以及需要上级支持的事项。")
BASELINE = Section("baseline", "基线和目标", "写明基线调查的时间和方法、年初的数值、年度目标。")


@dataclass(frozen=True, slots=True)
class Outline:
    """``public``: it may be shown to everybody once it was accepted; ``district``: the commission alone writes it."""

    sections: tuple[Section, ...]
    clause: str
    public: bool = False
    district: bool = False


OUTLINES: dict[str, Outline] = {
    Kind.PILOT: Outline((ORGANISED, PROGRESS, QUALITY, ELDERLY_CARE, DOINGS, PROBLEMS, NEXT), SUMMING_UP, public=True),
    Kind.MONTHLY: Outline((PROGRESS, QUALITY, PROBLEMS, NEXT), LOG),
    Kind.YEARLY: Outline(
        (BASELINE, PROGRESS, QUALITY, ELDERLY_CARE, DOINGS, PROBLEMS, NEXT), RESULTS, public=True, district=True
    ),
}


def span(kind: str, first: date, last: date) -> tuple[date, date]:
    """The days that a report of this kind is about: the whole month or year of the first day, or as asked."""
    if kind == Kind.MONTHLY:
        first = first.replace(day=1)
        return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    if kind == Kind.YEARLY:
        return date(first.year, 1, 1), date(first.year, 12, 31)
    return first, last


def called(kind: str, name: str, first: date, last: date) -> str:
    """The report's title, as it stands on its first page."""
    if kind == Kind.MONTHLY:
        return f"{name}上门护理服务工作月报（{first.year}年{first.month}月）"
    if kind == Kind.YEARLY:
        return f"{name}上门护理服务 {first.year} 年度评估报告"
    return f"{name}上门护理服务试点工作总结（{in_words(first)}至{in_words(last)}）"


def in_words(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def beginnings(kind: str, said: Mapping[str, str]) -> dict[str, str]:
    """The words that each section of a new report begins with: figures where there are figures, else nothing."""
    known = _OrUnknown(said)
    return {one.key: one.begins.format_map(known) for one in OUTLINES[kind].sections}


class _OrUnknown(dict):
    def __missing__(self, key):
        return "（暂无数据）"
