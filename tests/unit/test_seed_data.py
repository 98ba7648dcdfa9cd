"""The data that the domain starts from agrees with the documents and with itself."""

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CATALOGUE = json.loads((ROOT / "catalog" / "data" / "pudong_2024.json").read_text(encoding="utf-8"))
DISTRICT = json.loads((ROOT / "institutions" / "data" / "pudong.json").read_text(encoding="utf-8"))
RULE_SETS = json.loads((ROOT / "institutions" / "data" / "rule_sets.json").read_text(encoding="utf-8"))["rule_sets"]

ITEMS = CATALOGUE["items"]
MEASUREMENTS = {m["key"]: m for m in CATALOGUE["measurements"]}
every_item = pytest.mark.parametrize("item", ITEMS, ids=lambda item: item["code"])


@pytest.mark.clause("002 五(五)")
def test_the_first_edition_has_eight_categories_and_nineteen_items():
    listed = [no for category in CATALOGUE["categories"] for no in category["items"]]

    assert len(CATALOGUE["categories"]) == 8
    assert listed == [item["no"] for item in ITEMS] == list(range(1, 20))
    assert all(item["no"] in CATALOGUE["categories"][item["category_no"] - 1]["items"] for item in ITEMS)
    assert sum(len(item["steps"]) for item in ITEMS) == 66
    assert sum(len(item["corrections"]) for item in ITEMS) == 10


@every_item
def test_what_must_be_measured_can_be_measured(item):
    required = [MEASUREMENTS[key] for key in item["required_ours"]]

    assert 1 <= len(required) <= 7
    assert set(item["required_ours"]) <= set(item["ours"]["measurements"]) <= set(MEASUREMENTS)
    assert not [m["key"] for m in required if m["type"] in {"computed", "image"} or "applies_when" in m]
    for key, excuse in item.get("required_excused_ours", {}).items():
        assert key in item["required_ours"]
        assert all(set(values) <= set(MEASUREMENTS[other]["options"]) for other, values in excuse.items())


@pytest.mark.clause("000 二(三)")
@every_item
def test_an_item_says_what_to_explain_to_ask_and_to_observe(item):
    prompts = item["ours"]["prompts"]

    assert list(prompts) == ["before", "during", "after"]
    assert all(10 <= len(words) <= 60 and words.endswith("。") for words in prompts.values())
    assert len(set(prompts.values())) == 3


@every_item
def test_every_code_of_an_item_is_declared(item):
    standards = {standard["code"] for standard in CATALOGUE["standards"]} | {"通用临床知识"}

    assert item["family_ours"] in {family["code"] for family in CATALOGUE["families_ours"]}
    assert item["ours"]["certificate"] in {"", *(c["code"] for c in CATALOGUE["certificates_ours"])}
    assert set(item["ours"]["standards"]) <= standards
    assert item["ours"]["certificate"] or not item["certificate_required_by_document"]
    assert [step["no"] for step in item["steps"]] == list(range(1, len(item["steps"]) + 1))


@pytest.mark.clause("002 五(二)2")
def test_the_document_asks_a_certificate_for_dialysis_and_picc():
    assert [item["no"] for item in ITEMS if item["certificate_required_by_document"]] == [8, 9]


@pytest.mark.clause("002 五(三)", "004 三(二)", "003 二(六)18")
def test_all_five_service_families_are_on_offer():
    assert {item["family_ours"] for item in ITEMS} == {family["code"] for family in CATALOGUE["families_ours"]}
    assert len(CATALOGUE["families_ours"]) == 5


@pytest.mark.clause("002 附件-6")
def test_catheterisation_is_for_women_only():
    assert [(item["no"], item["patient_sex_ours"]) for item in ITEMS if "patient_sex_ours" in item] == [(6, "female")]


@pytest.mark.parametrize("measurement", MEASUREMENTS.values(), ids=lambda m: m["key"])
def test_a_measurement_is_complete(measurement):
    kind = measurement["type"]

    assert bool(measurement.get("options")) is (kind == "choice")
    assert bool(measurement.get("formula")) is (kind == "computed")
    if kind in {"integer", "decimal"}:
        assert measurement["min"] < measurement["max"]
    for bound in ("alert_below", "alert_at_or_above"):
        if bound in measurement:
            assert measurement["min"] <= measurement[bound] <= measurement["max"]
    for other in measurement.get("applies_when", []):
        assert (
            MEASUREMENTS[other["key"]]["type"] == "boolean" or other["equals"] in MEASUREMENTS[other["key"]]["options"]
        )


def test_rules_across_fields_name_known_fields_and_speak_whole_sentences():
    for rule in CATALOGUE["cross_field_rules"]:
        assert set(rule["fields"]) <= set(MEASUREMENTS)
        assert rule["severity"] in {"refuse", "warn"}
        assert rule["message"].endswith("。")


def test_the_negative_list_points_at_items():
    entries = CATALOGUE["negative_list_ours"]

    assert len({entry["code"] for entry in entries}) == len(entries)
    assert {entry["item_no"] for entry in entries} == set(range(1, 20))
    assert {entry["stage"] for entry in entries} == {"assessment", "visit"}
    assert {entry["action"] for entry in entries} <= {"refer", "emergency", "forbid", "stop", "report", "caution"}


def test_every_town_is_served_and_every_centre_is_in_one_alliance():
    towns = {town["code9"] for town in DISTRICT["towns"]}
    centres = DISTRICT["centres"]
    alliances = DISTRICT["alliances_ours"]["alliances"]

    assert (len(towns), len(centres), len(alliances)) == (36, 47, 6)
    assert {code for centre in centres for code in centre["jurisdiction_ours"]} == towns
    assert {centre["town_code9"] for centre in centres} - {None} == towns
    assert sorted(no for alliance in alliances for no in alliance["centres"]) == list(range(1, 48))
    assert {a["lead_hospital"] for a in alliances} <= {hospital["name"] for hospital in DISTRICT["hospitals"]}
    assert {source for centre in centres for source in centre["sources"]} <= set(DISTRICT["_meta"]["sources"])


@pytest.mark.clause("004 三(五)")
def test_the_ten_management_systems_are_named_with_their_clauses():
    assert [rule_set["no"] for rule_set in RULE_SETS] == list(range(1, 11))
    assert all("004 三(五)" in rule_set["clauses"] for rule_set in RULE_SETS)
    assert [rule_set["no"] for rule_set in RULE_SETS if "002 五(七)1(1)" not in rule_set["clauses"]] == [10]
