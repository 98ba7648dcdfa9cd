"""
What a nurse types, judged by the library: cleaned, or refused in words. Pure, and total: any input is answered.

``measurement`` is a row of ``catalog.models.Measurement``; answers are a mapping from its key to a cleaned value.
"""

import ast
import operator
import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from kernel.refusals import Refusal

SHANGHAI = ZoneInfo("Asia/Shanghai")
LONGEST_TEXT = 200
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


def alert(measurement, value: Any) -> str:
    """Say that a number has reached an alarm limit, or nothing."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return ""
    said = f"{measurement.label} {shown(value)}{_unit(measurement)}"
    if measurement.alert_below is not None and value < measurement.alert_below:
        return f"{said}，低于报警值 {shown(measurement.alert_below)}{_unit(measurement)}，请关注。"
    if measurement.alert_from is not None and value >= measurement.alert_from:
        return f"{said}，达到报警值 {shown(measurement.alert_from)}{_unit(measurement)}，请关注。"
    return ""


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
    if isinstance(raw, date) and not isinstance(raw, datetime):
        return raw
    try:
        value = date.fromisoformat(_tidy(str(raw)))
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

TISSUES = ("tissue_red_pct", "tissue_yellow_pct", "tissue_black_pct", "tissue_pink_pct")
HANDOVER_LIMIT = timedelta(hours=2)


def cross(values: Mapping[str, Any]) -> list[Refusal]:
    """Say which answers contradict each other; each sentence stands at the field to look at first."""
    sbp, dbp = values.get("sbp_mmhg"), values.get("dbp_mmhg")
    tissues = [values[key] for key in TISSUES if values.get(key) is not None]
    collected, handed = values.get("collected_at"), values.get("handed_over_at")
    flagged = values.get("glucose_flag") in {"LO", "HI"}
    found = []
    if sbp is not None and dbp is not None and sbp <= dbp:
        found.append(("bp_order", "收缩压应大于舒张压，请核对后再填写。", "sbp_mmhg"))
    if tissues and sum(tissues) != 100:
        found.append(("tissue_total", "四种颜色组织的比例相加应为 100%，请核对后再填写。", TISSUES[0]))
    if collected and handed and handed < collected:
        found.append(("handover_order", "标本送达时间不能早于采集时间，请核对后再填写。", "handed_over_at"))
    if flagged and values.get("glucose_mmol_l") is not None:
        found.append(("glucose_flag", "仪器显示 LO 或 HI 时，请不要填写血糖数值。", "glucose_mmol_l"))
    if values.get("ng_check") == "无法确认" and values.get("feed_ml"):
        found.append(("feed_unconfirmed", "不能确认胃管在胃内时不得鼻饲，请停止操作并报告医生。", "feed_ml"))
    return [Refusal(f"measurement.{code}", sentence, field=field) for code, sentence, field in found]


def cautions(values: Mapping[str, Any]) -> list[str]:
    """What deserves a word although it may be so: never blocks."""
    collected, handed = values.get("collected_at"), values.get("handed_over_at")
    found = []
    if collected and handed and handed - collected > HANDOVER_LIMIT:
        found.append("标本送达超过 2 小时，请向检验科说明。")
    if values.get("glucose_flag") == "LO":
        found.append("血糖低于仪器可测范围，请立即按低血糖处理并联系医生。")
    if values.get("glucose_flag") == "HI":
        found.append("血糖高于仪器可测范围，请立即联系医生。")
    return found


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
