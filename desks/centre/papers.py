"""The wallet behind a nurse's credentials: each paper with its scans, handed in, opened one by one, taken out."""

from datetime import date

from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from desks import downloads, office
from desks.centre import credentials, forms
from desks.centre.desk import show
from nurses import services, wallet
from patients import vault

DAY = "Y年n月j日"
KINDS = {vault.JPEG: "照片", vault.PNG: "照片", vault.PDF: "PDF 文件"}


@require_http_methods(["GET", "POST"])
def paper(request, pk, kind, n):
    """One paper with its scans; a new one is handed in here."""
    nurse = credentials.nurse_here(request, pk)
    one = wallet.paper(nurse, kind, n)
    form = forms.Scanned(office.posted(request), request.FILES or None)
    if request.method == "POST" and office.done(
        form, services.keep_scan, nurse_id=pk, kind=kind, number=n, **office.act(request)
    ):
        messages.success(request, "扫描件已保存。")
        return redirect("centre:credentials_paper", pk, kind, n)
    scans = wallet.scans_of(one)
    context = {
        "nurse": nurse,
        "paper": one,
        "facts": _facts(one),
        "scans": [{"row": row, "kind": KINDS[row.content_type]} for row in scans],
        "full": len(scans) >= services.MOST_SCANS,
        "most": services.MOST_SCANS,
        "form": form,
        "crumbs": [credentials.CRUMB, _her(nurse), {"label": one.label, "url": ""}],
    }
    return show(request, "credentials_paper", context, status=422 if form.errors else 200)


@require_safe
def scan(request, pk):
    return _scan_page(request, pk, office.Reason())


@require_safe
def content(request, pk):
    """The file itself; the look is on record before its first byte leaves."""
    credentials.nurse_here(request, wallet.scan(pk).nurse_id)
    row, data = services.show_scan(scan_id=pk, reason="核对护士资质", **office.act(request))
    return downloads.shown(data, kind=row.content_type)


@require_POST
def remove(request, pk):
    one = wallet.paper_of(wallet.scan(pk))
    credentials.nurse_here(request, one.nurse.pk)
    form = office.Reason(request.POST)
    if office.done(form, services.remove_scan, scan_id=pk, **office.act(request)):
        messages.success(request, "扫描件已移除，移除的原因留痕。")
        return redirect("centre:credentials_paper", one.nurse.pk, one.kind, one.number)
    return _scan_page(request, pk, form)


def _scan_page(request, pk, form):
    row = wallet.scan(pk)
    nurse = credentials.nurse_here(request, row.nurse_id)
    one = wallet.paper_of(row)
    back = reverse("centre:credentials_paper", args=[nurse.pk, one.kind, one.number])
    context = {
        "nurse": nurse,
        "paper": one,
        "facts": _facts(one),
        "row": row,
        "kind": KINDS[row.content_type],
        "drawn": row.content_type != vault.PDF,
        "form": form,
        "take_out": office.step("remove_scan", "移除扫描件"),
        "back": back,
        "crumbs": [credentials.CRUMB, _her(nurse), {"label": one.label, "url": back}, {"label": "扫描件", "url": ""}],
    }
    return show(request, "credentials_scan", context, status=422 if form.errors else 200)


def _her(nurse):
    return {"label": str(nurse.user), "url": reverse("centre:credentials_nurse", args=[nurse.pk])}


def _facts(one):
    """What the register says of this paper, to be compared with the scan."""
    row, today = one.row, timezone.localdate()
    if one.kind == wallet.LICENCE:
        numbers, until = [("编号", row.certificate_number)], row.certificate_expires_on
    elif one.kind == "certificate":
        numbers, until = [("编号", row.number), ("发证日期", row.issued_on)], row.expires_on
    elif one.kind == "training":
        score = "未记分" if row.score is None else row.score
        numbers, until = [("学时", row.hours), ("分数", score), ("合格日期", row.passed_on)], row.expires_on
    else:
        numbers = [("承保机构", row.insurer), ("保单号", row.policy_number), ("保险开始", row.starts_on)]
        until = row.expires_on
    rows = [(label, date_format(value, DAY) if isinstance(value, date) else value) for label, value in numbers]
    return {"rows": rows, "until": date_format(until, DAY), "over": until < today}
