"""A file of values, read line by line: what can be taken, and what each other line lacks. Writes nothing."""

import csv
import io
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from accounts.models import Organization
from indicators import access, measures, months
from indicators.definitions import DEFINITIONS
from indicators.rules import fits
from kernel.actors import Actor

HEAD = ("机构", "指标代码", "月份", "分子", "分母")
MOST_LINES = 5000
MOST_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Line:
    """One value of a file, ready to be taken over."""

    n: int
    organisation_id: int
    code: str
    month: date
    numerator: Decimal
    denominator: Decimal | None


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a line cannot be taken over; line 0 is the file as a whole."""

    n: int
    text: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Read:
    good: list[Line]
    problems: list[Problem]


def places_of(actor: Actor) -> dict[str, int | None]:
    """Organisations overseen by this actor, by full and by short name; a name that two bear leads nowhere."""
    found: dict[str, int | None] = {}
    rows = Organization.objects.filter(pk__in=actor.orgs_as(*access.READERS))
    for pk, name, short in rows.values_list("pk", "name", "short_name"):
        for said in {name, short}:
            found[said] = None if said in found else pk
    return found


def read(content: bytes, *, places: dict[str, int | None], now: datetime) -> Read:
    """Read a file of values (UTF-8 or GB 18030, as spreadsheets save them) against the organisations one may name."""
    if len(content) > MOST_BYTES:
        return _nothing("文件超过 1 MB，请分几份导入。")
    text = _decoded(content)
    if text is None:
        return _nothing("没有读懂文件的文字编码，请另存为 CSV（UTF-8）后再导入。")
    try:
        rows = list(csv.reader(io.StringIO(text), strict=True))
    except csv.Error:
        return _nothing("文件不是规范的 CSV（逗号分隔）格式，请另存后再导入。")
    if not rows or tuple(cell.strip() for cell in rows[0][: len(HEAD)]) != HEAD:
        return _nothing(f"第一行应当依次是：{'、'.join(HEAD)}。")
    if len(rows) - 1 > MOST_LINES:
        return _nothing(f"一次最多导入 {MOST_LINES} 行，请分几份导入。")
    good: list[Line] = []
    problems: list[Problem] = []
    seen: dict[tuple, int] = {}
    for n, cells in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        line = _line(n, cells, places, now)
        if isinstance(line, Line):
            key = (line.organisation_id, line.code, line.month)
            if key in seen:
                line = f"与第 {seen[key]} 行是同一家机构、同一指标、同一月份。"
            else:
                seen[key] = n
        if isinstance(line, Line):
            good.append(line)
        else:
            problems.append(Problem(n, ",".join(cells)[:80], line))
    return Read(good, problems)


def _line(n, cells, places, now) -> Line | str:
    if len(cells) < len(HEAD) or any(cell.strip() for cell in cells[len(HEAD) :]):
        return f"应当有 {len(HEAD)} 列，这一行有 {len(cells)} 列。"
    place, code, month_text, up, down = (cell.strip() for cell in cells[: len(HEAD)])
    if place not in places:
        return f"没有找到机构「{place[:20]}」，或不在您的监管范围内。"
    if places[place] is None:
        return f"有几家机构都叫「{place[:20]}」，请写全称。"
    meant = DEFINITIONS.get(code)
    if meant is None:
        return f"没有代码为「{code[:24]}」的指标。"
    if measures.measure_of(code):
        return f"「{meant.name}」由平台计算，不能导入。"
    month = months.asked(month_text)
    if month is None:
        return "没有读懂月份，请写成 2026-10 的样子。"
    if months.ends(month)[0] > now:
        return "这个月份还没有开始。"
    numerator, denominator = _number(up), _number(down)
    if numerator is NotImplemented or denominator is NotImplemented:
        return "没有读懂分子或分母，请填数字。"
    if found := fits(meant, numerator, denominator):
        return "".join(no.sentence for no in found)
    return Line(n, places[place], code, month, numerator, denominator)


def _number(text: str):
    """A number, nothing for an empty cell, NotImplemented for what is none."""
    if not text:
        return None
    try:
        number = Decimal(text.replace(",", ""))
    except InvalidOperation:
        return NotImplemented
    return number.quantize(Decimal("0.0001")) if number.is_finite() and abs(number) < 10**11 else NotImplemented


def _decoded(content: bytes) -> str | None:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _nothing(sentence: str) -> Read:
    return Read([], [Problem(0, "", sentence)])
