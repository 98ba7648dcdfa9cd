"""The empty list that a centre fills in, and the list of remarks that it gets back."""

import csv
import io
from collections.abc import Sequence

import openpyxl
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from kernel.spreadsheets import harmless_rows
from nurses.models import Affiliation, Insurance, Title, Training
from nurses.rolls.table import COLUMNS, PAPERS, Column, Roll
from nurses.sheets import LINES

CHOICES = {
    "sex": ("女", "男"), "title": tuple(Title.labels), "kind": tuple(Affiliation.Kind.labels),
    "training_kind": tuple(Training.Kind.labels), "insurance_kind": tuple(Insurance.Kind.labels),
}  # fmt: skip
FIRST = "护士名单"
REPORT = ("工作表", "行", "列", "情况", "读到的内容", "说明", "怎样改正", "依据")


def workbook() -> bytes:
    """An empty workbook: every column as text, so that no number is broken, and choices to choose from."""
    book = openpyxl.Workbook()
    book.active.title = FIRST
    _fill(book.active, COLUMNS)
    for name, columns in PAPERS.items():
        _fill(book.create_sheet(name), columns)
    words = book.create_sheet("填写说明")
    words.append(["工作表", "列名", "必填", "怎样填写"])
    for name, columns in ((FIRST, COLUMNS), *PAPERS.items()):
        for column in columns:
            words.append([name, column.title, "必填" if column.required else "选填", column.hint])
    words.append([])
    words.append([f"一名护士一行，一次最多 {LINES} 名。上传后先核对，不会写入；改好全部问题后再导入。"])
    words.append(["「培训」和「保险」可以不填；填写时一份培训或一张保单一行，护士须在名单里或已在本中心名册上。"])
    words.column_dimensions["B"].width, words.column_dimensions["D"].width = 20, 60
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def _fill(sheet, columns: Sequence[Column]) -> None:
    """Write a sheet's head, and prepare the cells under it."""
    for place, column in enumerate(columns, start=1):
        letter = get_column_letter(place)
        head = sheet.cell(1, place, column.title)
        head.font = Font(bold=column.required)
        head.fill = PatternFill("solid", fgColor="E6F3E9" if column.required else "F2F2F2")
        head.comment = Comment(column.hint, "护到家")
        sheet.column_dimensions[letter].width = 14 + 2 * max(0, len(column.title) - 6)
        sheet.column_dimensions[letter].number_format = "@"
        for line in range(2, 502):
            sheet.cell(line, place).number_format = "@"
        if options := CHOICES.get(column.key):
            rule = DataValidation(type="list", formula1=f'"{",".join(options)}"', allow_blank=not column.required)
            sheet.add_data_validation(rule)
            rule.add(f"{letter}2:{letter}{LINES + 1}")
    sheet.freeze_panes = "B2"


def report(roll: Roll) -> bytes:
    """Every remark as a table; what people typed into the list cannot become a formula here."""
    lines = [("需要改正", one) for one in roll.faults] + [("已读懂，供核对", one) for one in roll.notes]
    lines.sort(key=lambda pair: (pair[1].sheet, pair[1].line, pair[0] != "需要改正"))
    page = io.StringIO()
    rows = [
        [one.sheet or "护士名单", one.line, one.column, kind, one.read, one.said, one.remedy, one.clause]
        for kind, one in lines
    ]
    csv.writer(page).writerows([list(REPORT), *harmless_rows(rows)])
    return page.getvalue().encode("utf-8-sig")  # with the mark by which spreadsheets know Chinese
