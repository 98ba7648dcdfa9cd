"""
Numbers and address of a patient: sealed, opened by name only, and found again (002 五(八)).

Names are sealed columns that open like any text (:mod:`accounts.sealed`). What stands here is opened by an explicit
call, because each look at it is either masked or on record.

Each value is bound to its row and column, so a ciphertext copied onto another patient does not open there.
"""

from accounts.sealed import keyring
from patients.models import Address, ApplicationDraft, Patient

# A child's page of the household register and the identity card carry the same citizen number.
_SAME_NUMBER = {"household_register": "resident_id"}


def identity_index(kind: str, value: str) -> str:
    """``value`` is the normalised number; see :func:`kernel.identity.check`."""
    return keyring().index(value, kind=f"identity:{_SAME_NUMBER.get(kind, kind)}")


def phone_index(value: str) -> str:
    return keyring().index(value, kind="phone")


def seal_identity(patient: Patient, kind: str, value: str) -> None:
    patient.identity_kind = kind
    patient.identity_sealed = keyring().seal(value, about=_about(patient, "identity"))
    patient.identity_index = identity_index(kind, value)
    patient.identity_tail = value[-4:]


def seal_phone(patient: Patient, value: str) -> None:
    patient.phone_sealed = keyring().seal(value, about=_about(patient, "phone"))
    patient.phone_index = phone_index(value)
    patient.phone_tail = value[-4:]


def seal_contact_phone(patient: Patient, value: str) -> None:
    sealed = keyring().seal(value, about=_about(patient, "contact_phone")) if value else None
    patient.contact_phone_sealed = sealed


def seal_address_line(address: Address, value: str) -> None:
    address.detail_sealed = keyring().seal(value, about=_about(address, "detail"))


def identity_number(patient: Patient) -> str:
    return _open(patient, patient.identity_sealed, "identity")


def phone(patient: Patient) -> str:
    return _open(patient, patient.phone_sealed, "phone")


def contact_phone(patient: Patient) -> str:
    """Return an empty text when no contact phone is on record."""
    if patient.contact_phone_sealed is None:
        return ""
    return _open(patient, patient.contact_phone_sealed, "contact_phone")


def address_line(address: Address) -> str:
    return _open(address, address.detail_sealed, "detail")


def seal_draft(draft: ApplicationDraft, text: str) -> None:
    draft.sealed = keyring().seal(text, about=f"{draft._meta.label_lower}:{draft.user_id}:sealed")


def draft_text(draft: ApplicationDraft) -> str:
    return _open(draft, draft.sealed, "sealed")


def _open(row, sealed: bytes | memoryview, column: str) -> str:
    return keyring().open(bytes(sealed), about=_about(row, column))


def _about(row, column: str) -> str:
    return f"{row._meta.label_lower}:{row.pk}:{column}"
