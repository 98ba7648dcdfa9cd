"""How one cell of the list is read: half width, days in any usual writing, never a formula, never a broken number."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from kernel import identity
from nurses.models import Affiliation, Insurance, Title, Training
from nurses.rolls.table import Column, Read, Remark, Roll, fault, shown
from nurses.rules import POST_CLAUSE, STANDING_CLAUSE
from nurses.sheets import Cell, Sheet

ACCOUNT_CLAUSE = "002 五(八)"
EXACT_DIGITS = 15  # a spreadsheet keeps no more of a number
_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_COMPACT_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})")
_WRITTEN_AS_SAVED = re.compile(r"\d{4}[-/]\d{1,2}[-/]\d{1,2}")
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?E\+?\d+", re.IGNORECASE)
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]")


def take(roll: Roll, one: Read, column: Column, cell: Cell, sheet: Sheet, today: date) -> None:
    if cell.formula:
        fault(roll, one, column.key, cell.value, "这一格是公式，不会计算。", "请复制后选择性粘贴为数值。")
        return
    if cell.empty:
        if column.required:
            fault(roll, one, column.key, "", f"没有填写{column.title}。", "请补上。")
        return
    _READERS[column.key](roll, one, column, cell, sheet, today)


def _text(roll: Roll, one: Read, column: Column, cell: Cell, limit: int = 40, *, tight: bool = False) -> str | None:
    """A text in half width, without what cannot be seen; said, when it was written otherwise."""
    if isinstance(cell.value, bool | date | datetime):
        fault(roll, one, column.key, cell.value, f"没有读懂{column.title}。", "请把这一格设为文本后重新填写。")
        return None
    if isinstance(cell.value, int | float):
        whole = int(cell.value)
        if whole != cell.value or len(str(abs(whole))) > EXACT_DIGITS:
            said = "这一格以数字保存，后面几位可能已经丢失。"
            fault(roll, one, column.key, cell.value, said, "请把这一列设为文本，对照证书重新填写。")
            return None
        return str(whole)
    written = cell.value.strip()
    if _SCIENTIFIC.fullmatch(written):
        said = "号码已被表格改写成科学记数，后面几位已经丢失。"
        fault(roll, one, column.key, written, said, "请把这一列设为文本，对照证书重新填写。")
        return None
    bare = written[1:] if written[:1] in {"'", "’", "‘", "`"} else written
    value = " ".join(_INVISIBLE.sub("", unicodedata.normalize("NFKC", bare)).split())
    if tight and not value.isascii():
        value = value.replace(" ", "")
    if not value or not value.isprintable() or len(value) > limit:
        said = f"{column.title}是空的、太长，或有无法显示的字符。"
        fault(roll, one, column.key, written, said, f"请重新填写，不超过 {limit} 个字。")
        return None
    if value != written:
        roll.notes.append(Remark(one.line, column.title, shown(written), f"已读作「{value}」。"))
    return value


def _name(roll, one, column, cell, sheet, today):
    value = _text(roll, one, column, cell, tight=True)
    if value is None:
        return
    if value[0] in "=+-@" or any(sign.isdigit() for sign in value) or len(value) < 2:
        fault(roll, one, "name", value, "这不像是姓名。", "请按执业证书填写姓名。")
        return
    one.values["name"] = value


def _username(roll, one, column, cell, sheet, today):
    value = _text(roll, one, column, cell, 60)
    if value is None:
        return
    if any(identity.check(kind, value, today=today).ok for kind in ("mobile", "landline", "resident_id")):
        said = "账号名不能用手机号或证件号码。"
        fault(roll, one, "username", value, said, "请换一个本人记得住的账号名。", ACCOUNT_CLAUSE)
    elif not re.fullmatch(r"[\w.@+-]{3,60}", value) or value[0] in "@+-=":
        said = "账号名只能用字母、数字、汉字和 . _ -，至少 3 个字，以字母、数字或汉字开头。"
        fault(roll, one, "username", value, said, "请换一个账号名。")
    else:
        one.values["username"] = value


def _choice(names: Mapping[str, str]) -> Callable:
    offered = [name for place, (name, value) in enumerate(names.items()) if value not in [*names.values()][:place]]

    def choose(roll, one, column, cell, sheet, today):
        value = _text(roll, one, column, cell)
        if value is None:
            return
        if (chosen := names.get(value.replace(" ", ""))) is None:
            remedy = f"请填写{'、'.join(offered)}之一。"
            fault(roll, one, column.key, value, f"没有这一种{column.title}。", remedy, _CLAUSES.get(column.key, ""))
            return
        one.values[column.key] = chosen

    return choose


def _number(kind: str) -> Callable:
    def take(roll, one, column, cell, sheet, today):
        value = _text(roll, one, column, cell)
        if value is None:
            return
        if kind == "phone":
            verdict = identity.check("mobile", value, today=today)
            verdict = verdict if verdict.ok else identity.check("landline", value, today=today)
        else:
            verdict = identity.check(kind, value, today=today)
        if not verdict.ok:
            said = "电话号码不正确。" if kind == "phone" else verdict.message
            shown = identity.mask_identity(value) if kind == "resident_id" else value
            fault(roll, one, column.key, shown, said, "请对照原件核对后填写。", _CLAUSES.get(column.key, ""))
            return
        one.values[column.key] = verdict.value
        if kind == "resident_id":
            one.values["born"], one.values["sex_in_number"] = verdict.birth, verdict.sex

    return take


def _day(roll, one, column, cell, sheet, today):
    value, written = cell.value, shown(cell.value)
    if isinstance(value, datetime):
        day = value.date()
    elif isinstance(value, date):
        day = value
    elif isinstance(value, int | float) and not isinstance(value, bool):
        day = _serial(value, sheet.since_1904)
        if day:
            roll.notes.append(Remark(one.line, column.title, written, f"这一格是数字，已读作 {day:%Y-%m-%d}。"))
    else:
        day = _written_day(str(value))
        if day and not (sheet.plain and _WRITTEN_AS_SAVED.fullmatch(str(value).strip())):
            roll.notes.append(Remark(one.line, column.title, written, f"这一格是文字，已读作 {day:%Y-%m-%d}。"))
    if day is None or not 1940 <= day.year <= 2100:
        said = f"没有读懂{column.title}。"
        fault(roll, one, column.key, written, said, "请按 2020-03-01 的样子填写年、月、日。")
        return
    one.values[column.key] = day


def _serial(value: float, since_1904: bool) -> date | None:
    """A day kept as the number of days since the calendar of the workbook began, or as eight digits."""
    if value != int(value):
        return None
    if 10_000 <= value <= 80_000:
        return (date(1904, 1, 1) if since_1904 else date(1899, 12, 30)) + timedelta(days=int(value))
    return _written_day(str(int(value)))


def _written_day(text: str) -> date | None:
    bare = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).strip().lstrip("'’‘")
    found = _DAY.fullmatch(bare) or _COMPACT_DAY.fullmatch(bare)
    try:
        return date(*(int(part) for part in found.groups())) if found else None
    except ValueError:
        return None


def _words(limit: int) -> Callable:
    def take(roll, one, column, cell, sheet, today):
        value = _text(roll, one, column, cell, limit)
        if value is not None:
            one.values[column.key] = value

    return take


def _amount(least: int, most: int, places: int) -> Callable:
    """A number between two bounds, with this many decimals at most."""

    def take(roll, one, column, cell, sheet, today):
        try:
            value = Decimal(unicodedata.normalize("NFKC", str(cell.value)).strip())
            right = value.is_finite() and least <= value <= most and value == round(value, places)
        except InvalidOperation:
            right = False
        if not right:
            said = f"没有读懂{column.title}。"
            fault(roll, one, column.key, cell.value, said, f"请填写 {least} 到 {most} 之间的数字。")
            return
        one.values[column.key] = value

    return take


_CLAUSES = {"certificate_number": STANDING_CLAUSE, "title": STANDING_CLAUSE, "kind": POST_CLAUSE}
SEXES = {"女": "female", "男": "male", "女性": "female", "男性": "male"}
_READERS: dict[str, Callable] = {
    "name": _name,
    "username": _username,
    "sex": _choice(SEXES),
    "identity_number": _number("resident_id"),
    "certificate_number": _number("nurse_cert"),
    "certificate_expires_on": _day,
    "title": _choice({label: value for value, label in Title.choices}),
    "clinical_since": _day,
    "kind": _choice({label: value for value, label in Affiliation.Kind.choices}),
    "phone": _number("phone"),
    "starts_on": _day,
    "nurse": _number("nurse_cert"),
    "training_kind": _choice({label: value for value, label in Training.Kind.choices}),
    "hours": _amount(1, 999, 1),
    "score": _amount(0, 100, 0),
    "passed_on": _day,
    "trained_until": _day,
    "insurance_kind": _choice({label: value for value, label in Insurance.Kind.choices}),
    "insurer": _words(60),
    "policy_number": _words(40),
    "insured_from": _day,
    "insured_until": _day,
}
