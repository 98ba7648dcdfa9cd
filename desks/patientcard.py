"""What staff see of a person at the head of a page, the same at every desk."""

from datetime import date

from django import forms

from desks import office
from desks.stepforms import AskForm, long_text
from kernel.identity import DOCUMENT_KINDS, mask_phone
from patients import privacy, selectors
from patients.models import Address, Patient

REVEALABLE = {"phone": "联系电话", "contact_phone": "紧急联系人电话", "identity": "证件号码"}


class Reveal(AskForm):
    field = forms.ChoiceField(label="查看内容", choices=list(REVEALABLE.items()))
    reason = forms.CharField(label="查看原因", max_length=200, help_text="至少 4 个字，会与您的姓名一起留痕。")


class OriginalSeen(AskForm):
    """Somebody of the centre has held the document (002 五(八))."""

    passed = forms.ChoiceField(
        label="核对结果", choices=[("yes", "与本人一致"), ("no", "不一致")], widget=forms.RadioSelect, initial="yes"
    )
    source = forms.CharField(label="核对方式", max_length=40)
    note = forms.CharField(label="说明", max_length=200, required=False, widget=long_text(2))


def card(patient: Patient, address: Address | None, today: date) -> dict:
    """Facts of one person, phones masked; the caller records the look."""
    standing = selectors.identity_standing(patient)
    return {
        "pk": patient.pk,
        "name": patient.name,
        "sex": patient.sex,
        "age": office.age(patient.birth_date, today),
        "group": patient.get_group_display(),
        "birth_date": patient.birth_date,
        "identity": f"{DOCUMENT_KINDS.get(patient.identity_kind, '证件')}，尾号 {patient.identity_tail}",
        "phone": mask_phone(privacy.phone(patient)),
        "contact": "，".join(filter(None, [patient.contact_name, patient.contact_relation])),
        "contact_phone": mask_phone(privacy.contact_phone(patient)) if patient.contact_phone_sealed else "",
        "conditions": patient.conditions,
        "allergies": patient.allergies,
        "facts": patient.facts,
        "town": address.town.name if address else "",
        "address": privacy.address_line(address) if address else "",
        "access_note": address.access_note if address else "",
        "seen": standing.seen,
        "original": standing.original,
        "compared": standing.compared,
    }
