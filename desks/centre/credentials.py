"""Nurses' credentials: who may be sent today and why not, what is about to end, and the file behind it."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from desks import office
from desks.centre import forms, hiring
from desks.centre.desk import place, show
from desks.steps import attempt
from kernel.identity import check
from kernel.refusals import hidden
from nurses import access, selectors, services, wallet
from nurses.models import Affiliation

CRUMB = {"label": "护士资质", "url": reverse_lazy("centre:credentials")}
SPANS = (30, 60, 90)


@dataclass(frozen=True)
class Record:
    """One thing that can be written into a nurse's file: its form, its verb, and its words."""

    form: type
    verb: object
    label: str
    done: str
    look: str = ""


RECORDS = {
    "standing": Record(forms.Standing, services.update_standing, "更新执业信息", "执业信息已更新。"),
    "registry": Record(forms.RegistryLookUp, services.record_registry_check, "登记查询结果", "查询结果已登记。"),
    "certificate": Record(
        forms.SpecialCertificate, services.record_certificate, "登记专项资质", "专项资质已登记。"
    ),
    "training": Record(forms.Trained, services.record_training, "登记培训", "培训记录已登记。"),
    "insurance": Record(forms.Insured, services.record_insurance, "登记保险", "保险已登记。"),
    "portrait": Record(forms.Pictured, services.record_portrait, "登记工牌照片", "工牌照片已登记。"),
    "exclusion": Record(
        forms.Excluded, services.exclude, "登记退出", "退出记录已登记，尚未出发的上门会收回并重新派单。", "grave"
    ),
}  # fmt: skip


@require_safe
def roster(request):
    rows = sorted(selectors.roster(place(request).pk, timezone.localdate()), key=lambda row: not row.barred_by)
    page = office.page_of(rows, request)
    page.object_list = [{"row": row, "kind": Affiliation.Kind(row.kind).label} for row in page.object_list]
    context = {"page": page, "fit": sum(not row.barred_by for row in rows), "total": len(rows)}
    return show(request, "credentials", context)


@require_safe
def expiring(request):
    asked = request.GET.get("days", "")
    days = int(asked) if asked in {str(one) for one in SPANS} else SPANS[0]
    today = timezone.localdate()
    page = office.page_of(selectors.expiring(place(request).pk, today, days), request)
    page.object_list = [{"row": row, "left": (row.expires_on - today).days} for row in page.object_list]
    return show(
        request, "credentials_expiring", {"page": page, "days": days, "spans": SPANS, "total": page.paginator.count}
    )


@require_safe
def nurse(request, pk):
    return _file(request, pk)


@require_http_methods(["GET", "POST"])
def new(request):
    form = forms.NewNurse(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = {"known": form.known, "organisation": place(request)}
        if office.done(form, hiring.take_on_nurse, **given, **office.act(request)):
            messages.success(request, "护士档案已建立，请继续登记注册查询、培训和保险。")
            doubt = check("nurse_cert", form.cleaned_data["certificate_number"], today=timezone.localdate()).warning
            if doubt and form.known is None:
                messages.warning(request, doubt)
            return redirect("centre:credentials")
    context = {"form": form, "crumbs": [CRUMB, {"label": "护士建档", "url": ""}]}
    return show(request, "credentials_new", context, status=422 if form.errors else 200)


@require_POST
def look_up(request, pk):
    """Ask the connected registration system; where none is connected, say how to do it by hand."""
    nurse_here(request, pk)
    outcome = attempt(services.look_up_registry, nurse_id=pk, **office.act(request))
    if outcome.done:
        messages.success(request, "联网查询已完成，结果已登记。")
        return redirect("centre:credentials_nurse", pk)
    return _file(request, pk, refused=outcome.reasons, status=422)


@require_http_methods(["POST"])
def record(request, pk, kind):
    known = RECORDS.get(kind)
    if known is None:
        raise Http404
    nurse_here(request, pk)
    form = known.form(request.POST, request.FILES)
    if office.done(form, known.verb, nurse_id=pk, **office.act(request)):
        messages.success(request, known.done)
        return redirect("centre:credentials_nurse", pk)
    return _file(request, pk, bound={kind: form}, status=422)


def nurse_here(request, pk):
    """One nurse of this centre, whatever other hats the reader wears elsewhere."""
    today = timezone.localdate()
    row = (
        access.visible_to(office.only(request.actor, ["centre_admin"], [place(request).pk]), on=today)
        .select_related("user")
        .filter(pk=pk, affiliations__post__organisation=place(request))
        .first()
    )
    if row is None:
        raise hidden("这位护士")
    return row


def _file(request, pk, *, bound=None, refused=None, status=200):
    row = nurse_here(request, pk)
    today = timezone.localdate()
    standing = next((one for one in selectors.roster(place(request).pk, today) if one.nurse.pk == pk), None)
    bound, scanned = bound or {}, wallet.scanned(pk)
    fresh = {
        "standing": {
            "title": row.title, "clinical_since": row.clinical_since, "phone": row.phone,
            "certificate_expires_on": row.certificate_expires_on,
        },
    }  # fmt: skip
    steps = {
        kind: {
            "chance": office.step(kind, known.label),
            "form": bound.get(kind) or known.form(initial=fresh.get(kind)),
            "url": reverse("centre:credentials_record", args=[pk, kind]),
            "look": known.look,
        }
        for kind, known in RECORDS.items()
    }
    context = {
        "nurse": row,
        "sex": dict(forms.SEXES).get(row.sex, ""),
        "standing": standing,
        "file": _with_scans(selectors.file_of(pk), scanned),
        "licence_scans": scanned.get((wallet.LICENCE, 0), 0),
        "doubt": check("nurse_cert", row.certificate_number, today=today).warning,
        "face": selectors.face_of(pk),
        "steps": steps,
        "refused": refused,
        "look_up": office.step("look_up", "联网查询"),
        "crumbs": [CRUMB, {"label": str(row.user), "url": ""}],
    }
    return show(request, "nurse", context, status=status)


def _with_scans(file, scanned):
    """The lists of papers with how many scans each of them bears."""
    lists = {"certificates": "certificate", "trainings": "training", "insurances": "insurance"}
    return {
        **file,
        **{
            name: [{"row": row, "kind": kind, "scans": scanned.get((kind, row.pk), 0)} for row in file[name]]
            for name, kind in lists.items()
        },
    }
