"""The people of the demonstration are the same for the same seed, and can be nobody real."""

import json
from datetime import date
from pathlib import Path

import pytest

from desks.demo import people
from desks.demo.people import People
from kernel import identity

TODAY = date(2026, 11, 21)
DISTRICT = Path(__file__).parents[2] / "institutions" / "data" / "pudong.json"
TOWNS = json.loads(DISTRICT.read_text(encoding="utf-8"))["towns"]


def patients(seed, indices):
    drawn = People(seed, today=TODAY)
    return [drawn.patient(TOWNS[i % len(TOWNS)], i) for i in indices]


@pytest.fixture(scope="module")
def crowd():
    return patients(2026, range(1500))


def test_the_same_seed_brings_the_same_people_in_any_order():
    forwards = patients(7, range(40))
    backwards = patients(7, reversed(range(40)))

    assert forwards == backwards[::-1]
    assert People(7, today=TODAY).nurse(3) == People(7, today=TODAY).nurse(3)
    assert People(7, today=TODAY).staff_name(3) == People(7, today=TODAY).staff_name(3)


def test_another_seed_brings_other_people():
    assert patients(7, range(40)) != patients(8, range(40))


def test_every_identity_number_is_valid_and_can_belong_to_nobody(crowd):
    for person in crowd:
        verdict = identity.check(person.document_kind, person.document_number, today=TODAY)

        assert verdict.ok, verdict.message
        assert person.document_number.startswith("310199")
        assert (verdict.birth, verdict.sex) == (person.birth, person.sex)


def test_no_number_is_given_twice(crowd):
    drawn = People(2026, today=TODAY)
    phones = [p.phone for p in crowd] + [p.contact.phone for p in crowd]
    phones += [drawn.nurse(i).phone for i in range(500)] + [drawn.staff_phone(i) for i in range(500)]

    assert len(set(phones)) == len(phones)
    assert len({p.document_number for p in crowd}) == len(crowd)


def test_every_telephone_is_in_the_range_that_rings_nowhere(crowd):
    drawn = People(2026, today=TODAY)
    phones = [p.phone for p in crowd] + [p.contact.phone for p in crowd]
    phones += [drawn.nurse(0).phone, drawn.staff_phone(0)]

    assert all(phone.startswith("154") and identity.check("mobile", phone, today=TODAY).ok for phone in phones)


def test_a_patient_lives_in_the_town_and_has_the_age_of_the_group(crowd):
    for i, person in enumerate(crowd):
        town = TOWNS[i % len(TOWNS)]
        name, youngest, oldest, _ = people.GROUPS[person.group]
        age = (TODAY - person.birth).days / 365.25

        assert (person.town_code9, person.group_name) == (town["code9"], name)
        assert person.address == f"上海市浦东新区{town['name']}{person.address_line}"
        assert abs(person.lon - town["lon"]) <= 0.00401
        assert abs(person.lat - town["lat"]) <= 0.00401
        assert youngest - 0.1 <= age <= oldest + 0.3


def test_every_group_and_every_relation_occurs(crowd):
    assert {p.group for p in crowd} == set(people.GROUPS)
    assert {p.contact.relation for p in crowd} == {"spouse", "son", "daughter", "relative"}
    assert patients(1, [0])[0].group in people.GROUPS
    assert People(1, today=TODAY).patient(TOWNS[0], 0, group="end_of_life").group_name == "终末期患者"


def test_a_child_of_a_father_carries_his_surname(crowd):
    for person in crowd:
        if person.sex == "male" and person.contact.relation in {"son", "daughter"}:
            assert person.contact.name[0] == person.name[0]


def failing(nurse):
    """The rules that this nurse's facts break, by hand."""
    years = (TODAY - nurse.clinical_since).days / 365.25
    broken = {
        "post": not nurse.has_post,
        "years": years < 5,
        "title": nurse.title == "护士",
        "registry": not nurse.in_register,
        "licence": nurse.licence_until < TODAY,
        "exclusion": nurse.excluded,
        "certificate": "picc" not in nurse.certificates,
        "training": nurse.trained_until < TODAY,
        "insurance": nurse.insured_until < TODAY,
    }
    return [rule for rule, is_broken in broken.items() if is_broken]


@pytest.mark.parametrize("i", range(30))
def test_a_nurse_without_flaw_is_fit_for_every_rule(i):
    nurse = People(2026, today=TODAY).nurse(i, certificates=("picc",))

    assert failing(nurse) == []
    assert (nurse.clinical_since - nurse.birth).days / 365.25 >= 20


@pytest.mark.parametrize("flaw", people.FLAWS)
@pytest.mark.parametrize("i", range(10))
def test_a_flawed_nurse_fails_just_that_rule(flaw, i):
    nurse = People(2026, today=TODAY).nurse(i, flaw=flaw, certificates=("picc",))

    assert failing(nurse) == [flaw]


def test_nurse_certificates_are_well_formed_and_unique():
    numbers = [People(1, today=TODAY).nurse(i).certificate_no for i in range(200)]

    assert len(set(numbers)) == 200
    assert not any(identity.check("nurse_cert", number, today=TODAY).warning for number in numbers)


def test_what_does_not_exist_is_refused():
    drawn = People(1, today=TODAY)

    with pytest.raises(ValueError, match="laziness"):
        drawn.nurse(0, flaw="laziness")
    with pytest.raises(ValueError, match="32000"):
        drawn.patient(TOWNS[0], 32_000)
    with pytest.raises(ValueError, match="-1"):
        drawn.staff_name(-1)


def test_staff_have_names_of_two_to_four_characters():
    names = [People(5, today=TODAY).staff_name(i) for i in range(200)]

    assert all(2 <= len(name) <= 4 for name in names)
    assert len(set(names)) > 150
