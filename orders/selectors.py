"""Reads that a screen needs, complete: every list is bounded by who asks, and costs the same at 1 and 100 rows."""

from datetime import date, datetime, timedelta

from django.db.models import Count, F, Prefetch, Q
from django.utils import timezone

from accounts.roles import Role
from catalog.models import Item
from clinical.models import Assessment, PrescriptionLine
from kernel.actors import Actor
from kernel.refusals import hidden
from nurses.models import Nurse
from orders import access
from orders.doors import ORDERS, REQUESTS
from orders.lifecycle import OPEN, SEATED, WAITING, OrderStatus, RequestStatus
from orders.models import Order, OrderLine, OrderStep, RequestStep, ServiceRequest

PAGE = 50


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


def orders(*, actor: Actor):
    """Orders this actor may see, newest first, with all that a row shows."""
    return (
        access.orders_visible_to(actor)
        .select_related(
            "patient",
            "centre__parent",
            "address__town",
            "nurse__user",
            "visit_record",
            "prescription",
            "request",
            "consent__text",
            "agreement__text",
            "edition",
        )
        .prefetch_related(
            Prefetch("lines", OrderLine.objects.select_related("item", "prescription_line").order_by("pk"))
        )
        .annotate(rating_at=F("rating__rated_at"))
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


def order_steps(row: Order):
    return OrderStep.objects.filter(order=row).select_related("taken_by").order_by("pk")


# --- dispatcher -------------------------------------------------------------------------------------------------------

REQUESTS_WAITING = (RequestStatus.SUBMITTED, RequestStatus.RECEIVED)
ORDERS_WAITING = (OrderStatus.AWAITING_DISPATCH, OrderStatus.DISPUTED)


def queue(*, actor: Actor) -> dict[str, list]:
    """What waits for this desk, oldest first, grouped by what to do next; each group at most a page."""
    here = actor.orgs_as(Role.DISPATCHER)
    mine = requests(actor=actor).filter(centre__in=here)
    visits = orders(actor=actor).filter(centre__in=here)

    def first(rows, *order_by):
        return list(rows.order_by(*order_by)[:PAGE])

    return {
        "to_receive": first(mine.filter(status=RequestStatus.SUBMITTED), "status_since", "pk"),
        "to_plan": first(mine.filter(status=RequestStatus.RECEIVED), "status_since", "pk"),
        "to_dispatch": first(visits.filter(status=OrderStatus.AWAITING_DISPATCH), "window_start", "pk"),
        "disputed": first(visits.filter(status=OrderStatus.DISPUTED), "status_since", "pk"),
        "to_sign": first(visits.filter(status=OrderStatus.AWAITING_CONSENT), "status_since", "pk"),
        "offered": first(visits.filter(status=OrderStatus.OFFERED), "accept_by", "pk"),
        "under_way": first(
            visits.filter(status__in=[OrderStatus.ACCEPTED, OrderStatus.EN_ROUTE, OrderStatus.IN_SERVICE]),
            "planned_start",
            "pk",
        ),
    }


def queue_counts(*, actor: Actor) -> dict[str, int]:
    """How many requests and orders stand in each status at this actor's places, in two queries."""
    counts = {}
    for rows in (access.requests_visible_to(actor), access.orders_visible_to(actor)):
        counts.update(rows.order_by().values_list("status").annotate(n=Count("pk")))
    return counts


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


# --- nurse ------------------------------------------------------------------------------------------------------------


def nurse_day(*, actor: Actor, day: date):
    """The visits that this nurse has taken on, on one day, in order of time."""
    start = datetime.combine(day, datetime.min.time(), tzinfo=timezone.get_current_timezone())
    return (
        orders(actor=actor)
        .filter(nurse__user=actor.user_id, planned_start__gte=start, planned_start__lt=start + timedelta(days=1))
        .exclude(status__in=[OrderStatus.OFFERED, OrderStatus.CANCELLED])
        .order_by("planned_start", "pk")
    )


def nurse_offers(*, actor: Actor):
    """Visits that wait for this nurse's answer, the soonest deadline first."""
    return orders(actor=actor).filter(nurse__user=actor.user_id, status=OrderStatus.OFFERED).order_by("accept_by", "pk")


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
    """Today's figures for the places this actor oversees, each equal to a plain count of rows."""
    today = timezone.localdate(now)
    start = datetime.combine(today, datetime.min.time(), tzinfo=timezone.get_current_timezone())
    end = start + timedelta(days=1)
    visits = access.orders_visible_to(actor)
    asked = access.requests_visible_to(actor)
    return {
        "requests_today": asked.filter(submitted_at__gte=start, submitted_at__lt=end).count(),
        "requests_waiting": asked.filter(status__in=sorted(WAITING)).count(),
        "visits_today": visits.filter(planned_start__gte=start, planned_start__lt=end).count(),
        "in_care": visits.filter(status__in=[OrderStatus.EN_ROUTE, OrderStatus.IN_SERVICE]).count(),
        "completed_today": visits.filter(confirmed_at__gte=start, confirmed_at__lt=end).count(),
        "to_dispatch": visits.filter(status=OrderStatus.AWAITING_DISPATCH).count(),
        "disputed": visits.filter(status=OrderStatus.DISPUTED).count(),
        "aborted_or_missed_today": visits.filter(
            status__in=[OrderStatus.ABORTED, OrderStatus.NO_SHOW], status_since__gte=start, status_since__lt=end
        ).count(),
    }


def visits_by_town(*, actor: Actor, now: datetime) -> dict[str, dict[str, int]]:
    """Town code -> today's visits and how many are under way, in one query."""
    today = timezone.localdate(now)
    start = datetime.combine(today, datetime.min.time(), tzinfo=timezone.get_current_timezone())
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


def seated(nurse: Nurse, day: date):
    start = datetime.combine(day, datetime.min.time(), tzinfo=timezone.get_current_timezone())
    return Order.objects.filter(
        nurse=nurse, status__in=SEATED, planned_start__gte=start, planned_start__lt=start + timedelta(days=1)
    ).order_by("planned_start")
