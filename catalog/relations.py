"""
How the answers of one visit must fit together, and to those of the visit before. Pure.

The rules are data (``cross_field_rules``): a comparison over the keys of measurements. A rule whose answers are not all
there stays silent, so it can be asked at any time. ``refuse`` contradicts, ``warn`` deserves a word and never blocks.
"""

import ast
import json
import operator
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from kernel.refusals import Refusal

DATA = Path(__file__).parent / "data" / "pudong_2024.json"
REFUSE, WARN = "refuse", "warn"
_NUMBERS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}
_COMPARISONS = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: the sentence stands at ``field`` when ``expression`` is false."""

    code: str
    severity: str
    field: str
    expression: str
    sentence: str
    clause: str = ""


class _Silent(Exception):
    """An answer that the rule speaks of is not there, so there is nothing to contradict."""


def rules(rows: Iterable[Mapping[str, Any]]) -> tuple[Rule, ...]:
    """Return the rules among the rows of an edition's data; a row without fields is about the person, not answers."""
    return tuple(
        Rule(row["code"], row["severity"], row["fields"][0], row["rule"], row["message"], row.get("clause", ""))
        for row in rows
        if row["fields"]
    )


@lru_cache(maxsize=1)
def ours() -> tuple[Rule, ...]:
    """Return the rules that came with the first edition's data."""
    return rules(json.loads(DATA.read_text(encoding="utf-8"))["cross_field_rules"])


def broken(
    rules: Iterable[Rule], severity: str, values: Mapping[str, Any], earlier: Mapping[str, Any] | None = None
) -> list[Refusal]:
    """Return the broken rules of one severity, each at the field to look at first."""
    return [
        Refusal(f"measurement.{rule.code}", rule.sentence, rule.clause, field=rule.field)
        for rule in rules
        if rule.severity == severity and holds(rule.expression, values, earlier or {}) is False
    ]


def holds(expression: str, values: Mapping[str, Any], earlier: Mapping[str, Any]) -> bool | None:
    """Whether the rule is kept; None while an answer that it speaks of is missing."""
    try:
        return bool(_value(_parsed(expression), _Answers(values, earlier)))
    except (_Silent, ArithmeticError, TypeError):
        return None


def unknown_in(expression: str, keys: Iterable[str]) -> set[str]:
    """Return what a rule speaks of that nobody measures; asked before the data are accepted."""
    names = {node.id for node in ast.walk(_parsed(expression)) if isinstance(node, ast.Name)}
    return names - set(keys) - set(_FUNCTIONS)


@dataclass(frozen=True, slots=True)
class _Answers:
    now: Mapping[str, Any]
    before: Mapping[str, Any]


@lru_cache(maxsize=256)
def _parsed(expression):
    return ast.parse(expression, mode="eval").body


def _value(node, answers):
    """Comparisons, arithmetic and a few named functions on answers, and nothing else: rules are never run as code."""
    if isinstance(node, ast.BoolOp):
        several = (_value(one, answers) for one in node.values)
        return all(several) if isinstance(node.op, ast.And) else any(several)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return not _value(node.operand, answers)
    if isinstance(node, ast.Compare):
        return _compared(node, answers)
    if isinstance(node, ast.BinOp) and type(node.op) in _NUMBERS:
        return _NUMBERS[type(node.op)](_value(node.left, answers), _value(node.right, answers))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _FUNCTIONS:
        return _FUNCTIONS[node.func.id](node.args, answers)
    if isinstance(node, ast.Tuple):
        return tuple(_value(one, answers) for one in node.elts)
    if isinstance(node, ast.Constant):
        number = isinstance(node.value, int | float) and not isinstance(node.value, bool)
        return Decimal(str(node.value)) if number else node.value
    if isinstance(node, ast.Name):
        return _answer(answers.now, node.id)
    raise _Silent


def _compared(node, answers):
    left = _value(node.left, answers)
    for sign, right in zip(node.ops, node.comparators, strict=True):
        right = _value(right, answers)
        if isinstance(sign, ast.In | ast.NotIn):
            kept = (left in right) is isinstance(sign, ast.In)
        elif type(sign) in _COMPARISONS:
            kept = _COMPARISONS[type(sign)](left, right)
        else:
            raise _Silent
        if not kept:
            return False
        left = right
    return True


def _answer(values, key):
    value = values.get(key)
    if value is None:
        raise _Silent
    return value


def _total(names, answers):
    """The sum of those that were answered."""
    found = [answers.now[one.id] for one in names if answers.now.get(one.id) is not None]
    if not found:
        raise _Silent
    return sum(found)


def _change(names, answers):
    """How far the answer is from that of the visit before."""
    (one,) = names
    return abs(_answer(answers.now, one.id) - _answer(answers.before, one.id))


def _growth(names, answers):
    """How many times as large as at the visit before."""
    (one,) = names
    return Decimal(_answer(answers.now, one.id)) / Decimal(_answer(answers.before, one.id))


def _length(unit):
    def length(numbers, answers):
        (number,) = numbers
        return timedelta(**{unit: float(_value(number, answers))})

    return length


_FUNCTIONS = {
    "total": _total,
    "change": _change,
    "growth": _growth,
    "given": lambda names, answers: answers.now.get(names[0].id) is not None,
    "hours": _length("hours"),
    "days": _length("days"),
}
