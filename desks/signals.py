"""
Early warnings of complications and adverse events as the commission reads its centres and a centre itself: where a
month stands above its own past, and the rows behind it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from accounts.models import Organization
from desks import office
from indicators import early, months, signals
from kernel.refusals import hidden

WIDTH, HEIGHT, STEP, BAR = 520, 120, 40, 24


@dataclass(frozen=True)
class Desk:
    """One desk's way to read: its addresses, its centres, its frame."""

    namespace: str
    show: Callable
    places: Callable

    def url(self, name: str, *args) -> str:
        return reverse(f"{self.namespace}:{name}", args=args)


def listing(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Every warning of the month, and how each centre stands as a whole."""
    month, places = _month(request), {row.pk: row for row in desk.places(request)}
    found = signals.warnings(centres=list(places), month=month)
    names = signals.item_names({item for _, item in found})
    everybody = signals.tallies(centres=list(places), month=month)
    page = office.page_of(
        [
            _line(desk, places[centre], signals.ALL, "", everybody[centre, signals.ALL], month)
            for centre in places
            if (centre, signals.ALL) in everybody
        ],
        request,
    )
    context = {
        "month": month,
        "rule": early.RULE,
        "warnings": [
            _line(desk, places[centre], item, names.get(item, f"第 {item} 项"), tally, month)
            for (centre, item), tally in found.items()
        ],
        "page": page,
        "many": len(places) > 1,
    }
    return desk.show(request, "signals", context)


def one(request: HttpRequest, desk: Desk, centre: int, item: int) -> HttpResponse:
    """One item of one centre: thirteen months, and the rows of the month."""
    place = next((row for row in desk.places(request) if row.pk == centre), None)
    if place is None:
        raise hidden("这家机构")
    month = _month(request)
    name = signals.item_names({item}).get(item)
    if name is None:
        raise hidden("这个项目")
    tally = signals.tallies(centres=[centre], month=month).get((centre, item), early.Tally(0, 0, 0, 0))
    page = office.page_of(signals.behind(centre=centre, item_number=item, month=month), request)
    page.object_list = [
        {**row, "url": desk.url("orders_one", row["about"]) if row["about"] else ""} for row in page.object_list
    ]
    context = {
        "place": place,
        "name": name,
        "month": month,
        "tally": tally,
        "warned": early.warns(tally),
        "words": early.in_words(tally),
        "rule": early.RULE,
        "chart": _chart(signals.course(centre=centre, item_number=item, month=month)),
        "page": page,
        "crumbs": [
            {"label": "异常预警", "url": f"{desk.url('signals')}?{_asked(month)}"},
            {"label": f"{place.short_name}，{name}", "url": ""},
        ],
    }
    return desk.show(request, "signals_one", context)


def _line(desk, place: Organization, item: int, name: str, tally, month) -> dict:
    return {
        "place": place,
        "name": name,
        "tally": tally,
        "words": early.in_words(tally),
        "warned": early.warns(tally),
        "url": f"{desk.url('signals_one', place.pk, item)}?{_asked(month)}",
    }


def _chart(course) -> dict:
    """Thirteen months of events for a hundred visits as bars in an SVG; the table beside it says the same."""
    rates = [events * 100 / visits if visits else 0 for _, visits, events in course]
    top = max(rates)
    bars = [
        {
            "month": month, "visits": visits, "events": events, "rate": rate if visits else None,
            "x": n * STEP + 8, "middle": n * STEP + 8 + BAR // 2, "last": n == len(course) - 1,
            "height": (tall := int(rate * (HEIGHT - 20) / top) if top else 0), "y": HEIGHT - tall,
        }
        for n, ((month, visits, events), rate) in enumerate(zip(course, rates, strict=True))
    ]  # fmt: skip
    return {"bars": bars, "width": WIDTH, "height": HEIGHT, "bar": BAR, "any": bool(top)}


def _month(request):
    """The asked month, or this one."""
    this = months.month_of(timezone.localdate())
    found = months.asked(request.GET.get("month", ""))
    return found if found and found.year >= 2000 and found <= this else this


def _asked(month) -> str:
    return urlencode({"month": f"{month:%Y-%m}"})
