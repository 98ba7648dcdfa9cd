"""
How a body is written and read: "## " begins a section, "- " a point, an empty line a new paragraph. Plain questions,
so that a text can be typed on a phone and still be read aloud, printed and shown large.
"""

from dataclasses import dataclass, field

HEAD, POINT = "## ", "- "


@dataclass
class Section:
    """One part of a text: its heading, and its paragraphs; a paragraph that is a list holds its points."""

    title: str = ""
    blocks: list = field(default_factory=list)

    @property
    def empty(self) -> bool:
        return not self.title and not self.blocks


def sections(body: str) -> list[Section]:
    """Return the parts of a text, in order; text before the first heading is a part without a title."""
    found = [Section()]
    points: dict[str, list[str]] | None = None
    for line in body.replace("\r\n", "\n").split("\n"):
        line = line.strip()
        if line.startswith(HEAD.strip()) and line.lstrip("#").strip():
            found.append(Section(line.lstrip("#").strip()))
            points = None
        elif line.startswith(POINT.strip()) and line[1:].strip():
            if points is None:
                points = {"points": []}
                found[-1].blocks.append(points)
            points["points"].append(line[1:].strip())
        elif line:
            found[-1].blocks.append({"words": line})
            points = None
        else:
            points = None
    return [part for part in found if not part.empty]


def first_words(body: str, most: int) -> str:
    """Return the beginning of a text as one line."""
    words = " ".join(
        block.get("words") or "；".join(block["points"]) for part in sections(body) for block in part.blocks
    )
    return words if len(words) <= most else f"{words[: most - 1]}…"
