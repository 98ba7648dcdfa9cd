"""Exports as the desks know them: asked for with a purpose, agreed to by another person, fetched for some days."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from accounts.models import Organization
from desks import downloads, office, stepforms, timelines
from desks.reporting import Desk
from desks.stepforms import number_of, receipt_of
from desks.steps import attempt
from institutions import selectors as institutions
from reporting import faces, rules, selectors, services
from reporting.datasets import DATASETS
from reporting.lifecycle import EXPORT, HELD, TO_DECIDE, ExportStatus
from reporting.models import Export


class Ask(stepforms.AskForm):
    """Which table, of which days, with names or without, and what for."""

    dataset = forms.ChoiceField(label="数据", widget=forms.RadioSelect)
    first = forms.DateField(label="开始日期", widget=stepforms.Day())
    last = forms.DateField(label="结束日期", widget=stepforms.Day())
    plain = forms.BooleanField(
        label="不打码（显示姓名和情况文字）", required=False,
        help_text="默认打码。不打码的导出含个人信息，须由另一个人同意。",
    )  # fmt: skip
    purpose = forms.CharField(
        label="用途", max_length=rules.PURPOSE, widget=stepforms.long_text(2),
        help_text="写明给谁、做什么用；用途会写在文件里，并连同您的姓名留痕。",
    )  # fmt: skip

    def __init__(self, *args, datasets, **options):
        super().__init__(*args, **options)
        self.fields["dataset"].choices = datasets


class Agree(stepforms.AskForm):
    reason = forms.CharField(label="审批意见", max_length=200, required=False, widget=stepforms.long_text(2))


class Refuse(stepforms.AskForm):
    reason = forms.CharField(label="不同意的原因", max_length=200, widget=stepforms.long_text(2))


FORMS = {"approve": Agree, "refuse": Refuse}
LOOKS = {"approve": "main", "refuse": "grave"}
VERBS = {"approve": services.approve, "refuse": services.refuse, "withdraw": services.withdraw}
SAID = {
    "approve": "已同意，申请人可以在有效期内下载。",
    "refuse": "已答复不同意，内容已清除。",
    "withdraw": "已撤回，内容已清除。",
}


class Filter(forms.Form):
    """What the list is asked for; a value that makes no sense is left out, never an error."""

    state = forms.ChoiceField(label="状态", required=False, choices=[("", "全部状态"), *ExportStatus.choices])
    dataset = forms.ChoiceField(
        label="数据", required=False, choices=[("", "全部数据"), *((key, one.label) for key, one in DATASETS.items())]
    )

    def narrow(self, rows):
        self.is_valid()
        asked = self.cleaned_data
        if asked.get("state"):
            rows = rows.filter(status=asked["state"])
        return rows.filter(dataset=asked["dataset"]) if asked.get("dataset") else rows


def listing(request: HttpRequest, desk: Desk) -> HttpResponse:
    form, rows = Filter(request.GET), selectors.exports(actor=desk.actor(request))
    page = office.page_of(form.narrow(rows), request)
    page.object_list = [_row(desk, row) for row in page.object_list]
    context = {
        "form": form,
        "asked": any(request.GET.get(name) for name in form.fields),
        "clear_url": desk.url("exports"),
        "page": page,
        "new_url": desk.url("exports_new"),
        "to_decide": rows.filter(status__in=sorted(TO_DECIDE)).count(),
    }
    return desk.show(request, "exports", context)


def new(request: HttpRequest, desk: Desk) -> HttpResponse:
    here = desk.organisation(request)
    at_commission = here.kind == Organization.Kind.COMMISSION
    offered = [
        (key, f"{one.label}（按{one.by_day}{f'，{one.hides}打码或略去' if one.hides else ''}）")
        for key, one in DATASETS.items()
        if at_commission or one.for_centres
    ]
    outcome = None
    if request.method == "POST":
        outcome = attempt(
            services.ask, typed=request.POST, organisation=here, dataset=request.POST.get("dataset", ""),
            first=office.day_in(request.POST, "first"), last=office.day_in(request.POST, "last"),
            plain="plain" in request.POST, purpose=request.POST.get("purpose", ""),
            receipt=receipt_of(request.POST), by=desk.actor(request), now=timezone.now(),
        )  # fmt: skip
        if outcome.done:
            waits = outcome.row.why_asked
            messages.success(request, f"已申请，{waits}，须由另一个人同意。" if waits else "已准备好，可以下载。")
            return redirect(desk.url("exports_one", outcome.row.pk))
    form = stepforms.asking(Ask, outcome, datasets=offered)
    context = {
        "form": form,
        "refused": stepforms.reasons_for_page(outcome, form),
        "back_url": desk.url("exports"),
        "limits": _limits(here),
        "crumbs": [{"label": "数据导出", "url": desk.url("exports")}, {"label": "申请导出", "url": ""}],
    }
    return desk.show(request, "exports_new", context, status=outcome.status if outcome else 200)


def one(request: HttpRequest, desk: Desk, pk: int, *, refused=None, status: int = 200) -> HttpResponse:
    """``refused`` is (verb, outcome) of a step that was not taken."""
    actor = desk.actor(request)
    row = selectors.export(actor=actor, pk=pk)
    chances = {chance.name: chance for chance in selectors.export_chances(row, actor)}
    steps = [
        stepforms.step_card(
            chance, desk.url("exports_step", row.pk, name), FORMS.get(name), refused, LOOKS.get(name, "")
        )
        for name, chance in chances.items()
        if name in VERBS
    ]
    context = {
        **_row(desk, row),
        "meant": DATASETS[row.dataset],
        "steps": steps,
        "may_fetch": "fetch" in chances,
        "file_url": desk.url("exports_file", row.pk),
        "refused": stepforms.reasons_for_page(
            refused[1] if refused else None, *(each["form"] for each in steps if each["form"])
        ),
        "past": timelines.timeline(sorted(row.steps.all(), key=lambda each: each.pk), EXPORT, faces.EXPORT),
        "crumbs": [{"label": "数据导出", "url": desk.url("exports")}, {"label": row.number, "url": ""}],
    }
    return desk.show(request, "exports_one", context, status=status)


def step(request: HttpRequest, desk: Desk, pk: int, verb: str) -> HttpResponse:
    if verb not in VERBS:
        raise Http404
    row = selectors.export(actor=desk.actor(request), pk=pk)
    given = {"reason": request.POST.get("reason", "")} if verb in FORMS else {}
    outcome = attempt(
        VERBS[verb], typed=request.POST, export_id=row.pk, **given, receipt=receipt_of(request.POST),
        version=number_of(request.POST.get("version")), by=desk.actor(request), now=timezone.now(),
    )  # fmt: skip
    if outcome.done:
        messages.success(request, SAID[verb])
        return redirect(desk.url("exports_one", pk))
    return one(request, desk, pk, refused=(verb, outcome), status=422)


def file(request: HttpRequest, desk: Desk, pk: int) -> HttpResponse:
    """The file itself; that it was taken stands in the trace before it leaves."""
    row = selectors.export(actor=desk.actor(request), pk=pk)
    outcome = attempt(
        services.fetch, typed=request.POST, export_id=row.pk, form=request.POST.get("form", ""),
        by=desk.actor(request), now=timezone.now(),
    )  # fmt: skip
    if not outcome.done:
        return one(request, desk, pk, refused=("fetch", outcome), status=422)
    made = outcome.row
    return downloads.saved(made.content, name=made.name, kind=made.type)


def _limits(here: Organization) -> dict:
    chosen = institutions.settings_of(here, timezone.localdate())
    return {key: chosen[f"export.{key}"] for key in ("most_lines", "alone_lines", "hours")}


def _row(desk: Desk, row: Export) -> dict:
    return {
        "row": row,
        "face": faces.EXPORT[row.status],
        "url": desk.url("exports_one", row.pk),
        "runs": row.status in HELD,
    }
