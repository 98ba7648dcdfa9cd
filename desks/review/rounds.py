"""Joint rounds at the lead hospital: those in which its specialist took part, to be read by that person alone."""

from django.urls import reverse
from django.views.decorators.http import require_safe

from desks import rounds
from desks.review.desk import REVIEWER, show

SIDE = rounds.Side("review:rounds_one", REVIEWER)


@require_safe
def listing(request):
    return show(request, "rounds", rounds.listing(request, SIDE))


@require_safe
def one(request, number):
    row = rounds.row_of(request, SIDE, number)
    crumbs = [{"label": "联合查房", "url": reverse("review:rounds")}, {"label": number}]
    return show(request, "round", {**rounds.context(request, SIDE, row), "crumbs": crumbs})
