"""Reads of the showcase, complete: no query per row."""

from datetime import date, timedelta
from typing import Any

from django.db.models import Case, QuerySet, Sum, Value, When

from accounts.models import Organization
from education import access
from education.lifecycle import SHOWN_TO_ALL, TO_MODERATE
from education.models import Post, PostDay
from kernel.actors import Actor
from kernel.refusals import hidden


def public_posts(district: Organization) -> QuerySet[Post]:
    """What everybody may read, the newest first."""
    rows = Post.objects.filter(district=district, status__in=SHOWN_TO_ALL).select_related("organisation")
    return rows.annotate(reads=Sum("days__reads")).order_by("-publish_at", "-pk")


def public_post(district: Organization, pk: int) -> Post:
    """:raises kernel.refusals.Hidden: not there, or not shown"""
    row = public_posts(district).filter(pk=pk).first()
    if row is None:
        raise hidden("这篇稿件")
    return row


def posts(*, actor: Actor) -> QuerySet[Post]:
    """What these readers see, what waits for the commission first."""
    rows = access.posts_visible_to(actor).select_related("organisation", "written_by")
    waiting = Case(When(status__in=TO_MODERATE, then=Value(0)), default=Value(1))
    return rows.alias(waiting=waiting).annotate(reads=Sum("days__reads")).order_by("waiting", "-written_at", "-pk")


def post(*, actor: Actor, pk: int) -> Post:
    """:raises kernel.refusals.Hidden: not there, or not for this actor"""
    rows = access.posts_visible_to(actor).select_related("organisation", "written_by", "decided_by", "honoured_by")
    row = rows.prefetch_related("steps__taken_by").annotate(reads=Sum("days__reads")).filter(pk=pk).first()
    if row is None:
        raise hidden("这份稿件")
    return row


def showcase_figures(district: Organization, today: date) -> dict[str, Any]:
    """Posts of the last seven days and reads of the year, against what 001 二(四)25 asks for."""
    shown = Post.objects.filter(district=district, status__in=SHOWN_TO_ALL)
    week = shown.filter(publish_at__date__gt=today - timedelta(days=7)).count()
    reads = PostDay.objects.filter(post__district=district, day__year=today.year).aggregate(n=Sum("reads"))["n"] or 0
    waiting = Post.objects.filter(district=district, status__in=TO_MODERATE).count()
    return {"week": week, "reads": reads, "waiting": waiting}
