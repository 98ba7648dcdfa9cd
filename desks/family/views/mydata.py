"""What a person may do with what is on file about him: take a copy along, and ask that it be deleted."""

import json

from django.contrib import messages
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from desks import downloads
from desks.family.draft import centre_for
from desks.family.forms import Copy, Erase
from desks.family.frame import act, ask, demand_reading, family_page, patient, posted
from desks.steps import Outcome, attempt
from kernel.refusals import Refusal
from orders import faces
from orders import selectors as orders
from patients import services

MOST = 500  # visits in one copy
NO_CENTRE = Refusal("erasure.centre", "没有找到为您服务的机构，请打电话办理。", field="words")


@never_cache
@require_http_methods(["GET", "POST"])
@family_page
def copy(request, pk):
    row = patient(request, pk)
    demand_reading(request, row.pk)
    form, outcome = Copy(posted(request)), None
    if request.method == "POST" and form.is_valid():
        outcome = attempt(services.export, patient_id=row.pk, **act(request))
        if outcome.done:
            facts = {**outcome.row, "上门护理": _visits(request, row)}
            return _file(form.cleaned_data["form"], row, facts)
    return ask(
        request, form, title="下载我的资料", send="下载", back=reverse("family:data", args=[row.pk]), outcome=outcome,
        sub="文件里有完整的证件号码、电话和地址，请放在自己信得过的地方。每次下载都有记录。",
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@family_page
def erase(request, pk):
    row, today = patient(request, pk), timezone.localdate()
    form, outcome = Erase(posted(request)), None
    if request.method == "POST" and form.is_valid():
        home = row.current_addresses[0] if row.current_addresses else None
        centre = centre_for(home.town_id, today) if home else None
        if centre is None:
            outcome = Outcome(reasons=(NO_CENTRE,), typed=request.POST)
        else:
            outcome = attempt(
                services.ask_erasure, patient_id=row.pk, centre=centre, words=form.cleaned_data["words"],
                **act(request),
            )  # fmt: skip
        if outcome.done:
            messages.success(request, f"已经提交给{centre.name}，答复会写在这里。")
            return redirect("family:data", row.pk)
    return ask(
        request, form, title="申请删除资料", send="提交申请", back=reverse("family:data", args=[row.pk]),
        outcome=outcome, keep="不删除，返回",
        sub="诊疗护理记录依法至少保存 15 年，到期前不能删除；紧急联系人、上门提示和代办授权可以删除。",
    )  # fmt: skip


def _visits(request, row) -> list[dict]:
    return [
        {"订单号": one.number, "状态": faces.order(one).plain, "机构": one.centre.name, "开始": one.planned_start,
         "护士": one.nurse.user.display_name if one.nurse else "", "项目": [line.item.name for line in one.lines.all()]}
        for one in orders.orders(actor=request.family).filter(patient=row.pk)[:MOST]
    ]  # fmt: skip


def _file(form: str, row, facts) -> HttpResponse:
    name = f"ziliao-{timezone.localdate():%Y%m%d}.{form}"
    if form == "json":
        body = json.dumps(facts, ensure_ascii=False, indent=1, cls=DjangoJSONEncoder)
        kind = "application/json; charset=utf-8"
    else:
        body = render_to_string("family/copy.html", {"row": row, "parts": _parts(facts), "now": timezone.now()})
        kind = "text/html; charset=utf-8"
    return downloads.saved(body, name=name, kind=kind)


def _parts(facts) -> list[dict]:
    """Each part as tables of words, one a row."""
    return [
        {
            "title": title,
            "tables": [
                [{"label": label, "value": _said(value)} for label, value in one.items()]
                for one in (found if isinstance(found, list) else [found])
            ],
        }
        for title, found in facts.items()
    ]


def _said(value) -> str:
    if value is None or value == "":
        return "无"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(map(str, value))
    if hasattr(value, "hour"):
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M}"
    return str(value)
