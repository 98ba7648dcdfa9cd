"""Joint rounds on the nurse's phone: recorded at a visit, read before the next one (000 三(七))."""

from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts.roles import Role
from desks import rounds
from desks.looks import looked
from desks.nurse import frame
from desks.stepforms import reasons_for_page
from orders import selectors as orders
from referrals import selectors

SIDE = rounds.Side("nurse:rounds_one", "nurse:rounds_amend", Role.NURSE, (Role.NURSE,))


def held_before(request, order) -> dict:
    """What was agreed about this patient, and where she can record a round; for the visit's own page."""
    return {
        "rows": rounds.about(request, SIDE, order.patient_id),
        "url": reverse("nurse:rounds_new", args=[order.number]),
    }


@require_safe
def listing(request):
    return frame.page(request, "nurse/rounds.html", {**rounds.listing(request, SIDE), "back_url": reverse("nurse:me")})


@require_safe
def one(request, number):
    row = _row(request, number)
    context = {**rounds.context(request, SIDE, row), "centre": row.centre, "back_url": reverse("nurse:rounds")}
    return frame.page(request, "nurse/round_one.html", context)


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def new(request, number):
    order = orders.nurse_visit(actor=request.actor, number=number)
    looked(request, target=order, why="记录医护联合查房")
    form, outcome = rounds.sign(request, patient=order.patient, centre=order.centre, order=order)
    if outcome and outcome.done:
        messages.success(request, "查房记录已签名。")
        return redirect("nurse:rounds_one", outcome.row.number)
    return _form(request, form, outcome, order, reverse("nurse:visit", args=[number]))


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def amend(request, number):
    row = _row(request, number)
    looked(request, target=row, why="更正医护联合查房记录")
    form, outcome = rounds.correct(request, row)
    if outcome and outcome.done:
        messages.success(request, f"已更正为第 {outcome.row.version} 版，原来的内容保留可查。")
        return redirect("nurse:rounds_one", number)
    return _form(request, form, outcome, row, reverse("nurse:rounds_one", args=[number]))


def _row(request, number):
    return selectors.joint_round(actor=SIDE.actor(request), number=number)


def _form(request, form, outcome, about, back):
    context = {
        "form": form, "patient": about.patient, "number": about.number, "centre": about.centre, "back_url": back,
        "refused": reasons_for_page(outcome, form),
    }  # fmt: skip
    return frame.page(request, "nurse/round_form.html", context, status=outcome.status if outcome else 200)
