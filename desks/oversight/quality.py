"""The district's quality control: who is on file, what was drawn by which seed, the sheets (002 七(三))."""

from datetime import timedelta

from django import forms
from django.contrib import messages
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.roles import Role
from accounts.selectors import posts_in_force
from desks import office, scoresheets, tours
from desks.oversight.compliance import DESK
from desks.oversight.desk import district
from desks.pages import no_permission
from desks.steps import attempt
from supervision import scoring, selectors, services
from supervision.models import Inspector, QualityGroup

LATEST = 20


class Draw(forms.Form):
    title = forms.CharField(label="抽查名称", max_length=60)
    seed = forms.CharField(
        label="公布的种子", max_length=60, help_text="抽取前已经公布、事先无人知道的数，例如当天的开奖号码。"
    )
    starts_on = office.DateField(label="服务日期从", initial=lambda: timezone.localdate() - timedelta(days=30))
    ends_on = office.DateField(label="到", initial=lambda: timezone.localdate() - timedelta(days=1))
    size = forms.IntegerField(label="抽取数", initial=10, help_text="1 到 100 单。")


class File(forms.Form):
    user_id = forms.TypedChoiceField(label="人员", coerce=int, empty_value=None)
    kind = forms.ChoiceField(label="类别", choices=Inspector.Kind.choices, widget=forms.RadioSelect)
    expertise = forms.CharField(label="专业与职称", max_length=80)
    paper = forms.CharField(label="备案文号", max_length=60)
    starts_on = office.DateField(label="备案日期", initial=timezone.localdate)

    def __init__(self, *args, people, **options):
        super().__init__(*args, **options)
        self.fields["user_id"].choices = [("", "请选择"), *people]


class FileGroup(forms.Form):
    level = forms.ChoiceField(label="层级", choices=QualityGroup.Level.choices, widget=forms.RadioSelect)
    name = forms.CharField(label="质控组织", max_length=60)
    unit = forms.CharField(label="挂靠单位", max_length=60)
    head = forms.CharField(label="负责人", max_length=40)
    phone = forms.CharField(label="联系电话", max_length=20, widget=forms.TextInput(attrs={"inputmode": "tel"}))
    duties = office.TextField(label="质控范围", max_length=300)
    paper = forms.CharField(label="成立文号", max_length=60)
    starts_on = office.DateField(label="成立日期", initial=timezone.localdate)


@require_safe
def overview(request):
    return _overview(request)


@require_safe
def tours_listed(request):
    return tours.listed(request, DESK)


@require_safe
def tour(request, pk):
    return tours.one(request, DESK, pk)


@require_http_methods(["GET", "HEAD", "POST"])
def groups(request):
    if request.method == "POST" and not request.actor.holds(Role.SUPERVISOR):
        return no_permission(request, "这一步")
    here = district(request)
    form = FileGroup(office.posted(request))
    if request.method == "POST" and office.done(
        form, services.file_quality_group, district=here, **office.act(request)
    ):
        messages.success(request, "质控组织已登记。")
        return redirect("oversight:quality_groups")
    context = {
        "page": office.page_of(selectors.quality_groups(district=here), request),
        "form": form if request.actor.holds(Role.SUPERVISOR) else None,
        "crumbs": [{"label": "质量控制", "url": DESK.url("quality")}, {"label": "三级质控组织", "url": ""}],
    }
    return DESK.show(request, "quality_groups", context, status=422 if form.errors else 200)


@require_POST
def end_group(request, pk):
    outcome = attempt(services.end_quality_group, group_id=pk, **office.act(request))
    if outcome.done:
        messages.success(request, "质控组织已撤销登记。")
    else:
        messages.error(request, outcome.refused.sentence)
    return redirect("oversight:quality_groups")


@require_POST
def draw(request):
    form = Draw(request.POST)
    if form.is_valid():
        outcome = attempt(
            services.draw_sample, typed=request.POST, district=district(request), **form.cleaned_data,
            **office.act(request),
        )  # fmt: skip
        if office.tell(form, outcome):
            messages.success(request, "已抽取，每一单都有一份评分表。")
            return redirect("oversight:quality_sample", outcome.row.pk)
    return _overview(request, draw_form=form, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
def inspectors(request):
    here = district(request)
    form = File(office.posted(request), people=_people(here))
    if request.method == "POST" and office.done(form, services.file_inspector, district=here, **office.act(request)):
        messages.success(request, "已备案，可以开始评分。")
        return redirect("oversight:quality_inspectors")
    context = {
        "page": office.page_of(selectors.inspectors(district=here), request),
        "form": form if request.actor.holds(Role.SUPERVISOR) else None,
        "crumbs": [{"label": "质量控制", "url": DESK.url("quality")}, {"label": "质控备案", "url": ""}],
    }
    return DESK.show(request, "quality_inspectors", context, status=422 if form.errors else 200)


@require_POST
def end(request, pk):
    outcome = attempt(services.end_inspector, inspector_id=pk, **office.act(request))
    if outcome.done:
        messages.success(request, "备案已结束，今天以后不能再评分。")
    else:
        messages.error(request, outcome.refused.sentence)
    return redirect("oversight:quality_inspectors")


@require_safe
def sample(request, pk):
    row = selectors.sample(district=district(request), pk=pk)
    again = scoring.draw(row.seed, row.pool, row.size)
    page = scoresheets.page_of(request, DESK, sample=row)
    context = {
        "sample": row,
        "page": page,
        "same": set(again) == set(row.sheets.values_list("order__number", flat=True)),
        "crumbs": [{"label": "质量控制", "url": DESK.url("quality")}, {"label": row.title, "url": ""}],
    }
    return DESK.show(request, "quality_sample", context)


@require_http_methods(["GET", "HEAD", "POST"])
def sheet(request, pk):
    return scoresheets.one(request, DESK, pk)


@require_http_methods(["GET", "HEAD", "POST"])
def walk(request):
    return scoresheets.walk(request, DESK)


def _overview(request, *, draw_form=None, status=200):
    here = district(request)
    context = {
        "samples": list(selectors.samples(district=here)[:LATEST]),
        "page": scoresheets.page_of(request, DESK),
        "draw_form": draw_form or Draw(),
        "on_file": selectors.inspectors(district=here).filter(ends_on__isnull=True).count(),
    }
    return DESK.show(request, "quality", context, status=status)


def _people(here) -> list[tuple[int, str]]:
    """Who holds a post in the district's quality-control group."""
    held = posts_in_force(on=timezone.localdate()).filter(organisation=here, role=Role.QC_INSPECTOR.value)
    return [(post.user_id, post.user.display_name) for post in held.select_related("user").order_by("user", "pk")]
