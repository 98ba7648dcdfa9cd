"""Who a person is, for the desk: a name or number that was written down wrongly, a comparison beside the document."""

from datetime import datetime

from django.forms import CharField, ChoiceField, RadioSelect, TextInput
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from desks.dispatch import forms, linking
from desks.stepforms import AskForm, asking, long_text
from desks.steps import Outcome, attempt
from orders.models import ServiceRequest
from patients import gateways, selectors, services
from patients.models import IdentityCheck

CORRECT, COMPARED, ASK = "correct", "compared", "ask"
SAID = {
    CORRECT: "姓名和证件已更正。以前的核对不再算数，请重新核对证件原件。",
    COMPARED: "已登记比对结果。",
    ASK: "比对服务已答复，结果已登记。",
}


class Correct(forms.Document):
    """All of the document anew: a number that is sealed is never shown to be edited."""

    identity_number = CharField(
        label="证件号码",
        max_length=40,
        widget=TextInput(attrs={"autocomplete": "off"}),
        help_text="请对照证件重新填写完整的号码。",
    )
    reason = CharField(
        label="更正的原因",
        max_length=200,
        widget=long_text(2),
        help_text="会与您的姓名一起留痕。例如：登记时看错证件。",
    )


class Compared(AskForm):
    """What a police counter or a face service answered to somebody of the centre."""

    kind = ChoiceField(
        label="比对的种类",
        choices=[(IdentityCheck.Kind.POLICE.value, "公安信息比对"), (IdentityCheck.Kind.FACE.value, "人脸比对")],
        widget=RadioSelect,
    )
    passed = ChoiceField(label="比对结果", choices=[("yes", "与本人一致"), ("no", "不一致")], widget=RadioSelect)
    source = CharField(label="比对的途径", max_length=40, help_text="例如：派出所户籍窗口。")
    note = CharField(label="回执编号和说明", max_length=200, widget=long_text(2))


def correct(request: HttpRequest, asked: ServiceRequest) -> Outcome:
    typed = request.POST
    form = Correct(typed)
    form.full_clean()
    if "birth_date" in form.errors:
        return Outcome(errors={"birth_date": form.errors["birth_date"]}, typed=typed)
    return attempt(
        services.correct_identity,
        typed=typed,
        patient_id=selectors.goes_on(asked.patient_id),
        name=typed.get("name", ""),
        identity_kind=typed.get("identity_kind", ""),
        identity_number=typed.get("identity_number", ""),
        birth_date=form.cleaned_data.get("birth_date"),
        sex=typed.get("sex") or None,
        reason=typed.get("reason", ""),
        by=request.actor,
        now=timezone.now(),
    )


def compared(request: HttpRequest, asked: ServiceRequest) -> Outcome:
    typed = request.POST
    if typed.get("passed") not in ("yes", "no"):
        return Outcome(errors={"passed": ["请选择比对结果。"]}, typed=typed)
    kind = typed.get("kind", "")
    return attempt(
        services.record_identity_check,
        typed=typed,
        patient_id=selectors.goes_on(asked.patient_id),
        kind=kind if kind != IdentityCheck.Kind.ORIGINAL else "",  # the document in the hand has a form of its own
        passed=typed.get("passed") == "yes",
        source=typed.get("source", ""),
        note=typed.get("note", ""),
        by=request.actor,
        now=timezone.now(),
    ).beside(evidence="note")  # the number of the receipt is written there


def ask(request: HttpRequest, asked: ServiceRequest) -> Outcome:
    """Let the connected service compare; which is asked outside any transaction."""
    return attempt(
        services.compare_identity,
        typed=request.POST,
        patient_id=selectors.goes_on(asked.patient_id),
        by=request.actor,
        now=timezone.now(),
    )


VERBS = {CORRECT: correct, COMPARED: compared, ASK: ask}


def card(request: HttpRequest, asked: ServiceRequest, now: datetime, name: str, outcome: Outcome | None) -> dict | None:
    """What the page offers; None where the desk's centre does not serve this person."""
    person = linking.served_here(request, asked.patient, now)
    if person is None:
        return None
    known = {"name": person.name, "identity_kind": person.identity_kind}
    return {
        "correct": asking(Correct, outcome if name == CORRECT else None, initial=known, auto_id="correct_%s"),
        "compared": asking(Compared, outcome if name == COMPARED else None, auto_id="compared_%s"),
        "urls": {one: reverse("dispatch:request_identity", args=[asked.number, one]) for one in VERBS},
        "connected": gateways.connected(),
    }


def forms_of(shown: dict | None) -> list:
    """The forms on the card, which hear their refusals themselves."""
    return [shown["correct"], shown["compared"]] if shown else []
