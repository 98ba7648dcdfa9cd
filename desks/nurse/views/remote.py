"""Her questions to the lead hospital: asked from a visit, the advice read on her phone."""

from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.roles import Role
from desks import remote
from desks.looks import looked
from desks.nurse import frame
from desks.stepforms import reasons_for_page
from orders import selectors as orders
from referrals import selectors

SIDE = remote.Side("nurse:remote_one", "nurse:remote_step", "nurse:remote_picture", (Role.NURSE,))


def asked_remotely(request, order) -> dict:
    """What was asked about this visit, and where she can ask; for the visit's own page."""
    return {"rows": remote.about(request, SIDE, order), "url": reverse("nurse:remote_new", args=[order.number])}


@require_safe
def listing(request):
    context = {**remote.listing(request, SIDE), "back_url": reverse("nurse:me")}
    return frame.page(request, "nurse/remote.html", context)


@require_safe
def one(request, number):
    return _page(request, _row(request, number))


@require_POST
def step(request, number, name):
    row = _row(request, number)
    outcome = remote.take(request, SIDE, row, name)
    if outcome.done:
        messages.success(request, remote.SAID[name])
        return redirect("nurse:remote_one", number)
    return _page(request, row, name, outcome)


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request, number):
    order = orders.nurse_visit(actor=request.actor, number=number)
    looked(request, target=order, why="请求远程会诊")
    form, outcome = remote.ask(request, SIDE, order)
    if outcome and outcome.done:
        messages.success(request, "已请求会诊，专家答复后会告诉您。")
        return redirect("nurse:remote_one", outcome.row.number)
    context = {
        "form": form, "order": order, "centre": order.centre, "refused": reasons_for_page(outcome, form),
        "back_url": reverse("nurse:visit", args=[number]),
    }  # fmt: skip
    return frame.page(request, "nurse/remote_new.html", context, status=outcome.status if outcome else 200)


@require_safe
def picture(request, number, pk):
    return remote.picture(request, SIDE, _row(request, number), pk)


def _row(request, number):
    return selectors.consult(actor=SIDE.actor(request), number=number)


def _page(request, row, name="", outcome=None):
    context = {
        **remote.context(request, SIDE, row, name, outcome),
        "centre": row.centre,
        "back_url": reverse("nurse:remote"),
    }
    return frame.page(request, "nurse/remote_one.html", context, status=outcome.status if outcome else 200)
