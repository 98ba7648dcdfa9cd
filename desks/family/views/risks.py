"""What the centre has told the family of a warning about its household, and the family's objection."""

from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from audit import services as audit
from desks.family.forms import Objecting
from desks.family.frame import act, ask, family_page, posted, show
from desks.stepforms import receipt_of
from desks.steps import attempt
from kernel.refusals import hidden
from safety import faces, selectors, services
from safety.doors import FLAGS


@require_safe
@family_page
def risks(request):
    rows = selectors.told_to_family(actor=request.family)
    now = timezone.now()
    for row in rows:
        audit.looked(target=row, by=request.family, now=now, why="家属查看上门提示")
    shown = [{"row": row, "face": faces.FLAG[row.status], "may": _may(request, row)} for row in rows]
    return show(request, "family/risks.html", back=reverse("family:home"), flags=shown)


@require_http_methods(["GET", "POST"])
@family_page
def appeal(request, pk):
    row = selectors.told_to_family(actor=request.family).filter(pk=pk).first()
    if row is None:
        raise hidden("这条提示")
    form, outcome = Objecting(posted(request)), None
    if request.method == "GET" and not _may(request, row):
        messages.info(request, "这条提示现在不能申诉，请看最新进度。")
        return redirect("family:risks")
    if request.method == "POST" and form.is_valid():
        outcome = attempt(
            services.appeal_flag, flag_id=row.pk, receipt=receipt_of(request.POST), **form.cleaned_data, **act(request)
        )
        if outcome.done:
            messages.success(request, "申诉已提交，由没有提出这条提示的中心管理员裁定。")
            return redirect("family:risks")
    return ask(
        request, form, title="对上门提示提出申诉", send="提交申诉", back=reverse("family:risks"),
        sub="请写明事实经过，中心管理员裁定后会告诉您。", outcome=outcome, centre=row.centre,
    )  # fmt: skip


def _may(request, row):
    return any(chance.name == "appeal" for chance in FLAGS.chances(row, request.family))
