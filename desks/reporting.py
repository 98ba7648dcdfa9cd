"""
Reports and exports as two desks know them: the commission for its district, a centre for itself. What differs is who
writes, in whose name, and what there is to choose from.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from accounts.models import Organization
from desks import office, stepforms, timelines
from desks.stepforms import number_of, receipt_of
from desks.steps import attempt
from kernel.actors import Actor
from reporting import faces, kinds, rules, selectors, services
from reporting.kinds import OUTLINES, Kind
from reporting.lifecycle import BEING_WRITTEN, PUBLIC, SENT_BACK, SUMMARY, TO_JUDGE, SummaryStatus
from reporting.models import Summary

WIDE, TALL, BAR_GAP, WIDEST_BAR = 360, 72, 3, 30  # a chart of months, in pixels


@dataclass(frozen=True)
class Desk:
    """One desk's way: its addresses, its readers, the institution in whose name it writes, its frame."""

    namespace: str
    roles: tuple
    show: Callable
    places: Callable
    organisation: Callable[[HttpRequest], Organization]

    def url(self, name: str, *args) -> str:
        return reverse(f"{self.namespace}:{name}", args=args)

    def actor(self, request: HttpRequest) -> Actor:
        """The actor as a reader of this desk, and as nothing else."""
        return office.only(request.actor, self.roles, self.places(request))


class Begin(stepforms.AskForm):
    """Which report, about which days."""

    kind = forms.ChoiceField(label="报告类别")
    first = forms.DateField(
        label="开始日期", widget=stepforms.Day(), help_text="月报取这一天所在的整月，年度评估取所在的整年。"
    )
    last = forms.DateField(
        label="结束日期", widget=stepforms.Day(), required=False, help_text="只有试点工作总结需要填写。"
    )

    def __init__(self, *args, kinds_offered, **options):
        super().__init__(*args, **options)
        self.fields["kind"].choices = [("", "请选择"), *kinds_offered]


class Text(stepforms.AskForm):
    """Every part of the text; how each is meant stands above it."""

    def __init__(self, *args, sections, **options):
        super().__init__(*args, **options)
        for one in sections:
            self.fields[one.key] = forms.CharField(
                label=one.title, max_length=rules.MOST_WORDS, help_text=one.prompt,
                widget=stepforms.long_text(6),
            )  # fmt: skip


class Opinion(stepforms.AskForm):
    reason = forms.CharField(label="审核意见", max_length=300, required=False, widget=stepforms.long_text(2))


class Changes(stepforms.AskForm):
    reason = forms.CharField(label="需要修改的地方", max_length=300, widget=stepforms.long_text(3))


class Why(stepforms.AskForm):
    reason = forms.CharField(label="原因", max_length=300, widget=stepforms.long_text(2))


FORMS = {"accept": Opinion, "return": Changes, "revise": Why, "retract": Why}
VERBS = {
    "write": services.write, "submit": services.submit, "reckon": services.reckon, "take_back": services.take_back,
    "accept": services.accept, "return": services.return_for_changes, "revise": services.revise,
    "publish": services.publish, "retract": services.retract,
}  # fmt: skip
WITH_TEXT = ("write", "submit")
SAID = {
    "write": "文字已保存。", "submit": "报告已提交，等待审核。", "reckon": "已按现在的记录重新取数，文字没有改动。",
    "take_back": "已撤回，可以继续修改。", "accept": "审核已通过。", "return": "已退回，编写单位会看到意见。",
    "revise": "可以开始修订，完成后重新提交。", "publish": "已向社会公布。", "retract": "已从公开页面撤下。",
}  # fmt: skip
LOOKS = {"return": "grave", "retract": "grave", "take_back": "", "reckon": "", "revise": ""}


class Filter(forms.Form):
    """What the list is asked for; a value that makes no sense is left out, never an error."""

    kind = forms.ChoiceField(label="报告类别", required=False, choices=[("", "全部类别"), *Kind.choices])
    state = forms.ChoiceField(label="状态", required=False, choices=[("", "全部状态"), *SummaryStatus.choices])

    def narrow(self, rows):
        self.is_valid()
        asked = self.cleaned_data
        if asked.get("kind"):
            rows = rows.filter(kind=asked["kind"])
        return rows.filter(status=asked["state"]) if asked.get("state") else rows


def listing(request: HttpRequest, desk: Desk) -> HttpResponse:
    actor, form = desk.actor(request), Filter(request.GET)
    everything = selectors.summaries(actor=actor)
    page = office.page_of(form.narrow(everything), request)
    page.object_list = [_row(desk, row) for row in page.object_list]
    url = desk.url("summaries")
    context = {
        "form": form,
        "asked": any(request.GET.get(name) for name in form.fields),
        "clear_url": url,
        "page": page,
        "new_url": desk.url("summaries_new"),
        "to_judge": everything.filter(status__in=sorted(TO_JUDGE)).count(),
        "sent_back": everything.filter(status__in=sorted(SENT_BACK)).count(),
    }
    return desk.show(request, "summaries", context)


def new(request: HttpRequest, desk: Desk) -> HttpResponse:
    here = desk.organisation(request)
    offered = [(key, label) for key, label in Kind.choices if _writes(here, key)]
    outcome = None
    if request.method == "POST":
        outcome = attempt(
            services.begin, typed=request.POST, organisation=here, kind=request.POST.get("kind", ""),
            first=office.day_in(request.POST, "first"), last=office.day_in(request.POST, "last"),
            receipt=receipt_of(request.POST), by=desk.actor(request), now=timezone.now(),
        )  # fmt: skip
        if outcome.done:
            messages.success(request, "报告已起草，数据已取好，可以开始写。")
            return redirect(desk.url("summaries_one", outcome.row.pk))
    form = stepforms.asking(Begin, outcome, kinds_offered=offered)
    context = {
        "form": form,
        "refused": stepforms.reasons_for_page(outcome, form),
        "back_url": desk.url("summaries"),
        "crumbs": [{"label": "工作报告", "url": desk.url("summaries")}, {"label": "起草报告", "url": ""}],
    }
    return desk.show(request, "summaries_new", context, status=outcome.status if outcome else 200)


def one(request: HttpRequest, desk: Desk, pk: int, *, refused=None, status: int = 200) -> HttpResponse:
    """``refused`` is (verb, outcome) of a step that was not taken."""
    actor = desk.actor(request)
    row = selectors.summary(actor=actor, pk=pk)
    shown = selectors.shown(row, actor, number_of(request.GET.get("edition")))
    chances = {chance.name: chance for chance in selectors.summary_chances(row, actor)}
    heard = refused[1] if refused else None
    writing = None
    if "write" in chances and "edition" not in request.GET:
        sections = OUTLINES[row.kind].sections
        of_text = heard if refused and refused[0] in WITH_TEXT else None
        writing = stepforms.asking(Text, of_text, sections=sections) if of_text else Text(
            initial=row.sections, sections=sections
        )  # fmt: skip
    steps = [
        stepforms.step_card(
            chance, desk.url("summaries_step", row.pk, name), FORMS.get(name), refused, LOOKS.get(name, "main")
        )
        for name, chance in chances.items()
        if name not in WITH_TEXT
    ]
    forms_shown = [*([writing] if writing else []), *(each["form"] for each in steps if each["form"])]
    context = {
        **_row(desk, row),
        "shown": shown,
        "data_groups": shown.figures.get("groups", []),
        "items": shown.figures.get("items", []),
        "months": shown.figures.get("months", []),
        "charts": charts(shown.figures.get("months", [])),
        "writing": writing,
        "write_url": desk.url("summaries_step", row.pk, "write"),
        "submit_url": desk.url("summaries_step", row.pk, "submit"),
        "steps": steps,
        "refused": stepforms.reasons_for_page(heard, *forms_shown),
        "past": timelines.timeline(sorted(row.steps.all(), key=lambda each: each.pk), SUMMARY, faces.SUMMARY),
        "versions": [
            {"row": each, "url": f"{desk.url('summaries_one', row.pk)}?edition={each.number}"}
            for each in sorted(row.versions.all(), key=lambda each: -each.number)
        ],
        "old": shown.version is not None and (shown.version.number != row.edition or row.status in BEING_WRITTEN),
        "here_url": desk.url("summaries_one", row.pk),
        "compared": selectors.compared(row, timezone.now()) if "compare" in request.GET else None,
        "paper_url": _paper_url(desk, row, shown),
        "public_url": reverse("public:result", args=[row.pk]) if row.status in PUBLIC else "",
        "clause": OUTLINES[row.kind].clause,
        "crumbs": [{"label": "工作报告", "url": desk.url("summaries")}, {"label": row.get_kind_display(), "url": ""}],
    }
    return desk.show(request, "summaries_one", context, status=status)


def step(request: HttpRequest, desk: Desk, pk: int, verb: str) -> HttpResponse:
    if verb not in VERBS:
        raise Http404
    row = selectors.summary(actor=desk.actor(request), pk=pk)
    given: dict = {}
    if verb in WITH_TEXT:
        given["sections"] = {key: request.POST[key] for key in _keys(row) if key in request.POST}
    elif verb in FORMS:
        given["reason"] = request.POST.get("reason", "")
    outcome = attempt(
        VERBS[verb], typed=request.POST, summary_id=row.pk, **given, receipt=receipt_of(request.POST),
        version=number_of(request.POST.get("version")), by=desk.actor(request), now=timezone.now(),
    )  # fmt: skip
    if outcome.done:
        messages.success(request, SAID[verb])
        return redirect(desk.url("summaries_one", pk))
    return one(request, desk, pk, refused=(verb, outcome), status=422)


def paper(request: HttpRequest, desk: Desk, pk: int) -> HttpResponse:
    """The report for A4: what is printed says which version it is, or that it is none yet."""
    actor = desk.actor(request)
    row = selectors.summary(actor=actor, pk=pk)
    shown = selectors.shown(row, actor, number_of(request.GET.get("edition")))
    context = {
        **sheet(row, shown),
        "printed_by": request.user.display_name,
        "printed_at": timezone.now(),
        "back_url": desk.url("summaries_one", row.pk),
    }
    return render(request, "reporting/paper.html", context)


def sheet(row: Summary, shown: selectors.Shown) -> dict:
    """What the sheet of paper and the public page show alike."""
    months = shown.figures.get("months", [])
    return {
        "row": row,
        "shown": shown,
        "face": faces.SUMMARY[row.status],
        "data_groups": shown.figures.get("groups", []),
        "items": shown.figures.get("items", []),
        "months": months,
        "charts": charts(months),
        "clause": OUTLINES[row.kind].clause,
    }


def charts(months: list[dict]) -> list[dict]:
    """Bars by month of each of four counts, as places in an SVG; the finding stands in words beside them."""
    if len(months) < 2:
        return []
    found = []
    for key, label, unit in (
        ("institutions", "开展服务的机构", "家"), ("items", "开展的护理项目", "项"), ("requests", "提交申请", "份"),
        ("finished", "完成上门", "次"),
    ):  # fmt: skip
        numbers = [month[key] for month in months]
        first, last = (f"{months[n]['month']} 的 {numbers[n]} {unit}" for n in (0, -1))
        top, slot = max(numbers) or 1, WIDE / len(months)
        found.append({
            "label": label,
            "words": f"{label}从 {first}到 {last}",
            "width": WIDE,
            "height": TALL,
            "bar": min(round(slot - BAR_GAP, 1), WIDEST_BAR),
            "bars": [
                {"x": round(n * slot, 1), "y": round(TALL - TALL * value / top, 1),
                 "height": round(TALL * value / top, 1)}
                for n, value in enumerate(numbers)
            ],
        })  # fmt: skip
    return found


def _row(desk: Desk, row: Summary) -> dict:
    return {"row": row, "face": faces.SUMMARY[row.status], "url": desk.url("summaries_one", row.pk)}


def _writes(here: Organization, kind: str) -> bool:
    return here.kind == Organization.Kind.COMMISSION or not OUTLINES[kind].district


def _keys(row: Summary) -> list[str]:
    return [part.key for part in kinds.OUTLINES[row.kind].sections]


def _paper_url(desk, row, shown) -> str:
    url = desk.url("summaries_paper", row.pk)
    return f"{url}?edition={shown.version.number}" if shown.version else url
