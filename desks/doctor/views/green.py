"""A follow-up was answered with something red: take it, telephone, say what came of it (003 二(五)14)."""

from datetime import timedelta

from django import forms
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from catalog import selectors as catalog
from desks import followupforms, office, patientcard
from desks.dispatch.forms import HALF_DAYS, span
from desks.doctor.frame import frame, show
from desks.looks import looked
from desks.stepforms import AskForm, Day, asking, long_text, reasons_for_page, receipt_of
from desks.steps import attempt
from desks.timelines import timeline
from followups import faces, selectors, services
from followups.doors import GREENS
from followups.lifecycle import GREEN
from followups.models import GreenCase
from patients import selectors as patients
from referrals.models import Referral

SAID = {
    "take": "已接手，请现在联系家属，谈完后写下处理结果；不能处理的，请交回。",
    "release": "已交回，本中心的医生会收到通知。",
    "close": "已处理，家属能看到医生已处理。",
}


class Close(AskForm):
    """What came of it; a new visit is applied for with what was found already written in."""

    outcome = forms.ChoiceField(label="处理结果", choices=GreenCase.Outcome.choices, widget=forms.RadioSelect)
    words = forms.CharField(label="处理经过", max_length=300, widget=long_text(3), help_text="联系了谁、交代了什么。")
    consent_by = forms.ChoiceField(
        label="共享病情的同意", choices=Referral.ConsentBy.choices, required=False, widget=forms.RadioSelect,
        help_text="只有转诊要选择：谁同意把病情告诉牵头医院。",
    )  # fmt: skip
    wish = forms.CharField(
        label="希望上门解决的问题",
        max_length=500,
        required=False,
        widget=long_text(2),
        help_text="只有新的上门申请要填写。",
    )
    items = forms.MultipleChoiceField(label="希望的项目", widget=forms.CheckboxSelectMultiple, required=False)
    day = forms.DateField(label="希望日期", widget=Day(), required=False)
    part = forms.ChoiceField(label="时段", choices=HALF_DAYS, widget=forms.RadioSelect, required=False)

    def __init__(self, *args, items, **options):
        super().__init__(*args, **options)
        self.fields["items"].choices = [(str(item.pk), item.name) for item in items]


@require_safe
def listing(request):
    now = timezone.now()
    page = office.page_of(selectors.green_cases(actor=office.only(request.actor, ["doctor"])), request)
    page.object_list = [_line(row, now) for row in page.object_list]
    context = {**frame(request, "doctor:green"), "page": page, "now": now}
    return show(request, "doctor/green.html", context)


@require_safe
def one(request, pk):
    return _page(request, selectors.green_case(actor=request.actor, pk=pk))


@require_POST
def step(request, pk, name):
    row = selectors.green_case(actor=request.actor, pk=pk)
    act = {"case_id": row.pk, "receipt": receipt_of(request.POST), "by": request.actor, "now": timezone.now()}
    if name == "take":
        outcome = attempt(services.take_green, typed=request.POST, **act)
    elif name == "release":
        outcome = attempt(services.release_green, typed=request.POST, reason=request.POST.get("reason", ""), **act)
    elif name == "close":
        outcome = attempt(services.close_green, typed=request.POST, **_asked(request, row), **act)
    else:
        raise Http404
    if outcome.done:
        new = outcome.row.request.number if outcome.row.request_id else ""
        messages.success(request, f"已提交新的上门申请 {new}，由专员受理。" if new else SAID[name])
        return redirect("doctor:green_one", pk=pk)
    return _page(request, selectors.green_case(actor=request.actor, pk=pk), name, outcome)


def _asked(request, row):
    """What was typed, as the verb takes it; a day that cannot be read counts as none."""
    typed = request.POST
    given = {"outcome": typed.get("outcome", ""), "words": typed.get("words", "")}
    if given["outcome"] == GreenCase.Outcome.REFERRAL:
        return given | {"consent_by": typed.get("consent_by", "")}
    if given["outcome"] != GreenCase.Outcome.REQUEST:
        return given
    day, part = office.day_in(typed, "day"), typed.get("part", "")
    if part not in dict(HALF_DAYS):
        part = HALF_DAYS[0][0]
    start, end = span(day, part) if day else (None, None)
    chosen = set(typed.getlist("items"))
    items = tuple(item for item in _items(row) if str(item.pk) in chosen)
    return {**given, "wish": typed.get("wish", ""), "wished_from": start, "wished_to": end, "items": items}


def _items(row):
    return list(catalog.offered_items(row.centre_id, timezone.localdate()))


def _page(request, row, name="", outcome=None):
    looked(request, target=row, why="绿色通道")
    now = timezone.now()
    today = timezone.localdate(now)
    chances = {chance.name: chance for chance in GREENS.chances(row, request.actor)}
    mine = row.doctor_id == request.actor.user_id
    first = {"wish": f"随访发现：{row.sentence}", "day": today + timedelta(days=1), "part": HALF_DAYS[0][0]}
    release = asking(followupforms.GiveBack, outcome if name == "release" else None)
    asked = None if name == "release" else outcome
    form = asking(Close, asked, items=_items(row) if mine else [], initial=first)
    task = row.answer.follow_up
    context = {
        **frame(
            request, "doctor:green", [{"label": "绿色通道", "url": reverse("doctor:green")}, {"label": "一次异常"}]
        ),
        "now": now,
        "row": row,
        "line": _line(row, now),
        "patient": patientcard.card(row.patient, patients.current_address(row.patient_id), today),
        "task": task,
        "told": followupforms.told(task),
        "chances": chances,
        "mine": mine,
        "form": form,
        "release": release,
        "refused": reasons_for_page(outcome, form, release),
        "trends": selectors.trends(selectors.file_of(actor=request.actor, patient_id=row.patient_id)),
        "events": timeline(row.steps.select_related("taken_by").order_by("pk"), GREEN, faces.GREEN),
    }
    return show(request, "doctor/green_one.html", context, outcome.status if outcome else 200)


def _line(row, now):
    return {"row": row, "face": faces.GREEN[row.status], "late": selectors.green_is_late(row, now)}
