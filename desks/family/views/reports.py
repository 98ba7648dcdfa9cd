"""Saying what was wrong, or could be better: to the centre or past it to the commission, and what became of it."""

from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from audit import services as audit
from desks import office, reports
from desks.family.forms import CENTRE, COMMISSION, Report, Unsatisfied
from desks.family.frame import act, ask, commission_phone, family_page, posted, serving_centre, show
from desks.stepforms import number_of, receipt_of
from desks.steps import Outcome, attempt
from kernel.refusals import hidden
from orders import selectors as orders
from safety import selectors, services
from safety.doors import REPORTS

SAID = {
    "agree": "谢谢您，这件事已办结。",
    "withdraw": "已经撤回。",
    "carry_up": "已交给区卫生健康委，新的答复会写在这里。",
}


@require_safe
@family_page
def listing(request):
    now = timezone.now()
    page = office.page_of(_mine(request), request)
    page.object_list = [{**reports.row(one, now), "plain": _plain(one)} for one in page.object_list]
    return show(
        request, "family/reports.html", back=reverse("family:home"), page=page, watch=commission_phone(),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@family_page
def new(request):
    order = _order(request)
    centre = order.centre if order else serving_centre(request)
    form, outcome = Report(posted(request), centre=centre, initial={"to": CENTRE if centre else COMMISSION}), None
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        outcome = attempt(
            services.file_report, to_commission=said["to"] == COMMISSION, accused=centre, kind=said["kind"],
            words=said["words"], order=order, receipt=receipt_of(request.POST), **act(request),
        )  # fmt: skip
        if outcome.done:
            messages.success(request, f"已提交给{outcome.row.organisation.name}，编号 {outcome.row.number}。")
            return redirect("family:report", outcome.row.pk)
    return ask(
        request, form, title="投诉与建议", send="提交投诉或建议", back=reverse("family:reports"), outcome=outcome,
        centre=centre, sub=f"关于订单 {order.number}。" if order else "写明情况就可以提交，处理到哪一步都能查到。",
        template="family/report_new.html", watch=commission_phone(),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@family_page
def one(request, pk):
    row = _found(request, pk)
    form, outcome = Unsatisfied(), Outcome()
    if request.method == "POST":
        outcome, form = _step(request, row)
        if outcome.done and not form.errors:
            messages.success(request, SAID[request.POST["step"]])
            return redirect("family:report", pk)
    audit.looked(target=row, by=request.family, now=timezone.now(), why="查看自己的投诉建议")
    return show(
        request, "family/report.html", back=reverse("family:reports"), status=422 if request.method == "POST" else 200,
        **reports.row(row, timezone.now()), plain=_plain(row), story=reports.story(row), form=form,
        may={chance.name: chance for chance in REPORTS.chances(row, request.family) if not chance.blocked_by},
        refused=list(outcome.reasons), watch=commission_phone(),
    )  # fmt: skip


def _step(request, row):
    name, form = request.POST.get("step", ""), Unsatisfied()
    given = {
        "report_id": row.pk, "version": number_of(request.POST.get("version")), "receipt": receipt_of(request.POST),
        **act(request),
    }  # fmt: skip
    if name == "carry_up":
        form = Unsatisfied(request.POST)
        if not form.is_valid():
            return Outcome(), form
        return attempt(services.carry_report_up, words=form.cleaned_data["words"], **given), form
    verbs = {"agree": services.agree_report, "withdraw": services.withdraw_report}
    if name not in verbs:
        raise hidden("这一步")
    return attempt(verbs[name], **given), form


def _mine(request):
    """What this account has said; whoever handles reports by day reads those at the own desk."""
    return selectors.reports(actor=request.family).filter(filed_by=request.user)


def _found(request, pk):
    row = _mine(request).prefetch_related("steps").filter(pk=pk).first()
    if row is None:
        raise hidden("这件投诉建议")
    return row


def _plain(row) -> dict:
    face = reports.faces.REPORT[row.status]
    return {"label": face.plain, "family": face.family, "icon": face.icon}


def _order(request):
    """The order that the page was opened from; another family's is as good as none."""
    number = request.GET.get("order", "")
    return orders.orders(actor=request.family).filter(number=number).first() if number else None
