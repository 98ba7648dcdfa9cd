"""What a family may hold in its hand: who of the staff has looked, a receipt of each look, an order's whole record."""

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.roles import Role
from audit import proofs
from audit import services as audit
from audit.models import Event
from audit.standalone import verify
from desks import downloads, traces
from desks import evidence as packs
from desks.family.frame import act, ask, demand_reading, family_page, order, patient, posted, show
from desks.steps import attempt
from kernel.refusals import Refused, hidden
from orders import timeline
from orders.services import evidence as services

OPENED = ("patients.revealed", "patients.upload_shown")


@require_safe
@family_page
def looks(request, pk):
    """Who of the staff has looked, when and why, newest first and day by day; the family's own looks are left out."""
    row = patient(request, pk)
    page = timeline.page(timeline.Events((_looks_at(row),)), **traces.keys(request))
    own = row.pk in request.family.patients_as(Role.PATIENT)
    return show(
        request, "family/looks.html", back=reverse("family:people"), row=row, page=page, days=_by_day(page.entries),
        whose="我" if own else row.name,
    )  # fmt: skip


def _by_day(entries):
    """Looks under the day on which they happened; one that was written down late still joins its day's others."""
    days = {}
    for one in entries:
        days.setdefault(timezone.localdate(one.line.happened_at), []).append(one)
    return sorted(days.items(), reverse=True)


@require_safe
@family_page
def receipt(request, pk, event_id):
    """One look as a file that proves itself; only of what is about this person."""
    row = patient(request, pk)
    if not _looks_at(row).filter(pk=event_id).exists():
        raise hidden("这条查看记录")
    try:
        found = proofs.receipt(event_id)
    except Refused as waiting:
        messages.info(request, waiting.sentence)
        return redirect("family:looks", pk)
    audit.looked(target=row, by=request.family, now=timezone.now(), why=f"家属下载第 {event_id} 条留痕的凭证")
    return downloads.saved(verify.canonical(found), name=f"receipt-{event_id}.json", kind="application/json")


class Purpose(forms.Form):
    """Why a family takes the whole record along; three plain answers, as nobody should have to explain more."""

    use_required_attribute = False

    reason = forms.ChoiceField(
        label="这份记录的用途",
        choices=[(words, words) for words in ("自己或家人留存", "给医生看", "咨询、投诉或维权")],
        widget=forms.RadioSelect,
    )


@require_http_methods(["GET", "POST"])
@family_page
def evidence(request, number):
    row = order(request, number)
    demand_reading(request, row.patient_id)
    form, outcome = Purpose(posted(request)), None
    if request.method == "POST" and form.is_valid():
        outcome = attempt(services.export_evidence, order_id=row.pk, **form.cleaned_data, **act(request))
        if outcome.done:
            return packs.download(outcome.row)
    return ask(
        request, form, title="下载这次上门的全部记录", send="下载全部记录", back=reverse("family:order", args=[number]),
        outcome=outcome, template="family/evidence.html",
        sub="从申请到评价，每一步谁办的、什么时候、为什么，都在一个文件里。",
    )  # fmt: skip


def _looks_at(row):
    """Looks of staff at one person: at the person's page, orders and papers, and what was opened in full."""
    seen = Q(kind=Event.Kind.LOOK) | Q(action__in=OPENED)
    return Event.objects.filter(seen, subject_id=str(row.pk), actor_kind="user").exclude(role__in=traces.PRIVATE)
