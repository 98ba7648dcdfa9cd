"""The phone is handed over: what was done, in large words, and a place to sign for it (002 五(六)2)."""

from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from audit import services as audit
from desks.nurse import frame, rows, signing
from desks.nurse.entries.kinds import Said
from orders import selectors


@require_http_methods(["GET", "POST"])
def sign(request, number):
    order, now = selectors.nurse_visit(actor=request.actor, number=number), timezone.now()
    again = not signing.may_sign(order)
    if again and request.method == "GET" and not signing.may_sign_again(signing.live(order)):
        messages.info(request, "这次服务现在不需要签字，请看订单的最新进度。")
        return redirect("nurse:visit", number=number)
    form, refused, status = None, [], 200
    if request.method == "POST":
        said = Said(request, order, "sign", request.POST, request.FILES, now, now)
        outcome = (signing.sign_again if again else signing.sign)(said)
        if outcome.done:
            messages.success(request, "已签字，谢谢您。")
            return redirect("nurse:visit", number=number)
        form, refused = bound(request, order, outcome, again=again)
        status = outcome.status
    audit.looked(target=order, by=request.actor, now=now, why="请服务对象签字：查看服务内容")
    context = {
        "centre": order.centre,
        "order": order,
        "person": rows.person(order, now),
        "refused": refused,
        "sign_url": reverse("nurse:sign", args=[number]),
        "back_url": rows.visit_url(order),
        **signing.page(order, form, again=again),
    }
    return frame.page(request, "nurse/sign.html", context, status=status)


def bound(request, order, outcome, *, again=False):
    """The form with what was typed and each reason beside its field; what belongs to no field stands above."""
    form = signing.SignForm(request.POST, request.FILES, order=order, again=again)
    form.is_valid()
    above = []
    for reason in outcome.reasons:
        if reason.field in form.fields:
            form.add_error(reason.field, reason.sentence)
        else:
            above.append(reason)
    return form, above
