"""The two papers, cut into sections that can be read one by one. The words stay as they are: their hash is signed."""

import re

NUMBERED = re.compile(r"\d+\.\s+")


def sections(text: str) -> list[dict]:
    """
    Headings, paragraphs and numbered lines of a published text.

    Each section is ``{title, blocks: [{kind: "p" | "ol", lines}]}``; what stands before the first heading has no title.
    """
    found: list[dict] = [{"title": "", "blocks": []}]
    for line in (raw.strip() for raw in text.splitlines()):
        if not line or line.startswith("# "):
            continue
        if line.startswith("## "):
            found.append({"title": line[3:].strip(), "blocks": []})
            continue
        kind = "ol" if NUMBERED.match(line) else "p"
        blocks = found[-1]["blocks"]
        if kind == "p" or not blocks or blocks[-1]["kind"] != kind:
            blocks.append({"kind": kind, "lines": []})
        blocks[-1]["lines"].append(NUMBERED.sub("", line, count=1) if kind == "ol" else line)
    return [section for section in found if section["blocks"]]
