"""What goes to the city's quality-control centre: prepared, taken away, handed over, answered (001 二(四)17)."""

from django import forms
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from desks import downloads, office, stepforms, timelines
from desks.oversight.compliance import DESK
from desks.oversight.desk import district, reader
from desks.stepforms import number_of, receipt_of
from desks.steps import attempt
from kernel.workflow import Chance
from reporting import faces, gateways, selectors, services
from reporting.doors import PACKS
from reporting.lifecycle import PACK
from reporting.models import CityPack
from reporting.services.packs import BY_PERSON, LEFT_OUT


class Prepare(stepforms.AskForm):
    first = forms.DateField(label="开始日期", widget=stepforms.Day())
    last = forms.DateField(label="结束日期", widget=stepforms.Day(), help_text="指标取这段日期内的各月。")


class HandOver(stepforms.AskForm):
    way = forms.ChoiceField(
        label="递交方式", choices=[(way, CityPack.Way(way).label) for way in BY_PERSON], widget=forms.RadioSelect
    )
    carried_by = forms.CharField(label="递交人", max_length=40)
    handed_on = forms.DateField(label="递交日期", widget=stepforms.Day())
    receipt_number = forms.CharField(
        label="市质控中心回执编号", max_length=60, required=False, help_text="当场没有回执的可以不填，签收时再填。"
    )


class Acknowledge(stepforms.AskForm):
    receipt_number = forms.CharField(label="市质控中心回执编号", max_length=60)
    answered_on = forms.DateField(label="签收日期", widget=stepforms.Day())


class SendBack(stepforms.AskForm):
    answer = forms.CharField(
        label="退回意见", max_length=300, widget=stepforms.long_text(3), help_text="照市质控中心的原文填写。"
    )
    answered_on = forms.DateField(label="退回日期", widget=stepforms.Day())


class GiveUp(stepforms.AskForm):
    reason = forms.CharField(
        label="怎样核实没有收到", max_length=200, widget=stepforms.long_text(2),
        help_text="先向市质控中心核实，例如「电话核实，值班员说没有收到」。",
    )  # fmt: skip


class Drop(stepforms.AskForm):
    reason = forms.CharField(label="作废的原因", max_length=200, widget=stepforms.long_text(2))


FORMS = {"hand_over": HandOver, "acknowledge": Acknowledge, "send_back": SendBack, "give_up": GiveUp, "drop": Drop}
LOOKS = {"hand_over": "main", "acknowledge": "main", "send": "main", "drop": "grave"}
VERBS = {
    "hand_over": services.hand_over_pack,
    "acknowledge": services.acknowledge_pack,
    "send_back": services.send_back_pack,
    "drop": services.drop_pack,
    "send": services.send_pack,
    "give_up": services.give_up_sending,
}
DAYS = frozenset({"handed_on", "answered_on"})
SAID = {
    "hand_over": "已登记递交，等市质控中心签收。",
    "acknowledge": "已凭回执登记签收。",
    "send_back": "已登记退回，可以更正后重新准备。",
    "drop": "已作废，可以重新准备。",
    "send": "市质控中心的在线接口已答复，请查看回执。",
    "give_up": "已改为人工递交，请下载文件按规定方式递交后登记。",
}
CRUMBS = ({"label": "质量控制", "route": "quality"}, {"label": "三级质控组织", "route": "quality_groups"})


@require_http_methods(["GET", "HEAD", "POST"])
def listing(request):
    outcome = None
    if request.method == "POST":
        outcome = attempt(
            services.prepare_pack, typed=request.POST, organisation=district(request),
            first=office.day_in(request.POST, "first"), last=office.day_in(request.POST, "last"),
            receipt=receipt_of(request.POST), by=reader(request), now=timezone.now(),
        )  # fmt: skip
        if outcome.done:
            messages.success(request, "文件已准备，请下载后递交。")
            return redirect("oversight:city_one", outcome.row.pk)
    page = office.page_of(selectors.packs(actor=reader(request)), request)
    page.object_list = [{"row": row, "face": faces.PACK[row.status]} for row in page.object_list]
    form = stepforms.asking(Prepare, outcome)
    context = {
        "page": page,
        "form": form,
        "refused": stepforms.reasons_for_page(outcome, form),
        "connected": gateways.connected(),
        "left_out": LEFT_OUT,
        "crumbs": _crumbs({"label": "市质控报送", "url": ""}),
    }
    return DESK.show(request, "city", context, status=outcome.status if outcome else 200)


@require_safe
def one(request, pk):
    return _page(request, selectors.pack(actor=reader(request), pk=pk))


@require_POST
def step(request, pk, verb):
    if verb not in VERBS:
        raise Http404
    row = selectors.pack(actor=reader(request), pk=pk)
    asked = FORMS[verb].base_fields if verb in FORMS else {}
    given = {name: office.day_in(request.POST, name) if name in DAYS else request.POST.get(name, "") for name in asked}
    outcome = attempt(
        VERBS[verb], typed=request.POST, pack_id=row.pk, **given, receipt=receipt_of(request.POST),
        version=number_of(request.POST.get("version")), by=reader(request), now=timezone.now(),
    )  # fmt: skip
    if outcome.done:
        messages.success(request, SAID[verb])
        return redirect("oversight:city_one", pk)
    return _page(request, row, (verb, outcome))


@require_POST
def file(request, pk):
    """The file itself; that it was taken stands in the trace before it leaves."""
    row = selectors.pack(actor=reader(request), pk=pk)
    outcome = attempt(services.fetch_pack, pack_id=row.pk, by=reader(request), now=timezone.now())
    if not outcome.done:
        return _page(request, row, ("fetch", outcome))
    made = outcome.row
    return downloads.saved(made.content, name=made.name, kind=made.type)


def _page(request, row, refused=None):
    chances = {chance.name: chance for chance in PACKS.chances(row, reader(request))}
    online = gateways.connected()
    steps = [
        stepforms.step_card(
            _asked_from_the_start(chance),
            DESK.url("city_step", row.pk, name),
            FORMS.get(name),
            refused,
            LOOKS.get(name, ""),
        )  # fmt: skip
        for name, chance in chances.items()
        if name in VERBS and (online or name != "send")
    ]
    outcome = refused[1] if refused else None
    context = {
        "row": row,
        "face": faces.PACK[row.status],
        "steps": steps,
        "may_fetch": "fetch" in chances,
        "ask_to_fetch": "hand_over" in chances and not row.fetched,
        "connected": online,
        "left_out": LEFT_OUT,
        "refused": stepforms.reasons_for_page(outcome, *(each["form"] for each in steps if each["form"])),
        "past": timelines.timeline(sorted(row.steps.all(), key=lambda each: each.pk), PACK, faces.PACK),
        "crumbs": _crumbs({"label": "市质控报送", "url": DESK.url("city")}, {"label": row.number, "url": ""}),
    }
    return DESK.show(request, "city_one", context, status=outcome.status if outcome else 200)


def _asked_from_the_start(chance):
    """
    A download draws no page anew, so whether there was one is not known by the page: the form is there, with a word
    on what comes first, and the verb judges.
    """
    return Chance(chance.step) if chance.name == "hand_over" else chance


def _crumbs(*last):
    return [*({"label": one["label"], "url": DESK.url(one["route"])} for one in CRUMBS), *last]
