"""Joint rounds at the centre: doctors record and correct them, the desk reads what was agreed (000 三(七))."""

from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts.roles import Role
from desks import office, rounds
from desks.dispatch.frame import answer, frame
from desks.doctor.frame import frame as doctor_frame
from desks.looks import looked
from desks.stepforms import reasons_for_page
from orders import selectors as orders

SIDE = rounds.Side("dispatch:rounds_one", (Role.DISPATCHER, Role.DOCTOR), "dispatch:rounds_amend", Role.DOCTOR)
HERE = "dispatch:rounds"


@require_safe
def listing(request):
    return _show(request, "rounds", rounds.listing(request, SIDE), [])


@require_safe
def one(request, number):
    return _show(
        request, "round", rounds.context(request, SIDE, rounds.row_of(request, SIDE, number)), [{"label": number}]
    )


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def new(request, number):
    """The doctor records a round about the patient of this application."""
    asked = orders.request(actor=office.only(request.actor, (Role.DOCTOR,)), number=number)
    looked(request, target=asked, why="记录医护联合查房")
    latest = asked.orders.select_related("nurse").order_by("-pk").first()  # its nurse was likely there
    nurse = latest.nurse.user_id if latest and latest.nurse else None
    show = _form(request, asked.patient, number, [{"label": "记录联合查房"}])
    return rounds.record(request, SIDE, show, patient=asked.patient, centre=asked.centre, nurse=nurse)


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def amend(request, number):
    row = rounds.row_of(request, SIDE, number)
    crumbs = [{"label": number, "url": reverse("dispatch:rounds_one", args=[number])}, {"label": "更正"}]
    return rounds.amend(request, SIDE, row, _form(request, row.patient, number, crumbs))


def _form(request, patient, number, crumbs) -> rounds.Show:
    def show(form, outcome):
        context = {"form": form, "patient": patient, "number": number, "refused": reasons_for_page(outcome, form)}
        return _show(request, "round_form", context, crumbs, outcome)

    return show


def _show(request, template, context, crumbs, outcome=None):
    """Each with the frame of the own desk: the dispatcher's, else the doctor's."""
    around = frame if request.actor.holds(Role.DISPATCHER) else doctor_frame
    above = [{"label": "联合查房", "url": reverse(HERE)}, *crumbs] if crumbs else []
    name = f"dispatch/rounds/{template}.html"
    return answer(request, name, name, context, outcome=outcome, around=lambda: around(request, HERE, above))
