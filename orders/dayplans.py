"""Reads of a day's plan: the newest one of a centre's day, whole, and who may be said to be missing."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Q

from accounts.roles import Role
from kernel.actors import Actor
from nurses.models import Nurse
from orders import access, daywork
from orders.days import beginning
from orders.doors import PLANS
from orders.lifecycle import PLAN_QUEUED, PLAN_READY, PLAN_RUNNING, SEATED
from orders.models import DayPlan, DayPlanLine, Order

MOST_LINES = 400


@dataclass(frozen=True, slots=True)
class Waiting:
    """What of the day is still without a nurse, and of that what somebody has said no to."""

    orders: int
    turned_down: int


def newest(*, actor: Actor, centre_id: int, day: date) -> DayPlan | None:
    """The plan of a day that was asked for last, if this actor may see it."""
    rows = access.plans_visible_to(actor).filter(centre=centre_id, day=day)
    return rows.select_related("centre", "asked_by", "progress").order_by("-pk").first()


def plan(*, actor: Actor, plan_id: int) -> DayPlan | None:
    return access.plans_visible_to(actor).select_related("centre", "asked_by", "progress").filter(pk=plan_id).first()


def lines(row: DayPlan) -> list[DayPlanLine]:
    """Its lines with all that a row shows: what is to be sent by nurse and hour, then what could not be planned."""
    found = (
        row.lines.select_related(
            "order__patient", "order__address__town", "nurse__user", "was_nurse__user"
        )
        .prefetch_related("order__lines__item")
        .order_by("nurse", "starts_at", "pk")
    )  # fmt: skip
    return list(found[:MOST_LINES])


def chances(row: DayPlan, actor: Actor) -> dict:
    return {chance.name: chance for chance in PLANS.chances(row, actor)}


def is_running(row: DayPlan | None) -> bool:
    return row is not None and row.status in PLAN_RUNNING


def is_queued(row: DayPlan | None) -> bool:
    return row is not None and row.status in PLAN_QUEUED


def is_ready(row: DayPlan | None) -> bool:
    return row is not None and row.status in PLAN_READY


def waiting(*, actor: Actor, centre_id: int, day: date) -> Waiting:
    """How many orders of the day have no nurse yet; only what the actor may send out is counted."""
    midnight = beginning(day)
    counted = access.orders_visible_to(actor).filter(
        daywork.waits_for(midnight), centre=centre_id, centre__in=actor.orgs_as(Role.DISPATCHER)
    )
    turned_down = Q(steps__name__in=["decline", "give_back", "expire"])
    found = counted.aggregate(
        orders=Count("pk", distinct=True), turned_down=Count("pk", filter=turned_down, distinct=True)
    )
    return Waiting(found["orders"], found["turned_down"])


def with_visits(*, actor: Actor, centre_id: int, day: date) -> list[Nurse]:
    """The nurses who hold a visit of this centre that day: who may be said to be ill or late."""
    if centre_id not in actor.orgs_as(Role.DISPATCHER):
        return []
    midnight = beginning(day)
    held = Order.objects.filter(
        centre=centre_id,
        status__in=SEATED,
        planned_start__gte=midnight,
        planned_start__lt=midnight + timedelta(days=1),
    )
    return list(Nurse.objects.select_related("user").filter(pk__in=held.values("nurse")).order_by("pk"))
