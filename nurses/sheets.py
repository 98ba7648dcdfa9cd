"""
A workbook or a CSV that somebody hands in, read as plain cells: small, never calculated, no line beyond the limits.

Formulas are noticed and not evaluated. What would unpack to more than it looks, or carries macros or a document type
of its own is not opened at all.
"""

import csv
import io
import re
import zipfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

import openpyxl
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.utils.exceptions import InvalidFileException

from kernel.refusals import Invalid, Refusal

LARGEST = 1024 * 1024  # a thousand nurses are a tenth of this
UNPACKED = 12 * 1024 * 1024
PARTS = 200
LINES = 2000
DEEPEST = 10_000  # lines that are looked at, the empty ones among them
WIDEST = 40
OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s+ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')
_TYPED = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in one cell; a formula is kept as its text and never worked out."""

    value: Any = None
    formula: bool = False

    @property
    def empty(self) -> bool:
        return self.value is None or (isinstance(self.value, str) and not self.value.strip())


@dataclass(frozen=True, slots=True)
class Line:
    """One line under the number that the spreadsheet shows for it."""

    number: int
    cells: tuple[Cell, ...]

    def cell(self, place: int) -> Cell:
        return self.cells[place] if place < len(self.cells) else Cell()


@dataclass(frozen=True, slots=True)
class Sheet:
    """The lines that hold anything; ``merged`` are the first and last line of each range of merged cells."""

    lines: tuple[Line, ...]
    merged: tuple[tuple[int, int], ...] = ()
    plain: bool = False  # a CSV, in which every cell is a text
    since_1904: bool = False
    further: Mapping[str, "Sheet"] = field(default_factory=dict)  # those of the other sheets that were asked for


def read(content: bytes, also: Collection[str] = ()) -> Sheet:
    """
    Read the first sheet that is to be seen, and of the others those that bear a name of ``also``.

    :raises kernel.refusals.Invalid: the file cannot be read, or should not be
    """
    if not content:
        raise _no("empty", "这份文件是空的，请重新选择。")
    if len(content) > LARGEST:
        raise _no("large", f"文件超过 {LARGEST // 1024 // 1024} MB，请只保留名单本身，去掉图片后再上传。")
    if content.startswith(OLD_EXCEL):
        raise _no("old", "这是旧版 Excel（.xls）或加了密码的文件，请另存为不加密的 .xlsx 后再上传。")
    if content.startswith(b"PK"):
        return _workbook(content, also)
    return _csv(content)


def _workbook(content: bytes, also: Collection[str]) -> Sheet:
    unreadable = _no("unreadable", "没有读懂这份文件，请用 Excel 或 WPS 打开后另存为 .xlsx 再上传。")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _demand_harmless(archive)
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
    except Invalid:
        raise
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError, SyntaxError, TypeError) as broken:
        raise unreadable from broken
    sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    if not sheets:
        raise _no("no_sheet", "文件里没有工作表，请使用模板填写。")
    first, *others = sheets
    try:
        found = _sheet_of(first, content, book)
        further = {one.title.strip(): _sheet_of(one, content, book) for one in others if one.title.strip() in also}
    except Invalid:
        raise
    except (ValueError, KeyError, SyntaxError, TypeError, IndexError, OverflowError, zipfile.BadZipFile) as broken:
        raise unreadable from broken
    return replace(found, further=further)


def _sheet_of(sheet, content: bytes, book) -> Sheet:
    lines = _lines_of(sheet)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        merged = _MERGED.findall(archive.read(sheet._worksheet_path))[:1000]
    return Sheet(
        lines=lines,
        merged=tuple((int(first), int(last)) for _, first, _, last in merged),
        since_1904=book.epoch == CALENDAR_MAC_1904,
    )


def _demand_harmless(archive: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    if len(parts) > PARTS or sum(part.file_size for part in parts) > UNPACKED:
        raise _no("bomb", "这份文件解开后太大，没有打开。请只保留名单这一张工作表，再另存上传。")
    for part in parts:
        if part.flag_bits & 1:
            raise _no("locked", "这份文件加了密码，请去掉密码后再上传。")
        if part.filename.lower().endswith("vbaproject.bin"):
            raise _no("macros", "这份文件带有宏，没有打开。请另存为不带宏的 .xlsx 后再上传。")
        if part.filename.lower().endswith((".xml", ".rels")) and _TYPED.search(archive.read(part)):
            raise _no("typed", "这份文件的结构不是普通的工作簿，没有打开。请使用模板填写。")


def _lines_of(sheet) -> tuple[Line, ...]:
    sheet.reset_dimensions()  # what the file says of its own size is not believed
    found = []
    for number, row in enumerate(sheet.iter_rows(max_col=WIDEST), start=1):
        if number > DEEPEST:
            raise _too_long()
        cells = tuple(Cell(_said(cell.value), cell.data_type == "f") for cell in row)
        if any(not cell.empty for cell in cells):
            found.append(Line(number, cells))
        if len(found) > LINES + 1:
            raise _too_long()
    return tuple(found)


def _said(value):
    """A value of a cell that is no text, number, day or nothing, such as an array formula, as its text."""
    return value if value is None or isinstance(value, str | int | float | date | datetime) else str(value)


def _csv(content: bytes) -> Sheet:
    if b"\x00" in content:
        raise _no("unreadable", "没有读懂这份文件，请上传 .xlsx 或 .csv 文件。")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = content.decode("gb18030")  # what Excel saves in Chinese
        except UnicodeDecodeError as broken:
            raise _no("unreadable", "没有读懂这份文件的文字编码，请另存为 .xlsx 后再上传。") from broken
    head = text.partition("\n")[0]
    found = []
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",\t;", key=head.count))
        for row in reader:
            cells = tuple(Cell(value, value.lstrip().startswith(("=", "@"))) for value in row[:WIDEST])
            if any(not cell.empty for cell in cells):
                found.append(Line(reader.line_num, cells))
            if len(found) > LINES + 1:
                raise _too_long()
    except csv.Error as broken:
        raise _no("unreadable", "没有读懂这份文件，请另存为 .xlsx 后再上传。") from broken
    return Sheet(lines=tuple(found), plain=True)


def _too_long() -> Invalid:
    return _no("long", f"一次最多导入 {LINES} 行，请分成几份文件上传。")


def _no(code: str, sentence: str) -> Invalid:
    return Invalid(Refusal(f"sheet.{code}", sentence, field="file"))
