"""Asking the nurse's rules about an order: the same list for offer, accept, check-in, "why not", and the day plan."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.utils import timezone

from accounts.selectors import district_of
from institutions import selectors as institutions
from kernel.refusals import Refusal
from nurses import rules
from nurses import selectors as nurses
from orders.days import beginning
from orders.lifecycle import SEATED
from orders.models import Order


def visit_of(order: Order, starts_at: datetime, ends_at: datetime, settings: dict | None = None) -> rules.Visit:
    """Describe the visit as the rules want it. Needs ``order.patient`` and the lines' items with their demands."""
    day = timezone.localdate(starts_at)
    settings = settings if settings is not None else institutions.settings_on(district_of(order.centre).pk, day)
    lines = order.lines.select_related("item").prefetch_related("item__demands__kind")
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
            for line in lines
        ),
        patient_sex=order.patient.sex,
        settings=settings,
        key=order.number,
    )


def bookings(nurse_ids: Iterable[int] | None, day: date, centre_id: int | None = None) -> dict[int, tuple]:
    """The seated visits of nurses on one day, as (start, end, order number), over all centres of a nurse."""
    start = beginning(day)
    rows = Order.objects.filter(status__in=SEATED, planned_start__lt=start + timedelta(days=1), planned_end__gt=start)
    if nurse_ids is not None:
        rows = rows.filter(nurse__in=nurse_ids)
    taken = defaultdict(tuple)
    for nurse_id, begins, ends, number in rows.values_list("nurse", "planned_start", "planned_end", "number"):
        taken[nurse_id] += ((begins, ends, number),)
    return dict(taken)


def why_not(order: Order, nurse_id: int, starts_at: datetime, ends_at: datetime) -> tuple[list[Refusal], list[Refusal]]:
    """Return (all failing rules, warnings) for one nurse and one visit time."""
    day = timezone.localdate(starts_at)
    visit = visit_of(order, starts_at, ends_at)
    candidate = nurses.candidate(nurse_id, order.centre_id, day, bookings([nurse_id], day).get(nurse_id, ()))
    return rules.why_not(candidate, visit), rules.warnings(candidate, visit)


def answers(order: Order, starts_at: datetime, ends_at: datetime) -> list[dict]:
    """Every nurse of the centre with all failing rules, eligible ones first, least busy first."""
    day = timezone.localdate(starts_at)
    visit = visit_of(order, starts_at, ends_at)
    rows = [
        {
            "candidate": candidate,
            "refusals": rules.why_not(candidate, visit),
            "warnings": rules.warnings(candidate, visit),
            "load": len(candidate.bookings),
        }
        for candidate in nurses.candidates(order.centre_id, day, bookings(None, day))
    ]
    return sorted(
        rows, key=lambda row: (len(row["refusals"]) > 0, len(row["refusals"]), row["load"], row["candidate"].name)
    )
