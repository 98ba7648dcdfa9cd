"""Reads of consults, complete: no query per row."""

from django.db.models import Case, QuerySet, Value, When

from accounts.roles import Role
from consults import access
from consults.lifecycle import LIVE, TO_ANSWER
from consults.models import Consult
from kernel.actors import Actor
from patients import access as patients


def of_family(*, actor: Actor) -> QuerySet[Consult]:
    """Questions about the family's people: what still runs first, then the newest."""
    rows = Consult.objects.filter(patient__in=patients.read_by_family(actor)).select_related("patient", "centre")
    running = Case(When(status__in=LIVE, then=Value(0)), default=Value(1))
    return rows.alias(running=running).order_by("running", "-asked_at", "-pk")


def to_answer(*, actor: Actor) -> QuerySet[Consult]:
    """What waits for a nurse of these centres, the nearest promise first."""
    rows = Consult.objects.filter(centre__in=actor.orgs_as(Role.NURSE), status__in=TO_ANSWER)
    return rows.select_related("patient", "centre").order_by("answer_by", "pk")


def answered(*, actor: Actor) -> QuerySet[Consult]:
    """What was answered or has ended, the newest first."""
    rows = Consult.objects.filter(centre__in=actor.orgs_as(Role.NURSE)).exclude(status__in=TO_ANSWER)
    return rows.select_related("patient", "centre", "nurse").order_by("-status_since", "-pk")


def consult(*, actor: Actor, number: str) -> Consult:
    """:raises kernel.refusals.Hidden: not there, or not for this actor"""
    rows = access.visible_to(actor).select_related("patient", "centre", "nurse", "request", "asked_by")
    row = rows.prefetch_related("sayings__by", "sayings__picture").filter(number=number).first()
    if row is None:
        raise patients.out_of_sight(actor, Consult.objects.filter(number=number), "这次咨询")
    return row
