"""The safety part of a visit where no script sends it: the same entries, by plain forms."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from desks.nurse import calls
from desks.nurse.entries import safety
from desks.nurse.entries.kinds import Said
from desks.nurse.views.steps import show_visit
from kernel.refusals import Hidden
from orders import selectors

SAID = {
    "safe": "已收到您的平安信号。",
    "recorder": "已登记记录仪。",
    "risk": "已提出风险提示，专员和下一位上门的护士会看到。",
    "incident": "已报告，专员和中心管理员马上会看到。",
    "unsafe": "已结束这次上门，值班台已收到您的求助，会马上联系您。",
}


@require_http_methods(["GET", "HEAD", "POST"])
def safe(request, number):
    """GET: the clock as an open page asks for it again; it is armed a moment after the check-in."""
    if request.method != "POST":
        try:
            order = selectors.nurse_visit(actor=request.actor, number=number)
        except Hidden:
            return HttpResponse()  # the page says beside this that the visit went elsewhere
        return render(request, "nurse/visit/_timer.html", {"timer": calls.timer(order), "refused": None})
    return _done(request, number, "safe", safety.safe)


@require_POST
def recorder(request, number):
    return _done(request, number, "recorder", safety.recorder)


@require_POST
def risk(request, number):
    return _done(request, number, "risk", safety.risk)


@require_POST
def incident(request, number):
    return _done(request, number, "incident", safety.incident)


@require_POST
def unsafe(request, number):
    return _done(request, number, "unsafe", safety.unsafe)


def _done(request, number, name, act):
    order = selectors.nurse_visit(actor=request.actor, number=number)
    now = timezone.now()
    outcome = act(Said(request, order, "", request.POST, {}, now, now))
    if outcome.done:
        messages.success(request, SAID[name])
        return redirect("nurse:visit", number=number)
    return show_visit(request, selectors.nurse_visit(actor=request.actor, number=number), outcome=outcome, status=422,
                      extra={"typed": outcome.typed})  # fmt: skip
