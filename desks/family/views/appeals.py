"""The family objects to a no-show that was registered about its visit."""

from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from audit import services as audit
from desks import downloads, noshow
from desks.family.forms import Objecting
from desks.family.frame import act, ask, family_page, order, posted
from desks.stepforms import receipt_of
from desks.steps import attempt
from kernel.refusals import hidden
from orders import services
from patients import services as patient_services


@require_http_methods(["GET", "POST"])
@family_page
def appeal(request, number):
    row = order(request, number)
    audit.looked(target=row, by=request.family, now=timezone.now(), why="家属查看失约登记")
    known = noshow.card(row, request.family, timezone.now())
    if request.method == "GET" and not (known and known["may"]):
        messages.info(request, "这张订单现在不能申诉，请看订单的最新进度。")
        return redirect("family:order", number)
    form, outcome = Objecting(posted(request)), None
    if request.method == "POST" and form.is_valid():
        outcome = attempt(
            services.file_appeal, order_id=row.pk, receipt=receipt_of(request.POST), **form.cleaned_data, **act(request)
        )
        if outcome.done:
            messages.success(request, "申诉已提交，中心管理员裁定后会告诉您。")
            return redirect("family:order", number)
    return ask(
        request, form, title="对失约登记提出申诉", send="提交申诉", back=reverse("family:order", args=[number]),
        sub="由与此事无关的中心管理员裁定，每张订单可以申诉一次。", outcome=outcome, centre=row.centre,
    )  # fmt: skip


@require_safe
@family_page
def paper(request, number):
    """The photograph or file that was kept with the no-show; the look is on record before the first byte leaves."""
    known = noshow.card(order(request, number), request.family, timezone.now())
    if known is None or known["row"].paper_id is None:
        raise hidden("这份凭据")
    upload, content = patient_services.show_upload(
        upload_id=known["row"].paper_id, reason="家属查看失约凭据", **act(request)
    )
    return downloads.shown(content, kind=upload.content_type)
