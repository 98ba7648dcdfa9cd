"""Referrals at the lead hospital: those that centres send up, and those that it hands down to home nursing."""

from django import forms
from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from desks import listing, office, referring
from desks.looks import looked
from desks.review.desk import REVIEWER, reader, show
from desks.stepforms import AskForm, asking, long_text, reasons_for_page, receipt_of
from desks.steps import Outcome, attempt
from kernel.identity import DOCUMENT_KINDS
from patients import selectors as patients
from referrals import selectors, services
from referrals.models import Referral

SIDE = referring.Side("review:referrals_one", "review:referrals_step", REVIEWER)


class Down(AskForm):
    centre = forms.ChoiceField(label="接收的中心")
    kind = forms.ChoiceField(label="证件类型", choices=list(DOCUMENT_KINDS.items()))
    number = forms.CharField(label="证件号码", max_length=40)
    department = forms.CharField(label="出院科室", max_length=40, required=False)
    reason = forms.CharField(
        label="转诊原因",
        max_length=300,
        widget=long_text(2),
        help_text="中心和家属会看到，例如：带管回家，需换药。",
    )
    summary = forms.CharField(
        label="病情摘要", max_length=1000, widget=long_text(5), help_text="诊断、治疗经过、出院情况、护理要求。"
    )
    consent_by = forms.ChoiceField(
        label="谁同意把病情告诉中心", choices=Referral.ConsentBy.choices, widget=forms.RadioSelect
    )

    def __init__(self, *args, centres, **options):
        super().__init__(*args, **options)
        self.fields["centre"].choices = [("", "请选择"), *((str(one.pk), one.name) for one in centres)]


@require_safe
def referrals(request):
    return show(request, "referrals", referring.listing(request, SIDE))


@require_safe
def referral(request, number):
    return _page(request, _row(request, number))


@require_POST
def step(request, number, name):
    row = _row(request, number)
    outcome = referring.take(request, SIDE, row, name)
    if outcome.done:
        messages.success(request, referring.SAID[name])
        return redirect("review:referrals_one", number)
    return _page(request, row, name, outcome)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request):
    """Somebody goes home from hospital: found by the paper, handed to a centre of the alliance."""
    centres = list(listing.centres_of(reader(request)))
    outcome = _propose(request, centres) if request.method == "POST" else None
    if outcome and outcome.done:
        messages.success(request, "已提出转诊，中心会收到消息。")
        return redirect("review:referrals_one", outcome.row.number)
    form = asking(Down, outcome, centres=centres)
    crumbs = [{"label": "转诊", "url": reverse("review:referrals")}, {"label": "转回社区", "url": ""}]
    context = {"form": form, "refused": reasons_for_page(outcome, form), "centres": centres, "crumbs": crumbs}
    return show(request, "referrals_new", context, status=outcome.status if outcome else 200)


def _propose(request, centres):
    now, typed = timezone.now(), request.POST
    centre = next((one for one in centres if str(one.pk) == typed.get("centre", "")), None)
    if centre is None:
        return Outcome(errors={"centre": ["请选择接收的中心。"]}, typed=typed)
    kind = typed.get("kind", "")
    found = None
    if kind in DOCUMENT_KINDS:
        found = patients.find_by_identity(kind, typed.get("number", ""), timezone.localdate(now))
    if found:
        looked(request, target=found, why="办理转回社区")
    words = {name: typed.get(name, "") for name in ("reason", "summary", "consent_by", "department")}
    return attempt(
        services.refer_down, typed=typed, patient=found, centre=centre, receipt=receipt_of(typed), by=request.actor,
        now=now, **words,
    )  # fmt: skip


def _row(request, number):
    return selectors.referral(actor=office.only(request.actor, REVIEWER), number=number)


def _page(request, row, name="", outcome=None):
    crumbs = [{"label": "转诊", "url": reverse("review:referrals")}, {"label": row.number, "url": ""}]
    context = {**referring.context(request, SIDE, row, name, outcome), "crumbs": crumbs}
    return show(request, "referral", context, status=outcome.status if outcome else 200)
