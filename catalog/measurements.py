"""
What a nurse types, judged by the library: cleaned, or refused in words. Pure, and total: any input is answered.

``measurement`` is a row of ``catalog.models.Measurement``; answers are a mapping from its key to a cleaned value.
"""

import ast
import operator
import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from catalog import relations
from kernel.refusals import Refusal

SHANGHAI = ZoneInfo("Asia/Shanghai")
LONGEST_TEXT = 200
ALERT, RED = "alert", "red"
_NUMBER = re.compile(r"[+-]?[0-9]{1,7}(\.[0-9]{1,6})?")
_YES = {"true", "1", "yes", "on", "是", "有"}
_NO = {"false", "0", "no", "off", "否", "无"}


def clean(measurement, raw: Any) -> Any:
    """
    Return the value as it is kept, None when nothing was answered, or a :class:`Refusal` that names the field.

    Integers become int, decimals Decimal, dates date, times an aware datetime; computed values are never typed, so
    whatever is handed in for them counts as no answer.
    """
    if measurement.type == "computed" or raw is None or isinstance(raw, str) and not _tidy(raw):
        return None
    return _CLEANERS[measurement.type](measurement, raw)


def clean_all(asks: Iterable, raw: Mapping[str, Any]) -> tuple[dict[str, Any], list[Refusal]]:
    """
    Clean all answers of an item (``asks`` are its ItemMeasurement rows) and add the computed values.

    Returns the values that were answered, and every refusal: of single fields, of missing ones, of fields together.
    """
    asks, values, refusals = list(asks), {}, []
    for ask in asks:
        value = clean(ask.measurement, raw.get(ask.measurement.key))
        if isinstance(value, Refusal):
            refusals.append(value)
        elif value is not None:
            values[ask.measurement.key] = value
    refused = {reason.field for reason in refusals}
    refusals += [reason for reason in missing(asks, values) if reason.field not in refused]
    refusals += cross(values)
    for ask in asks:
        value = compute(ask.measurement, values)
        if value is not None:
            values[ask.measurement.key] = value
    return values, refusals


def applies(measurement, values: Mapping[str, Any]) -> bool:
    """Whether the question arises at all: any one of its conditions holds, or it has none."""
    conditions = measurement.applies_when
    return not conditions or any(values.get(one["key"]) == one["equals"] for one in conditions)


def missing(asks: Iterable, values: Mapping[str, Any]) -> list[Refusal]:
    """Say which required answers are missing, leaving out those that another answer excuses."""
    return [
        Refusal("measurement.missing", f"请填写{ask.measurement.label}。", field=ask.measurement.key)
        for ask in asks
        if ask.required
        and values.get(ask.measurement.key) is None
        and applies(ask.measurement, values)
        and not any(values.get(other) in allowed for other, allowed in ask.excused_when.items())
    ]


def severity(measurement, value: Any) -> str:
    """How far a value is from what is usual: nothing, ``alert`` (asks for a word), ``red`` (calls a doctor)."""
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return RED if value in measurement.red_values else ALERT if value in measurement.alert_values else ""
    for found, below, from_ in (
        (RED, measurement.red_below, measurement.red_from),
        (ALERT, measurement.alert_below, measurement.alert_from),
    ):
        if below is not None and value < below or from_ is not None and value >= from_:
            return found
    return ""


def alert(measurement, value: Any) -> str:
    """Say that a value has reached an alarm limit or a red one, or nothing."""
    found = severity(measurement, value)
    if not found:
        return ""
    name, advice = ("危急值", "请立即联系医生") if found == RED else ("报警值", "请关注")
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return f"{measurement.label}为「{_spoken(value)}」，{advice}。"
    said = f"{measurement.label} {shown(value)}{_unit(measurement)}"
    below = measurement.red_below if found == RED else measurement.alert_below
    if below is not None and value < below:
        return f"{said}，低于{name} {shown(below)}{_unit(measurement)}，{advice}。"
    from_ = measurement.red_from if found == RED else measurement.alert_from
    return f"{said}，达到{name} {shown(from_)}{_unit(measurement)}，{advice}。"


def band(measurement, value: Any) -> str:
    """The name of the range that a score falls into, such as 高度 for a Braden total of 11."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return ""
    return next((name for low, high, name in measurement.bands if low <= value <= high), "")


def compute(measurement, values: Mapping[str, Any]) -> int | Decimal | None:
    """Work out a computed value by its formula, or None while a number it needs is missing."""
    if measurement.type != "computed" or not measurement.formula:
        return None
    try:
        result = _evaluate(ast.parse(measurement.formula, mode="eval").body, values)
        result = result.quantize(Decimal(1).scaleb(-(measurement.decimals or 1)))
    except (_Unknown, ArithmeticError):
        return None
    return int(result) if result == result.to_integral_value() else result


def can_compute(formula: str, keys: Iterable[str]) -> bool:
    """Whether a formula is arithmetic on these keys; asked before an edition is published."""
    try:
        _evaluate(ast.parse(formula, mode="eval").body, dict.fromkeys(keys, Decimal(1)))
    except (_Unknown, SyntaxError):
        return False
    except ArithmeticError:
        return True  # ones may divide by zero where real numbers do not
    return True


def kept(value: Any) -> str:
    """What :func:`clean` reads back as the same value."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return shown(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def shown(value: Any) -> str:
    """A number as people write it: 36.5, 120, 0.6."""
    return f"{Decimal(value).normalize():f}" if value else "0"


# --- single fields ------------------------------------------------------------------------------------------------


def _number(measurement, raw):
    text = _tidy(str(raw)).replace("。", ".")
    if isinstance(raw, bool) or not _NUMBER.fullmatch(text):
        return _refuse(measurement, f"请用数字填写{measurement.label}{_bracketed(measurement)}。")
    value = Decimal(text)
    if reason := _out_of_bounds(measurement, value):
        return reason
    return value


def _integer(measurement, raw):
    value = _number(measurement, raw)
    if isinstance(value, Refusal):
        return value
    if value != value.to_integral_value():
        return _refuse(measurement, f"{measurement.label}请填写整数{_bracketed(measurement)}。")
    if value % measurement.step:
        step = f"{measurement.step}{_unit(measurement)}"
        return _refuse(measurement, f"{measurement.label}以 {step}为一档，请核对后再填写。")
    return int(value)


def _decimal(measurement, raw):
    value = _number(measurement, raw)
    if isinstance(value, Refusal):
        return value
    unit = Decimal(1).scaleb(-measurement.decimals)
    if value != value.quantize(unit):
        return _refuse(measurement, f"{measurement.label}请最多保留 {measurement.decimals} 位小数。")
    return value.quantize(unit)


def _text(measurement, raw):
    text = _printable("、".join(map(str, raw)) if isinstance(raw, list) else str(raw))
    if len(text) > LONGEST_TEXT:
        return _refuse(measurement, f"{measurement.label}请控制在 {LONGEST_TEXT} 个字以内。")
    return text or None


def _choice(measurement, raw):
    text = _tidy(str(raw))
    chosen = next((option for option in measurement.options if _tidy(option) == text), None)
    return chosen if chosen is not None else _refuse(measurement, f"请在给出的选项中选择{measurement.label}。")


def _boolean(measurement, raw):
    text = _tidy(str(raw)).lower()
    if text in _YES:
        return True
    if text in _NO:
        return False
    return _refuse(measurement, f"「{measurement.label}」请选择是或否。")


def _date(measurement, raw):
    try:
        day = isinstance(raw, date) and not isinstance(raw, datetime)
        value = raw if day else date.fromisoformat(_tidy(str(raw)))
    except ValueError:
        value = None
    if value is None or not 1900 <= value.year <= 2199:
        return _refuse(measurement, f"请选择{measurement.label}的日期，例如 2026-03-02。")
    return value


def _datetime(measurement, raw):
    text = _tidy(str(raw))
    try:
        value = raw if isinstance(raw, datetime) else datetime.fromisoformat(text)
    except ValueError:
        value = None
    if value is None or len(text) <= len("2026-03-02") or not 1900 <= value.year <= 2199:
        return _refuse(measurement, f"请选择{measurement.label}的日期和时间，例如 2026-03-02 09:30。")
    return value if value.tzinfo else value.replace(tzinfo=SHANGHAI)


_CLEANERS = {
    "integer": _integer,
    "decimal": _decimal,
    "text": _text,
    "choice": _choice,
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
    "photo": _text,
}


def _out_of_bounds(measurement, value):
    low, high, what = measurement.minimum, measurement.maximum, f"的{measurement.label}{_bracketed(measurement)}。"
    if low is not None and high is not None and not low <= value <= high:
        return _refuse(measurement, f"请填写 {shown(low)} 到 {shown(high)} 之间{what}")
    if low is not None and value < low:
        return _refuse(measurement, f"请填写不小于 {shown(low)} {what}")
    if high is not None and value > high:
        return _refuse(measurement, f"请填写不大于 {shown(high)} {what}")
    return None


def _refuse(measurement, sentence):
    return Refusal("measurement.value", sentence, field=measurement.key)


def _spoken(value):
    return {True: "是", False: "否"}.get(value, value) if isinstance(value, bool) else value


def _unit(measurement):
    return f" {measurement.unit}" if measurement.unit else ""


def _bracketed(measurement):
    return f"（{measurement.unit}）" if measurement.unit else ""


def _printable(text):
    """Free text as it was written, without what a database or a screen cannot hold."""
    return "".join(sign for sign in text if sign == "\n" or unicodedata.category(sign) not in {"Cc", "Cs"}).strip()


def _tidy(text):
    """A number, an option or a date as a phone may type it: full-width becomes half-width."""
    return unicodedata.normalize("NFKC", _printable(text)).strip()


# --- fields together ----------------------------------------------------------------------------------------------


def cross(values: Mapping[str, Any]) -> list[Refusal]:
    """Say which answers contradict each other; each sentence stands at the field to look at first."""
    return relations.broken(relations.ours(), relations.REFUSE, values)


def cautions(values: Mapping[str, Any], earlier: Mapping[str, Any] | None = None) -> list[str]:
    """What deserves a word although it may be so, also beside the visit before: never blocks."""
    return [reason.sentence for reason in relations.broken(relations.ours(), relations.WARN, values, earlier)]


# --- formulas -----------------------------------------------------------------------------------------------------

_OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


class _Unknown(Exception):
    """A formula asks for a number that is not there."""


def _evaluate(node, values):
    """Arithmetic on keys and nothing else: formulas are data, so they are never run as code."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        power = _evaluate(node.right, values)
        if power not in {2, 3}:
            raise _Unknown
        return _evaluate(node.left, values) ** power
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        return _OPERATORS[type(node.op)](_evaluate(node.left, values), _evaluate(node.right, values))
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        return Decimal(str(node.value))
    if isinstance(node, ast.Name):
        value = values.get(node.id)
        if not isinstance(value, int | Decimal) or isinstance(value, bool):
            raise _Unknown
        return Decimal(value)
    raise _Unknown
