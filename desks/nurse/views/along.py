"""Going along with another nurse: the question, the answer, and what she has to know on the way."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from audit import services as audit
from desks import steps
from desks.nurse import along, frame
from desks.nurse.forms import AlongBackForm, AlongNoForm
from orders import second_seat

FORMS = {"decline": AlongNoForm, "give_back": AlongBackForm}
SAID = {
    "accept": "已答应同行，请与责任护士约好会合的地方。",
    "decline": "已告诉专员您不能同行。",
    "give_back": "已退出同行，专员会另行安排。",
}


@require_safe
def one(request, pk):
    return _show(request, second_seat.one(actor=request.actor, pk=pk))


@require_POST
def take(request, pk, name):
    if name not in SAID:
        raise Http404
    seat = second_seat.one(actor=request.actor, pk=pk)
    form = FORMS[name](request.POST) if name in FORMS else None
    if form is not None and not form.is_valid():
        return _show(request, seat, name, form, status=422)
    data = {**(form.inputs() if form else {}), "receipt": request.POST.get("receipt", "")}
    outcome = steps.take(request, "companion", name, seat.pk, data)
    if outcome.done:
        messages.success(request, SAID[name])
        return redirect("nurse:along", pk) if name == "accept" else redirect("nurse:today")
    fresh = second_seat.one(actor=request.actor, pk=pk)
    return _show(request, fresh, name, form, refused=list(outcome.reasons), status=outcome.status)


def _show(request, seat, name="", form=None, *, refused=None, status=200):
    now = timezone.now()
    audit.looked(target=seat, by=request.actor, now=now, why="同行上门：时间、地址和护理风险")
    context = {
        "centre": seat.order.centre,
        "v": along.card(seat, now, request.actor),
        "decline_form": form if name == "decline" and form else AlongNoForm(),
        "back_form": form if name == "give_back" and form else AlongBackForm(),
        "refused": refused,
    }
    return frame.page(request, "nurse/along.html", context, status=status)
