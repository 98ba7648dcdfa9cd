"""The nurses for one visit time, prepared for the page: who may be sent, best first, and who not, with every reason."""

from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from desks.dispatch import forms
from orders import eligibility, ranking
from orders.days import beginning

MORNING = time(9)


def offering(row, start: datetime, *, url: str, page_url: str, override: str = "", chosen: int | None = None) -> dict:
    """
    Every nurse of the centre for the asked time; ``chosen`` is the one whom the desk has pointed at already.

    ``url`` takes the offer, ``page_url`` shows the same page for another time.
    """
    end = start + timedelta(minutes=row.minutes)
    answers = eligibility.answers(row, start, end)
    asked_for = ranking.window_objection(start, row.window_start, row.window_end)
    outside = (asked_for,) if asked_for else ()
    may = [_candidate(a, outside) for a in answers if not a["refusals"]]
    may_not = [_candidate(a, ()) for a in answers if a["refusals"]]
    if chosen is not None:
        may.sort(key=lambda one: one["pk"] != chosen)
        may_not.sort(key=lambda one: one["pk"] != chosen)
    for place, one in enumerate(may):
        one["main"] = place == 0
        one["mark"] = "您选的护士" if one["pk"] == chosen else "建议首选" if place == 0 else ""
    return {
        "form": forms.Offer(initial={"start": start}, auto_id="offer_%s"),
        "start": start,
        "end": end,
        "start_text": timezone.localtime(start).strftime("%Y-%m-%dT%H:%M"),
        "may": may,
        "may_not": may_not,
        "chosen": chosen,
        "chosen_barred": next((one for one in may_not if one["pk"] == chosen), None),
        "override": override,
        "url": url,
        "page_url": page_url,
        "outside": bool(outside),
    }


def soonest(wished: datetime, now: datetime, day: date | None = None) -> datetime:
    """The wished time while it lies ahead (on ``day`` if one is asked for), else the next that can be reached."""
    if wished > now and day in (None, timezone.localdate(wished)):
        return wished
    if day is not None and beginning(day) > now:
        return timezone.make_aware(datetime.combine(day, MORNING))
    later = timezone.localtime(now) + timedelta(hours=1)
    return later.replace(minute=30 if later.minute < 30 else 0, second=0, microsecond=0) + timedelta(
        hours=0 if later.minute < 30 else 1
    )


def moment(text: str | None) -> datetime | None:
    """A time that was typed or stands in an address; rubbish is none."""
    try:
        found = parse_datetime(text or "")
    except ValueError:
        return None
    if found is None:
        return None
    return timezone.make_aware(found) if timezone.is_naive(found) else found


def _candidate(answer, outside):
    known = answer["candidate"]
    return {
        "pk": known.nurse_id,
        "name": known.name,
        "load": answer["load"],
        "bookings": sorted((begins, ends) for begins, ends, _ in known.bookings),
        "refusals": answer["refusals"],
        "warnings": answer["warnings"],
        "parts": answer["standing"].parts,
        "objections": [*answer["standing"].objections, *outside],
    }
