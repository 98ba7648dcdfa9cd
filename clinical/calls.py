"""Reads of call-backs: who waits for a doctor, what came of it, and the record around the value."""

from django.db.models import Case, Value, When

from accounts.roles import Role
from clinical import access
from clinical.lifecycle import CALL_BACK_RUNS, WAITS_FOR_A_DOCTOR
from clinical.models import CallBack, VisitRecord
from kernel.actors import Actor
from kernel.refusals import hidden

SEEN_BY = (Role.DOCTOR, Role.DISPATCHER)
RELATED = ("patient", "measurement", "centre", "doctor", "nurse", "record__order")


def visible_to(actor: Actor):
    """Call-backs of the centres where this person is doctor or dispatcher, those still waiting first."""
    waiting = Case(
        When(status__in=WAITS_FOR_A_DOCTOR, then=Value(0)), When(status__in=CALL_BACK_RUNS, then=Value(1)),
        default=Value(2),
    )  # fmt: skip
    return (
        CallBack.objects.filter(centre__in=actor.orgs_as(*SEEN_BY))
        .select_related(*RELATED)
        .order_by(waiting, "-opened_at", "-pk")
    )


def call_back(*, actor: Actor, pk: int) -> CallBack:
    """:raises kernel.refusals.Hidden: not there, or not for this actor"""
    row = CallBack.objects.select_related(*RELATED).filter(pk=pk).first()
    if row is None or not access.call_back_hats(actor, row):
        raise hidden("这次医生回电")
    return row


def waiting_count(*, actor: Actor) -> int:
    """How many nurses of this doctor's centres wait for somebody to take their call."""
    return CallBack.objects.filter(centre__in=actor.orgs_as(Role.DOCTOR), status__in=WAITS_FOR_A_DOCTOR).count()


def of_record(record: VisitRecord) -> list[CallBack]:
    """Every call-back of one visit, the latest first, for the nurse who waits."""
    if record.pk is None:
        return []
    return list(record.call_backs.select_related("measurement", "doctor").order_by("-pk"))
