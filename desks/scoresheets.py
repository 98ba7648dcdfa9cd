"""A score sheet as commission, lead hospital and centre see it: filled once, then read."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from accounts.roles import Role
from audit import services as audit
from desks import listing, office, supervising
from desks.steps import attempt
from supervision import faces, scoring, selectors, services
from supervision.models import ScoreSheet

FILLS = {
    ScoreSheet.Kind.VISIT: (Role.QC_INSPECTOR,),
    ScoreSheet.Kind.TOUR: (Role.REVIEWER,),
    ScoreSheet.Kind.WALK: (Role.SUPERVISOR, Role.QC_INSPECTOR, Role.REVIEWER),
}


class Points(forms.IntegerField):
    """Points of one item. An empty field is judged by the verb, together with the rest."""

    def validate(self, value):
        """Nothing here: the verb says it for all items at once."""


class Scores(forms.Form):
    """One field for each item of the sheet; what is wrong with a number is said by the verb."""

    use_required_attribute = False
    note = office.TextField(label="情况说明", max_length=300, required=False)

    def __init__(self, *args, sheet: scoring.Sheet, **options):
        super().__init__(*args, **options)
        for item in sheet.items:
            self.fields[item.code] = Points(
                label=item.words, help_text=f"满分 {item.points} 分，依据 {item.clause}",
                widget=forms.NumberInput(attrs={"min": 0, "max": item.points}),
            )  # fmt: skip
        self.order_fields([*(item.code for item in sheet.items), "note"])


class Walk(forms.Form):
    """Which institution's way is gone."""

    centre = forms.ChoiceField(label="走查的机构")

    def __init__(self, *args, centres, **options):
        super().__init__(*args, **options)
        self.fields["centre"].choices = [("", "请选择"), *((one.pk, one.short_name) for one in centres)]


def sheet_row(desk: supervising.Desk, row: ScoreSheet) -> dict:
    return {
        "row": row,
        "title": scoring.SHEETS[row.kind].title,
        "late": row.scored_at is None and row.planned_on < timezone.localdate(),
        "url": desk.url("quality_sheet", row.pk),
    }


def page_of(request: HttpRequest, desk: supervising.Desk, **asked):
    """The sheets that this desk reads, 50 at a time."""
    page = office.page_of(selectors.sheets(actor=desk.actor(request)).filter(**asked), request)
    page.object_list = [sheet_row(desk, row) for row in page.object_list]
    return page


def one(request: HttpRequest, desk: supervising.Desk, pk: int) -> HttpResponse:
    now, actor = timezone.now(), desk.actor(request)
    row = selectors.sheet(actor=actor, pk=pk)
    kind = scoring.SHEETS[row.kind]
    form = Scores(office.posted(request), sheet=kind)
    if request.method == "POST":
        if form.is_valid():
            scores = {item.code: form.cleaned_data[item.code] for item in kind.items}
            outcome = attempt(
                services.score, typed=request.POST, sheet_id=row.pk, scores=scores, note=form.cleaned_data["note"],
                by=actor, now=now,
            )  # fmt: skip
            if office.tell(form, outcome):
                messages.success(request, f"评分表已提交，总分 {outcome.row.total} 分；低分项已登记为监管问题。")
                return redirect(desk.url("quality_sheet", pk))
    else:
        audit.looked(target=row, by=request.actor, now=now, why="查看评分表", role=desk.role(request))
    context = {
        **sheet_row(desk, row),
        "kind": kind,
        "form": form if row.scored_at is None and actor.holds(*FILLS[row.kind]) else None,
        "lines": [{"item": item, "points": row.scores.get(item.code)} for item in kind.items],
        "order_url": desk.url(desk.order_route, row.order.number) if row.order else "",
        "found": [
            {"row": finding, "face": faces.FINDING[finding.status], "url": desk.url("findings_one", finding.pk)}
            for finding in selectors.findings_of(row)
        ],
        "crumbs": [{"label": "质量控制", "url": desk.url("quality")}, {"label": str(row), "url": ""}],
    }
    return desk.show(request, "quality_sheet", context, status=422 if form.errors else 200)


def walk(request: HttpRequest, desk: supervising.Desk) -> HttpResponse:
    """Choose the institution, then fill the sheet on the way."""
    actor = desk.actor(request)
    centres = list(listing.centres_of(actor))
    form = Walk(office.posted(request), centres=centres)
    if request.method == "POST" and form.is_valid():
        centre = next(one for one in centres if str(one.pk) == form.cleaned_data["centre"])
        outcome = attempt(services.begin_walk, typed=request.POST, centre=centre, by=actor, now=timezone.now())
        if office.tell(form, outcome):
            return redirect(desk.url("quality_sheet", outcome.row.pk))
    context = {
        "form": form,
        "kind": scoring.SHEETS["walk"],
        "crumbs": [{"label": "质量控制", "url": desk.url("quality")}, {"label": "体验走查", "url": ""}],
    }
    return desk.show(request, "quality_walk", context, status=422 if form.errors else 200)
