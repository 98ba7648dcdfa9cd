"""Referrals and remote consults at the centre: proposed and asked here, or come from the hospital (003 二(五)13)."""

from django import forms
from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.roles import Role
from desks import office, patientcard, referring, remote
from desks.dispatch.frame import answer, frame
from desks.doctor.frame import frame as doctor_frame
from desks.looks import looked
from desks.stepforms import AskForm, asking, long_text, reasons_for_page, receipt_of
from desks.steps import attempt
from orders import selectors as orders
from patients import selectors as patients
from referrals import selectors, services
from referrals.models import Referral

ROLES = (Role.DISPATCHER, Role.DOCTOR)
SIDE = referring.Side("dispatch:referrals_one", "dispatch:referrals_step", ROLES)
REMOTE = remote.Side("dispatch:remote_one", "dispatch:remote_step", "dispatch:remote_picture", ROLES)
HERE, CONSULTS = "dispatch:referrals", "dispatch:remote"


class Up(AskForm):
    department = forms.CharField(label="转往科室", max_length=40, required=False)
    reason = forms.CharField(label="转诊原因", max_length=300, widget=long_text(2), help_text="家属和牵头医院会看到。")
    summary = forms.CharField(
        label="病情摘要", max_length=1000, widget=long_text(6), help_text="已按现有记录填好，请核对修改。"
    )
    consent_by = forms.ChoiceField(
        label="谁同意把病情告诉牵头医院", choices=Referral.ConsentBy.choices, widget=forms.RadioSelect
    )
    transfer = forms.ChoiceField(
        label="前往方式", choices=Referral.Transfer.choices, widget=forms.RadioSelect, initial="own",
        help_text="非急救转运由中心另行联系并登记。急症请直接拨打 120。",
    )  # fmt: skip


@require_safe
def listing(request):
    return _show(request, "referrals", referring.listing(request, SIDE), [], HERE)


@require_safe
def one(request, number):
    return _page(request, _row(request, number))


@require_POST
def step(request, number, name):
    row = _row(request, number)
    outcome = referring.take(request, SIDE, row, name)
    if outcome.done:
        messages.success(request, referring.SAID[name])
        return redirect("dispatch:referrals_one", number)
    return _page(request, row, name, outcome)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request, number):
    """The doctor refers the patient of this application to the lead hospital."""
    row = orders.request(actor=office.only(request.actor, ROLES), number=number)
    looked(request, target=row, why="提出转诊")
    latest = row.orders.select_related("patient", "visit_record").order_by("-pk").first()
    outcome = None
    if request.method == "POST":
        typed = request.POST
        words = {name: typed.get(name, "") for name in ("department", "reason", "summary", "consent_by", "transfer")}
        outcome = attempt(
            services.refer_up, typed=typed, patient=row.patient, centre=row.centre, order=latest,
            receipt=receipt_of(typed), by=request.actor, now=timezone.now(), **words,
        )  # fmt: skip
        if outcome.done:
            messages.success(request, "已提出转诊，牵头医院会收到消息。")
            return redirect("dispatch:referrals_one", outcome.row.number)
    opinion = selectors.last_assessment(row.patient_id, row.centre_id)
    summary = selectors.summary_of(latest) if latest else (opinion.opinion if opinion else "")
    form = asking(Up, outcome, initial={"summary": summary, "transfer": "own"})
    context = {
        "form": form,
        "row": row,
        "hospital": row.centre.parent,
        "running": selectors.live_of(patient_id=row.patient_id, direction=Referral.Direction.UP),
        "patient": patientcard.card(row.patient, patients.current_address(row.patient_id), timezone.localdate()),
        "refused": reasons_for_page(outcome, form),
    }
    return _show(request, "referrals_new", context, [*_crumb(HERE, "转诊"), {"label": "提出转诊"}], HERE, outcome)


@require_safe
def consults(request):
    return _show(request, "remote", remote.listing(request, REMOTE), [], CONSULTS)


@require_safe
def consult(request, number):
    return _consult_page(request, _consult(request, number))


@require_POST
def consult_step(request, number, name):
    row = _consult(request, number)
    outcome = remote.take(request, REMOTE, row, name)
    if outcome.done:
        messages.success(request, remote.SAID[name])
        return redirect("dispatch:remote_one", number)
    return _consult_page(request, row, name, outcome)


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request, number):
    """Ask the lead hospital about one visit."""
    order = orders.order(actor=office.only(request.actor, ROLES), number=number)
    looked(request, target=order, why="请求远程会诊")
    form, outcome = remote.ask(request, REMOTE, order)
    if outcome and outcome.done:
        messages.success(request, "已请求会诊，专家答复后会告诉您。")
        return redirect("dispatch:remote_one", outcome.row.number)
    context = {"form": form, "order": order, "refused": reasons_for_page(outcome, form)}
    crumbs = [*_crumb(CONSULTS, "远程会诊"), {"label": "请求会诊"}]
    return _show(request, "remote_new", context, crumbs, CONSULTS, outcome)


@require_safe
def picture(request, number, pk):
    return remote.picture(request, REMOTE, _consult(request, number), pk)


@require_safe
def teams(request):
    """Teams and pairs of the alliance, to be read."""
    places = selectors.hospitals_of(actor=office.only(request.actor, ROLES))
    page = office.page_of(selectors.coachings(hospital_ids=places), request)
    rows = selectors.teams(hospital_ids=places)
    found = [{"row": row, "members": [one for one in row.members.all() if one.ends_on is None]} for row in rows]
    return _show(request, "teams", {"teams": found, "page": page}, [], "dispatch:teams")


def _row(request, number):
    return selectors.referral(actor=SIDE.actor(request), number=number)


def _consult(request, number):
    return selectors.consult(actor=REMOTE.actor(request), number=number)


def _page(request, row, name="", outcome=None):
    context = referring.context(request, SIDE, row, name, outcome)
    return _show(request, "referral", context, [*_crumb(HERE, "转诊"), {"label": row.number}], HERE, outcome)


def _consult_page(request, row, name="", outcome=None):
    context = remote.context(request, REMOTE, row, name, outcome)
    crumbs = [*_crumb(CONSULTS, "远程会诊"), {"label": row.number}]
    return _show(request, "consult", context, crumbs, CONSULTS, outcome)


def _crumb(route, label):
    return [{"label": label, "url": reverse(route)}]


def _show(request, template, context, crumbs, current, outcome=None):
    """Each with the frame of the own desk: the dispatcher's, else the doctor's."""
    around = frame if request.actor.holds(Role.DISPATCHER) else doctor_frame
    name = f"dispatch/referrals/{template}.html"
    return answer(request, name, name, context, outcome=outcome, around=lambda: around(request, current, crumbs))
