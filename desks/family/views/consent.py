"""Reading and signing consent and agreement, and taking a signature back (002 五(七)1(4), 004 三(七))."""

import json

from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.selectors import district_of
from audit import services as audit
from desks.family import papertext, rows
from desks.family.forms import Signature, Why
from desks.family.frame import FAMILY, act, ask, beside, demand_reading, family_page, not_now, order, posted, show
from desks.steps import Outcome, attempt, take
from orders import selectors as orders
from orders import services
from orders.lifecycle import NOT_BEGUN
from patients import access as patient_access
from patients import selectors as patients
from patients.models import Consent, PaperText


@require_http_methods(["GET", "POST"])
@family_page
def sign(request, number):
    row, now = order(request, number), timezone.now()
    if elsewhere := not_now(request, row, "consent"):
        return elsewhere
    demand_reading(request, row.patient_id)
    typed = request.GET.get("how") == "typed"
    himself = row.patient_id in request.family.patients_as(FAMILY[0])
    given = {"himself": himself, "typed": typed, "initial": _initial(request, row, himself)}
    form, outcome = Signature(posted(request), **given), Outcome()
    if request.method == "POST" and form.is_valid():
        outcome = take(request, "order", "consent", row.pk, _signing(request, form, typed))
        if outcome.done:
            messages.success(request, "已经签好，正在为您安排护士。")
            return redirect("family:order", number)
    refused = beside(form, outcome)
    audit.looked(target=row, by=request.family, now=now, why="阅读同意书")
    bad = form.is_bound and (form.errors or refused)
    return show(
        request, "family/consent.html", back=reverse("family:order", args=[number]), centre=row.centre,
        status=422 if bad else 200, form=form, refused=refused, card=rows.order(row), items=rows.items(row),
        person=rows.person(row.patient), papers=_to_sign(row, now), typed=typed, himself=himself,
    )  # fmt: skip


def _initial(request, row, himself):
    name = row.patient.name if himself else request.user.display_name
    return {"signer_name": name, "capacity": Consent.Capacity.SELF if himself else Consent.Capacity.PROXY}


def _signing(request, form, typed):
    """What the command asks for; the hashes are those of the texts that this page has shown."""
    return {
        "receipt": request.POST.get("receipt", ""),
        "version": request.POST.get("version", ""),
        "shown": {kind: request.POST.get(f"shown_{kind}", "") for kind in PaperText.Kind.values},
        "signer_name": form.cleaned_data["signer_name"],
        "capacity": form.cleaned_data["capacity"],
        "method": Consent.Method.TYPED if typed else Consent.Method.GLASS,
        "strokes": [] if typed else _strokes(request.POST.get("consent_strokes", "")),
        "device": request.headers.get("User-Agent", "")[:120],
    }


def _strokes(raw):
    try:
        strokes = json.loads(raw or "[]")
    except json.JSONDecodeError:
        return []
    return strokes if isinstance(strokes, list) else []


def _to_sign(row, now):
    """The texts in force that no earlier signature covers, each with its hash and its sections."""
    today, found = timezone.localdate(now), []
    codes = [line.item.code for line in row.lines.all()]
    district = district_of(row.centre)
    for kind, wanted in ((PaperText.Kind.CONSENT, codes), (PaperText.Kind.AGREEMENT, [])):
        held = patients.valid_consent(
            patient_id=row.patient_id, organisation_id=row.centre_id, kind=kind, item_codes=wanted, on=today
        )
        text = None if held else patients.text_in_force(district_id=district.pk, kind=kind, on=today)
        if text:
            parts = papertext.sections(text.text)
            sections = [{**part, "anchor": f"{kind}-{number}"} for number, part in enumerate(parts)]
            found.append({"text": text, "label": kind.label, "sections": sections})
    return found


@require_http_methods(["GET", "POST"])
@family_page
def withdraw(request, pk):
    paper = (
        Consent.objects.filter(pk=pk, patient__in=patient_access.read_by_family(request.family))
        .select_related("text", "patient", "organisation")
        .first()
    )
    if paper is None:
        raise patient_access.out_of_sight(request.family, Consent.objects.filter(pk=pk), "这份签署记录")
    back = reverse("family:data", args=[paper.patient_id])
    form = Why(posted(request), reasons=("改变主意了", "不再需要上门护理", "想换一种方式"))
    outcome = None
    if request.method == "POST" and form.is_valid():
        outcome = attempt(
            services.withdraw_consent, consent_id=paper.pk, reason=form.reason(), typed=request.POST, **act(request)
        )
        if outcome.done:
            messages.success(request, "已撤回。没有开始的上门已停止安排。")
            return redirect(back)
    audit.looked(target=paper, by=request.family, now=timezone.now(), why="查看签署记录")
    return ask(
        request, form, title=f"撤回{paper.text.get_kind_display()}吗？", send="撤回签署", back=back, keep="保留签署",
        sub="撤回后，还没有开始的上门会停止安排；已经做过的护理和记录不受影响。", grave=True, outcome=outcome,
        centre=paper.organisation, template="family/withdraw_consent.html", paper=paper,
        stops=_resting_on(request, paper),
    )  # fmt: skip


def _resting_on(request, paper):
    mine = orders.orders(actor=request.family).filter(patient=paper.patient_id, status__in=sorted(NOT_BEGUN))
    return sum(paper.pk in (row.consent_id, row.agreement_id) for row in mine[: orders.PAGE])
