"""What the centre may do and does: items it offers, its licence, filings, towns, agreements, responsible people."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.selectors import district_of
from catalog import selectors as catalog
from catalog import services as catalog_services
from desks import office
from desks.centre import forms
from desks.centre.desk import place, show
from desks.steps import attempt
from institutions import selectors, services
from institutions.models import Filing, Profile
from kernel.identity import check
from kernel.refusals import hidden

DECISIONS = {
    "in": (forms.OptIn, catalog_services.opt_in, "项目已登记为开展。"),
    "out": (forms.OptOut, catalog_services.opt_out, "项目已登记为不开展，原因会告知询问的服务对象。"),
}


@dataclass(frozen=True)
class Paper:
    form: type
    verb: object
    label: str
    done: str


PAPERS = {
    "licence": Paper(forms.LicenceForm, services.record_licence, "登记许可证", "许可证已登记。"),
    "mode": Paper(forms.FilingForm, services.file_mode, "申请服务方式登记", "申请已提交，等区卫生健康委审核。"),
    "profile": Paper(forms.ProfileForm, services.save_profile, "修改机构资料", "机构资料已保存。"),
    "agreement": Paper(forms.AgreementForm, services.record_platform_agreement, "登记合作协议", "合作协议已登记。"),
}


@require_safe
def offerings(request):
    return _offerings(request)


@require_POST
def decide(request, pk, verb):
    if verb not in DECISIONS:
        raise Http404
    form_class, act, sentence = DECISIONS[verb]
    form = form_class(request.POST)
    if office.done(form, act, organisation=place(request), item_id=pk, **office.act(request)):
        messages.success(request, sentence)
        return redirect("centre:offerings")
    return _offerings(request, bound={(pk, verb): form}, status=422)


@require_POST
def offer_all(request):
    """Offer every item not decided on yet (应开尽开)."""
    here = place(request)
    edition = catalog.edition_in_force(district_of(here).pk, timezone.localdate())
    if edition is None:
        raise hidden("现行目录")
    outcome = attempt(
        catalog_services.opt_in_all, organisation=here, edition_id=edition.pk, **office.act(request)
    )  # fmt: skip
    if outcome.done:
        messages.success(request, f"已将 {len(outcome.row)} 个尚未决定的项目登记为开展。")
        return redirect("centre:offerings")
    return _offerings(request, refused=outcome.reasons, status=422)


@require_safe
def filing(request):
    return _filing(request)


@require_http_methods(["POST"])
def file(request, kind):
    known = PAPERS.get(kind)
    if known is None:
        raise Http404
    form = known.form(request.POST)
    if office.done(form, known.verb, organisation=place(request), **office.act(request)):
        messages.success(request, known.done)
        return redirect("centre:filing")
    return _filing(request, bound={kind: form}, status=422)


@require_POST
def withdraw(request, pk):
    if not Filing.objects.filter(pk=pk, organisation=place(request)).exists():
        raise hidden("这项登记")
    form = office.Reason(request.POST)
    if office.done(form, services.withdraw_filing, filing_id=pk, **office.act(request)):
        messages.success(request, "服务方式登记已撤销。")
        return redirect("centre:filing")
    return _filing(request, bound={pk: form}, status=422)


def _offerings(request, *, bound=None, refused=None, status=200):
    bound = bound or {}
    lines = catalog.offerings(place(request).pk, timezone.localdate())
    rows = [
        {
            "line": line,
            "chance": office.step("opt_out", "停止开展") if line.offered else office.step("opt_in", "开展这个项目"),
            "form": bound.get((line.item.pk, verb)) or DECISIONS[verb][0](),
            "url": reverse("centre:offerings_decide", args=[line.item.pk, verb]),
            "look": "small grave" if line.offered else "small",
        }
        for line, verb in ((line, "out" if line.offered else "in") for line in lines)
    ]
    context = {
        "rows": rows,
        "offered": sum(line.offered for line in lines),
        "undecided": sum(line.offering is None for line in lines),
        "refused": refused,
        "edition": lines[0].item.edition if lines else None,
        "all": office.step("opt_in_all", "开展全部未决定的项目"),
        # A refused decision whose row has turned meanwhile is told above the table.
        "stray": [form for key, form in bound.items() if not any(row["form"] is form for row in rows)],
    }
    return show(request, "offerings", context, status=status)


def _filing(request, *, bound=None, status=200):
    here, bound = place(request), bound or {}
    papers = selectors.papers(here.pk)
    profile = Profile.objects.filter(organisation=here).first()
    columns = forms.ProfileForm.base_fields
    today = timezone.localdate()
    initial = {"profile": {name: getattr(profile, name) for name in columns} if profile else {}}
    steps = {
        kind: {
            "chance": office.step(kind, known.label),
            "form": bound.get(kind) or known.form(initial=initial.get(kind)),
            "url": reverse("centre:filing_record", args=[kind]),
        }
        for kind, known in PAPERS.items()
    }
    filings = [
        {
            "row": row,
            "open": row.withdrawn_on is None and row.approved is not False,
            "form": bound.get(row.pk) or office.Reason(),
            "url": reverse("centre:filing_withdraw", args=[row.pk]),
        }
        for row in papers["filings"]
    ]
    context = {
        "papers": papers,
        "filings": filings,
        "profile": profile,
        "doubt": check("uscc", profile.uscc, today=today).warning if profile and profile.uscc else "",
        "steps": steps,
        "withdraw": office.step("withdraw", "撤销登记"),
        "not_serving": selectors.why_not_serve(here.pk, today),
    }
    return show(request, "filing", context, status=status)
