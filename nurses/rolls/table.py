"""
The list of nurses that a centre hands in: its columns, what was read of a line, and what there is to say about it.

A value that can be understood is read and said to have been read so; one that can be understood in two ways is a fault.
Nothing is guessed, and a file with a fault is not taken at all.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Column:
    key: str
    title: str
    hint: str
    required: bool = True
    also: tuple[str, ...] = ()


COLUMNS: tuple[Column, ...] = (
    Column("name", "姓名", "与执业证书一致。", also=("护士姓名",)),
    Column("username", "账号名", "登录用，本人好记；不要用手机号或证件号码。", also=("账号", "登录名")),
    Column("sex", "性别", "女或男。"),
    Column("identity_number", "身份证号码", "选填，只用来核对性别和年龄，不保存。", required=False, also=("身份证号",)),
    Column("certificate_number", "护士执业证书编号", "单元格请设为文本。", also=("执业证书编号", "证书编号")),
    Column("certificate_expires_on", "执业证书有效期至", "例如 2028-05-31。", also=("证书有效期至",)),
    Column("title", "技术职称", "护士、护师、主管护师、副主任护师、主任护师之一。", also=("职称",)),
    Column("clinical_since", "临床护理起始日", "例如 2012-07-01。", also=("临床起始日",)),
    Column("kind", "与本中心的关系", "注册或备案。", also=("执业关系",)),
    Column("phone", "工作电话", "选填，手机或固定电话。", required=False, also=("电话",)),
    Column("starts_on", "任期开始", "选填，不填时为导入当天。", required=False),
)
WHOSE = Column("nurse", "护士执业证书编号", "名单里或本中心在册护士的编号。", also=("执业证书编号", "证书编号"))
# Further sheets of the same workbook, by their names: papers of nurses who stand in the list or on the roster.
PAPERS: dict[str, tuple[Column, ...]] = {
    "培训": (
        WHOSE,
        Column("training_kind", "培训类别", "执业安全教育或业务知识技能培训。", also=("类别",)),
        Column("hours", "学时", "例如 8 或 7.5。"),
        Column("score", "考核分数", "选填，0 到 100。", required=False, also=("分数",)),
        Column("passed_on", "合格日期", "例如 2026-03-01。"),
        Column("trained_until", "有效期至", "例如 2027-02-28。"),
    ),
    "保险": (
        WHOSE,
        Column("insurance_kind", "险种", "责任险、医疗意外险或人身意外险。"),
        Column("insurer", "承保机构", "与保险单一致。"),
        Column("policy_number", "保单号", "单元格请设为文本。"),
        Column("insured_from", "保险开始", "例如 2026-03-01。"),
        Column("insured_until", "保险到期", "例如 2027-02-28。"),
    ),
}
TITLE_OF = {column.key: column.title for columns in (COLUMNS, *PAPERS.values()) for column in columns}


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing about one cell: what was read there, what is wrong with it, how to put it right."""

    line: int
    column: str
    read: str
    said: str
    remedy: str = ""
    clause: str = ""
    sheet: str = ""  # of the further sheets; the list itself has no name

    @property
    def where(self) -> str:
        return f"「{self.sheet}」第 {self.line} 行" if self.sheet else f"第 {self.line} 行"


@dataclass(slots=True)
class Read:
    """One line as far as it could be understood."""

    line: int
    values: dict[str, Any] = field(default_factory=dict)
    faulty: bool = False


@dataclass(slots=True)
class Roll:
    """A sheet that was read: its lines, what is wrong, and what was understood although it was written otherwise."""

    lines: list[Read] = field(default_factory=list)
    faults: list[Remark] = field(default_factory=list)
    notes: list[Remark] = field(default_factory=list)
    standing: list[Read] = field(default_factory=list)  # on record here as the line says
    papers: dict[str, list[Read]] = field(default_factory=dict)  # what the further sheets bring, by their names

    @property
    def fresh(self) -> list[Read]:
        there = {one.line for one in self.standing}
        return [one for one in self.lines if not one.faulty and one.line not in there]

    @property
    def faulty_lines(self) -> list[int]:
        return sorted({fault.line for fault in self.faults if not fault.sheet})

    @property
    def faulty_places(self) -> list[str]:
        """Every line with a fault in words, those of the list first."""
        lines = self.faulty_lines
        first = [f"第 {'、'.join(str(line) for line in lines[:10])} 行"] if lines else []
        return [*first, *dict.fromkeys(fault.where for fault in self.faults if fault.sheet)]

    @property
    def brings(self) -> int:
        """How many papers there are to record."""
        return sum(len(lines) for lines in self.papers.values())


@dataclass(frozen=True, slots=True)
class Account:
    """An account that bears a name of the list: whose it is, her file if she has one, whether she belongs here."""

    user_id: int
    name: str
    active: bool
    certificate_number: str = ""
    nurse_id: int | None = None
    here: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """What the database holds about the names and numbers of the list, and what the district asks."""

    today: date
    settings: Mapping[str, Any]
    accounts: Mapping[str, Account] = field(default_factory=dict)
    holders: Mapping[str, str] = field(default_factory=dict)  # certificate number → account name
    roster: Mapping[str, int] = field(default_factory=dict)  # certificate number → the nurse who belongs here
    on_file: frozenset = frozenset()  # papers of the roster, as judging.mark spells them


def fault(roll: Roll, one: Read, key: str, read_as: Any, said: str, remedy: str, clause: str = "") -> None:
    one.faulty = True
    roll.faults.append(Remark(one.line, TITLE_OF[key], shown(read_as), said, remedy, clause))


def shown(value: Any) -> str:
    text = f"{value:%Y-%m-%d}" if isinstance(value, date) else str(value)
    return text if len(text) <= 40 else text[:40] + "…"
