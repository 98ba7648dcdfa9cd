"""Fictitious patients with their families, and what each of them needs care for."""

from dataclasses import dataclass
from datetime import datetime
from random import Random

from accounts.models import User
from accounts.roles import Role
from desks.demo import people
from desks.demo.cases import CASES, Case
from desks.demo.district import Centre, District
from desks.demo.staff import open_account
from institutions.models import Town
from kernel.actors import Actor
from patients import services
from patients.actors import actor_for
from patients.models import Patient
from patients.services.people import SELF

BY_PHONE = "phone"  # nobody in the family has an account: the centre's desk takes everything down
ACCESS_NOTES = ("", "", "", "电梯到四楼后再走一层", "门铃坏了，请先打电话", "小区北门进，右手第二栋")
ALLERGIES = ("", "", "", "青霉素", "胶布过敏，请用低敏敷料", "碘伏")


@dataclass
class Household:
    """One patient with whoever acts: himself, a relative, or only the telephone."""

    index: int
    centre: Centre
    known: people.Patient
    case: Case
    acting: str  # self, proxy or phone
    username: str = ""
    patient: Patient | None = None
    user: User | None = None
    actor: Actor | None = None
    free_from: int = 0  # from which day, counted from today, the family may ask for something else

    @property
    def signer(self) -> dict:
        if self.acting == "proxy":
            return {"signer_name": self.known.contact.name, "capacity": "proxy"}
        return {"signer_name": self.known.name, "capacity": "self"}

    def facts(self, district: District) -> dict:
        known, draw = self.known, district.draw(f"home:{self.index}")
        return {
            "name": known.name,
            "identity_kind": known.document_kind,
            "identity_number": known.document_number,
            "phone": known.phone,
            "town": Town.objects.get(pk=known.town_code9),
            "address": known.address_line,
            "group": known.group,
            "conditions": self.case.diagnosis,
            "allergies": draw.choice(ALLERGIES),
            "contact_name": known.contact.name,
            "contact_relation": known.contact.relation_name,
            "contact_phone": known.contact.phone,
            "family_doctor_contract": draw.random() < 0.8,
            "home_bed": draw.random() < 0.2,
            "lon": known.lon,
            "lat": known.lat,
            "access_note": draw.choice(ACCESS_NOTES),
            "is_demo": True,
        }


def find(district: District, centre: Centre, index: int, draw: Random, *, acting: str = "") -> Household:
    """Draw a patient of the centre whose need the centre can meet; not yet on record."""
    known = district.people.patient(centre.town, index)
    fit = [nurse for nurse in centre.nurses if nurse.fit]
    cases = [
        case
        for case in CASES
        if case.fits(known.group, known.sex)
        and all(number in centre.items for number in case.numbers)
        and sum(nurse.can([centre.items[number] for number in case.numbers]) for nurse in fit) >= 2
    ]
    acting = acting or draw.choices(("self", "proxy", BY_PHONE), (35, 50, 15))[0]
    return Household(index, centre, known, draw.choice(cases), acting)


def register(district: District, home: Household, now: datetime) -> None:
    """Put the patient on record: by the family with its own account, or by the desk on the telephone."""
    facts = home.facts(district)
    if home.acting == BY_PHONE:
        desk = district.actor(home.centre.users[Role.DISPATCHER.value][0])
        home.patient = services.register(**facts, by=desk, now=now)
        return
    name = home.known.name if home.acting == "self" else home.known.contact.name
    home.user = open_account(district, home.username or f"family-{home.index + 1:04}", name)
    relation = SELF if home.acting == "self" else home.known.contact.relation_name
    by = actor_for(home.user, on=now.date())
    home.patient = services.register_for_family(relation=relation, **facts, by=by, now=now)
    home.actor = actor_for(home.user, on=now.date())
