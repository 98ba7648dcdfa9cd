"""Identity numbers: what the form says, and that no old or odd number is turned away by mistake."""

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kernel import identity

pytestmark = pytest.mark.clause("002 五(八)", "003 二(一)1一")

TODAY = date(2026, 11, 21)
VECTORS = json.loads((Path(__file__).parents[1] / "data" / "identity_vectors.json").read_text(encoding="utf-8"))[
    "vectors"
]
KINDS = [
    *identity.DOCUMENT_KINDS,
    "medical_card",
    "mobile",
    "landline",
    "uscc",
    "licence_no",
    "nurse_cert",
]


def check(kind, value):
    return identity.check(kind, value, today=TODAY)


def citizen_number(area, birth, sequence):
    body = f"{area}{birth}{sequence}"
    return body + identity.check_character(body)


@pytest.mark.parametrize("vector", VECTORS, ids=[f"{v['kind']}-{v['value'] or 'empty'}-{v['why']}" for v in VECTORS])
def test_every_vector_is_judged_as_written_down(vector):
    verdict = check(vector["kind"], vector["value"])

    assert verdict.ok is vector["ok"]
    if "warn" in vector:
        assert bool(verdict.warning) is vector["warn"]
    assert bool(verdict.message) is not vector["ok"]
    assert verdict.message == "" or verdict.message.endswith("。")


def test_there_are_seventy_vectors():
    assert len(VECTORS) == 70


@pytest.mark.parametrize("area", ["310224", "310225", "310119", "310103", "310108", "310230"])
def test_numbers_with_the_code_of_an_abolished_county_are_accepted(area):
    verdict = check("resident_id", citizen_number(area, "19410203", "000"))

    assert (verdict.ok, verdict.message, verdict.birth) == (True, "", date(1941, 2, 3))


@pytest.mark.parametrize("area", ["310115", "310113", "310112"])
@pytest.mark.parametrize("birth", ["19360101", "19430615", "19501231"])
def test_people_born_before_their_district_was_founded_are_accepted(area, birth):
    assert check("resident_id", citizen_number(area, birth, "000")).ok


def test_a_number_is_read_as_birth_and_sex():
    verdict = check("resident_id", "310199 19401103 0044")

    assert verdict.value == "310199194011030044"
    assert (verdict.birth, verdict.sex) == (date(1940, 11, 3), "female")
    assert check("resident_id", "310199193605120034").sex == "male"


def test_somebody_born_today_is_old_enough_and_somebody_born_tomorrow_is_not():
    assert check("resident_id", citizen_number("310199", "20261121", "000")).ok
    assert not check("resident_id", citizen_number("310199", "20261122", "000")).ok


def test_a_wrong_check_character_is_explained_to_the_family():
    assert check("resident_id", "310199194011030041").message == (
        "身份证号码的最后一位校验码对不上，请对照证件再看一遍。"
    )


@pytest.mark.parametrize(
    ("number", "right_kind"),
    [
        (citizen_number("810000", "19700101", "001"), "港澳台居民居住证"),
        (citizen_number("900000", "19010101", "000"), "外国人永久居留身份证"),
    ],
)
def test_a_number_of_another_card_names_the_kind_to_choose(number, right_kind):
    assert right_kind in check("resident_id", number).message
    assert right_kind in identity.DOCUMENT_KINDS.values()


@pytest.mark.parametrize(("area", "origin"), [("810000", "HK"), ("820000", "MO"), ("830000", "TW")])
def test_a_residence_permit_tells_where_its_holder_is_from(area, origin):
    verdict = check("residence_permit", citizen_number(area, "19010101", "000"))

    assert (verdict.ok, verdict.origin, verdict.sex) == (True, origin, "female")


def test_both_versions_of_the_foreigners_card_are_told_apart():
    new = check("foreign_pr", citizen_number("900000", "19010101", "001"))
    old = check("foreign_pr", "ZZZ000000000000")

    assert (new.ok, new.version, new.birth, new.sex) == (True, "2023", date(1901, 1, 1), "")
    assert (old.ok, old.version, old.birth) == (True, "2017", None)


def test_a_child_is_registered_by_its_own_number_and_an_adult_is_asked_for_the_card():
    child = check("household_register", citizen_number("310199", "20150228", "002"))
    adult = check("household_register", citizen_number("310199", "19401103", "004"))

    assert (child.ok, child.warning, child.birth) == (True, "", date(2015, 2, 28))
    assert adult.ok
    assert "居民身份证" in adult.warning


def test_the_sixteenth_birthday_is_the_day_of_the_own_card():
    assert check("household_register", citizen_number("310199", "20101122", "002")).warning == ""
    assert check("household_register", citizen_number("310199", "20101121", "002")).warning


def test_a_newborn_is_registered_by_the_birth_certificate():
    assert check("birth_certificate", "z 000000000").ok
    assert not check("birth_certificate", "0000000000").ok
    assert "出生医学证明" in check("household_register", "Z000000000").message


@pytest.mark.parametrize(("value", "ok"), [("A0000000", True), ("0" * 20, True), ("0" * 7, False), ("0" * 28, False)])
def test_a_medical_card_is_free_text_but_never_the_short_lived_voucher_code(value, ok):
    assert check("medical_card", value).ok is ok


@pytest.mark.parametrize(
    "typed", ["021-50000000", "(021) 5000 0000", "（021）５０００００００", "50000000", "+86 21 5000 0000"]
)
def test_a_landline_is_kept_with_its_area_code(typed):
    verdict = check("landline", typed)

    assert (verdict.ok, verdict.value) == (True, "02150000000")


def test_a_telephone_in_the_wrong_field_is_sent_to_the_right_one():
    assert not check("landline", "15400000001").ok
    assert "固定电话" in check("mobile", "021-50000000").message


def test_a_mobile_number_is_kept_without_country_code():
    assert check("mobile", "+86 154-0000-0001").value == "15400000001"
    assert check("mobile", "008615400000001").value == "15400000001"


DASHES_AND_SPACES = ["-", "\u2010", "\u2011", "\u2013", "\u2014", "\u2212", "\u200b", "\u00a0", "\u3000", "\uff0d"]


@pytest.mark.parametrize("dash", DASHES_AND_SPACES)
def test_dashes_and_spaces_of_every_keyboard_are_dropped(dash):
    assert check("resident_id", dash.join(["310199", "19401103", "0044"])).ok


@pytest.mark.parametrize("kind", ["resident_id", "passport", "mobile", "tw_permit", "nurse_cert"])
def test_digits_of_other_scripts_are_no_digits(kind):
    assert not check(kind, "٣١٠١٩٩١٩٤٠١١٠٣٠٠٤٤").ok


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("nothing", ["", "  ", "\u3000", "--"])
def test_an_empty_field_is_asked_for_politely(kind, nothing):
    verdict = check(kind, nothing)

    assert not verdict.ok
    assert verdict.message.startswith("请填写")
    assert verdict.message.endswith("。")


def test_an_unknown_kind_is_a_mistake_of_the_program():
    with pytest.raises(ValueError, match="driving_licence"):
        check("driving_licence", "1")


@pytest.mark.parametrize("kind", KINDS)
@given(text=st.one_of(st.text(max_size=40), st.text("0123456789XHMZabc９－ \x00²①٣", max_size=24)))
@example(text="\ud800")
@example(text="0" * 18)
@example(text="²" * 18)
def test_no_text_makes_the_check_raise(kind, text):
    verdict = check(kind, text)

    assert verdict.ok is (verdict.message == "")


BIRTHS = st.dates(date(1900, 1, 1), TODAY)
SEQUENCES = st.integers(0, 999)


@given(born=BIRTHS, sequence=SEQUENCES)
def test_every_well_formed_number_is_accepted_and_read_back(born, sequence):
    verdict = check("resident_id", citizen_number("310199", f"{born:%Y%m%d}", f"{sequence:03}"))

    assert (verdict.ok, verdict.birth, verdict.sex) == (True, born, "male" if sequence % 2 else "female")


@given(born=BIRTHS, sequence=SEQUENCES, place=st.integers(0, 17), other=st.sampled_from("0123456789X"))
def test_one_changed_digit_of_a_resident_id_is_always_found(born, sequence, place, other):
    number = citizen_number("310199", f"{born:%Y%m%d}", f"{sequence:03}")
    changed = number[:place] + other + number[place + 1 :]

    assert check("resident_id", changed).ok is (changed == number)


@given(born=BIRTHS, sequence=SEQUENCES, place=st.integers(0, 16))
def test_two_neighbours_swapped_are_always_found(born, sequence, place):
    number = citizen_number("310199", f"{born:%Y%m%d}", f"{sequence:03}")
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]

    assert check("resident_id", swapped).ok is (swapped == number)


def test_the_patient_form_offers_the_kinds_in_this_order():
    assert list(identity.DOCUMENT_KINDS.values()) == [
        "居民身份证",
        "港澳台居民居住证",
        "外国人永久居留身份证",
        "港澳居民来往内地通行证",
        "台湾居民来往大陆通行证",
        "护照",
        "户口簿（儿童）",
        "出生医学证明",
    ]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("310199194011030044", "3101**********0044"),
        ("E00000000", "E0*****00"),
        ("00000000", "00****00"),
        ("E00", "***"),
        ("", ""),
    ],
)
def test_an_identity_number_in_a_list_is_masked(value, shown):
    assert identity.mask_identity(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [("15400002217", "154****2217"), ("02150000000", "021****0000"), ("12345", "1***5"), ("", "")]
)
def test_a_telephone_number_in_a_list_is_masked(value, shown):
    assert identity.mask_phone(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [("王桂芳", "王*芳"), ("李敏", "李*"), ("欧阳建国", "欧**国"), ("王", "*"), ("", "")]
)
def test_a_name_in_a_list_is_masked(value, shown):
    assert identity.mask_name(value) == shown


@given(st.text(min_size=1, max_size=30))
def test_a_mask_keeps_the_length_and_hides_at_least_half_of_a_number(value):
    masked = identity.mask_identity(value)

    assert len(masked) == len(value)
    assert masked.count("*") * 2 >= len(value)
