"""What stands beside a field of the record: the last visit's value, how it went before, the word that is still owed."""

from datetime import datetime, timedelta

from django.urls import reverse
from django.utils import timezone

from catalog import measurements
from clinical import calls, carrying
from clinical.lifecycle import ANSWERED, CALL_BACK_RUNS
from institutions import selectors as institutions
from orders import faces

WHY = "why-"  # the name of the word beside an unusual value


class Beside:
    """All that a record's page shows of earlier visits, read once for the whole page."""

    def __init__(self, order, record):
        self.order, self.record = order, record
        here = record.pk is not None
        self.offered = carrying.offered(record) if here else {}
        self.trends = carrying.trends(record) if here else {}
        self.earlier = carrying.earlier_values(record) if here else {}
        settings = institutions.settings_of(order.centre, timezone.localdate(record.started_at)) if here else {}
        self.late_after = timedelta(minutes=settings.get("record.late_minutes", 0))

    def of(self, key: str, row, typed, errors) -> dict:
        """What goes with one field: ``row`` is its reading, if there is one."""
        offer = self.offered.get(key)
        return {
            "why": self._why(key, row, typed, errors),
            "offer": offer and {"value": said(offer), "day": offer.record.started_at},
            "copied": row.copied_from.record.started_at if row and row.copied_from_id else None,
            "trend": [{"at": one.at, "value": f"{one.value} {one.unit}".strip()} for one in self.trends.get(key, [])],
            "late": row.at if row and self.is_late(row.at, row.recorded_at) else None,
        }

    def is_late(self, at: datetime, recorded_at: datetime) -> bool:
        """Whether something was written long after it happened (002 五(七)1(1))."""
        return bool(self.late_after) and recorded_at - at > self.late_after

    def carry(self) -> dict | None:
        """The one button that takes over everything that is offered."""
        if not self.offered:
            return None
        labels = "、".join(row.measurement.label for row in self.offered.values())
        return {
            "count": len(self.offered),
            "labels": labels,
            "day": next(iter(self.offered.values())).record.started_at,
        }

    def _why(self, key, row, typed, errors):
        name = f"{WHY}{key}"
        value = typed.get(name) if typed.get(name) is not None else row.explanation if row else ""
        found = errors.get(name, [])
        return {
            "name": name,
            "value": value,
            "errors": found,
            "shown": bool(row and row.alert or found),
            "owed": bool(row and row.alert and not row.explanation),
        }


def limits(measurement) -> dict:
    """
    Where a value begins to be unusual, and where it is red, for a phone without network to ask for the word at once and
    to say whom to call.
    """
    numbers = {
        "below": _outer(max, measurement.alert_below, measurement.red_below),
        "from": _outer(min, measurement.alert_from, measurement.red_from),
        "red_below": measurement.red_below,
        "red_from": measurement.red_from,
    }
    return {
        **{name: "" if number is None else measurements.shown(number) for name, number in numbers.items()},
        "values": _as_typed([*measurement.alert_values, *measurement.red_values]),
        "red": _as_typed(measurement.red_values),
    }


def call_backs(order, record) -> dict:
    """The doctor's answers to red values of this visit, as they come."""
    return {
        "url": reverse("nurse:call_backs", args=[order.number]),
        "rows": [
            {
                "face": faces.CALL_BACK[row.status],
                "sentence": row.sentence,
                "at": row.opened_at,
                "due_at": row.due_at,
                "doctor": row.doctor.display_name if row.doctor else "",
                "runs": row.status in CALL_BACK_RUNS,
                "answered": row.status in ANSWERED,
                "outcome": row.get_outcome_display(),
                "words": row.words,
            }
            for row in calls.of_record(record)
        ],
    }


def said(row) -> str:
    value = measurements.clean(row.measurement, row.value)
    word = ("是" if value else "否") if isinstance(value, bool) else row.value
    return f"{word} {row.measurement.unit}".strip()


def _as_typed(words) -> str:
    """Options as their fields say them."""
    return "|".join({True: "yes", False: "no"}[word] if isinstance(word, bool) else word for word in words)


def _outer(choose, *bounds):
    known = [bound for bound in bounds if bound is not None]
    return choose(known) if known else None
