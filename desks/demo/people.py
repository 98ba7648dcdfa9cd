"""
Fictitious people for demonstration and tests, the same ones for the same seed.

Nobody real can be meant: identity numbers carry the county code 310199, which was never assigned; telephones start
with 154, which is not allocated; roads and estates are invented. Only the towns and their reference points are real.

Each person is drawn from (seed, role, index) alone, so the order of calls changes nobody, and numbers are unique by
construction instead of by remembering the ones already given.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any, Literal

from desks.demo import names
from kernel import identity

COUNTY = "310199"
MOBILE_RANGE = "154"

# Whom the service is for (002 五(三)); with the ages at which a demo patient falls into the group, and how often.
GROUPS: dict[str, tuple[str, int, int, int]] = {
    "advanced_age": ("高龄老年人", 80, 96, 5),
    "disabled": ("失能老年人", 66, 92, 4),
    "convalescent": ("康复期患者", 45, 82, 3),
    "end_of_life": ("终末期患者", 55, 88, 2),
    "discharged": ("出院患者", 30, 80, 1),
    "limited_mobility": ("其他行动不便者", 30, 75, 1),
}

# What can be wrong with a nurse, named like the rule that finds it (``nurse.years`` and so on).
FLAWS = ("post", "years", "title", "registry", "licence", "exclusion", "certificate", "training", "insurance")

Sex = Literal["male", "female"]

_PEOPLE_PER_ROLE = 500 * 64  # as many distinct identity numbers as `_birth` and `_sequence` can promise


@dataclass(frozen=True, slots=True)
class Contact:
    relation: str  # spouse, son, daughter, relative
    relation_name: str
    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class Patient:
    code: str
    name: str
    sex: Sex
    birth: date
    document_kind: str
    document_number: str
    phone: str
    group: str
    group_name: str
    town_code9: str
    address: str  # complete, as it is written on an envelope
    address_line: str  # what follows the town
    lon: float
    lat: float
    contact: Contact


@dataclass(frozen=True, slots=True)
class Nurse:
    code: str
    name: str
    sex: Sex
    birth: date
    phone: str
    certificate_no: str
    clinical_since: date
    title: str
    registration: str  # registered, filed (注册, 备案)
    has_post: bool
    in_register: bool
    licence_until: date
    certificates: tuple[str, ...]  # codes of catalog `certificates_ours`
    trained_until: date
    insured_until: date
    excluded: bool
    flaw: str


class People:
    """The people of one demo district. ``today`` fixes their ages."""

    def __init__(self, seed: int = 2026, *, today: date):
        self.seed = seed
        self.today = today

    def patient(self, town: Mapping[str, Any], i: int, *, group: str = "") -> Patient:
        """
        The ``i``-th patient, living in this town (a row of institutions/data/pudong.json).

        :raises ValueError: there are not that many people
        """
        draw = self._draw("patient", i)
        group = group or draw.choices(list(GROUPS), [often for *_, often in GROUPS.values()])[0]
        group_name, youngest, oldest, _ = GROUPS[group]
        sex = _sex(draw)
        birth = self._birth(draw, i, youngest, oldest)
        name = _name(draw, sex, birth.year)
        line = (
            f"{draw.choice(names.ROADS)}{draw.randrange(10, 900)}弄{draw.randrange(1, 60)}号"
            f"{draw.randrange(1, 7)}0{draw.randrange(1, 5)}室（{draw.choice(names.ESTATES)}）"
        )
        return Patient(
            code=f"DEMO-P{i + 1:04}",
            name=name,
            sex=sex,
            birth=birth,
            document_kind="resident_id",
            document_number=_citizen_number(birth, _sequence(i, sex)),
            phone=self._phone(4 * i),
            group=group,
            group_name=group_name,
            town_code9=town["code9"],
            address=f"上海市浦东新区{town['name']}{line}",
            address_line=line,
            lon=round(town["lon"] + draw.uniform(-0.004, 0.004), 5),
            lat=round(town["lat"] + draw.uniform(-0.004, 0.004), 5),
            contact=self._contact(draw, i, name, sex, birth.year),
        )

    def nurse(self, i: int, *, flaw: str = "", certificates: tuple[str, ...] | None = None) -> Nurse:
        """
        The ``i``-th nurse: fit for every rule, or failing just the one that ``flaw`` names.

        A nurse with the flaw ``certificate`` has no special certificate; the others have those asked for, or some.

        :raises ValueError: no such flaw, or there are not that many people
        """
        if flaw and flaw not in FLAWS:
            raise ValueError(f"no flaw {flaw!r} of a nurse")
        draw = self._draw("nurse", i)
        sex: Sex = "female" if draw.random() < 0.92 else "male"
        birth = self._birth(draw, i, 29, 54)
        longest = self.today.year - birth.year - 22
        years = draw.randrange(1, 5) if flaw == "years" else draw.randrange(6, max(7, min(30, longest)))
        drawn = tuple(
            code for code, often in names.CERTIFICATES.items() if draw.random() < often
        )  # drawn always, so that a flaw changes nothing else about the person
        ahead = [timedelta(days=draw.randrange(60, 700)) for _ in range(3)]
        expired = self.today - timedelta(days=20)
        return Nurse(
            code=f"DEMO-N{i + 1:03}",
            name=_name(draw, sex, birth.year),
            sex=sex,
            birth=birth,
            phone=self._phone(4 * i + 2),
            certificate_no=f"0000{i + 1:08}",
            clinical_since=self.today - timedelta(days=years * 365 + years // 4 + 30),
            title="护士" if flaw == "title" else _title(draw, years),
            registration=draw.choice(("registered", "registered", "filed")),
            has_post=flaw != "post",
            in_register=flaw != "registry",
            licence_until=expired if flaw == "licence" else self.today + ahead[0],
            certificates=() if flaw == "certificate" else drawn if certificates is None else certificates,
            trained_until=expired if flaw == "training" else self.today + ahead[1],
            insured_until=expired if flaw == "insurance" else self.today + ahead[2],
            excluded=flaw == "exclusion",
            flaw=flaw,
        )

    def staff_name(self, i: int) -> str:
        """The name of the ``i``-th doctor, dispatcher, administrator or supervisor."""
        draw = self._draw("staff", i)
        return _name(draw, _sex(draw), self.today.year - draw.randrange(27, 57))

    def staff_phone(self, i: int) -> str:
        """:raises ValueError: there are not that many people"""
        self._draw("staff", i)
        return self._phone(4 * i + 3)

    def _draw(self, role: str, i: int) -> Random:
        if not 0 <= i < _PEOPLE_PER_ROLE:
            raise ValueError(f"person {i} of {_PEOPLE_PER_ROLE}")
        return Random(f"{self.seed}:{role}:{i}")

    def _phone(self, place: int) -> str:
        """A full-period walk through the eight free digits: no place is visited twice."""
        return f"{MOBILE_RANGE}{(place * 61_803_399 + self.seed * 7_919) % 10**8:08}"

    def _birth(self, draw: Random, i: int, youngest: int, oldest: int) -> date:
        """
        A birthday in the band of ages, on a day of the 64-day cycle that belongs to this block of 500 people.

        `_sequence` tells the 500 of a block apart, the day tells the blocks apart.
        """
        age_in_days = draw.randrange(youngest * 365 + youngest // 4 + 1, oldest * 365 + oldest // 4)
        day = self.today.toordinal() - age_in_days
        return date.fromordinal(day - (day - i // 500) % 64)

    def _contact(self, draw: Random, i: int, patient: str, sex: Sex, born: int) -> Contact:
        relations = ["spouse", "son", "daughter", "relative"] if born < 1985 else ["spouse", "relative"]
        relation = draw.choice(relations)
        if relation == "spouse":
            name = _name(draw, "female" if sex == "male" else "male", born)
        elif relation == "relative":
            name = _name(draw, _sex(draw), 1975)
        else:
            # Children carry the father's name.
            father = names.surname_of(patient) if sex == "male" else ""
            name = _name(draw, "male" if relation == "son" else "female", born + draw.randrange(23, 32), father)
        return Contact(relation, names.RELATIONS[relation], name, self._phone(4 * i + 1))


def _sex(draw: Random) -> Sex:
    return "female" if draw.random() < 0.5 else "male"


def _name(draw: Random, sex: Sex, born: int, surname: str = "") -> str:
    """A name in the fashion of the year of birth."""
    surname = surname or draw.choices(names.SURNAMES, names.SURNAME_WEIGHTS)[0]
    fashion = next(given for last, given in names.GIVEN[sex].items() if born <= last)
    return surname + draw.choice([given for given in fashion if surname + given not in names.AVOIDED])


def _sequence(i: int, sex: Sex) -> str:
    """Odd for men, even for women; different for any 500 people in a row."""
    return f"{i % 500 * 2 + (sex == 'male'):03}"


def _citizen_number(birth: date, sequence: str) -> str:
    body = f"{COUNTY}{birth:%Y%m%d}{sequence}"
    return body + identity.check_character(body)


def _title(draw: Random, years: int) -> str:
    if years < 10:
        return "护师"
    return draw.choice(("护师", "主管护师", "主管护师") if years < 18 else ("主管护师", "主管护师", "副主任护师"))
