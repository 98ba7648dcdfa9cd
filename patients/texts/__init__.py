"""The first version of the two papers, published when a district is set up; later versions are the commission's."""

from importlib import resources


def first(kind: str) -> str:
    """Return the words of ``consent`` or ``agreement``."""
    return resources.files(__name__).joinpath(f"{kind}.md").read_text(encoding="utf-8")
