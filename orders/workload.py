"""How much one nurse has done: visits, time at bedsides, time on the way, by week and by item. In four queries."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone

from accounts.roles import Role
from kernel.actors import Actor
from orders.days import beginning
from orders.lifecycle import ALONG_SERVED
from orders.models import Companion, Order, OrderLine

WEEKS = 6
Spell = tuple[datetime | None, datetime | None, datetime | None]  # set out, arrived, left


@dataclass(frozen=True, slots=True)
class Span:
    """A week or a month, the last day included."""

    first: date
    last: date
    visits: int
    along: int
    bedside: int
    travel: int

    @property
    def minutes(self) -> int:
        return self.bedside + self.travel


@dataclass(frozen=True, slots=True)
class Workload:
    weeks: list[Span]
    month: Span
    last_month: Span
    items: list[tuple[str, int]]


def of_nurse(*, actor: Actor, today: date) -> Workload:
    """The nurse's own visits that were finished, the newest week first; the items are those of this month."""
    this_month = today.replace(day=1)
    last_month = (this_month - timedelta(days=1)).replace(day=1)
    monday = today - timedelta(days=today.weekday())
    weeks = [monday - timedelta(weeks=back) for back in range(WEEKS)]
    since = min(weeks[-1], last_month)
    visits, along = _visits(actor, since, today), _along(actor, since, today)

    def span(first, last):
        inside = [spell for day, spell in visits if first <= day <= last]
        beside = [spell for day, spell in along if first <= day <= last]
        together = [*inside, *beside]
        return Span(
            first=first,
            last=last,
            visits=len(inside),
            along=len(beside),
            bedside=sum(_minutes(arrived, left) for _, arrived, left in together),
            travel=sum(_minutes(out, arrived) for out, arrived, _ in inside),
        )

    return Workload(
        weeks=[span(first, first + timedelta(days=6)) for first in weeks],
        month=span(this_month, today),
        last_month=span(last_month, this_month - timedelta(days=1)),
        items=_items(actor, this_month, today),
    )


def _hers(actor) -> dict:
    return {"nurse__user": actor.user_id, "centre__in": actor.orgs_as(Role.NURSE)}


def _between(first, last) -> dict:
    return {"finished_at__gte": beginning(first), "finished_at__lt": beginning(last) + timedelta(days=1)}


def _visits(actor, first, last) -> list[tuple[date, Spell]]:
    done = Order.objects.filter(**_hers(actor), **_between(first, last))
    return _by_day(done.values_list("departed_at", "arrived_at", "finished_at"))


def _along(actor, first, last) -> list[tuple[date, Spell]]:
    """Where she went as the second nurse: the hours are those of the visit, and her way is not on record."""
    within = {f"order__{key}": value for key, value in _between(first, last).items()}
    seats = Companion.objects.filter(**_hers(actor), **within, status__in=sorted(ALONG_SERVED))
    return _by_day(seats.values_list("order__departed_at", "order__arrived_at", "order__finished_at"))


def _items(actor, first, last) -> list[tuple[str, int]]:
    hers = {f"order__{key}": value for key, value in {**_hers(actor), **_between(first, last)}.items()}
    return Counter(OrderLine.objects.filter(**hers).values_list("item__name", flat=True)).most_common()


def _by_day(rows: Iterable[Spell]) -> list[tuple[date, Spell]]:
    return [(timezone.localdate(row[2]), row) for row in rows if row[2] is not None]


def _minutes(begins, ends) -> int:
    return 0 if begins is None or ends is None else max(0, round((ends - begins).total_seconds() / 60))
