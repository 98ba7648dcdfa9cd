"""What the lead hospital sees of its alliance, and its answers to referrals (002 五(四))."""

from django import forms
from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from audit import services as audit
from desks import facts, listing, office
from desks.review import reads
from desks.review.desk import reader, show
from orders import selectors
from orders import services as order_services


class Answer(forms.Form):
    outcome = office.TextField(
        label="转诊结果", max_length=300, help_text="中心和家庭医生会看到，请写明收治情况和建议。"
    )


@require_safe
def centres(request):
    now = timezone.now()
    actor = reader(request)
    rows = reads.centres(actor=actor, now=now)
    context = {"page": office.page_of(rows, request), "figures": selectors.figures(actor=actor, now=now)}
    return show(request, "centres", context)


@require_safe
def orders(request):
    return show(request, "orders", listing.orders_page(request, reader(request), "review:orders_one"))


@require_safe
def order(request, number):
    row = selectors.order(actor=reader(request), number=number)
    audit.looked(target=row, by=request.actor, now=timezone.now(), why="牵头医院督导查看订单", role="reviewer")
    crumbs = [{"label": "订单", "url": reverse("review:orders")}, {"label": row.number, "url": ""}]
    return show(request, "order", {"facts": facts.of_order(row), "crumbs": crumbs})


@require_safe
def referrals(request):
    answered = request.GET.get("state") == "answered"
    page = office.page_of(reads.referrals(actor=reader(request), answered=answered), request)
    page.object_list = [listing.request_row(row, "review:referrals_one") for row in page.object_list]
    return show(request, "referrals", {"page": page, "answered": answered})


@require_http_methods(["GET", "POST"])
def referral(request, number):
    row = reads.referral(actor=reader(request), number=number)
    form = Answer(request.POST or None, initial={"outcome": row.referral_outcome})
    if request.method == "POST":
        if office.done(form, order_services.record_referral_outcome, request_id=row.pk, **office.act(request)):
            messages.success(request, "转诊结果已登记，中心可以看到。")
            return redirect("review:referrals")
    else:
        audit.looked(target=row, by=request.actor, now=timezone.now(), why="牵头医院办理转诊", role="reviewer")
    context = {
        "facts": facts.of_request(row, "review:orders_one"),
        "form": form,
        "crumbs": [{"label": "转诊答复", "url": reverse_lazy("review:referrals")}, {"label": row.number, "url": ""}],
    }
    return show(request, "referral", context, status=422 if form.errors else 200)
