"""The district's towns and centres as they were collected: data of the project, read at set-up time."""

import json
from datetime import datetime
from pathlib import Path

from institutions import services
from institutions.models import Town
from kernel.actors import Actor

DATA = Path(__file__).parent / "data"


def read(name: str = "pudong") -> dict:
    return json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))


def load_district(data: dict, *, by: Actor, now: datetime) -> list[Town]:
    """Add the towns of one district; those that are there already stay as they are."""
    return services.add_towns(
        towns=[
            Town(code=row["code9"], name=row["name"], kind=row["type"], lon=row["lon"], lat=row["lat"])
            for row in data["towns"]
        ],
        by=by,
        now=now,
    )
