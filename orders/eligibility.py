"""Asking the nurse's rules about an order: the same list for offer, accept, check-in, "why not", and the day plan."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Q, prefetch_related_objects
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import Organization
from institutions import selectors as institutions
from kernel.refusals import Refusal
from nurses import rules
from nurses import selectors as nurses
from nurses.models import Nurse
from orders import ranking
from orders.days import beginning
from orders.lifecycle import ALONG_SERVED, COMPANION_LIVE, SEATED
from orders.models import Companion, Order
from patients.models import Address, Patient


def visit_of(order: Order, starts_at: datetime, ends_at: datetime, settings: dict | None = None) -> rules.Visit:
    """Describe the visit as the rules want it. The lines' items and their demands are fetched where they are not."""
    day = timezone.localdate(starts_at)
    settings = settings if settings is not None else institutions.settings_of(order.centre, day)
    prefetch_related_objects([order], "lines__item__demands__kind")
    return rules.Visit(
        organisation_id=order.centre_id,
        starts_at=starts_at,
        ends_at=ends_at,
        items=tuple(
            rules.Item(
                code=line.item.code,
                name=line.item.name,
                certificates=tuple((d.kind_id, d.kind.name, d.clause) for d in line.item.demands.all()),
                patient_sex=line.item.patient_sex,
            )
            for line in order.lines.all()
        ),
        patient_sex=order.patient.sex,
        settings=settings,
        key=order.number,
    )


def place_of(address: Address) -> ranking.Place:
    """Return where an address is as (longitude, latitude); the middle of its town where nothing nearer is known."""
    if address.lon is None or address.lat is None:
        return address.town.lon, address.town.lat
    return address.lon, address.lat


def stops(nurse_ids: Iterable[int] | None, day: date) -> dict[int, list[ranking.Stop]]:
    """The visits of nurses on one day with their places, in either seat, by nurse; of all without ``nurse_ids``."""
    start = beginning(day)
    rows = Order.objects.filter(status__in=SEATED, planned_start__lt=start + timedelta(days=1), planned_end__gt=start)
    if nurse_ids is not None:
        rows = rows.filter(nurse__in=nurse_ids)
    found = defaultdict(list)
    for nurse_id, number, begins, ends, lon, lat, town_lon, town_lat in rows.values_list(
        "nurse", "number", "planned_start", "planned_end", "address__lon", "address__lat", "address__town__lon",
        "address__town__lat",
    ):  # fmt: skip
        place = (town_lon, town_lat) if lon is None or lat is None else (lon, lat)
        found[nurse_id].append(ranking.Stop(begins, ends, place, number))
    # The second seat fills a day exactly as the first does: every rule, ranking and plan reads it from here.
    along = Companion.objects.filter(
        status__in=COMPANION_LIVE, starts_at__lt=start + timedelta(days=1), ends_at__gt=start
    )
    if nurse_ids is not None:
        along = along.filter(nurse__in=nurse_ids)
    for seat in along.select_related("order__address__town"):
        place = place_of(seat.order.address)
        found[seat.nurse_id].append(ranking.Stop(seat.starts_at, seat.ends_at, place, seat.order.number))
    return dict(found)


def made(nurse_ids: Iterable[int] | None, day: date) -> Counter[int]:
    """
    How many visits of the day each nurse has behind her, in either seat: she was at the door, and it is over.

    They take nobody's time any more and still count as the day's work (000 五(十六)).
    """
    start = beginning(day)
    end = start + timedelta(days=1)
    whose = Nurse.objects.values("pk") if nurse_ids is None else nurse_ids
    first = Order.objects.filter(
        nurse__in=whose, planned_start__gte=start, planned_start__lt=end, arrived_at__isnull=False
    ).exclude(status__in=SEATED)
    second = Companion.objects.filter(nurse__in=whose, status__in=ALONG_SERVED, starts_at__gte=start, starts_at__lt=end)
    return Counter(first.values_list("nurse", flat=True)) + Counter(second.values_list("nurse", flat=True))


def standing_of(centre_id: int, day: date, taken: Mapping[int, Iterable[ranking.Stop]]) -> list[rules.Candidate]:
    """Everybody with a nurse post at the centre on the day, with what is booked and what she has behind her."""
    behind = made(None, day)
    return [replace(one, made=behind[one.nurse_id]) for one in nurses.candidates(centre_id, day, bookings(taken))]


def histories(patient_ids: Iterable) -> dict[Any, dict[int, ranking.History]]:
    """What each nurse has done for each of these patients, by patient and nurse, under whichever of their records."""
    person = dict(Patient.objects.filter(pk__in=patient_ids).values_list("pk", Coalesce("merged_into", "pk")))
    people = set(person.values())
    records = Patient.objects.filter(Q(pk__in=people) | Q(merged_into__in=people))
    done = Order.objects.filter(patient__in=records.values("pk"), finished_at__isnull=False, nurse__isnull=False)
    known: dict[Any, dict[int, ranking.History]] = defaultdict(dict)
    rows = done.annotate(person=Coalesce("patient__merged_into", "patient")).values_list("person", "nurse")
    for one, nurse, visits, last in rows.annotate(visits=Count("pk"), last=Max("finished_at")):
        known[one][nurse] = ranking.History(visits, last)
    return defaultdict(dict, {patient: known[one] for patient, one in person.items() if one in known})


def bookings(stops_of_day: Mapping[int, Iterable[ranking.Stop]]) -> dict[int, tuple]:
    """The same visits as the rules ask for them: (start, end, order number), by nurse."""
    return {
        nurse: tuple((stop.starts_at, stop.ends_at, stop.key) for stop in mine) for nurse, mine in stops_of_day.items()
    }


def why_not(order: Order, nurse_id: int, starts_at: datetime, ends_at: datetime) -> tuple[list[Refusal], list[Refusal]]:
    """Return (all failing rules, warnings) for one nurse and one visit time."""
    day = timezone.localdate(starts_at)
    visit = visit_of(order, starts_at, ends_at)
    candidate = nurses.candidate(nurse_id, order.centre_id, day, bookings(stops([nurse_id], day)).get(nurse_id, ()))
    candidate = replace(candidate, made=made([nurse_id], day)[nurse_id])
    return rules.why_not(candidate, visit), rules.warnings(candidate, visit)


def answers(order: Order, starts_at: datetime, ends_at: datetime) -> list[dict]:
    """
    Every nurse of the centre with all failing rules; those who may be sent first, best first, with the reasons.

    The same number of queries whatever the number of nurses.
    """
    day = timezone.localdate(starts_at)
    visit = visit_of(order, starts_at, ends_at)
    known = histories([order.patient_id])[order.patient_id]
    most = max((history.visits for history in known.values()), default=0)
    there, base = place_of(order.address), _base(order)
    taken = stops(None, day)
    rows = []
    for candidate in standing_of(order.centre_id, day, taken):
        mine = [stop for stop in taken.get(candidate.nurse_id, ()) if stop.key != order.number]
        rows.append(
            {
                "candidate": candidate,
                "refusals": rules.why_not(candidate, visit),
                "warnings": rules.warnings(candidate, visit),
                "load": len(candidate.bookings) + candidate.made,
                "standing": ranking.standing(
                    place=there, base=base, starts_at=starts_at, ends_at=ends_at, stops=mine,
                    history=known.get(candidate.nurse_id, ranking.History()), most_visits=most, made=candidate.made,
                ),
            }
        )  # fmt: skip
    return sorted(
        rows, key=lambda row: (len(row["refusals"]), row["standing"].score, row["load"], row["candidate"].name)
    )


def objections(order: Order, nurse_id: int, starts_at: datetime, ends_at: datetime) -> list[Refusal]:
    """Return the soft objections to one nurse at one time: they ask for a reason and forbid nothing."""
    day = timezone.localdate(starts_at)
    mine = [stop for stop in stops([nurse_id], day).get(nurse_id, ()) if stop.key != order.number]
    standing = ranking.standing(
        place=place_of(order.address), base=_base(order), starts_at=starts_at, ends_at=ends_at, stops=mine,
        history=ranking.History(), most_visits=0,
    )  # fmt: skip
    return ranking.objections(standing, starts_at, order.window_start, order.window_end)


def _base(order: Order) -> ranking.Place:
    """Where a nurse's day begins: the centre, or the patient's own town while the centre's place is unknown."""
    return centre_place(order.centre) or (order.address.town.lon, order.address.town.lat)


def centre_place(centre: Organization) -> ranking.Place | None:
    """Where the centre is, if that is known."""
    return None if centre.lon is None or centre.lat is None else (centre.lon, centre.lat)
