"""Reads of articles and of what was handed out, complete: no query per row."""

from datetime import date
from typing import Any

from django.db.models import Count, QuerySet

from accounts.models import Organization
from accounts.selectors import district_of
from catalog.models import Item
from clinical.models import Reading
from education import access
from education.lifecycle import READABLE
from education.models import Article, Handout
from kernel.actors import Actor
from kernel.refusals import hidden
from orders.models import Order
from patients import access as patients

LATELY = 20
MOST_OFFERED = 60  # on one page to choose from; what fits best stands first
TEACH_BACK = "teach_back"  # the key of the catalogue's measurement


def public_articles(district: Organization) -> QuerySet[Article]:
    """What anybody may read, by kind and title."""
    return Article.objects.filter(district=district, status__in=READABLE).order_by("kind", "title", "pk")


def readable(centre: Organization) -> QuerySet[Article]:
    """What a centre may hand out."""
    return public_articles(district_of(centre))


def public_article(district: Organization, code: str) -> Article:
    """:raises kernel.refusals.Hidden: there is none of that name, or not any more"""
    row = public_articles(district).select_related("reviewed_by", "district").filter(code=code).first()
    if row is None:
        raise hidden("这篇文章")
    return row


def articles(*, actor: Actor) -> QuerySet[Article]:
    """Every edition, the newest of each first."""
    rows = access.articles_visible_to(actor).select_related("written_by", "reviewed_by")
    return rows.order_by("code", "-edition").annotate(sent=Count("handouts"))


def article(*, actor: Actor, pk: int) -> Article:
    """:raises kernel.refusals.Hidden: not there, or not for this actor"""
    rows = access.articles_visible_to(actor).select_related("written_by", "reviewed_by", "district")
    row = rows.prefetch_related("steps__taken_by").filter(pk=pk).first()
    if row is None:
        raise hidden("这篇文章")
    return row


def fitting(order: Order) -> list[Article]:
    """What may be handed out at a visit: what is about its items first."""
    numbers = {line.item.number for line in order.lines.select_related("item")}
    found = list(readable(order.centre))
    return sorted(found, key=lambda one: (not numbers & set(one.items), one.kind, one.title))[:MOST_OFFERED]


def medicines_first(centre: Organization) -> list[Article]:
    """What a doctor may send: guidance on medicines first."""
    found = list(readable(centre).select_related("district"))
    return sorted(found, key=lambda one: (not one.medicines, one.title))[:MOST_OFFERED]


def items_in_words(district: Organization, on: date) -> dict[int, str]:
    """The names of the items of the edition in force, by number."""
    return dict(
        Item.objects.filter(edition__district=district, edition__effective_from__lte=on)
        .order_by("edition__effective_from", "number")
        .values_list("number", "name")
    )


def handed_at(order: Order) -> QuerySet[Handout]:
    return Handout.objects.filter(order=order).select_related("article", "sent_by").order_by("pk")


def handed_to(patient_id: Any) -> QuerySet[Handout]:
    """What one patient's family was sent lately."""
    return Handout.objects.filter(patient=patient_id).select_related("article", "sent_by").order_by("-sent_at")[:LATELY]


def teach_back_of(order: Order) -> str:
    """What the visit's own record says was kept of the teaching; empty when it was not asked."""
    found = Reading.objects.filter(record=order.visit_record_id, measurement__key=TEACH_BACK)
    return found.values_list("value", flat=True).first() or ""


def handouts_of_family(*, actor: Actor) -> QuerySet[Handout]:
    rows = Handout.objects.filter(patient__in=patients.read_by_family(actor))
    return rows.select_related("article", "patient", "sent_by", "centre").order_by("-sent_at", "-pk")


def handout(*, actor: Actor, pk: int) -> Handout:
    """:raises kernel.refusals.Hidden: not there, or not of this family"""
    row = handouts_of_family(actor=actor).select_related("article__district", "order").filter(pk=pk).first()
    if row is None:
        raise patients.out_of_sight(actor, Handout.objects.filter(pk=pk), "这条健康教育")
    return row
