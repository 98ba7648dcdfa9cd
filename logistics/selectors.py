"""Reads of tubes and bags, complete: no query per row."""

from datetime import datetime

from django.db.models import Case, Q, QuerySet, Value, When

from accounts.models import Organization
from clinical.models import VisitRecord
from kernel.actors import Actor
from kernel.refusals import hidden
from logistics import access
from logistics.lifecycle import CARRIED_WASTE, STORED, TO_HAND_OVER, TO_TELL
from logistics.models import Specimen, WasteBag, WasteRemoval

CRITICAL = Q(status__in=TO_TELL, flag=Specimen.Flag.CRITICAL)


def late_specimens(now: datetime) -> Q:
    """Tubes past their hours that no laboratory has, and critical results that nobody was told."""
    return Q(status__in=TO_HAND_OVER, due_at__lte=now) | CRITICAL


def late_bags(now: datetime) -> Q:
    """Bags that should be in the store, or gone from it."""
    return Q(status__in=CARRIED_WASTE, hand_in_by__lte=now) | Q(status__in=STORED, store_until__lte=now)


def specimens(*, actor: Actor, now: datetime) -> QuerySet[Specimen]:
    """Tubes that this actor may see: what is overdue first, then the newest."""
    rows = access.specimens_visible_to(actor).select_related("order", "patient", "nurse", "centre")
    return rows.alias(late=_late(late_specimens(now))).order_by("-late", "-collected_at", "-pk")


def bags(*, actor: Actor, now: datetime) -> QuerySet[WasteBag]:
    """Bags that this actor may see: what is overdue first, then the newest."""
    rows = access.bags_visible_to(actor).select_related("order", "patient", "nurse", "centre", "removal")
    return rows.alias(late=_late(late_bags(now))).order_by("-late", "-sealed_at", "-pk")


def specimen(*, actor: Actor, pk: int) -> Specimen:
    """:raises kernel.refusals.Hidden: not there, or not for this actor"""
    rows = access.specimens_visible_to(actor).select_related("order", "patient", "nurse", "centre", "record")
    row = rows.prefetch_related("steps__taken_by").filter(pk=pk).first()
    if row is None:
        raise hidden("这份标本登记")
    return row


def bag(*, actor: Actor, pk: int) -> WasteBag:
    """:raises kernel.refusals.Hidden: not there, or not for this actor"""
    rows = access.bags_visible_to(actor).select_related("order", "patient", "nurse", "centre", "record", "removal")
    row = rows.prefetch_related("steps__taken_by").filter(pk=pk).first()
    if row is None:
        raise hidden("这份医疗废物登记")
    return row


def stored(*, centre: Organization) -> QuerySet[WasteBag]:
    """What waits in a centre's store for the disposer, the oldest first."""
    rows = WasteBag.objects.filter(centre=centre, status__in=STORED)
    return rows.select_related("order", "nurse").order_by("store_until", "pk")


def removals(*, actor: Actor) -> QuerySet[WasteRemoval]:
    return access.removals_visible_to(actor).select_related("centre", "recorded_by").order_by("-removed_at", "-pk")


def carried_specimens(*, user_id: int) -> QuerySet[Specimen]:
    """Tubes that this nurse still has with her, the first to grow old first."""
    rows = Specimen.objects.filter(nurse=user_id, status__in=TO_HAND_OVER)
    return rows.select_related("order", "patient", "centre").order_by("due_at", "pk")


def carried_bags(*, user_id: int) -> QuerySet[WasteBag]:
    """Bags that this nurse still has with her, the first to be handed in first."""
    rows = WasteBag.objects.filter(nurse=user_id, status__in=CARRIED_WASTE)
    return rows.select_related("order", "patient", "centre").order_by("hand_in_by", "pk")


def of_record(record: VisitRecord) -> tuple[list[Specimen], list[WasteBag]]:
    """What one visit brought forth, in the order in which it was registered."""
    return list(record.specimens.order_by("pk")), list(record.bags.order_by("pk"))


def last_destination(*, user_id: int) -> str:
    """Where this nurse's last tube went: the next one most likely goes there too."""
    last = Specimen.objects.filter(nurse=user_id).order_by("-pk").values_list("destination", flat=True).first()
    return last or ""


def _late(condition: Q):
    return Case(When(condition, then=Value(1)), default=Value(0))
