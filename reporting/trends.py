"""Month by month: how many institutions and items there were at its end, and what was done in it (000 四(十二))."""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

from django.db.models import Sum
from django.db.models.functions import TruncMonth

from catalog.models import Offering
from indicators import months as calendar
from indicators.models import DayCount
from institutions.models import Filing

MOST = 24


def months(*, places: Collection[int], first: date, last: date) -> list[dict[str, Any]]:
    """The months of these days, at most the last two years of them, in three queries."""
    wanted = [calendar.month_of(last)]
    while len(wanted) < MOST and wanted[0] > calendar.month_of(first):
        wanted.insert(0, calendar.before(wanted[0]))
    filings = list(
        Filing.objects.filter(organisation__in=places, approved=True).values_list(
            "organisation", "approved_from", "withdrawn_on"
        )
    )
    offered = list(
        Offering.objects.filter(organisation__in=places, offered=True).values_list("item__code", "starts_on", "ends_on")
    )
    done = _done(places, wanted[0], last)
    return [_month(month, last, filings, offered, done) for month in wanted]


def _month(month, last, filings, offered, done) -> dict[str, Any]:
    end = min(calendar.after(month) - timedelta(days=1), last)
    open_then = {
        place for place, since, until in filings if since and since <= end and (until is None or until > end)
    }  # fmt: skip
    items = {code for code, since, until in offered if since <= end and (until is None or until >= end)}
    counted = done.get(month, {})
    return {
        "month": f"{month:%Y-%m}", "institutions": len(open_then), "items": len(items),
        "requests": counted.get("asked", 0), "finished": counted.get("done", 0),
    }  # fmt: skip


def _done(places, first, last) -> dict[date, dict[str, int]]:
    rows = DayCount.objects.filter(centre__in=places, day__gte=first, day__lte=last).order_by()
    by_month = rows.annotate(month=TruncMonth("day")).values("month")
    return {row["month"]: row for row in by_month.annotate(asked=Sum("requests"), done=Sum("finished"))}
