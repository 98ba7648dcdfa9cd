"""The sheet by itself: where its head is, what each line says, and what contradicts itself inside the file."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from kernel import identity
from nurses.rolls import values
from nurses.rolls.table import COLUMNS, PAPERS, TITLE_OF, Column, Read, Remark, Roll, fault, shown
from nurses.sheets import Cell, Line, Sheet

SEARCHED = 10  # the head of the table stands in one of the first lines


def read(sheet: Sheet, *, today: date) -> Roll:
    """Read the sheets by themselves: heads, values, and what contradicts itself inside the file."""
    roll = Roll()
    head = _take_lines(roll, sheet, COLUMNS, today)
    papers = {name: _paper_lines(roll, name, further, today) for name, further in sheet.further.items()}
    roll.papers = {name: lines for name, lines in papers.items() if lines}
    if head is not None and not roll.lines and not roll.faults and not roll.papers:
        roll.faults.append(Remark(head, "", "", "表头下面没有名单。", "请从表头的下一行开始，每名护士填写一行。"))
    for key in ("username", "certificate_number", "identity_number"):
        _demand_once(roll, key)
    return roll


def _take_lines(roll: Roll, sheet: Sheet, columns: Sequence[Column], today: date) -> int | None:
    """Take the lines under the head into the roll, and return where the head stands."""
    head, places = _head(sheet, roll, columns)
    if head is None:
        return None
    for line in sheet.lines:
        if line.number > head:
            one = Read(line.number)
            for column in columns:
                if column.key in places:
                    values.take(roll, one, column, line.cell(places[column.key]), sheet, today)
            if any(first <= line.number <= last for first, last in sheet.merged):
                fault(roll, one, columns[0].key, "", "这一行有合并的单元格。", "请取消合并，每一格单独填写。")
            roll.lines.append(one)
    return head


def _paper_lines(roll: Roll, name: str, sheet: Sheet, today: date) -> list[Read]:
    """Read a further sheet; what there is to say about it is said under its name. An empty one says nothing."""
    if not sheet.lines:
        return []
    own = Roll()
    _take_lines(own, sheet, PAPERS[name], today)
    roll.faults += [replace(one, sheet=name) for one in own.faults]
    roll.notes += [replace(one, sheet=name) for one in own.notes]
    return own.lines


def _head(sheet: Sheet, roll: Roll, columns: Sequence[Column]) -> tuple[int | None, dict[str, int]]:
    names = {name: column.key for column in columns for name in (column.title, *column.also)}
    best: tuple[int, Line | None, dict[str, list[int]]] = (0, None, {})
    for line in sheet.lines[:SEARCHED]:
        found: dict[str, list[int]] = {}
        for place, cell in enumerate(line.cells):
            if key := names.get(_bare(cell)):
                found.setdefault(key, []).append(place)
        if len(found) > best[0]:
            best = (len(found), line, found)
    _, line, found = best
    if line is None or len(found) < 3:
        first = sheet.lines[0].number if sheet.lines else 1
        said = "没有找到表头。" if sheet.lines else "这份文件里没有内容。"
        roll.faults.append(Remark(first, "", "", said, "请下载模板，保留第一行的列名。"))
        return None, {}
    merged = any(first <= line.number <= last for first, last in sheet.merged)
    for column in columns:
        places = found.get(column.key, [])
        if len(places) > 1:
            said = f"「{column.title}」这一列出现了 {len(places)} 次。"
            roll.faults.append(Remark(line.number, column.title, column.title, said, "请只保留一列。"))
        elif not places and column.required:
            said = f"缺少「{column.title}」这一列。"
            remedy = "表头有合并的单元格，请取消合并后补上列名。" if merged else "请补上这一列，列名与模板一致。"
            roll.faults.append(Remark(line.number, column.title, "", said, remedy))
    if merged and not roll.faults:
        said = "表头有合并的单元格。"
        roll.faults.append(Remark(line.number, "", "", said, "请取消合并，每一列单独写列名。"))
    for cell in line.cells:
        if not cell.empty and _bare(cell) not in names:
            name = shown(cell.value)
            roll.notes.append(Remark(line.number, name, name, "这一列没有用到，不会导入。"))
    return line.number, {key: places[0] for key, places in found.items()}


def _bare(cell: Cell) -> str:
    if not isinstance(cell.value, str):
        return ""
    return re.split(r"[*:(]", "".join(unicodedata.normalize("NFKC", cell.value).split()))[0]


def _demand_once(roll: Roll, key: str) -> None:
    first: dict[str, int] = {}
    for one in roll.lines:
        value = one.values.get(key)
        if value is None:
            continue
        if value in first:
            shown = identity.mask_identity(value) if key == "identity_number" else value
            said = f"与第 {first[value]} 行的{TITLE_OF[key]}相同。"
            fault(roll, one, key, shown, said, "请核对，一名护士只填写一行。")
        else:
            first[value] = one.line
