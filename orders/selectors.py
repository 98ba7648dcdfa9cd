"""Reads that a screen needs, complete: every list is bounded by who asks, and costs the same at 1 and 100 rows."""

from datetime import date, datetime, timedelta

from django.db.models import Case, Count, F, FilteredRelation, OuterRef, Prefetch, Q, QuerySet, Subquery, When
from django.utils import timezone

from accounts.roles import Role
from accounts.sealed import index_of
from catalog.models import Item
from clinical.lifecycle import ASSESSMENT, SIGNED
from clinical.models import Assessment, PrescriptionLine
from kernel.actors import Actor
from kernel.refusals import hidden
from orders import access, tallies
from orders.days import beginning
from orders.doors import ORDERS, REQUESTS
from orders.lifecycle import OPEN, SEATED, TO_DECIDE, WAITING, OrderStatus, RequestStatus
from orders.models import (
    Appeal,
    Companion,
    NoShow,
    Offer,
    Order,
    OrderLine,
    OrderStep,
    Rating,
    RequestStep,
    ServiceRequest,
    Wait,
)
from orders.returns import with_return
from patients.models import Patient
from patients.selectors import find_by_phone

PAGE = 50
# Visits that ended without care, or in its midst. A visit that was finished, disputed and then settled as not done has
# the same status as one that was broken off; it was neither missed nor stopped on the day on which it was settled.
STOPPED = Q(status__in=[OrderStatus.ABORTED, OrderStatus.NO_SHOW], finished_at__isnull=True)


def requests(*, actor: Actor):
    """Requests this actor may see, newest first, with all that a row shows."""
    return (
        access.requests_visible_to(actor)
        .select_related(
            "patient",
            "centre__parent",
            "address__town",
            "assessment__doctor",
            "prescription",
            "submitted_by",
            "referred_to",
        )
        .prefetch_related(Prefetch("wished_items", Item.objects.order_by("number")))
        .order_by("-pk")
    )


WITH_EACH = (
    Prefetch("lines", OrderLine.objects.select_related("item", "prescription_line").order_by("pk")),
    Prefetch("companions", Companion.objects.select_related("nurse__user").order_by("pk")),
)
PAPERS = ("visit_record", "prescription", "request", "consent__text", "agreement__text", "edition")


def orders(*, actor: Actor):
    """
    Orders this actor may see, newest first, with all that a page of one shows.

    Each table that is joined is weighed by the database against all others, which beyond eight takes longer than the
    reading itself; the papers of an order are therefore fetched on their own.
    """
    return (
        access.orders_visible_to(actor)
        .select_related("patient", "centre__parent", "address__town", "nurse__user")
        .prefetch_related(
            *PAPERS,
            *WITH_EACH,
        )
        .annotate(
            rating_at=F("rating__rated_at"),
            open_wait=FilteredRelation("waits", condition=Q(waits__left_at__isnull=True)),
            waiting_since=F("open_wait__listed_at"),
            promised_on=F("open_wait__promised_on"),
        )
        .order_by("-pk")
    )


def request(*, actor: Actor, number: str) -> ServiceRequest:
    """:raises kernel.refusals.Hidden: not there, or not for this actor"""
    row = requests(actor=actor).filter(number=number).first()
    if row is None:
        raise hidden("这份服务申请")
    return row


def order(*, actor: Actor, number: str) -> Order:
    """:raises kernel.refusals.Hidden: not there, or not for this actor"""
    row = orders(actor=actor).filter(number=number).first()
    if row is None:
        raise hidden("这份订单")
    return row


def request_chances(*, row: ServiceRequest, actor: Actor) -> list:
    return REQUESTS.chances(row, actor)


def order_chances(*, row: Order, actor: Actor) -> list:
    return ORDERS.chances(row, actor)


def request_steps(row: ServiceRequest):
    return RequestStep.objects.filter(request=row).select_related("taken_by").order_by("pk")


def no_show(*, row: Order) -> tuple[NoShow | None, list[Appeal]]:
    """What was registered about a visit that did not happen, and what was said against it."""
    known = NoShow.objects.select_related("registered_by", "paper").filter(order=row).first()
    if known is None:
        return None, []
    return known, list(Appeal.objects.filter(order=row).select_related("filed_by", "decided_by").order_by("pk"))


def appeals(*, actor: Actor):
    """Appeals at the centres that this actor administers, those to be decided first, the oldest of them on top."""
    return (
        access.appeals_visible_to(actor)
        .filter(centre__in=actor.orgs_as(Role.CENTRE_ADMIN))
        .select_related("order__no_show__registered_by", "order__nurse__user", "patient", "filed_by", "decided_by")
        .annotate(open=Case(When(status__in=sorted(TO_DECIDE), then=0), default=1))
        .order_by("open", "filed_at", "pk")
    )


def order_steps(row: Order):
    return OrderStep.objects.filter(order=row).select_related("taken_by").order_by("pk")


# --- dispatcher -------------------------------------------------------------------------------------------------------


# What waits, by what has to be done next: (is it a request?, statuses, oldest or most urgent first)
QUEUE = {
    "to_receive": (True, [RequestStatus.SUBMITTED], ("status_since", "pk")),
    "to_plan": (True, [RequestStatus.RECEIVED], ("status_since", "pk")),
    "late": (False, [OrderStatus.ACCEPTED, OrderStatus.EN_ROUTE], ("planned_start", "pk")),
    "declined": (False, [OrderStatus.AWAITING_DISPATCH], ("window_start", "pk")),
    "expired": (False, [OrderStatus.AWAITING_DISPATCH], ("window_start", "pk")),
    "to_dispatch": (False, [OrderStatus.AWAITING_DISPATCH], ("window_start", "pk")),
    "wait_listed": (False, [OrderStatus.AWAITING_DISPATCH], ("window_start", "pk")),
    "disputed": (False, [OrderStatus.DISPUTED], ("status_since", "pk")),
    "to_sign": (False, [OrderStatus.AWAITING_CONSENT], ("window_start", "pk")),
    "offered": (False, [OrderStatus.OFFERED], ("accept_by", "pk")),
    "under_way": (False, [OrderStatus.ACCEPTED, OrderStatus.EN_ROUTE, OrderStatus.IN_SERVICE], ("planned_start", "pk")),
    "no_show": (False, [OrderStatus.NO_SHOW], ("-status_since", "pk")),
}
REMEMBERED = timedelta(days=7)  # so long a visit that did not happen stands in the queue
_LAST_STEP = Subquery(OrderStep.objects.filter(order=OuterRef("pk")).order_by("-pk").values("name")[:1])


def _within(name: str, now: datetime) -> Q:
    """Which of the orders in a group's statuses stand in it: no order stands in two."""
    waits = Q(waiting_since__isnull=True)
    late = Q(arrived_at__isnull=True, planned_start__lt=now)
    return {
        "declined": waits & Q(last_step__in=["decline", "give_back"]),
        "expired": waits & Q(last_step="expire"),
        "to_dispatch": waits & ~Q(last_step__in=["decline", "give_back", "expire"]),
        "wait_listed": ~waits,
        "late": late,
        "under_way": ~late,
        "no_show": Q(status_since__gte=now - REMEMBERED),
    }.get(name, Q())


def queue_group(
    *, actor: Actor, name: str, town: str = "", text: str = "", today: date | None = None, now: datetime | None = None
) -> list:
    """One group of the dispatcher's queue, at most a page."""
    asks, statuses, order_by = QUEUE[name]
    rows = (requests if asks else orders)(actor=actor).filter(
        centre__in=actor.orgs_as(Role.DISPATCHER), status__in=statuses
    )
    if not asks:
        rows = in_a_list(rows).annotate(last_step=_LAST_STEP).filter(_within(name, now or timezone.now()))
    return list(narrowed(rows, town=town, text=text, today=today).order_by(*order_by)[:PAGE])


def in_a_list(rows):
    """Orders with what a line of a list shows and no more: a queue asks a dozen times."""
    lines = rows.select_related(None).select_related("patient", "address__town", "nurse__user")
    return with_return(lines).prefetch_related(None).prefetch_related(*WITH_EACH)


def queue(*, actor: Actor) -> dict[str, list]:
    """What waits for this desk, grouped by what to do next."""
    return {name: queue_group(actor=actor, name=name) for name in QUEUE}


def queue_sizes(*, actor: Actor, now: datetime | None = None) -> dict[str, int]:
    """How much stands in each group of the queue, in two queries."""
    now, sizes = now or timezone.now(), {}
    for asks, model in ((True, ServiceRequest), (False, Order)):
        groups = {name: statuses for name, (is_request, statuses, _) in QUEUE.items() if is_request == asks}
        rows = model.objects.filter(
            centre__in=actor.orgs_as(Role.DISPATCHER), status__in={one for each in groups.values() for one in each}
        )
        if not asks:
            listed = Wait.objects.filter(order=OuterRef("pk"), left_at__isnull=True)
            rows = rows.annotate(last_step=_LAST_STEP, waiting_since=Subquery(listed.values("listed_at")[:1]))
        within = {name: Q() if asks else _within(name, now) for name in groups}
        sizes |= rows.aggregate(
            **{name: Count("pk", filter=Q(status__in=statuses) & within[name]) for name, statuses in groups.items()}
        )
    return {name: sizes[name] for name in QUEUE}


def narrowed(rows, *, status: str = "", town: str = "", text: str = "", today: date | None = None):
    """Requests or orders that match a list's filters: a status, a town, a whole name, a number or a whole phone."""
    if status:
        rows = rows.filter(status=status)
    if town:
        rows = rows.filter(address__town=town)
    if text := text.strip():
        people = find_by_phone(text, today or timezone.localdate()).values("pk")
        named = Q(patient__name_index=index_of(Patient, "name", text))
        rows = rows.filter(named | Q(number__icontains=text) | Q(patient__in=people))
    return rows


def ratings(*, actor: Actor):
    """What families said about visits of this actor's centres, newest first; the nurse is not named."""
    return (
        Rating.objects.filter(centre__in=actor.orgs_as(Role.DISPATCHER, Role.CENTRE_ADMIN, Role.REVIEWER))
        .select_related("order__patient", "replied_by")
        .prefetch_related(Prefetch("order__lines", OrderLine.objects.select_related("item").order_by("pk")))
        .order_by("-rated_at", "-pk")
    )


# --- doctor -----------------------------------------------------------------------------------------------------------


def assessments(*, actor: Actor):
    """First visits of this doctor, soonest first."""
    return (
        Assessment.objects.filter(doctor=actor.user_id, centre__in=actor.orgs_as(Role.DOCTOR))
        .select_related("patient", "centre", "doctor", "request__address__town")
        .order_by("planned_start", "pk")
    )


def assessment(*, actor: Actor, pk: int) -> Assessment:
    """One first visit, for the doctor who makes it or for the centre's desk; its request comes along."""
    row = (
        Assessment.objects.filter(pk=pk)
        .filter(
            Q(doctor=actor.user_id, centre__in=actor.orgs_as(Role.DOCTOR))
            | Q(centre__in=actor.orgs_as(Role.DISPATCHER, Role.CENTRE_ADMIN, Role.REVIEWER, Role.SUPERVISOR))
        )
        .select_related("patient", "centre__parent", "doctor", "request__address__town", "request__prescription")
        .first()
    )
    if row is None:
        raise hidden("这份首诊评估")
    return row


def doctor_todo(*, actor: Actor) -> dict[str, list]:
    """First visits that this doctor has not signed, and signed ones whose request still waits for its outcome."""
    mine = assessments(actor=actor)
    return {
        "unsigned": list(mine.exclude(status__in=ASSESSMENT.final)[:PAGE]),
        "undecided": list(
            mine.filter(status__in=SIGNED, request__status=RequestStatus.ASSESSING).order_by("signed_at", "pk")[:PAGE]
        ),
    }


def assessed(*, actor: Actor):
    """First visits that this doctor has signed, newest first, with what became of the request."""
    return (
        assessments(actor=actor)
        .filter(status__in=SIGNED)
        .select_related("patient", "request__address__town", "request__prescription")
        .order_by("-signed_at", "-pk")
    )


# --- nurse ------------------------------------------------------------------------------------------------------------


def nurse_visits(*, actor: Actor, start: date, days: int):
    """The visits that this nurse has taken on, from one day on, in order of time."""
    begin = beginning(start)
    return (
        _of_nurse(actor)
        .filter(planned_start__gte=begin, planned_start__lt=begin + timedelta(days=days))
        .exclude(status__in=[OrderStatus.OFFERED, OrderStatus.CANCELLED])
        .order_by("planned_start", "pk")
    )


def nurse_day(*, actor: Actor, day: date):
    """The visits that this nurse has taken on, on one day, in order of time."""
    return nurse_visits(actor=actor, start=day, days=1)


def nurse_left_over(*, actor: Actor, day: date):
    """Visits of earlier days that this nurse took on and has neither finished nor given back."""
    begin = beginning(day)
    return (
        _of_nurse(actor)
        .filter(status__in=sorted(SEATED - {OrderStatus.OFFERED}), planned_start__lt=begin)
        .order_by("planned_start", "pk")
    )


def nurse_visit(*, actor: Actor, number: str) -> Order:
    """
    One visit that was offered to this nurse or taken on by her.

    :raises kernel.refusals.Hidden: not there, or another nurse's
    """
    row = _of_nurse(actor).select_related("request__assessment").filter(number=number).first()
    if row is None:
        raise hidden("这张订单")
    return row


def was_hers(*, actor: Actor, number: str) -> bool:
    """Whether this order was ever offered to this nurse: then she may hear that it went elsewhere."""
    return Offer.objects.filter(order__number=number, nurse__user=actor.user_id).exists()


def order_key(*, number: str) -> int:
    """
    The id behind an order's number, for a door that judges by itself who may come in.

    :raises kernel.refusals.Hidden: there is no such order
    """
    pk = Order.objects.filter(number=number).values_list("pk", flat=True).first()
    if pk is None:
        raise hidden("这张订单")
    return pk


def nurse_offers(*, actor: Actor):
    """Visits that wait for this nurse's answer, the soonest deadline first."""
    return _of_nurse(actor).filter(status=OrderStatus.OFFERED).order_by("accept_by", "pk")


def _of_nurse(actor: Actor):
    return orders(actor=actor).filter(nurse__user=actor.user_id, centre__in=actor.orgs_as(Role.NURSE))


# --- family -----------------------------------------------------------------------------------------------------------


def family_home(*, actor: Actor) -> dict[str, list]:
    """What goes on for the patients this account is or acts for: waiting requests, open orders, what ended lately."""
    mine = actor.patients_as(Role.PATIENT, Role.PROXY)
    visits = orders(actor=actor).filter(patient__in=mine)
    return {
        "requests": list(requests(actor=actor).filter(patient__in=mine)[:20]),
        "waiting": list(requests(actor=actor).filter(patient__in=mine, status__in=sorted(WAITING))[:20]),
        "open": list(visits.filter(status__in=sorted(OPEN)).order_by("window_start", "pk")[:20]),
        "ended": list(visits.exclude(status__in=sorted(OPEN))[:10]),
    }


# --- commission and lead hospital -------------------------------------------------------------------------------------


def figures(*, actor: Actor, now: datetime) -> dict[str, int]:
    """Today's figures for the places this actor oversees, each equal to a plain count of rows; in one statement."""
    return tallies.counted(figure_rows(actor=actor, now=now))


def figure_rows(*, actor: Actor, now: datetime) -> dict[str, QuerySet]:
    """The rows behind each of today's figures."""
    today = timezone.localdate(now)
    start = beginning(today)
    end = start + timedelta(days=1)
    visits = access.orders_visible_to(actor)
    asked = access.requests_visible_to(actor)
    return {
        "requests_today": asked.filter(submitted_at__gte=start, submitted_at__lt=end),
        "requests_waiting": asked.filter(status__in=sorted(WAITING)),
        "visits_today": visits.filter(planned_start__gte=start, planned_start__lt=end),
        "in_care": visits.filter(status__in=[OrderStatus.EN_ROUTE, OrderStatus.IN_SERVICE]),
        "completed_today": visits.filter(confirmed_at__gte=start, confirmed_at__lt=end),
        "to_dispatch": visits.filter(status=OrderStatus.AWAITING_DISPATCH),
        "disputed": visits.filter(status=OrderStatus.DISPUTED),
        "aborted_or_missed_today": visits.filter(STOPPED, status_since__gte=start, status_since__lt=end),
    }


def visits_by_town(*, actor: Actor, now: datetime) -> dict[str, dict[str, int]]:
    """Town code -> today's visits and how many are under way, in one query."""
    today = timezone.localdate(now)
    start = beginning(today)
    rows = (
        access.orders_visible_to(actor)
        .filter(planned_start__gte=start, planned_start__lt=start + timedelta(days=1))
        .order_by()
        .values("address__town")
        .annotate(
            visits=Count("pk"),
            in_care=Count("pk", filter=Q(status__in=[OrderStatus.EN_ROUTE, OrderStatus.IN_SERVICE])),
        )
    )
    return {row["address__town"]: {"visits": row["visits"], "in_care": row["in_care"]} for row in rows}


# --- shared -----------------------------------------------------------------------------------------------------------


def prescription_lines(row: ServiceRequest):
    """Lines of a request's prescription with times left, for the next visit."""
    return (
        PrescriptionLine.objects.filter(prescription=row.prescription_id)
        .select_related("item")
        .order_by("item__number", "pk")
    )
