"""
One centre's day on one board: who works when, what is planned, what still waits for a nurse or a doctor.

Every read is bounded by who asks and costs the same number of queries whatever stands on the board (000 五(十六)).
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from accounts import selectors as accounts
from accounts.models import Organization, User
from accounts.roles import Role
from clinical.lifecycle import ASSESSMENT, SIGNED
from clinical.models import Assessment
from institutions import selectors as institutions
from kernel.actors import Actor
from kernel.refusals import hidden
from nurses.rules import Candidate
from orders import deadlines, eligibility, ranking, selectors
from orders.companion import Companion
from orders.days import beginning
from orders.lifecycle import COMPANION_LIVE, ORDER, REQUEST, SEATED, OrderStatus
from orders.models import Order, ServiceRequest

PAGE = 50  # of what waits; the queue and the lists show the rest
MOST_VISITS = 600
# The nurse's day had this visit in it, whatever became of it.
BEEN = frozenset(
    {
        OrderStatus.AWAITING_CONFIRMATION,
        OrderStatus.COMPLETED,
        OrderStatus.DISPUTED,
        OrderStatus.NO_SHOW,
        OrderStatus.ABORTED,
    }
)


@dataclass(frozen=True, slots=True)
class NurseDay:
    """
    One nurse: her shifts and leaves, this centre's visits in order, and spans that another centre has taken.

    ``company`` are visits to which she goes along with the nurse who answers for them.
    """

    nurse: Candidate
    visits: tuple[Order, ...]
    company: tuple[Order, ...]
    elsewhere: tuple[tuple[datetime, datetime], ...]
    load: int
    cap: int


@dataclass(frozen=True, slots=True)
class DoctorDay:
    doctor: User
    visits: tuple[Assessment, ...]


@dataclass(frozen=True, slots=True)
class Board:
    centre: Organization
    day: date
    nurses: tuple[NurseDay, ...]
    doctors: tuple[DoctorDay, ...]
    orders: tuple[tuple[datetime | None, Order], ...]  # what waits for a nurse, with its deadline
    requests: tuple[tuple[datetime | None, ServiceRequest], ...]  # what waits for a doctor's first visit
    more: bool
    settings: dict[str, Any]
    base: ranking.Place
    paired: frozenset[int] = frozenset()  # visits that two nurses make


def day(*, actor: Actor, centre_id: int, day: date, now: datetime) -> Board:
    """
    Return everything that a dispatcher plans one day with.

    :raises kernel.refusals.Hidden: the actor does not dispatch at this centre
    """
    centre = Organization.objects.select_related("parent").filter(pk=centre_id).first()
    if centre is None or centre_id not in actor.orgs_as(Role.DISPATCHER):
        raise hidden("这家中心的当日安排")
    start = beginning(day)
    end = start + timedelta(days=1)
    settings = institutions.settings_of(centre, day)
    here = selectors.in_a_list(selectors.orders(actor=actor)).filter(centre=centre_id)
    visits = _visits(here, start, end)
    by_pk = {visit.pk: visit for of_nurse in visits.values() for visit in of_nurse}
    known = {visit.number for visit in by_pk.values()}
    company = _company(centre_id, start, end, by_pk)
    taken = eligibility.stops(None, day)
    nurse_days = tuple(
        NurseDay(
            nurse=candidate,
            visits=tuple(visits.get(candidate.nurse_id, ())),
            company=tuple(company.get(candidate.nurse_id, ())),
            elsewhere=tuple(
                (stop.starts_at, stop.ends_at)
                for stop in taken.get(candidate.nurse_id, ())
                if stop.key not in known
            ),
            load=sum(timezone.localdate(begins) == day for begins, _end, _key in candidate.bookings) + candidate.made,
            cap=settings["nurse.daily_cap"],
        )
        for candidate in eligibility.standing_of(centre_id, day, taken)
    )  # fmt: skip
    waiting = list(_waiting_orders(here, start, end, now)[: PAGE + 1])
    asking = list(_waiting_requests(actor, centre_id, end)[: PAGE + 1])
    return Board(
        centre=centre,
        day=day,
        nurses=nurse_days,
        doctors=_doctors(centre_id, day, start, end),
        orders=_by_deadline((deadlines.of_row(row, settings), row) for row in waiting[:PAGE]),
        requests=_by_deadline(
            (deadlines.of_request(row.status, row.status_since, settings), row) for row in asking[:PAGE]
        ),
        more=len(waiting) > PAGE or len(asking) > PAGE,
        settings=settings,
        base=base_of(centre, visits, waiting),
        paired=frozenset(visit.pk for going_along in company.values() for visit in going_along),
    )


def base_of(centre: Organization, visits: dict[int, list[Order]], waiting: list[Order]) -> ranking.Place:
    """Where the day begins: the centre, or the first known town while the centre's own place is unknown."""
    if place := eligibility.centre_place(centre):
        return place
    row = next((row for rows in [*visits.values(), waiting] for row in rows), None)
    return (row.address.town.lon, row.address.town.lat) if row else (0.0, 0.0)


def _visits(here, start, end) -> dict[int, list[Order]]:
    """This centre's visits of the day by nurse, those that are over included."""
    rows = here.filter(
        Q(status__in=SEATED) | Q(status__in=BEEN),
        nurse__isnull=False,
        planned_start__lt=end,
        planned_end__gt=start,
    ).order_by("planned_start", "pk")[:MOST_VISITS]
    found = defaultdict(list)
    for row in rows:
        found[row.nurse_id].append(row)
    return dict(found)


def _company(centre_id, start, end, by_pk) -> dict[int, list[Order]]:
    """The same visits by the second nurse who goes along, where one does."""
    rows = Companion.objects.filter(
        centre=centre_id, status__in=COMPANION_LIVE, starts_at__lt=end, ends_at__gt=start
    ).order_by("starts_at", "pk")
    found = defaultdict(list)
    for nurse_id, order_id in rows.values_list("nurse", "order")[:MOST_VISITS]:
        if order_id in by_pk:
            found[nurse_id].append(by_pk[order_id])
    return dict(found)


def _waiting_orders(here, start, end, now):
    """What its family wishes for this day; on today's board also what should have been sent out before."""
    wished = Q(window_start__lt=end, window_end__gt=start)
    if start <= now < end:
        wished |= Q(window_end__lte=now)
    return here.filter(wished, status__in=ORDER["offer"].from_).order_by("window_start", "pk")


def _waiting_requests(actor, centre_id, end):
    return (
        selectors.requests(actor=actor)
        .filter(centre=centre_id, status__in=REQUEST["plan_assessment"].from_, wished_from__lt=end)
        .order_by("status_since", "pk")
    )


def _doctors(centre_id, day, start, end) -> tuple[DoctorDay, ...]:
    rows = (
        Assessment.objects.filter(centre=centre_id, planned_start__lt=end, planned_end__gt=start)
        .filter(Q(status__in=[*ASSESSMENT["cancel"].from_, *SIGNED]))
        .select_related("doctor", "patient", "request__address__town")
        .order_by("planned_start", "pk")[:MOST_VISITS]
    )
    found, people = defaultdict(list), {}
    for post in accounts.people(organisation_ids=[centre_id], role=Role.DOCTOR, on=day):
        people[post.user_id] = post.user
    for row in rows:
        found[row.doctor_id].append(row)
        people.setdefault(row.doctor_id, row.doctor)
    return tuple(
        DoctorDay(doctor=people[pk], visits=tuple(found[pk]))
        for pk in sorted(people, key=lambda pk: (people[pk].display_name, pk))
    )


def _by_deadline(pairs) -> tuple:
    """What hurts first stands first; what has no deadline stands behind."""
    return tuple(sorted(pairs, key=lambda pair: (pair[0] is None, pair[0] or 0, pair[1].pk)))
