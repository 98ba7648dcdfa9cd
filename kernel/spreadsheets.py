"""
Texts that leave for a spreadsheet: what a person typed must not be run as a formula on somebody else's machine, and
signs that no workbook can hold are dropped.
"""

import re
from collections.abc import Iterable
from typing import Any

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
# Pasted along unseen; a workbook with one of them cannot be written.
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def harmless(value: Any) -> Any:
    """Return the value as it is, or, where a spreadsheet would take the text for a formula, behind an apostrophe."""
    if not isinstance(value, str):
        return value
    value = _NO_XML.sub("", value)
    return f"'{value}" if value.lstrip(" ").startswith(_STARTS_A_FORMULA) else value


def harmless_rows(rows: Iterable[Iterable[Any]]) -> list[list[Any]]:
    return [[harmless(value) for value in row] for row in rows]
