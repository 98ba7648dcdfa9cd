"""Institutions of the district: standing, filings to decide, suspensions, towns."""

from django import forms
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Organization
from catalog import selectors as catalog
from desks import office
from desks.oversight import reads
from desks.oversight.desk import district, reader, show
from institutions import selectors, services
from institutions.models import Filing, Jurisdiction, Profile, Suspension, Town
from kernel.refusals import hidden

STATES = (
    ("serving", "今天可以服务"),
    ("not_serving", "今天不能服务"),
    ("expiring", f"执业许可证 {selectors.SOON} 天内到期"),
)


class Approve(forms.Form):
    note = office.TextField(label="审核意见", max_length=300, rows=2, required=False)
    approved_from = office.DateField(label="自哪天起有效", required=False, help_text="不填时从今天起有效。")


class Refuse(forms.Form):
    note = office.TextField(label="不同意的原因", max_length=300, rows=2, help_text="机构会看到。")


class Suspend(forms.Form):
    starts_on = office.DateField(label="自哪天起", initial=timezone.localdate)
    ends_on = office.DateField(label="到哪天止", required=False, help_text="没有约定期限时可以不填，解除后恢复。")
    reason = office.TextField(label="原因", max_length=300)
    clause = forms.CharField(label="依据", max_length=60, initial="002 五(二)1")


class AssignTown(forms.Form):
    town = forms.ModelChoiceField(Town.objects.order_by("code"), label="街镇", empty_label="请选择街镇")
    starts_on = office.DateField(label="自哪天起", initial=timezone.localdate)


class ReleaseTown(forms.Form):
    ends_on = office.DateField(label="最后一天", initial=timezone.localdate)
    reason = office.TextField(label="原因", max_length=300, rows=2)


VERBS = {"approve": (Approve, True, "登记已审核同意。"), "refuse": (Refuse, False, "登记未予同意，原因已告知机构。")}


@require_safe
def listing(request):
    asked = request.GET.get("state", "")
    name = request.GET.get("q", "").strip()[:40]
    rows = reads.institution_rows(district=district(request), today=timezone.localdate(), state=asked, name=name)
    context = {"page": office.page_of(rows, request), "asked": asked, "q": name, "states": STATES}
    return show(request, "institutions", context)


@require_safe
def one(request, pk):
    return _one(request, pk)


@require_POST
def suspend(request, pk):
    form = Suspend(request.POST)
    if office.done(form, services.suspend, organisation=_place(request, pk), **office.act(request)):
        messages.success(request, "已暂停这家机构的上门护理服务。")
        return redirect("oversight:institutions_one", pk)
    return _one(request, pk, suspending=form, status=422)


@require_POST
def lift(request, pk):
    row = _of_mine(request, Suspension, pk, "这项暂停")
    form = office.Reason(request.POST)
    if office.done(form, services.lift_suspension, suspension_id=pk, **office.act(request)):
        messages.success(request, "暂停已解除，机构今天起恢复服务。")
        return redirect("oversight:institutions_one", row.organisation_id)
    return _one(request, row.organisation_id, lifting={pk: form}, status=422)


@require_POST
def assign(request, pk):
    form = AssignTown(request.POST)
    if office.done(form, services.assign_town, organisation=_place(request, pk), **office.act(request)):
        messages.success(request, "街镇已划入服务辖区。")
        return redirect("oversight:institutions_one", pk)
    return _one(request, pk, assigning=form, status=422)


@require_POST
def release(request, pk):
    row = _of_mine(request, Jurisdiction, pk, "这项辖区")
    form = ReleaseTown(request.POST)
    if office.done(form, services.release_town, jurisdiction_id=pk, **office.act(request)):
        messages.success(request, "街镇将移出服务辖区。")
        return redirect("oversight:institutions_one", row.organisation_id)
    return _one(request, row.organisation_id, releasing={pk: form}, status=422)


@require_safe
def filings(request):
    return _filings(request)


@require_POST
def decide(request, pk, verb):
    if verb not in VERBS:
        raise Http404
    _of_mine(request, Filing, pk, "这项登记")
    form_class, approve, sentence = VERBS[verb]
    form = form_class(request.POST)
    if office.done(form, services.decide_filing, filing_id=pk, approve=approve, **office.act(request)):
        messages.success(request, sentence)
        return redirect("oversight:filings")
    return _filings(request, bound={(pk, verb): form}, status=422)


@require_POST
def withdraw(request, pk):
    row = _of_mine(request, Filing, pk, "这项登记")
    form = office.Reason(request.POST)
    if office.done(form, services.withdraw_filing, filing_id=pk, **office.act(request)):
        messages.success(request, "登记已撤销，从今天起不能再按这种方式服务。")
        return redirect("oversight:institutions_one", row.organisation_id)
    return _one(request, row.organisation_id, withdrawing={pk: form}, status=422)


def _filings(request, *, bound=None, status=200):
    bound = bound or {}
    here = district(request)
    waiting = [
        {
            "row": row,
            "steps": [
                {
                    "chance": office.step(verb, label),
                    "form": bound.get((row.pk, verb)) or VERBS[verb][0](),
                    "url": reverse("oversight:filings_decide", args=[row.pk, verb]),
                    "look": look,
                }
                for verb, label, look in (("approve", "同意登记", "small"), ("refuse", "不同意登记", "small grave"))
            ],
        }
        for row in selectors.filings_to_decide(here.pk)[: office.PAGE]
    ]
    shown = {(one["row"].pk, step["chance"]["name"]) for one in waiting for step in one["steps"]}
    context = {
        "waiting": waiting,
        "page": office.page_of(reads.decided_filings(district=here), request),
        # A filing decided by somebody else meanwhile has left the list; its refusal is told above it.
        "stray": [form for key, form in bound.items() if key not in shown],
    }
    return show(request, "filings", context, status=status)


def _one(request, pk, *, suspending=None, assigning=None, lifting=None, releasing=None, withdrawing=None, status=200):
    place = _place(request, pk)
    today = timezone.localdate()
    lifting, releasing, withdrawing = lifting or {}, releasing or {}, withdrawing or {}
    papers = selectors.papers(pk)
    lines = catalog.offerings(pk, today)
    context = {
        "place": place,
        "profile": Profile.objects.filter(organisation=place).first(),
        "papers": papers,
        "not_serving": selectors.why_not_serve(pk, today),
        "offered": sum(line.offered for line in lines),
        "lines": lines,
        "opted_out": [line for line in lines if line.offering and not line.offered],
        "undecided": sum(line.offering is None for line in lines),
        "suspensions": [
            {
                "row": row,
                "running": row.lifted_at is None and (row.ends_on is None or row.ends_on >= today),
                "form": lifting.get(row.pk) or office.Reason(),
                "url": reverse("oversight:institutions_lift", args=[row.pk]),
            }
            for row in papers["suspensions"]
        ],
        "towns": [
            {
                "row": row,
                "running": row.ends_on is None or row.ends_on >= today,
                "form": releasing.get(row.pk) or ReleaseTown(),
                "url": reverse("oversight:institutions_release", args=[row.pk]),
            }
            for row in papers["jurisdictions"]
        ],
        "filings": [
            {
                "row": row,
                "running": row.approved and row.withdrawn_on is None,
                "form": withdrawing.get(row.pk) or office.Reason(),
                "url": reverse("oversight:filings_withdraw", args=[row.pk]),
            }
            for row in papers["filings"]
        ],
        "withdraw": office.step("withdraw", "撤销登记"),
        "suspend": office.step("suspend", "暂停服务"),
        "suspending": suspending or Suspend(),
        "assign": office.step("assign", "划入街镇"),
        "assigning": assigning or AssignTown(),
        "lift": office.step("lift", "解除暂停"),
        "release": office.step("release", "移出辖区"),
        "crumbs": [{"label": "机构", "url": reverse("oversight:institutions")}, {"label": place.short_name, "url": ""}],
    }
    return show(request, "institution", context, status=status)


def _place(request, pk) -> Organization:
    """One provider of the district, or nothing that this actor may know of."""
    here = reader(request)
    row = (
        Organization.objects.select_related("parent")
        .filter(pk=pk, pk__in=here.orgs_as(*here.orgs), kind__in=Organization.PROVIDERS)
        .first()
    )
    if row is None:
        raise hidden("这家机构")
    return row


def _of_mine(request, model, pk, what):
    here = reader(request)
    row = model.objects.filter(pk=pk, organisation__in=here.orgs_as(*here.orgs)).first()
    if row is None:
        raise hidden(what)
    return row
