"""Texts that leave for a spreadsheet: what a person typed must not be run as a formula on somebody else's machine."""

from collections.abc import Iterable
from typing import Any

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def harmless(value: Any) -> Any:
    """Return the value as it is, or, where a spreadsheet would take the text for a formula, behind an apostrophe."""
    if isinstance(value, str) and value.lstrip(" ").startswith(_STARTS_A_FORMULA):
        return f"'{value}"
    return value


def harmless_rows(rows: Iterable[Iterable[Any]]) -> list[list[Any]]:
    return [[harmless(value) for value in row] for row in rows]
