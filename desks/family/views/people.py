"""Who acts for whom, what is on file about a person, and who has looked at it."""

from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.roles import Role
from audit import services as audit
from desks import downloads
from desks.family import questions, rows
from desks.family.forms import Facts, NewProxy
from desks.family.frame import act, ask, family_page, patient, posted, reads, show, uploads
from desks.steps import attempt
from kernel.identity import DOCUMENT_KINDS
from kernel.refusals import hidden
from patients import selectors as patients
from patients import services
from patients.models import Group, Proxy

SEALED = {"identity": "证件号码", "phone": "电话", "contact_phone": "紧急联系人电话", "address": "地址"}


@require_safe
@family_page
def people(request):
    today = timezone.localdate()
    own = request.family.patients_as(Role.PATIENT)
    household = list(patients.household(request.family))
    given = {}
    for proxy in (
        patients.proxies_in_force(on=today)
        .filter(patient__in=[one.pk for one in household])
        .select_related("user")
        .order_by("pk")
    ):
        given.setdefault(proxy.patient_id, []).append(_proxy(proxy))
    open_codes = {}
    for code in patients.invitations(patient_ids=own, now=timezone.now()):
        open_codes.setdefault(code.patient_id, []).append({"row": code, "scopes": _scopes(code)})
    lines = [
        {
            "row": one,
            "invitations": open_codes.get(one.pk, []),
            "own": one.pk in own,
            "proxies": given.get(one.pk, []) if one.pk in own else [],
            "mine": next((p for p in given.get(one.pk, []) if p["row"].user_id == request.user.pk), None),
        }
        for one in household
    ]
    return show(
        request, "family/people.html", back=reverse("family:home"), people=lines, username=request.user.username
    )


@require_http_methods(["GET", "POST"])
@family_page
def add_proxy(request, pk):
    row = patient(request, pk)
    form, outcome = NewProxy(posted(request)), None
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        outcome = attempt(
            services.add_proxy,
            patient_id=row.pk,
            username=said["username"],
            relation=said["relation"],
            scopes=said["scopes"],
            expires_on=form.expires_on(timezone.now()),
            **act(request),
        )
        if outcome.done:
            messages.success(request, "代办已经登记，即刻生效。随时可以结束。")
            return redirect("family:people")
    return ask(
        request, form, title="请谁替您办事？", send="同意代办", back=reverse("family:people"), outcome=outcome,
        sub="代办人可以替您办下面勾选的事，到期自动结束，您也可以随时结束。",
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@family_page
def end_proxy(request, pk):
    proxy = Proxy.objects.filter(pk=pk, ended_at__isnull=True).select_related("patient", "user").first()
    reach = request.family
    mine = proxy and (proxy.user_id == reach.user_id or proxy.patient_id in reach.patients_as(Role.PATIENT))
    if not mine:
        raise hidden("这项代办授权")
    refused = None
    if request.method == "POST":
        outcome = attempt(services.end_proxy, proxy_id=proxy.pk, **act(request))
        if outcome.done:
            messages.success(request, "代办已经结束。")
            return redirect("family:people")
        refused = outcome.refused
    return show(
        request, "family/end_proxy.html", back=reverse("family:people"), proxy=_proxy(proxy), refused=refused,
        status=422 if refused else 200,
    )  # fmt: skip


def _proxy(row):
    return {"row": row, "scopes": _scopes(row)}


def _scopes(row) -> str:
    return "、".join(Proxy.Scope(scope).label for scope in row.scopes)


# --- my data ----------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@family_page
def data(request, pk):
    row, now = patient(request, pk), timezone.now()
    revealed, field, refused = "", "", None
    if request.method == "POST":
        field = request.POST.get("field", "")
        if field not in SEALED:
            raise hidden("这项资料")
        outcome = attempt(services.reveal, patient_id=row.pk, field=field, reason="家属核对登记资料", **act(request))
        revealed, refused = outcome.row or "", outcome.refused
    else:
        audit.looked(target=row, by=request.family, now=now, why="家属查看登记资料")
    home, reading = row.current_addresses[0] if row.current_addresses else None, reads(request, row.pk)
    standing = patients.identity_standing(row)
    found = uploads(request, row)
    values = {
        "identity": f"{DOCUMENT_KINDS[row.identity_kind]}，尾号 {row.identity_tail}",
        "phone": f"尾号 {row.phone_tail}",
        "contact_phone": "已登记" if row.contact_phone_sealed else "",
        "address": f"{home.town}，详细地址已加密保存" if home else "",
    }
    return show(
        request, "family/data.html", back=reverse("family:people"), row=row, person=rows.person(row), refused=refused,
        sealed=[{"field": key, "label": label, "value": revealed if key == field and revealed else values[key],
                 "shown": key == field and bool(revealed), "can": bool(values[key])} for key, label in SEALED.items()],
        group=questions.GROUP_WORDS[Group(row.group)], standing=standing,
        consents=list(patients.consents_of(row.pk)[:20]) if reading else [], reads=reading,
        uploads=[one for kind in found for one in found[kind]],
        today=timezone.localdate(now), own=row.pk in request.family.patients_as(Role.PATIENT),
        erasures=list(patients.erasures(actor=request.family).filter(patient=row.pk)[:5]),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@family_page
def correct(request, pk):
    row = patient(request, pk)
    initial = {key: getattr(row, key) for key in ("contact_name", "contact_relation", "conditions", "allergies")}
    form, outcome = Facts(posted(request), initial=initial), None
    if not reads(request, row.pk):
        form.leave_out_illness()
    if request.method == "POST" and form.is_valid():
        outcome = attempt(services.correct, patient_id=row.pk, **form.changed(), **act(request))
        if outcome.done:
            messages.success(request, "资料已更新。")
            return redirect("family:data", pk)
    else:
        audit.looked(target=row, by=request.family, now=timezone.now(), why="家属更正资料")
    return ask(
        request, form, title=f"更正{row.name}的资料", send="保存资料", back=reverse("family:data", args=[pk]),
        sub="姓名、证件号码需要由中心看过原件后更正。", outcome=outcome,
    )  # fmt: skip


# --- papers -----------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@family_page
def papers(request, pk):
    row, now = patient(request, pk), timezone.now()
    sent = request.method == "POST"
    form = questions.Paper(request.POST if sent else None, request.FILES if sent else None, now=now, draft=None)
    outcome = None
    if sent and form.is_valid():
        outcome = attempt(services.upload, patient_id=row.pk, **form.cleaned_data, **act(request))
        if outcome.done:
            messages.success(request, f"「{outcome.row}」已上传。")
            return redirect("family:papers", pk)
    found = uploads(request, row)
    return ask(
        request, form, title=f"{row.name}的资料", send="上传", back=reverse("family:data", args=[pk]), outcome=outcome,
        sub="只有为您服务的工作人员可以查看，每次查看都有记录。", template="family/papers.html",
        uploads=[one for kind in found for one in found[kind]],
    )  # fmt: skip


@require_safe
@family_page
def paper(request, pk):
    """One private file; the look stands in the trace before the first byte leaves."""
    upload, content = services.show_upload(upload_id=pk, reason="家属查看自己上传的资料", **act(request))
    return downloads.shown(content, kind=upload.content_type)
