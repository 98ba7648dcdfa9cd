"""What a family does with one order: another time, not at all, yes it was done, something was wrong, how it was."""

from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from audit import services as audit
from desks.family import rows, when
from desks.family.forms import Objection, OtherTime, Score, Why
from desks.family.frame import act, ask, demand_reading, family_page, not_now, order, posted, show
from desks.steps import Outcome, attempt, take
from orders import selectors as orders
from orders import services


@require_http_methods(["GET", "POST"])
@family_page
def reschedule(request, number):
    row, now = order(request, number), timezone.now()
    if elsewhere := not_now(request, row, "reschedule"):
        return elsewhere
    form = OtherTime(posted(request), now=now, reasons=("临时有事", "身体不舒服", "家人不在", "想换个时间"))
    outcome = None
    if request.method == "POST" and form.is_valid():
        start, end = when.window(form.cleaned_data["window"])
        data = {
            **form.passed_on(request),
            "window_start": start.isoformat(),
            "window_end": end.isoformat(),
            "reason": form.reason(),
        }
        outcome = take(request, "order", "reschedule", row.pk, data)
        if outcome.done:
            messages.success(request, "时间已经改好，正在为您重新安排护士。")
            return redirect("family:order", number)
        outcome = outcome.beside(window_start="window", window_end="window", reason="usual")
    return _ask(
        request, row, form, outcome, title="改到什么时候？", send="改时间",
        sub="改时间后，会重新安排护士，约好后再告诉您。", template="family/reschedule.html",
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@family_page
def cancel(request, number):
    row = order(request, number)
    if elsewhere := not_now(request, row, "cancel"):
        return elsewhere
    form = Why(posted(request), reasons=("住院了", "身体好转，不需要了", "临时有事", "家人可以照顾"))
    outcome = None
    if request.method == "POST" and form.is_valid():
        outcome = take(request, "order", "cancel", row.pk, {**form.passed_on(request), "reason": form.reason()})
        if outcome.done:
            messages.success(request, "这次上门已取消，次数已退回项目单。")
            return redirect("family:order", number)
        outcome = outcome.beside(reason="usual")
    return _ask(
        request, row, form, outcome, title="取消这次上门吗？", send="取消这次上门", keep="保留订单", grave=True,
        sub="取消后，这次的次数会退回项目单，以后还可以再约。平台不收取取消费用。",
        late=row.departed_at is not None,
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@family_page
def confirm(request, number):
    row = order(request, number)
    if elsewhere := not_now(request, row, "confirm"):
        return elsewhere
    demand_reading(request, row.patient_id)  # the answer to what was sent shows the record again
    outcome = take(request, "order", "confirm", row.pk) if request.method == "POST" else Outcome()
    if request.method == "POST" and outcome.done:
        messages.success(request, "谢谢您，服务已确认完成。")
        return redirect("family:rate", number)
    audit.looked(target=row, by=request.family, now=timezone.now(), why="确认前查看服务记录")
    names = {one.name for one in orders.order_chances(row=row, actor=request.family)}
    return show(
        request, "family/confirm.html", back=reverse("family:order", args=[number]), centre=row.centre,
        status=outcome.status, card=rows.order(row), person=rows.person(row.patient), items=rows.items(row),
        record=rows.record(row), may="confirm" in names, may_object="object" in names, refused=list(outcome.reasons),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@family_page
def object_to(request, number):
    row = order(request, number)
    if elsewhere := not_now(request, row, "object"):
        return elsewhere
    form, outcome = Objection(posted(request)), None
    if request.method == "POST" and form.is_valid():
        outcome = take(request, "order", "object", row.pk)
        if outcome.done:
            messages.success(request, "您的意见已经收到，中心会尽快联系您。")
            return redirect("family:order", number)
    return _ask(
        request, row, form, outcome, title="对这次服务有意见", send="提交意见",
        sub="意见会交给中心处理。也可以直接向区卫生健康委反映，电话在首页的监督与投诉一栏。",
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@family_page
def rate(request, number):
    row = order(request, number)
    if request.method == "GET" and row.rating_at:
        return redirect("family:order", number)
    form, outcome = Score(posted(request)), None
    if request.method == "POST" and form.is_valid():
        outcome = attempt(
            services.rate, order_id=row.pk, answers=form.answers(), comment=form.cleaned_data["comment"], **act(request)
        )
        if outcome.done:
            messages.success(request, "谢谢您的评价。")
            return redirect("family:order", number)
    return _ask(
        request, row, form, outcome, title="这次服务怎么样？", send="提交评价",
        sub="每一项请选 1 到 5 分。评价时，护士看不到您的姓名。", template="family/rate.html", later=True,
    )  # fmt: skip


def _ask(request, row, form, outcome, **words):
    return ask(
        request, form, back=reverse("family:order", args=[row.number]), centre=row.centre, outcome=outcome,
        version=row.version, card=rows.order(row), complain_url=f"{reverse('family:report_new')}?order={row.number}",
        **words,
    )  # fmt: skip
