"""What the last visit already found out: values that rarely change are offered again, others are shown as a trend."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from catalog import measurements
from catalog.models import ItemMeasurement, Measurement
from clinical.models import Reading, VisitRecord

CLAUSE = "000 三(十)"
SHOWN = 5  # so many earlier visits fit beside a field


@dataclass(frozen=True, slots=True)
class Point:
    """One earlier value of a measurement."""

    at: datetime
    value: str
    unit: str


def offered(record: VisitRecord) -> dict[str, Reading]:
    """
    Return what may be taken over by one tap: asked here, rarely changing, not answered yet, not unusual.

    The value is that of the patient's last closed record that has it; never a vital sign (the library says which).
    """
    asked = ItemMeasurement.objects.filter(item__in=record.items.all(), measurement__carried=True)
    answered = record.readings.values("measurement")
    keys = asked.exclude(measurement__in=answered).values("measurement")
    last: dict[str, Reading] = {}
    for row in _earlier(record, keys):
        last.setdefault(row.measurement_id, row)
    return {key: row for key, row in last.items() if not row.alert}


def trends(record: VisitRecord) -> dict[str, list[Point]]:
    """Return the earlier values of what is followed from visit to visit, the latest first."""
    followed = ItemMeasurement.objects.filter(item__in=record.items.all(), measurement__followed=True)
    found: dict[str, list[Point]] = {}
    for row in _earlier(record, followed.values("measurement")):
        points = found.setdefault(row.measurement_id, [])
        if len(points) < SHOWN:
            points.append(Point(row.at, row.value, row.measurement.unit))
    return found


def earlier_values(record: VisitRecord) -> dict[str, Any]:
    """Return the last known value of everything that this record asks, as :mod:`catalog.relations` compares it."""
    asked = ItemMeasurement.objects.filter(item__in=record.items.all())
    found: dict[str, Any] = {}
    for row in _earlier(record, asked.values("measurement")):
        if row.measurement_id not in found:
            sum_ = row.measurement.type == Measurement.Type.COMPUTED  # never typed, so never cleaned
            found[row.measurement_id] = Decimal(row.value) if sum_ else measurements.clean(row.measurement, row.value)
    return found


def saved(readings: Iterable[Reading]) -> int:
    """Count the values that nobody had to write again."""
    return sum(row.copied_from_id is not None for row in readings)


def _earlier(record, keys):
    return (
        Reading.objects.filter(record__patient=record.patient_id, record__closed_at__isnull=False, measurement__in=keys)
        .exclude(record=record.pk)
        .select_related("measurement", "record")
        .order_by("-record__closed_at", "-pk")[:400]
    )
