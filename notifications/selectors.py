"""Reads of a person's messages, of letters on their way out, and of calls that have to be made."""

from django.db.models import Count, QuerySet

from accounts.roles import Role
from kernel.actors import Actor
from kernel.refusals import hidden
from notifications import access
from notifications.lifecycle import TO_CALL
from notifications.models import Call, Delivery, Device, Message, Reach

OVERSEEING = (Role.SUPERVISOR, Role.QC_INSPECTOR)


def inbox(*, user_id: int) -> QuerySet[Message]:
    """Everything that this person was told, newest first; the caller takes a page."""
    return Message.objects.filter(person=user_id).order_by("-pk")


def unread_count(*, user_id: int) -> int:
    return Message.objects.filter(person=user_id, read_at__isnull=True).count()


def calls(*, actor: Actor) -> QuerySet[Call]:
    """Whom the actor's centre has to call, the urgent first, then the oldest."""
    rows = access.visible_to(actor).filter(status__in=TO_CALL).select_related("patient", "person", "centre")
    return rows.order_by("-urgent", "opened_at", "pk")


def calls_over(*, actor: Actor, limit: int) -> list[Call]:
    """Whom it has called lately."""
    rows = access.visible_to(actor).exclude(status__in=TO_CALL).select_related("patient", "person", "centre")
    return list(rows.order_by("-closed_at", "-pk")[:limit])


def call(*, actor: Actor, pk: int) -> Call:
    """:raises kernel.refusals.Hidden: not there, or another centre's"""
    rows = access.visible_to(actor).select_related("patient", "person", "centre").prefetch_related("steps__taken_by")
    row = rows.filter(pk=pk).first()
    if row is None:
        raise hidden("这个待打电话")
    return row


def reach(*, user_id: int) -> Reach | None:
    return Reach.objects.filter(person=user_id).first()


def devices(*, user_id: int) -> list[Device]:
    """The browsers on which this person is called, the newest first."""
    return list(Device.objects.filter(person=user_id, ended_at__isnull=True).order_by("-opened_at", "pk"))


def deliveries(*, actor: Actor, state: str = "") -> QuerySet[Delivery]:
    """Letters of the actor's organisations on their way out, the newest first."""
    rows = Delivery.objects.filter(organisation__in=actor.orgs_as(*OVERSEEING)).select_related(
        "message", "organisation"
    )
    rows = rows.filter(state=state) if state in Delivery.State.values else rows
    return rows.order_by("-pk")


def delivery_figures(*, actor: Actor) -> dict[str, int]:
    """How many letters stand where."""
    rows = Delivery.objects.filter(organisation__in=actor.orgs_as(*OVERSEEING))
    known = dict(rows.order_by().values_list("state").annotate(n=Count("pk")))
    return {state: known.get(state, 0) for state in Delivery.State.values}
