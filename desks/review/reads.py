"""The alliance in rows: one line per centre, in as many queries for ten centres as for one."""

from datetime import datetime, timedelta

from django.db.models import Avg, Count, F, Q
from django.utils import timezone

from desks import listing
from institutions import rules
from institutions import selectors as institutions
from kernel.actors import Actor
from orders import access
from orders.lifecycle import OPEN, RATEABLE, OrderStatus
from orders.models import Rating

MONTH = timedelta(days=30)


def centres(*, actor: Actor, now: datetime) -> list[dict]:
    """Each centre with whether it may serve today and the figures of today and of the last 30 days."""
    today = timezone.localdate(now)
    start, end = listing.span(today)
    places = list(listing.centres_of(actor))
    counts = {
        row["centre"]: row
        for row in access.orders_visible_to(actor)
        .order_by()
        .values("centre")
        .annotate(
            today=Count("pk", filter=Q(planned_start__gte=start, planned_start__lt=end)),
            open=Count("pk", filter=Q(status__in=sorted(OPEN))),
            done=Count("pk", filter=Q(status__in=sorted(RATEABLE), confirmed_at__gte=now - MONTH)),
            disputed=Count("pk", filter=Q(status=OrderStatus.DISPUTED)),
        )
    }
    marks = {
        row["centre"]: row
        for row in Rating.objects.filter(centre__in=places, rated_at__gte=now - MONTH)
        .order_by()
        .values("centre")
        .annotate(n=Count("pk"), mark=Avg((F("on_time") + F("explained") + F("asked") + F("observed")) / 4.0))
    }
    facts = institutions.standings([place.pk for place in places])
    return [
        {
            "centre": place,
            "counts": counts.get(place.pk, {"today": 0, "open": 0, "done": 0, "disputed": 0}),
            "rating": marks.get(place.pk),
            "not_serving": rules.why_not_serve(facts[place.pk], today),
        }
        for place in places
    ]
