"""Questions of the alliance's centres: taken by one expert, answered in writing within the promised time."""

from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from desks import remote
from desks.review.desk import REVIEWER, show
from referrals import selectors

SIDE = remote.Side("review:consults_one", "review:consults_step", "review:consults_picture", REVIEWER)


@require_safe
def consults(request):
    return show(request, "consults", remote.listing(request, SIDE))


@require_safe
def consult(request, number):
    return _page(request, _row(request, number))


@require_POST
def step(request, number, name):
    row = _row(request, number)
    outcome = remote.take(request, SIDE, row, name)
    if outcome.done:
        messages.success(request, remote.SAID[name])
        return redirect("review:consults_one", number)
    return _page(request, row, name, outcome)


@require_safe
def picture(request, number, pk):
    return remote.picture(request, SIDE, _row(request, number), pk)


def _row(request, number):
    return selectors.consult(actor=SIDE.actor(request), number=number)


def _page(request, row, name="", outcome=None):
    crumbs = [{"label": "远程会诊", "url": reverse("review:consults")}, {"label": row.number, "url": ""}]
    context = {**remote.context(request, SIDE, row, name, outcome), "crumbs": crumbs}
    return show(request, "consult", context, status=outcome.status if outcome else 200)
