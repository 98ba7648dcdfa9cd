"""The versions of a closed record, read and verified: nothing here writes."""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, timedelta

from django.db.models import F
from django.utils import timezone

from clinical.models import RecordVersion, VisitRecord
from institutions import selectors as institutions

CLAUSE = "002 五(七)1(1)"


def of_record(record: VisitRecord) -> list[RecordVersion]:
    """Return what was added and corrected after closing, the oldest first."""
    return list(record.versions.select_related("written_by", "release__released_by").order_by("number"))


def late_readings(record: VisitRecord) -> set[int]:
    """Return the readings that were written long after they were taken, by their ids (补记)."""
    settings = institutions.settings_of(record.centre, timezone.localdate(record.started_at))
    wait = timedelta(minutes=settings["record.late_minutes"])
    rows = record.readings.filter(recorded_at__gt=F("at") + wait)
    return set(rows.values_list("pk", flat=True))


def digest(version: RecordVersion) -> str:
    """Return the SHA-256 of a version over what it says and the digest before it (canonical JSON, keys sorted)."""
    covered = {
        "record": version.record_id,
        "number": version.number,
        "kind": str(version.kind),
        "changes": version.changes,
        "reason": version.reason,
        "by": version.written_by_id,
        "happened_at": version.happened_at.astimezone(UTC).isoformat(),
        "recorded_at": version.recorded_at.astimezone(UTC).isoformat(),
        "content": version.content_sha256,
        "previous": version.previous_sha256,
    }
    return hashlib.sha256(json.dumps(covered, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def broken_at(record: VisitRecord, versions: Sequence[RecordVersion], content: str) -> int | None:
    """
    Return the number of the first version that does not follow from the one before, or None when all do.

    ``content`` is the digest of the record as it stands now; it must be that of the latest version.
    """
    previous = record.content_sha256
    for number, version in enumerate(versions, 2):
        if version.number != number or version.previous_sha256 != previous or digest(version) != version.sha256:
            return number
        previous = version.sha256
    latest = versions[-1].content_sha256 if versions else record.content_sha256
    return None if latest == content else (versions[-1].number if versions else 1)
