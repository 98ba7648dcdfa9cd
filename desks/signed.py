"""A signature under a visit, as the family and the desk see it: by whom, how, over what, and its picture."""

import json

from django.http import HttpResponse
from django.urls import reverse

from audit import services as audit
from kernel.actors import Actor
from kernel.refusals import hidden
from orders import ink, summary
from orders.models import Order, VisitSignature


def card(order: Order, route: str) -> dict | None:
    """None where nobody signed. ``route`` leads this reader to the picture, by the order's number and a version."""
    versions = list(order.signatures.select_related("taken_by").order_by("-version"))
    if not versions:
        return None
    live = versions[0]
    return {
        "row": live,
        "lines": [] if live.shown_words else summary.lines(order),
        "words": live.shown_words or "",
        "picture": reverse(route, args=[order.number, live.version]) if live.strokes else "",
        "before": versions[1:],
    }


def picture(order: Order, version: int, *, by: Actor, now) -> HttpResponse:
    """The strokes, drawn anew on the server; the look is on record first."""
    row = VisitSignature.objects.filter(order=order, version=version).first()
    if row is None or not row.strokes:
        raise hidden("这份签字")
    audit.looked(target=order, by=by, now=now, why="查看签字")
    return HttpResponse(ink.picture(json.loads(row.strokes)), content_type="image/png")
