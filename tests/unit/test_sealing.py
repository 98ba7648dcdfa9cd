"""Sealed values open only where they were sealed; equal values can be found and nothing else is learned."""

import base64

import pytest
from cryptography.exceptions import InvalidTag

from kernel.sealing import KeyRing
from patients import privacy
from patients.models import Patient


def key(letter):
    return base64.b64encode(letter * 32).decode()


OLD = KeyRing.parse(f"1:{key(b'a')}", key(b"i"))
NEW = KeyRing.parse(f"1:{key(b'a')},2:{key(b'b')}", key(b"i"))


@pytest.mark.clause("002 五(八)")
def test_a_sealed_value_shows_nothing_and_opens_again():
    sealed = OLD.seal("310199194305170021", about="patients.patient:1:identity")

    assert b"3101" not in sealed
    assert OLD.open(sealed, about="patients.patient:1:identity") == "310199194305170021"


def test_the_same_value_never_looks_the_same_twice():
    assert OLD.seal("15400000001", about="x") != OLD.seal("15400000001", about="x")


@pytest.mark.clause("002 五(八)")
@pytest.mark.parametrize("elsewhere", ["patients.patient:2:identity", "patients.patient:1:phone"])
def test_a_value_moved_to_another_row_or_column_does_not_open(elsewhere):
    sealed = OLD.seal("15400000001", about="patients.patient:1:identity")

    with pytest.raises(InvalidTag):
        OLD.open(sealed, about=elsewhere)


def test_an_altered_value_does_not_open():
    sealed = bytearray(OLD.seal("15400000001", about="x"))
    sealed[-1] ^= 1

    with pytest.raises(InvalidTag):
        OLD.open(bytes(sealed), about="x")


def test_old_values_open_after_a_new_key_has_come():
    sealed = OLD.seal("15400000001", about="x")

    assert NEW.open(sealed, about="x") == "15400000001"
    assert NEW.seal("15400000001", about="x")[0] == 2


def test_a_key_of_the_wrong_length_is_not_taken():
    with pytest.raises(ValueError, match="32 bytes"):
        KeyRing.parse("1:" + base64.b64encode(b"short").decode(), key(b"i"))


def test_the_blind_index_finds_equal_values_of_one_kind_only():
    other = KeyRing.parse(f"1:{key(b'a')}", key(b"j"))

    assert OLD.index("15400000001", kind="phone") == NEW.index("15400000001", kind="phone")
    assert OLD.index("15400000001", kind="phone") != OLD.index("15400000001", kind="identity:passport")
    assert OLD.index("15400000001", kind="phone") != other.index("15400000001", kind="phone")


def test_a_citizen_number_is_the_same_person_on_the_card_and_in_the_register():
    number = "310199201005170021"

    assert privacy.identity_index("resident_id", number) == privacy.identity_index("household_register", number)
    assert privacy.identity_index("resident_id", number) != privacy.identity_index("passport", number)


@pytest.mark.clause("002 五(八)")
def test_what_is_sealed_for_one_patient_does_not_open_for_another():
    one, two = Patient(), Patient()
    privacy.seal_phone(one, "15400000001")
    two.phone_sealed = one.phone_sealed

    assert privacy.phone(one) == "15400000001"
    assert one.phone_tail == "0001"
    with pytest.raises(InvalidTag):
        privacy.phone(two)


def test_an_absent_contact_phone_is_an_empty_text():
    patient = Patient()
    privacy.seal_contact_phone(patient, "")

    assert privacy.contact_phone(patient) == ""
