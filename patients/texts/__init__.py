"""The first version of the two papers, published when a district is set up; later versions are the commission's."""

import hashlib
from importlib import resources


def first(kind: str) -> str:
    """Return the words of ``consent`` or ``agreement``."""
    return resources.files(__name__).joinpath(f"{kind}.md").read_text(encoding="utf-8")


def digest(words: str) -> str:
    """SHA-256 of the words themselves; the page that shows a text carries it to the signature."""
    return hashlib.sha256(words.encode()).hexdigest()
