"""The district's training centre: its posts, held by experts of the pool, and its meetings (001 二(二)6)."""

from django import forms
from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from desks import office
from desks.oversight.desk import SUPERVISOR, district, show
from desks.pages import no_permission
from desks.stepforms import receipt_of
from desks.steps import attempt
from education import selectors, services
from education.models import TrainingSeat

TRAINING = ("护士培训", "oversight:training")
MEETINGS = ("培训中心会议", "oversight:training_meetings")


class SeatForm(forms.Form):
    kind = forms.ChoiceField(label="职务", choices=TrainingSeat.Kind.choices)
    expert_id = forms.TypedChoiceField(label="专家", coerce=int, help_text="先在专家库登记，再在这里任职。")
    duty = forms.CharField(label="分工", max_length=80, required=False, help_text="例如：课程审核、考核命题。")
    starts_on = office.DateField(label="任职日期", initial=timezone.localdate)
    ends_on = office.DateField(label="离任日期", required=False, help_text="没有定下来可以不填。")

    def __init__(self, data=None, *, pool, **options):
        super().__init__(data, **options)
        self.fields["expert_id"].choices = [("", "请选择"), *((one.pk, _named(one)) for one in pool)]


class MeetingForm(forms.Form):
    held_on = office.DateField(label="会议日期", initial=timezone.localdate)
    topic = forms.CharField(label="议题", max_length=100)
    experts = forms.TypedMultipleChoiceField(label="参加的专家", coerce=int, widget=forms.CheckboxSelectMultiple)
    guests = forms.CharField(label="列席人员", max_length=200, required=False)
    decisions = office.TextField(label="会议决定", rows=6, max_length=2000)

    def __init__(self, data=None, *, pool, **options):
        super().__init__(data, **options)
        self.fields["experts"].choices = [(one.pk, _named(one)) for one in pool]


@require_http_methods(["GET", "HEAD", "POST"])
def structure(request):
    """Who holds which post; given by the commission's supervisors."""
    here, today, may = district(request), timezone.localdate(), request.actor.holds(*SUPERVISOR)
    if request.method == "POST" and not may:
        return no_permission(request, "这一步")
    form = SeatForm(office.posted(request), pool=selectors.training_pool(here, today)) if may else None
    if request.method == "POST" and office.done(form, services.appoint, district=here, **office.act(request)):
        messages.success(request, "已登记任职。")
        return redirect("oversight:training_centre")
    page = office.page_of(selectors.training_seats(here, today), request)
    page.object_list = [
        {"row": row, "held": row.ends_on is None or row.ends_on > today, "who": _named(row.expert)}
        for row in page.object_list
    ]
    context = {"page": page, "form": form, "crumbs": _crumbs("培训中心组织架构")}
    return show(request, "education/centre", context, status=422 if form is not None and form.errors else 200)


@require_POST
def structure_end(request, pk):
    outcome = attempt(services.leave_seat, seat_id=pk, **office.act(request))
    if outcome.done:
        messages.success(request, "已登记离任。")
    else:
        messages.error(request, outcome.refused.sentence)
    return redirect("oversight:training_centre")


@require_http_methods(["GET", "HEAD", "POST"])
def meetings(request):
    """The meetings on record, the latest first; a supervisor puts another one there."""
    here, today, may = district(request), timezone.localdate(), request.actor.holds(*SUPERVISOR)
    if request.method == "POST" and not may:
        return no_permission(request, "这一步")
    form = MeetingForm(office.posted(request), pool=selectors.training_pool(here, today)) if may else None
    if request.method == "POST" and office.done(
        form, services.record_meeting, district=here, receipt=receipt_of(request.POST), **office.act(request)
    ):
        messages.success(request, "会议记录已保存。")
        return redirect("oversight:training_meetings")
    page = office.page_of(selectors.training_meetings(here), request)
    context = {"page": page, "form": form, "crumbs": _crumbs("培训中心会议")}
    return show(request, "education/meetings", context, status=422 if form is not None and form.errors else 200)


@require_safe
def meeting(request, pk):
    return _meeting_page(request, pk)


@require_POST
def strike(request, pk):
    form = office.Reason(request.POST)
    if office.done(form, services.strike_meeting, meeting_id=pk, **office.act(request)):
        messages.success(request, "这份会议记录已作废，内容仍可查看。")
        return redirect("oversight:training_meetings_one", pk)
    return _meeting_page(request, pk, form, status=422)


def _meeting_page(request, pk, form=None, *, status=200):
    row = selectors.training_meeting(district=district(request), pk=pk)
    may = request.actor.holds(*SUPERVISOR) and row.struck_at is None
    context = {
        "row": row,
        "experts": [_named(one) for one in row.experts.all()],
        "form": (form or office.Reason()) if may else None,
        "crumbs": _crumbs(row.topic, MEETINGS),
    }
    return show(request, "education/meeting", context, status=status)


def _crumbs(last, *between):
    above = [{"label": label, "url": reverse(route)} for label, route in (TRAINING, *between)]
    return [*above, {"label": last, "url": ""}]


def _named(expert) -> str:
    return f"{expert.name}（{expert.field}，{expert.organisation}）"
