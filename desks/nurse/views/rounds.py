"""Joint rounds on the nurse's phone: recorded at a visit, read before the next one (000 三(七))."""

from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts.roles import Role
from desks import rounds
from desks.looks import looked
from desks.nurse import frame
from desks.stepforms import reasons_for_page
from orders import selectors as orders
from referrals import access

SIDE = rounds.Side("nurse:rounds_one", (Role.NURSE,), "nurse:rounds_amend", Role.NURSE)


def held_before(request, order) -> dict:
    """What was agreed about this patient, and where she can record a round, if she can; for the visit's own page."""
    about = {"patient_id": order.patient_id, "centre_id": order.centre_id, "order": order}
    may = access.may_record_round(SIDE.actor(request), **about)
    return {
        "rows": rounds.about(request, SIDE, order.patient_id),
        "url": reverse("nurse:rounds_new", args=[order.number]) if may else "",
    }


@require_safe
def listing(request):
    return frame.page(request, "nurse/rounds.html", {**rounds.listing(request, SIDE), "back_url": reverse("nurse:me")})


@require_safe
def one(request, number):
    row = rounds.row_of(request, SIDE, number)
    context = {**rounds.context(request, SIDE, row), "centre": row.centre, "back_url": reverse("nurse:rounds")}
    return frame.page(request, "nurse/round_one.html", context)


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def new(request, number):
    order = orders.nurse_visit(actor=request.actor, number=number)
    looked(request, target=order, why="记录医护联合查房")
    show = _form(request, order, reverse("nurse:visit", args=[number]))
    return rounds.record(request, SIDE, show, patient=order.patient, centre=order.centre, order=order)


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def amend(request, number):
    row = rounds.row_of(request, SIDE, number)
    return rounds.amend(request, SIDE, row, _form(request, row, reverse("nurse:rounds_one", args=[number])))


def _form(request, about, back) -> rounds.Show:
    def show(form, outcome):
        context = {
            "form": form, "patient": about.patient, "number": about.number, "centre": about.centre, "back_url": back,
            "refused": reasons_for_page(outcome, form),
        }  # fmt: skip
        return frame.page(request, "nurse/round_form.html", context, status=outcome.status if outcome else 200)

    return show
