"""What the centre that serves a person sees and sets down of them: papers of the family, facts that bar a visit."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from accounts.selectors import district_of
from catalog import rules
from catalog import selectors as catalog
from desks import downloads
from desks.stepforms import AskForm, asking, long_text
from desks.steps import Outcome, attempt
from kernel.actors import Actor
from kernel.refusals import Invalid, Refusal, Refused, hidden
from orders.lifecycle import ASKED
from orders.models import ServiceRequest
from patients import access, selectors, services
from patients.models import Patient

MOST = 20  # papers on a page; a family that hands in more is asked for them by telephone
STEP = "standing"  # what the pages call the form
FIELDS = ("facts", "family_doctor_contract", "home_bed")
ANSWERS: Mapping[str, bool | None] = {"": None, "yes": True, "no": False}


class Standing(AskForm):
    """What is known of the person: entries of the negative list, the family doctor, the bed at home."""

    facts = forms.MultipleChoiceField(
        label="负面清单情况",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="勾选以后，平台不再为这位服务对象开具项目、生成订单。",
    )
    family_doctor_contract = forms.ChoiceField(
        label="家庭医生签约",
        choices=[("", "还没有问过"), ("yes", "已经签约"), ("no", "没有签约")],
        required=False,
        widget=forms.RadioSelect,
    )
    home_bed = forms.ChoiceField(
        label="家庭病床",
        choices=[("", "还没有问过"), ("yes", "已经建床"), ("no", "没有建床")],
        required=False,
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label="怎样得知",
        max_length=200,
        widget=long_text(2),
        help_text="例如：上门时看到、家属电话说明、出院小结写明。会与您的姓名一起留痕。",
    )

    def __init__(self, *args, facts, **options):
        super().__init__(*args, **options)
        self.fields["facts"].choices = facts
        if not facts:
            del self.fields["facts"]


def is_ours(request: HttpRequest, asked: ServiceRequest, role: str) -> bool:
    """Say whether the desk's own centre looks after this request, and its town, today."""
    if asked.status not in ASKED or asked.centre_id not in request.actor.orgs_as(role):
        return False
    return role in access.serving_posts(request.actor, asked.patient, on=timezone.localdate())


# --- papers ---


def papers(asked: ServiceRequest, route: str, *where: Any) -> dict:
    """The newest papers of this person, each with the address where it is opened, and whether there are more."""
    found = list(selectors.handed_in(asked.patient_id)[: MOST + 1])
    rows = [{"row": row, "url": reverse(route, args=[*where, row.pk])} for row in found[:MOST]]
    return {"rows": rows, "more": MOST if len(found) > MOST else 0}


def paper(request: HttpRequest, asked: ServiceRequest, role: str, pk: UUID):
    """
    One private file; who looked, and for which request, is on record before the first byte leaves.

    :raises kernel.refusals.Hidden: not this person's, not handed in by the family, or not this desk's to open
    """
    if not is_ours(request, asked, role) or not selectors.handed_in(asked.patient_id).filter(pk=pk).exists():
        raise hidden("这份资料")
    row, content = services.show_upload(
        upload_id=pk, reason=f"办理申请 {asked.number}：查看家属上传的资料", by=request.actor, now=timezone.now()
    )
    return downloads.shown(content, kind=row.content_type)


# --- what is known of the person ---


def standing(asked: ServiceRequest, name: str, outcome: Outcome | None) -> dict:
    """The record as it is, and the form to change it; what was typed stays in a refused one."""
    person = asked.patient
    form = asking(
        Standing,
        outcome if name == STEP else None,
        facts=_choices(asked),
        initial={
            "facts": person.facts,
            "family_doctor_contract": _answer(person.family_doctor_contract),
            "home_bed": _answer(person.home_bed),
        },
        auto_id="standing_%s",
    )
    return {"form": form, "was": json.dumps(_known(person), ensure_ascii=False), "facts": person.facts}


def save(request: HttpRequest, asked: ServiceRequest, role: str) -> Outcome:
    """Set down what was ticked; whatever is refused stands in the trace."""
    return attempt(
        _save, typed=request.POST, request=request, asked=asked, role=role, by=request.actor, now=timezone.now()
    )


def said(outcome: Outcome) -> str:
    """What the page answers; visits ordered before come back to the desk, and are its to call off."""
    if outcome.row.facts:
        return (
            "服务对象情况已更新。登记了负面清单情况，不能再开具项目、生成订单和派单；"
            "护士还没有出发的上门会退回待派单，请联系家属后逐一办理。"
        )
    return "服务对象情况已更新。"


def _save(*, request: HttpRequest, asked: ServiceRequest, role: str, by: Actor, now: datetime) -> Patient:
    if asked.status not in ASKED:
        raise Refused.because("request.over", "这份申请已经结束，请在新的申请里更新服务对象情况。")
    if not is_ours(request, asked, role):
        raise hidden("这位服务对象")
    was = _shown(request.POST.get("was", ""))
    form = Standing(request.POST, facts=_choices(asked))
    if not form.is_valid():
        raise Invalid(*_complaints(form))
    given = {
        "facts": sorted(set(form.cleaned_data.get("facts", []))),
        "family_doctor_contract": ANSWERS[form.cleaned_data["family_doctor_contract"]],
        "home_bed": ANSWERS[form.cleaned_data["home_bed"]],
    }
    changed = {field: value for field, value in given.items() if value != was[field]}
    if not changed:
        raise Invalid(Refusal("standing.same", "没有改动，不需要保存。", field="facts"))
    return services.correct(
        patient_id=asked.patient_id, reason=form.cleaned_data["reason"], was=was, by=by, now=now, **changed
    )


def _complaints(form):
    words = {
        "facts": "请从列出的负面清单情况中选择。",
        "family_doctor_contract": "请选择家庭医生签约的情况。",
        "home_bed": "请选择家庭病床的情况。",
        "reason": "请写明怎样得知，不超过 200 个字。",
    }
    return [Refusal(f"standing.{field}", words[field], rules.NEGATIVE_CLAUSE, field) for field in form.errors]


def _choices(asked):
    """The list in force in the district; what was set down under an older one stays there to be taken back."""
    entries = catalog.negative_entries(district_of(asked.centre).pk, timezone.localdate())
    listed = {one.text: f"{one.text}（{one.reason}）" for one in entries if one.kind == rules.PATIENT_FACT}
    before = {fact: f"{fact}（以前登记的）" for fact in asked.patient.facts if fact not in listed}
    return list({**listed, **before}.items())


def _known(person) -> dict[str, Any]:
    return {field: getattr(person, field) for field in FIELDS}


def _shown(text):
    """What the screen said of these fields; without it nobody can tell what was changed."""
    try:
        was = json.loads(text)
    except ValueError:
        was = None
    if not isinstance(was, dict) or set(was) != set(FIELDS):
        raise Invalid(Refusal("standing.unread", "没有读懂这一页，请重新打开页面后再填写。"))
    return was


def _answer(value):
    return next(key for key, meant in ANSWERS.items() if meant is value)
