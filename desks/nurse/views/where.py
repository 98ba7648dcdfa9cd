"""Her place between setting out and the end of the visit, the switch for it, and what shows that she is at the door."""

from datetime import datetime

from django.contrib import messages
from django.http import JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_POST

from desks.nurse.views.steps import show_visit
from desks.steps import attempt
from orders import selectors, services


@require_POST
def share(request):
    """One place of the open page. Whatever is refused is said once: the page then stops asking."""
    order = selectors.nurse_visit(actor=request.actor, number=request.POST.get("order", ""))
    lon, lat, accuracy = (_number(request.POST.get(name)) for name in ("lon", "lat", "accuracy"))
    if lon is None or lat is None:
        return JsonResponse({"kept": False, "stop": False, "said": "没有读懂这个位置。"}, status=422)
    outcome = attempt(
        services.share_place, order_id=order.pk, lon=lon, lat=lat, accuracy_m=accuracy, at=_moment(request),
        by=request.actor, now=timezone.now(),
    )  # fmt: skip
    if outcome.done:
        return JsonResponse({"kept": outcome.row is not None, "stop": False, "said": ""})
    return JsonResponse({"kept": False, "stop": True, "said": outcome.refused.sentence})


@require_POST
def switch(request, number):
    order = selectors.nurse_visit(actor=request.actor, number=number)
    shares = request.POST.get("shares") == "yes"
    outcome = attempt(services.switch_sharing, order_id=order.pk, shares=shares, by=request.actor, now=timezone.now())
    if not outcome.done:
        return show_visit(request, order, outcome=outcome, status=outcome.status)
    messages.success(request, "已打开位置共享。" if shares else "已关闭这次上门的位置共享，中心会看到您已关闭。")
    return redirect("nurse:visit", number=number)


@require_POST
def prove(request, number):
    """A proof added after the check-in: the code of the door, or why there is none."""
    order = selectors.nurse_visit(actor=request.actor, number=number)
    outcome = attempt(
        services.prove_arrival, typed=request.POST, order_id=order.pk, code=request.POST.get("door_code", "")[:8],
        words=request.POST.get("words", "")[:200], by=request.actor, now=timezone.now(),
    )  # fmt: skip
    if not outcome.done:
        return show_visit(request, order, outcome=outcome, status=outcome.status)
    messages.success(request, "已补充到达凭据。")
    return redirect("nurse:visit", number=number)


def _number(text) -> float | None:
    try:
        return float(text)
    except (TypeError, ValueError):
        return None


def _moment(request) -> datetime | None:
    try:
        moment = parse_datetime(request.POST.get("at", ""))
    except ValueError:
        return None
    return moment if moment is not None and timezone.is_aware(moment) else None
