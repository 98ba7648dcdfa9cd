"""A generated document: written, or compared with what stands in the repository."""

import difflib
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError, OutputWrapper

DOCS = Path(settings.BASE_DIR) / "docs"


def settle(name: str, text: str, *, check: bool, out: OutputWrapper) -> None:
    """
    Write ``docs/<name>``, or only compare it.

    :raises django.core.management.base.CommandError: ``check`` is given and the file is stale; the diff was printed
    """
    path = DOCS / name
    if not check:
        path.write_text(text, encoding="utf-8")
        return
    found = path.read_text(encoding="utf-8") if path.exists() else ""
    if found == text:
        return
    diff = difflib.unified_diff(
        found.splitlines(), text.splitlines(), f"docs/{name}", f"docs/{name}, as the code has it now", lineterm=""
    )
    out.write("\n".join(diff))
    raise CommandError(f"docs/{name} is stale: write it again with `./run manage {path.stem}_docs`")


def table(head: list[str], rows: list[list[str]]) -> list[str]:
    """Lines of a Markdown table; a bar inside a cell would end the cell, so it is written as an entity."""
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(str(cell).replace("|", "&#124;") for cell in line) + " |" for line in lines]
