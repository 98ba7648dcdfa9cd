"""Supply against demand for those who run or oversee: figures, where it is short and why, the table to take away."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.models import Organization
from desks import downloads, office
from desks.steps import Outcome, attempt
from kernel.actors import Actor
from orders import shortfall
from orders.offers import FailedBy
from orders.services.evidence import export_shortfall

SHOWN = 200


def state(request: HttpRequest, actor: Actor) -> dict:
    """What the page shows for the asked days."""
    start, end = days(request.GET)
    asked = {"actor": actor, "start": start, "end": end, "now": timezone.now()}
    counts = shortfall.totals(**asked)
    missed = shortfall.no_shows(actor=actor, start=start, end=end)
    lines = shortfall.by_item_and_town(**asked)
    columns = shortfall.columns()
    return {
        "start": start,
        "end": end,
        "figures": [(label, counts[key]) for key, label in columns[:5]],
        "reasons": [(label, counts[key]) for key, label in columns[5:]],
        "columns": [label for _, label in columns],
        "centres": [_shown(line) for line in shortfall.by_centre(**asked)],
        "people": [_shown(line) for line in shortfall.by_people(**asked)],
        "lines": [_shown(line) for line in lines[:SHOWN]],
        "more": max(0, len(lines) - SHOWN),
        "missed": [(label, missed[key]) for key, label in FailedBy.choices],
    }


def export(request: HttpRequest, actor: Actor, place: Organization) -> tuple[Outcome, HttpResponse | None]:
    """The whole table as a file; the export stands in the trace before it leaves."""
    start, end = days(request.POST)
    lines = shortfall.by_item_and_town(actor=actor, start=start, end=end, now=timezone.now())
    outcome = attempt(
        export_shortfall,
        typed=request.POST,
        rows=shortfall.table(lines),
        asked=f"{start:%Y%m%d}-{end:%Y%m%d}",
        reason=request.POST.get("reason", ""),
        place=place,
        **office.act(request),
    )
    if not outcome.done:
        return outcome, None
    kept = outcome.row
    return outcome, downloads.saved(kept.content, name=kept.name, kind="text/csv; charset=utf-8")


def days(asked):
    return shortfall.span_of(office.day_in(asked, "start"), office.day_in(asked, "end"))


def _shown(line):
    return {"names": line.names, "counts": [line.counts[key] for key in shortfall.COUNTS]}
