"""Workload by nurse, centre, item and town: visits and hours beside a score whose formula everybody can read."""

from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from desks import downloads, listing, office
from desks.oversight.desk import district, reader, show
from desks.stepforms import number_of
from desks.steps import attempt
from indicators import services, workload
from institutions.settings import SETTINGS


@require_safe
def overview(request):
    return _page(request, request.GET)


@require_POST
def export(request):
    """The whole table as a file; the export stands in the trace before it leaves."""
    asked = _asked(request, request.POST)
    rows = workload.lines(actor=reader(request), district_id=district(request).pk, **asked)
    span = f"{asked['start']:%Y%m%d}-{asked['end']:%Y%m%d}"
    outcome = attempt(
        services.export_workload, typed=request.POST, rows=workload.table(rows, asked["by"]),
        asked=f"{workload.BY[asked['by']]} {span}", reason=request.POST.get("reason", ""), place=district(request),
        **{"by": request.actor, "now": timezone.now()},
    )  # fmt: skip
    if not outcome.done:
        return _page(request, request.POST, refused=outcome.reasons, status=422)
    return downloads.saved(outcome.row.content, name=outcome.row.name, kind="text/csv; charset=utf-8")


def _page(request, given, *, refused=(), status=200):
    asked = _asked(request, given)
    here = district(request)
    rows = workload.lines(actor=reader(request), district_id=here.pk, **asked)
    page = office.page_of(rows, request)
    most = max((row.hours for row in rows), default=0)
    people = len(rows) if asked["by"] == "nurse" else 0
    whole = workload.total(rows)
    context = {
        **asked,
        "ways": workload.BY.items(),
        "places": listing.centres_of(reader(request)),
        "page": page,
        "heads": [workload.table([], asked["by"])[0]],
        "most": most,
        "whole": None if asked["by"] == "item" else whole,
        "per_nurse": whole.hours / people if people else None,
        "formulas": workload.formulas(district_id=here.pk, start=asked["start"], end=asked["end"]),
        "keys": [SETTINGS[key] for key in workload.KEYS.values()],
        "refused": refused,
        "reason": request.POST.get("reason", ""),
    }
    return show(request, "workload", context, status=status)


def _asked(request, given) -> dict:
    start, end = workload.span_of(office.day_in(given, "start"), office.day_in(given, "end"))
    way = given.get("by", "")
    return {
        "by": way if way in workload.BY else "nurse",
        "start": start,
        "end": end,
        "centre": number_of(given.get("centre", "")),
    }
