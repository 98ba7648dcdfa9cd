"""The catalogue as data of the project: the 2024 edition, and a first negative list for the commission to change."""

import json
from datetime import date, datetime
from pathlib import Path

from accounts.models import Organization
from catalog import services
from catalog.models import NegativeEntry
from kernel.actors import Actor

DATA = Path(__file__).parent / "data"


def read(name: str = "pudong_2024") -> dict:
    return json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))


def load_negative_list(district: Organization, *, starts_on: date, by: Actor, now: datetime) -> list[NegativeEntry]:
    """Enter the first negative list; entries whose text stands already are left as they are."""
    known = set(NegativeEntry.objects.filter(district=district).values_list("kind", "text"))
    return [
        services.add_negative_entry(district=district, starts_on=starts_on, by=by, now=now, **row)
        for row in read("negative_list")["entries_ours"]
        if (row["kind"], row["text"]) not in known
    ]
