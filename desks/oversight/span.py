"""A day, a week or a month at a glance: six figures beside the span before, towns, volume, quality, centres."""

from datetime import date, timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from desks import office, towns
from desks.oversight.desk import reader, show
from desks.stepforms import number_of
from indicators import overview as reads
from indicators.definitions import DEFINITIONS
from institutions import selectors as institutions

WIDTH, HEIGHT, STEP = 660, 130, 20
WEEKEND = 5
TARGET = DEFINITIONS["on_time"].target
GOOD = DEFINITIONS["rated_on_time"].target


@require_safe
def overview(request):
    actor, asked = reader(request), request.GET
    rows = list(reads.providers(actor=actor))
    scope = reads.scope(
        rows=rows, span=asked.get("span", "day"), on=_on(request), alliance=number_of(asked.get("alliance", "")),
        centre=number_of(asked.get("centre", "")),
    )  # fmt: skip
    here = {"centres": scope.centres, "first": scope.first, "last": scope.last}
    now = reads.counts(**here)
    then = reads.counts(centres=scope.centres, first=scope.before_first, last=scope.before_last)
    by_town, by_centre = reads.grouped("town", **here), reads.grouped("centre", **here)
    since = scope.last - timedelta(days=reads.BACK - 1)
    by_day = reads.grouped("day", centres=scope.centres, first=since, last=scope.last)
    only = scope.centres[0] if len(scope.centres) == 1 else None
    lines = [_line(row, by_centre[row.pk]) for row in rows if row.pk in by_centre]
    page = office.page_of(lines, request)
    context = {
        "scope": scope,
        "spans": reads.SPANS.items(),
        "alliances": reads.alliances(actor=actor),
        "places": rows,
        "asked": {name: number_of(asked.get(name, "")) for name in ("alliance", "centre")},
        "figures": _figures(now, then, scope, only),
        "tiles": _tiles(by_town, scope, only),
        "chart": _chart(by_day, since),
        "quality": _quality(now),
        "page": page,
        "waiting": reads.waiting(centres=scope.centres),
        "any": any(now.values()),
    }
    return show(request, "span", context)


def _on(request) -> date:
    today = timezone.localdate()
    found = office.day_asked(request, "on")
    return found if found and date(2000, 1, 1) <= found <= today + timedelta(days=366) else today


def _figures(now, then, scope, only) -> list[dict]:
    """Six figures, each beside the span before, each leading to what lies behind it."""
    month, place = f"{scope.first:%Y-%m}", {"centre": only} if only else {}
    orders, requests = reverse("oversight:orders"), reverse("oversight:requests")

    def to(url, **asked):
        return f"{url}?{urlencode({**asked, **place})}"

    def listed(url, by):
        """A list of one day, where there is one; else the centres below, each with its own figures."""
        return to(url, by=by, on=scope.first.isoformat()) if scope.span == "day" else "#places"

    def behind(code):
        return to(reverse("oversight:indicators_one", args=[code]), month=month)

    on_time, before = (reads.share(one["on_time"], one["arrived"]) for one in (now, then))
    short = on_time is not None and on_time < TARGET
    wait, waited = reads.days_to_assessment(now), reads.days_to_assessment(then)
    stars, starred = reads.stars(now), reads.stars(then)
    return [
        _figure("新申请", now["requests"], then["requests"], "件", listed(requests, "submitted"), scope),
        _figure("约定上门", now["visits"], then["visits"], "次", listed(orders, "planned"), scope),
        {
            **_figure("准时到达率", on_time, before, "%", behind("on_time"), scope, "个百分点"),
            "tone": "ask" if short else "",
            **({"why": f"低于目标 {TARGET - on_time} 个百分点"} if short else {}),
        },
        _figure("申请到首诊", wait, waited, "天", behind("to_assessment"), scope),
        _figure("服务满意度", stars, starred, "分", behind("rated_on_time"), scope),
        {
            **_figure("失约和中止", now["stopped"], then["stopped"], "次",
                      to(orders, status="stopped", by="since", on=scope.first.isoformat())
                      if scope.span == "day" else to(orders, status="stopped"), scope),
            "tone": "ask" if now["stopped"] else "",
        },
    ]  # fmt: skip


def _figure(label, value, old, unit, url, scope, difference="") -> dict:
    when = {"day": "上周同日", "week": "上一周", "month": "上个月"}[scope.span]
    if value is None:
        why = "这段时间没有记录"
    elif old is None:
        why = f"{when}没有记录"
    elif value == old:
        why = f"与{when}相同"
    else:
        why = f"比{when}{'多' if value > old else '少'} {abs(value - old)}{difference and ' '}{difference}"
    return {
        "label": label, "value": "无" if value is None else value, "unit": "" if value is None else unit, "url": url,
        "why": why, "tone": "",
    }  # fmt: skip


def _tiles(by_town, scope, only) -> list[dict]:
    """All towns, each leading to its visits; the note says that places are no map."""
    found, place = [], {"centre": only} if only else {}
    for town in institutions.towns():
        short, column, row = towns.PLACES.get(town.pk, (town.name, 0, 0))
        n = by_town.get(town.pk, {}).get("visits", 0)
        asked = {"town": town.pk, **place}
        if scope.span == "day":
            asked |= {"by": "planned", "on": scope.first.isoformat()}
        url = f"{reverse('oversight:orders')}?{urlencode(asked)}"
        days = (scope.last - scope.first).days + 1
        found.append(
            {"short": short, "column": column, "row": row, "visits": n, "shade": towns.shade(-(-n // days)), "url": url}
        )
    return sorted(found, key=lambda tile: (tile["row"] or 99, tile["column"]))


def _chart(by_day, since) -> dict:
    """Visits that ended, day by day, as bars in an SVG; weekends differ by their outline. The table says the same."""
    days = [since + timedelta(days=n) for n in range(reads.BACK)]
    numbers = [by_day.get(day, {}).get("finished", 0) for day in days]
    top = max(numbers, default=0)
    bars = [
        {
            "day": day, "n": n, "x": i * STEP + 2, "height": (tall := n * (HEIGHT - 20) // top if top else 0),
            "y": HEIGHT - tall, "weekend": day.weekday() >= WEEKEND, "named": i % 7 == 0,
            "visits": by_day.get(day, {}).get("visits", 0),
        }
        for i, (day, n) in enumerate(zip(days, numbers, strict=True))
    ]  # fmt: skip
    most = max(bars, key=lambda bar: bar["n"])
    return {"bars": bars, "total": sum(numbers), "most": most if top else None, "width": WIDTH, "height": HEIGHT}


def _quality(now) -> list[dict]:
    """Shares against their targets: a bar, a word, and the number."""
    found = [
        ("准时到达", reads.share(now["on_time"], now["arrived"]), TARGET, "on_time", f"{now['arrived']} 次到达"),
    ]
    stars = reads.stars(now)
    if stars is not None:
        found.append(("满意度（满分 5 分）", stars * 20, GOOD * 20, "rated_on_time", f"{now['rated']} 份评价"))
    return [
        {
            "label": label, "value": value, "target": target, "base": base,
            "low": value is not None and target is not None and value < target,
            "url": reverse("oversight:indicators_one", args=[code]),
        }
        for label, value, target, code, base in found
    ]  # fmt: skip


def _line(row, found) -> dict:
    return {
        "row": row,
        "counts": found,
        "on_time": reads.share(found["on_time"], found["arrived"]),
        "stars": reads.stars(found),
    }
