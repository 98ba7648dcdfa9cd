"""The empty list that a centre fills in, and the list of remarks that it gets back."""

import csv
import io

import openpyxl
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from kernel.spreadsheets import harmless_rows
from nurses.models import Affiliation, Title
from nurses.rolls.table import COLUMNS, Roll
from nurses.sheets import LINES

CHOICES = {"sex": ("女", "男"), "title": tuple(Title.labels), "kind": tuple(Affiliation.Kind.labels)}
REPORT = ("行", "列", "情况", "读到的内容", "说明", "怎样改正", "依据")


def workbook() -> bytes:
    """An empty workbook: every column as text, so that no number is broken, and choices to choose from."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "护士名单"
    for place, column in enumerate(COLUMNS, start=1):
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
    words = book.create_sheet("填写说明")
    words.append(["列名", "必填", "怎样填写"])
    for column in COLUMNS:
        words.append([column.title, "必填" if column.required else "选填", column.hint])
    words.append([])
    words.append([f"一名护士一行，一次最多 {LINES} 名。上传后先核对，不会写入；改好全部问题后再导入。"])
    words.column_dimensions["A"].width, words.column_dimensions["C"].width = 20, 60
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def report(roll: Roll) -> bytes:
    """Every remark as a table; what people typed into the list cannot become a formula here."""
    lines = [("需要改正", one) for one in roll.faults] + [("已读懂，供核对", one) for one in roll.notes]
    lines.sort(key=lambda pair: (pair[1].line, pair[0] != "需要改正"))
    page = io.StringIO()
    rows = [[one.line, one.column, kind, one.read, one.said, one.remedy, one.clause] for kind, one in lines]
    csv.writer(page).writerows([list(REPORT), *harmless_rows(rows)])
    return page.getvalue().encode("utf-8-sig")  # with the mark by which spreadsheets know Chinese
