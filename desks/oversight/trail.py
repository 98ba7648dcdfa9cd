"""
The auditor's search of the trace: who did what, when, why, and what came of it. Searching is itself recorded.

Whoever is searched for is typed into a form that is posted; the address holds opaque ids only, never a name, a phone
or an identity number (002 五(八)).
"""

from urllib.parse import urlencode

from django import forms
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import Organization, User
from audit import services as audit
from desks import downloads, office, traces
from desks.oversight import reads
from desks.oversight.desk import AUDITOR, district, show
from desks.oversight.traces import DESK
from desks.steps import attempt
from kernel.identity import mask_name
from orders import reach, timeline
from orders.services import evidence
from orders.trace import ACTIONS, OUTCOMES
from patients.models import Patient

PEOPLE = 20  # choices shown when a name is several people's
OPAQUE = (
    "action", "only", "organisation", "outcome", "number", "since", "until", "request", "account", "subject",
)  # fmt: skip


class Search(forms.Form):
    """What may be asked; ``who`` and ``purpose`` are posted, all others stand in the address."""

    use_required_attribute = False

    who = forms.CharField(
        label="办理人或服务对象", max_length=40, required=False,
        help_text="办理人写全名或账号；服务对象写完整的证件号码或电话。不会出现在网址中。",
    )  # fmt: skip
    action = forms.ChoiceField(label="事项", required=False)
    only = forms.ChoiceField(label="类别", required=False)
    outcome = forms.ChoiceField(label="结果", required=False)
    organisation = forms.TypedChoiceField(label="机构", coerce=int, empty_value=None, required=False)
    number = forms.CharField(label="订单、申请或项目单编号", max_length=20, required=False)
    since = office.DateField(label="从哪天", required=False)
    until = office.DateField(label="到哪天", required=False)
    request = forms.CharField(label="请求编号", max_length=64, required=False)
    account = forms.IntegerField(label="办理人", required=False, widget=forms.HiddenInput)
    subject = forms.UUIDField(label="服务对象", required=False, widget=forms.HiddenInput)
    purpose = forms.CharField(
        label="查阅用途", max_length=200, required=False,
        help_text="写明用途后显示涉及服务对象的事由和数据变更，30 分钟内有效；用途会写入留痕。",
    )  # fmt: skip

    def __init__(self, data, *, places, today):
        super().__init__(data)
        labels = sorted(ACTIONS.items(), key=lambda pair: (pair[0].split(".")[0], pair[1]))
        self.fields["action"].choices = [("", "全部事项"), *labels]
        self.fields["only"].choices = [
            ("", "全部类别"), *[(key, words) for key, (words, _) in timeline.ONLY.items()]
        ]  # fmt: skip
        self.fields["outcome"].choices = [("", "全部结果"), *OUTCOMES.items()]
        self.fields["organisation"].choices = [("", "全部机构"), *places]
        self.today = today

    def conditions(self):
        """The bound fields that narrow the search; who and what for stand apart."""
        return [bound for bound in self if bound.name not in ("who", "purpose", "account", "subject")]

    def clean(self):
        said = super().clean()
        if said.get("since") and said.get("until") and said["since"] > said["until"]:
            self.add_error("until", "「到哪天」要在「从哪天」之后。")
        return said

    def asked(self) -> dict:
        """What was asked in a readable way; without a span, a number or a request, the last seven days."""
        self.is_valid()
        asked = {key: value for key, value in self.cleaned_data.items() if key in OPAQUE and value not in ("", None)}
        if not {"since", "until", "number"} & set(asked):
            asked["since"] = reads.week_before(self.today)
        return asked

    def said(self, name: str, value) -> str:
        """One condition in words, for the trace and for the chips; never a person's name."""
        return f"{self.fields[name].label} {dict(getattr(self.fields[name], 'choices', ())).get(value, value)}"

    def in_words(self, asked: dict) -> str:
        return "，".join(self.said(name, value) for name, value in asked.items())


@require_http_methods(["GET", "HEAD", "POST"])
def search(request):
    if request.method == "POST":
        return _asked(request)
    form = _form(request, request.GET or None)
    return _found(request, form, form.asked() if form.is_bound else {"since": reads.week_before(form.today)})


@require_POST
def purpose(request):
    """Say what the reading is for, and go back to what was being read."""
    if text := request.POST.get("purpose", "").strip()[:200]:
        traces.say_purpose(request, text)
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        back = reverse("oversight:trace")
    return redirect(back)


@require_POST
def fhir(request):
    """The shown range as FHIR R4 AuditEvents, one a line; the export stands in the trace before the file leaves."""
    form = _form(request, request.POST)
    asked = form.asked()
    reason = request.POST.get("reason", "").strip() or traces.purpose(request)
    outcome = attempt(
        evidence.export_events,
        events=reads.trail(places=request.actor.orgs_as(*AUDITOR), asked=asked),
        asked=form.in_words(asked),
        reason=reason,
        place=district(request),
        covered=traces.covers(request),
        **office.act(request),
    )
    if not outcome.done:
        return _found(request, form, asked, refused=outcome.reasons, status=422)
    return downloads.saved(outcome.row.content, name=outcome.row.name, kind="application/fhir+ndjson")


def _form(request, data):
    places = request.actor.orgs_as(*AUDITOR)
    rows = Organization.objects.filter(pk__in=places).order_by("kind", "short_name", "pk")
    return Search(data, places=[(row.pk, row.short_name) for row in rows], today=timezone.localdate())


def _asked(request):
    """Turn what was typed into an address without anybody's identity in it."""
    form = _form(request, request.POST)
    if not form.is_valid():
        return show(request, "trace", {"form": form, "filters": (), "chips": []}, status=422)
    if said := form.cleaned_data["purpose"].strip():
        traces.say_purpose(request, said)
    asked = {name: value for name, value in form.cleaned_data.items() if name in OPAQUE and value not in ("", None)}
    if who := form.cleaned_data["who"].strip():
        asked.pop("account", None)
        asked.pop("subject", None)
        people = _people(request, who)
        if len(people) != 1:
            if not people:
                form.add_error("who", "没有找到。办理人请写全名或账号，服务对象请写完整的证件号码或电话。")
            choices = [{**one, "url": _address({**asked, **one["key"]})} for one in people]
            status = 200 if people else 422
            return show(request, "trace", {"form": form, "choices": choices, "chips": []}, status=status)
        asked.update(people[0]["key"])
    return redirect(_address(asked))


def _people(request, who: str) -> list[dict]:
    """Accounts of this name and patients under this exact number, within the auditor's district."""
    found = [
        {"key": {"account": user.pk}, "label": f"{user.display_name}，账号 {user.username}"}
        for user in reads.accounts_called(who, places=DESK.places(request))[:PEOPLE]
    ]
    for patient in reads.patients_under(who, places=DESK.places(request), on=timezone.localdate())[:PEOPLE]:
        found.append({"key": {"subject": patient.pk}, "label": f"服务对象 {mask_name(patient.name)}"})
    return found


def _address(asked: dict) -> str:
    return f"{reverse('oversight:trace')}?{urlencode(asked)}" if asked else reverse("oversight:trace")


def _found(request, form, asked, *, refused=None, status=200):
    said = traces.purpose(request)
    # Written before it is read, so that nobody looks without leaving a line.
    audit.looked(
        target=district(request),
        by=request.actor,
        now=timezone.now(),
        why=f"检索留痕：{form.in_words(asked)}" + (f"；用途：{said}" if said else ""),
        role="auditor",
    )
    events = reads.trail(places=request.actor.orgs_as(*AUDITOR), asked=asked)
    page = timeline.page(timeline.Events((events,)), **traces.keys(request))
    context = {
        "form": form,
        "page": page,
        "entries": traces.prepared(request, DESK, page.entries),
        "asked": {name: value for name, value in asked.items()},
        "chips": _chips(request, form, asked),
        "clear_url": request.path,
        "with_ip": True,
        "asks_purpose": traces.covers(request),
        "purpose": said,
        "searched": True,
        "refused": refused,
        "links": _links(asked),
    }
    return show(request, "trace", context, status=status)


def _chips(request, form, asked):
    names = _names(asked, DESK.places(request))
    chips = []
    for name, value in asked.items():
        if name not in request.GET:
            continue
        left = request.GET.copy()
        for key in (name, "before", "after"):
            left.pop(key, None)
        chips.append({"label": names.get(name) or form.said(name, value), "url": f"?{left.urlencode()}"})
    return chips


def _names(asked, places) -> dict[str, str]:
    """Who of this district stands behind the opaque ids, for the page alone."""
    names = {}
    if user := User.objects.filter(reach.accounts_of(places), pk=asked.get("account")).first():
        names["account"] = f"办理人 {user.display_name}"
    if patient := Patient.objects.filter(pk__in=reach.patients_of(places)).filter(pk=asked.get("subject")).first():
        names["subject"] = f"服务对象 {mask_name(patient.name)}"
    return names


def _links(asked) -> list[dict]:
    """The whole trace of whoever was searched for."""
    found = []
    if account := asked.get("account"):
        found.append({"label": "查看这个账号的留痕", "url": DESK.url("trace_account", account)})
    if subject := asked.get("subject"):
        found.append({"label": "查看这位服务对象的留痕", "url": DESK.url("trace_patient", subject)})
    return found
