"""A table as a file that says whose it is: on its last line, and in a workbook on a sheet and on each printed page."""

import csv
import io
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties

from kernel.spreadsheets import harmless, harmless_rows

CSV, XLSX = "csv", "xlsx"
TYPES = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
WIDEST = 40


@dataclass(frozen=True, slots=True)
class File:
    """What leaves the house: a name for it, its type, and its bytes."""

    name: str
    type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Mark:
    """Who takes what away, what for, and under which number."""

    number: str
    title: str
    span: str
    who: str
    at: datetime
    purpose: str
    agreed: str
    hidden: str
    lines: int
    sha256: str

    def rows(self) -> list[tuple[str, str]]:
        return [
            ("导出编号", self.number), ("内容", self.title), ("范围", self.span), ("行数", str(self.lines)),
            ("下载人", self.who), ("下载时间", f"{timezone.localtime(self.at):%Y-%m-%d %H:%M:%S}"),
            ("用途", self.purpose), ("审批", self.agreed), ("打码", self.hidden), ("内容摘要", self.sha256),
            ("提醒", "仅限所写用途使用，不得转给他人；每次下载都有留痕。"),
        ]  # fmt: skip

    def line(self) -> str:
        at = f"{timezone.localtime(self.at):%Y-%m-%d %H:%M}"
        return f"{self.number} {self.title}，由{self.who}于 {at} 下载，用途：{self.purpose}，共 {self.lines} 行"


def as_csv(table: list[list[str]], mark: Mark) -> File:
    page = io.StringIO()
    csv.writer(page).writerows(harmless_rows([*table, [mark.line()]]))
    content = page.getvalue().encode("utf-8-sig")  # with the mark by which spreadsheets know Chinese
    return File(f"{mark.number}.csv", TYPES[CSV], content)


def as_xlsx(table: list[list[str]], mark: Mark) -> File:
    book = Workbook()
    _fill(book.worksheets[0], "数据", table, mark.line())
    return _kept(book, mark.number, "导出说明", mark.rows())


def as_book(tables: dict[str, list[list[str]]], *, number: str, line: str, said: list[tuple[str, str]]) -> File:
    """Several tables as one workbook, a sheet each, and a last sheet that says what this is."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, table in tables.items():
        _fill(book.create_sheet(title), title, table, line)
    return _kept(book, number, "报送说明", said)


def _fill(sheet, title: str, table: list[list[str]], line: str) -> None:
    sheet.title = title
    for row in harmless_rows(table):
        sheet.append(row)
    for cell in sheet[1]:
        cell.font, cell.alignment = Font(bold=True), Alignment(wrap_text=True, vertical="top")
    _widen(sheet, table)
    sheet.freeze_panes = "A2"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9  # A4
    sheet.page_setup.fitToHeight = 0  # as many pages as it takes, each as wide as the table
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = "1:1"
    # In a footer an ampersand begins a code of its own.
    sheet.oddFooter.left.text = str(harmless(line)).replace("&", "&&")
    sheet.oddFooter.right.text = "&P / &N"


def _kept(book: Workbook, number: str, title: str, lines: list[tuple[str, str]]) -> File:
    said = book.create_sheet(title)
    for row in harmless_rows(lines):
        said.append(row)
    said.column_dimensions["A"].width, said.column_dimensions["B"].width = 12, 80
    kept = io.BytesIO()
    book.save(kept)
    return File(f"{number}.xlsx", TYPES[XLSX], kept.getvalue())


WRITERS = {CSV: as_csv, XLSX: as_xlsx}


def _widen(sheet, table) -> None:
    """Columns as wide as their longest text; a Chinese sign takes two places."""
    for n, column in enumerate(zip(*table, strict=True), start=1):
        longest = max(sum(2 if ord(sign) > 0x2E80 else 1 for sign in text) for text in column)
        sheet.column_dimensions[get_column_letter(n)].width = min(longest + 2, WIDEST)
