"""A question to a nurse of the centre: asked with words and a picture, asked further, turned into an application."""

from django import forms
from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit import services as audit
from consults import faces, selectors, services
from consults.doors import CONSULTS
from desks import downloads, office
from desks.family.draft import Draft, centre_for
from desks.family.frame import act, ask, demand_reading, family_page, posted, reads, show
from desks.family.rows import plain
from desks.stepforms import number_of, receipt_of
from desks.steps import Outcome, attempt
from kernel.refusals import Refusal, hidden
from patients import selectors as patients
from patients import services as patient_services

PICTURE = {"accept": "image/jpeg,image/png"}
NOBODY = Refusal("consult.centre", "这个地址目前没有可以答复的社区卫生服务中心，请打电话咨询。", "000 四(十一)")


class Question(forms.Form):
    whom = forms.ChoiceField(label="为谁咨询", widget=forms.RadioSelect)
    words = forms.CharField(
        label="想问护士什么", max_length=500, widget=forms.Textarea(attrs={"rows": 5}),
        help_text="例如：换药后伤口周围有点红，要紧吗？",
    )  # fmt: skip
    picture = forms.FileField(
        label="照片", required=False, widget=forms.FileInput(attrs=PICTURE),
        help_text="可以拍下想问的地方，请避开面部。只有答复的护士可以看，每次查看都有记录。",
    )  # fmt: skip

    def __init__(self, *args, people=(), **options):
        super().__init__(*args, **options)
        self.fields["whom"].choices = [(str(one.pk), one.name) for one in people]
        if len(people) == 1:
            del self.fields["whom"]  # there is nothing to choose


class Further(forms.Form):
    words = forms.CharField(label="继续提问", max_length=500, widget=forms.Textarea(attrs={"rows": 4}))
    picture = forms.FileField(label="照片", required=False, widget=forms.FileInput(attrs=PICTURE))


@require_safe
@family_page
def listing(request):
    page = office.page_of(selectors.of_family(actor=request.family), request)
    page.object_list = [{"row": row, "face": plain(faces.CONSULT[row.status])} for row in page.object_list]
    return show(request, "family/consults.html", back=reverse("family:home"), page=page)


@require_http_methods(["GET", "POST"])
@family_page
def new(request):
    household = list(patients.household(request.family))
    if not household:
        messages.info(request, "请先登记服务对象，再来咨询。")
        return redirect("family:consults")
    people = [one for one in household if reads(request, one.pk)]
    if not people:
        demand_reading(request, household[0].pk)
    form, outcome = Question(posted(request), request.FILES or None, people=people), None
    if request.method == "POST" and form.is_valid():
        outcome = _asked(request, people, **form.cleaned_data)
        if outcome.done:
            messages.success(request, "已提交，护士答复后会告诉您。")
            return redirect("family:consult", outcome.row.number)
        if stopped := _emergency(request, outcome, reverse("family:consult_new")):
            return stopped
    return ask(
        request, form, title="问问护士", send="提交咨询", back=reverse("family:consults"), outcome=outcome,
        sub="适合不急的护理问题。胸痛、呼吸困难、昏迷等急症请马上拨打 120。",
    )  # fmt: skip


@require_safe
@family_page
def one(request, number):
    return _page(request, selectors.consult(actor=request.family, number=number))


@require_POST
@family_page
def add(request, number):
    row = selectors.consult(actor=request.family, number=number)
    form = Further(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, row, form, status=422)
    outcome = attempt(
        services.add, typed=request.POST, consult_id=row.pk, receipt=receipt_of(request.POST), **form.cleaned_data,
        **act(request),
    )  # fmt: skip
    if outcome.done:
        messages.success(request, "已提交，护士会再次答复您。")
        return redirect("family:consult", number)
    if stopped := _emergency(request, outcome, reverse("family:consult", args=[number])):
        return stopped
    return _page(request, row, form, outcome, status=422)


@require_POST
@family_page
def close(request, number):
    row = selectors.consult(actor=request.family, number=number)
    version = number_of(request.POST.get("version"))
    outcome = attempt(services.close, consult_id=row.pk, version=version, **act(request))
    if outcome.done:
        messages.success(request, "这次咨询已结束。")
        return redirect("family:consults")
    return _page(request, row, outcome=outcome, status=422)


@require_POST
@family_page
def apply(request, number):
    """The application begins with what is known: for whom, where, and what was asked. Its own gates judge it."""
    row = selectors.consult(actor=request.family, number=number)
    if not _may(request, row, "add"):
        messages.info(request, "这次咨询已经结束，请直接申请上门护理。")
        return redirect("family:begin")
    first = next(iter(row.sayings.all()))
    draft = Draft(request, timezone.now())
    draft.begin(whom=str(row.patient_id), patient=str(row.patient_id), centre=row.centre_id, wish=first.words)
    return redirect("family:apply", "wish")


@require_safe
@family_page
def picture(request, number, pk):
    row = selectors.consult(actor=request.family, number=number)
    said = next((one for one in row.sayings.all() if one.pk == pk and one.picture), None)
    if said is None:
        raise hidden("这张照片")
    paper, content = patient_services.show_upload(upload_id=said.picture.pk, reason="家属查看咨询照片", **act(request))
    return downloads.shown(content, kind=paper.content_type)


def _asked(request, people, *, whom="", **given) -> Outcome:
    patient = next((one for one in people if str(one.pk) == whom), people[0])
    address = patients.current_address(patient_id=patient.pk)
    centre = centre_for(address.town_id, timezone.localdate()) if address else None
    if centre is None:
        return Outcome(reasons=(NOBODY,), typed=request.POST)
    return attempt(
        services.ask, typed=request.POST, patient=patient, centre=centre, receipt=receipt_of(request.POST), **given,
        **act(request),
    )  # fmt: skip


def _emergency(request, outcome, back):
    if any(reason.code == "request.emergency" for reason in outcome.reasons):
        return show(request, "family/apply/emergency.html", back=back, status=422, refused=outcome.refused)
    return None


def _may(request, row, name):
    return any(chance.name == name for chance in CONSULTS.chances(row, request.family))


def _page(request, row, form=None, outcome=None, *, status=200):
    audit.looked(target=row, by=request.family, now=timezone.now(), why="家属查看咨询")
    refused = list(outcome.reasons) if outcome else []
    context = {
        "row": row,
        "face": plain(faces.CONSULT[row.status]),
        "sayings": sorted(row.sayings.all(), key=lambda one: one.pk),
        "form": form or Further(),
        "may_add": _may(request, row, "add"),
        "may_close": _may(request, row, "close"),
        "refused": refused,
    }
    return show(
        request, "family/consult.html", back=reverse("family:consults"), centre=row.centre, status=status, **context
    )
