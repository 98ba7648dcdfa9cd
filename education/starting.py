"""The articles and courses that come with the platform: drafts, until the district's own people have reviewed them."""

import json
from pathlib import Path

from education import bank

DATA = Path(__file__).parent / "data"


def articles() -> list[dict]:
    return json.loads((DATA / "articles.json").read_text(encoding="utf-8"))["articles"]


def courses() -> list[dict]:
    """Courses with their bank as it is typed, so that a draft is changed as it was written."""
    found = json.loads((DATA / "courses.json").read_text(encoding="utf-8"))["courses"]
    return [{**one, "bank": bank.written(one["bank"])} for one in found]
