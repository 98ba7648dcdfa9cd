"""Reads of the second seat: what a nurse is asked to come along to, and who goes along with an order."""

from datetime import date, timedelta

from accounts.roles import Role
from kernel.actors import Actor
from kernel.refusals import hidden
from orders import access
from orders.days import beginning
from orders.doors import COMPANIONS
from orders.lifecycle import COMPANION_COMING, COMPANION_LIVE, ON_THE_WAY
from orders.models import Companion, Order
from orders.needs import second_nurse_coming


def of_nurse(*, actor: Actor):
    """Seats beside another nurse that this nurse was asked for, with all that her pages show."""
    return (
        access.companions_visible_to(actor)
        .filter(nurse__user=actor.user_id, centre__in=actor.orgs_as(Role.NURSE))
        .select_related(
            "order__patient",
            "order__centre",
            "order__address__town",
            "order__request__assessment",
            "order__prescription",
            "lead__user",
            "nurse__user",
        )
        .prefetch_related("order__lines__item", "order__lines__prescription_line")
        .order_by("starts_at", "pk")
    )


def asked(*, actor: Actor):
    """Seats that wait for this nurse's answer."""
    return of_nurse(actor=actor).filter(status__in=sorted(COMPANION_LIVE - COMPANION_COMING))


def agreed(*, actor: Actor, start: date, days: int):
    """Visits that this nurse goes along to, from one day on."""
    begin = beginning(start)
    return of_nurse(actor=actor).filter(
        status__in=sorted(COMPANION_COMING), starts_at__gte=begin, starts_at__lt=begin + timedelta(days=days)
    )


def one(*, actor: Actor, pk: int) -> Companion:
    """:raises kernel.refusals.Hidden: not there, or another nurse's"""
    row = of_nurse(actor=actor).filter(pk=pk).first()
    if row is None:
        raise hidden("这次同行安排")
    return row


def chances(*, row: Companion, actor: Actor) -> dict:
    """The steps that this actor may take with the seat, by name."""
    return {chance.name: chance for chance in COMPANIONS.chances(row, actor)}


def live(row: Order) -> Companion | None:
    """Who is asked or has agreed to go along; reads the companions that came with the order."""
    return next((one for one in row.companions.all() if one.status in COMPANION_LIVE), None)


def beside(row: Order) -> Companion | None:
    """Who has agreed to go along, or has been there."""
    return next((one for one in row.companions.all() if one.accepted_at and one.released_at is None), None)


def missing(row: Order) -> bool:
    """A nurse is seated, two must go, and nobody has agreed to go along."""
    return row.status in ON_THE_WAY and second_nurse_coming(row) is not None


def wanted(row: Order) -> bool:
    """Somebody can be asked now."""
    return missing(row) and live(row) is None
