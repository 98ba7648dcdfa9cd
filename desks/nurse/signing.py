"""Signing on the nurse's phone: what is asked of whoever signs, and what is shown before."""

import json

from django import forms
from django.utils import timezone

from desks.nurse.entries.kinds import Said
from desks.steps import Outcome, attempt
from orders import services, summary
from orders.lifecycle import TO_CONFIRM
from orders.models import Order, VisitSignature
from orders.services.signing import AGAIN_WITHIN
from patients import services as patients
from patients.models import Upload

Method, Capacity = VisitSignature.Method, VisitSignature.Capacity


class SignForm(forms.Form):
    """Few taps: who signs is chosen, the name is known of those on record, the rest only where a hand cannot write."""

    capacity = forms.ChoiceField(label="谁来签字", choices=Capacity.choices, widget=forms.RadioSelect)
    signer_name = forms.CharField(
        label="签字人姓名",
        required=False,
        max_length=40,
        help_text="本人签字不用填，用登记的姓名。",
        widget=forms.TextInput(attrs={"autocomplete": "off", "maxlength": 40}),
    )
    method = forms.ChoiceField(label="怎样签", choices=Method.choices, initial=Method.GLASS, widget=forms.RadioSelect)
    witness_name = forms.CharField(
        label="见证人姓名",
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "maxlength": 40}),
    )
    reason = forms.CharField(
        label="不能签字的原因", required=False, max_length=200, widget=forms.TextInput(attrs={"maxlength": 200})
    )
    file = forms.FileField(
        label="指印照片",
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/*", "capture": "environment"}),
        help_text="请在纸上写明姓名和日期，按指印后拍照。",
    )
    why = forms.CharField(
        label="为什么重新签字", required=False, max_length=200, widget=forms.TextInput(attrs={"maxlength": 200})
    )

    def __init__(self, *args, order: Order, again: bool = False, **kwargs):
        kwargs.setdefault("initial", {"signer_name": order.patient.contact_name})
        super().__init__(*args, **kwargs)
        self.order = order
        if not again:
            del self.fields["why"]

    def inputs(self) -> dict:
        """What the verb asks for, apart from the picture, which is kept first."""
        asked = self.cleaned_data
        himself = asked["capacity"] == Capacity.SELF
        return {
            "shown_sha256": self.data.get("shown", "")[:64],
            "signer_name": self.order.patient.name if himself else asked["signer_name"],
            "capacity": asked["capacity"],
            "method": asked["method"],
            "strokes": _strokes(self.data.get("sign_strokes", "")) if asked["method"] == Method.GLASS else [],
            "witness_name": asked["witness_name"],
            "reason": asked["reason"],
        }


def sign(said: Said) -> Outcome:
    """The signature as the page's form or the phone's outbox hands it in."""
    form = SignForm(said.fields, said.files, order=said.order)
    if not form.is_valid():
        return _incomplete(form)
    given = form.inputs() | {"shown_words": said.fields.get("shown_words", "").replace("\r\n", "\n")}
    outcome = _with_picture(said, form, given)
    if outcome is not None:
        return outcome
    return attempt(
        services.sign_visit, typed=said.fields, order_id=said.order.pk, happened_at=said.at, by=said.actor,
        now=said.now, receipt=said.fields.get("receipt") or None, device=_device(said), **given,
    )  # fmt: skip


def sign_again(said: Said) -> Outcome:
    form = SignForm(said.fields, said.files, order=said.order, again=True)
    if not form.is_valid():
        return _incomplete(form)
    given = form.inputs()
    outcome = _with_picture(said, form, given)
    if outcome is not None:
        return outcome
    return attempt(
        services.sign_again, typed=said.fields, order_id=said.order.pk, why=form.cleaned_data["why"], by=said.actor,
        now=said.now, device=_device(said), **given,
    )  # fmt: skip


def page(order: Order, form: SignForm | None = None, *, again: bool = False) -> dict:
    """What the signing part of a page shows; of a visit that is not finished yet, the phone fills in the summary."""
    lines = summary.lines(order) if order.finished_at else []
    return {
        "sign": form or SignForm(order=order, again=again),
        "summary": lines,
        "shown": summary.digest(lines) if lines else "",
        "again": again,
    }


def may_sign(order: Order) -> bool:
    return order.status in TO_CONFIRM


def live(order: Order) -> VisitSignature | None:
    return order.signatures.filter(replaced_at__isnull=True).select_related("taken_by").first()


def may_sign_again(signature: VisitSignature | None) -> bool:
    return signature is not None and timezone.now() - signature.recorded_at <= AGAIN_WITHIN


def _with_picture(said, form, given) -> Outcome | None:
    """Keep the photographed print first; an outcome only when it cannot be kept."""
    picture = form.cleaned_data["file"]
    if form.cleaned_data["method"] != Method.PRINT or picture is None:
        return None
    kept = attempt(
        patients.upload, typed=said.fields, patient_id=said.order.patient_id, kind=Upload.Kind.EVIDENCE, file=picture,
        by=said.actor, now=said.now,
    )  # fmt: skip
    if not kept.done:
        return kept
    given["picture"] = kept.row
    return None


def _incomplete(form) -> Outcome:
    return Outcome(errors={name: [str(one) for one in found] for name, found in form.errors.items()}, typed=form.data)


def _strokes(raw) -> list:
    try:
        strokes = json.loads(raw or "[]")
    except (json.JSONDecodeError, RecursionError):
        return []
    return strokes if isinstance(strokes, list) else []


def _device(said) -> str:
    return said.request.headers.get("User-Agent", "")[:120]
