"""Where the resources of one bundle stand, each once, under a name that the others point to."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from django.conf import settings
from django.db.models import Model

from audit.fhir import OURS, without_nothing


class Shelf:
    """
    The entries of a bundle in the order in which they were put there.

    The same row is the same ``urn:uuid`` in every bundle that this platform makes, so who receives several can join
    them.
    """

    def __init__(self) -> None:
        self.entries: dict[str, dict[str, Any]] = {}

    def put(self, kind: str, key: str, resource: dict[str, Any]) -> dict[str, str]:
        """Add one resource unless it stands there already, and return a reference to it."""
        url = name_of(kind, key)
        if url not in self.entries:
            self.entries[url] = without_nothing({"resourceType": kind, "id": url.removeprefix("urn:uuid:"), **resource})
        return {"reference": url, "type": kind}

    def once(self, kind: str, key: str, make: Callable[[], dict[str, Any]]) -> dict[str, str]:
        """The same, where making it costs something."""
        url = name_of(kind, key)
        return {"reference": url, "type": kind} if url in self.entries else self.put(kind, key, make())

    def find(self, kind: str, key: str) -> dict[str, str] | None:
        url = name_of(kind, key)
        return {"reference": url, "type": kind} if url in self.entries else None

    def bundle(self, *, number: str, now: datetime) -> dict[str, Any]:
        return {
            "resourceType": "Bundle",
            "identifier": {"system": f"{OURS}order", "value": number},
            "type": "collection",
            "timestamp": instant(now),
            "entry": [{"fullUrl": url, "resource": resource} for url, resource in self.entries.items()],
        }


def name_of(kind: str, key: str) -> str:
    return f"urn:uuid:{uuid5(NAMESPACE_URL, f'{OURS}{settings.AUDIT_ORIGIN}:{kind}:{key}')}"


def identifier(row: Model, value: Any = None) -> dict[str, str]:
    """The row as the trace names it, so that events and resources can be joined."""
    return {"system": f"{OURS}{row._meta.label_lower}", "value": str(row.pk if value is None else value)}


def instant(moment: datetime | None) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if moment else ""


def day(value: date | None) -> str:
    return value.isoformat() if value else ""


def period(start: datetime | None, end: datetime | None) -> dict[str, str]:
    return {"start": instant(start), "end": instant(end)}


def text(words: str) -> list[dict[str, str]]:
    return [{"text": words}] if words else []
