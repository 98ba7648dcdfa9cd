"""Persons and institutions of an order: masked for those who oversee, in full for the family and for those who care."""

from dataclasses import dataclass

from accounts.models import Organization, User
from kernel.identity import DOCUMENT_KINDS, mask_name
from nurses.models import Nurse
from orders.bundle import codes
from orders.bundle.shelf import Shelf, day, identifier, text
from patients.models import Patient

GENDERS = {"male": "male", "female": "female"}


@dataclass(frozen=True, slots=True)
class Shown:
    """How much of a person this reader sees; ``identity`` is the whole number where it was revealed for a reason."""

    in_full: bool
    identity: str = ""


@dataclass
class People:
    """Puts each person on the shelf once, in the shape that this reader may see."""

    shelf: Shelf
    patient: Patient
    shown: Shown
    relations: dict[int, str]

    def name(self, words: str) -> list[dict[str, str]]:
        return text(words if self.shown.in_full else mask_name(words))

    def subject(self) -> dict[str, str]:
        row = self.patient
        return self.shelf.once(
            "Patient",
            str(row.pk),
            lambda: {
                "meta": {} if self.shown.in_full and self.shown.identity else {"security": [codes.MASKED]},
                "identifier": [
                    identifier(row),
                    {
                        "type": {"text": DOCUMENT_KINDS.get(row.identity_kind, row.identity_kind)},
                        "system": f"{codes.OURS}identity:{row.identity_kind}",
                        "value": self.shown.identity or f"****{row.identity_tail}",
                    },
                ],
                "name": self.name(row.name),
                "gender": GENDERS[row.sex],
                "birthDate": day(row.birth_date) if self.shown.in_full else f"{row.birth_date:%Y}",
            },
        )

    def staff(self, user: User, *, nurse: Nurse | None = None) -> dict[str, str]:
        """Somebody of the centre; a nurse bears her title, and no number of hers leaves the platform."""
        return self.shelf.once(
            "Practitioner",
            str(user.pk),
            lambda: {
                "identifier": [{"system": f"{codes.OURS}user", "value": str(user.pk)}],
                "name": text(user.display_name),
                "qualification": [{"code": {"text": nurse.get_title_display()}}] if nurse else [],
            },
        )

    def relative(self, user: User) -> dict[str, str]:
        """Somebody who acted for the patient, or the patient's own account."""
        if user.pk == self.patient.user_id:
            return self.subject()
        return self.shelf.once(
            "RelatedPerson",
            str(user.pk),
            lambda: {
                "identifier": [{"system": f"{codes.OURS}user", "value": str(user.pk)}],
                "patient": self.subject(),
                "relationship": text(self.relations.get(user.pk, "代办人")),
                "name": self.name(user.display_name),
            },
        )

    def place(self, row: Organization) -> dict[str, str]:
        above = row.parent if row.parent_id and "parent" in row._state.fields_cache else None
        return self.shelf.once(
            "Organization",
            str(row.pk),
            lambda: {
                "identifier": [identifier(row)],
                "active": True,
                "type": text(row.get_kind_display()),
                "name": row.name,
                "partOf": self.place(above) if above else {},
            },
        )
