"""The questionnaires and templates that come with the platform, until a district publishes its own."""

import json
from pathlib import Path

DATA = Path(__file__).parent / "data" / "starting.json"


def read() -> dict:
    return json.loads(DATA.read_text(encoding="utf-8"))
