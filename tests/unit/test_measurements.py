"""What a nurse types is cleaned or refused in words, whatever it is."""

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Organization
from catalog import loading, measurements, publishing, relations
from catalog.models import ItemMeasurement, Measurement
from kernel.refusals import Refusal

DATA = loading.read()
EDITION = publishing.edition(DATA["edition"], Organization(pk=1), date(2024, 2, 1))
ROWS = publishing.rows(EDITION, DATA)
LIBRARY = {row.key: row for row in ROWS.measurements}


def clean(key, raw):
    return measurements.clean(LIBRARY[key], raw)


def asks_of(number):
    return [ask for ask in ROWS.asks if ask.item.number == number]


def test_the_library_of_the_first_edition_is_complete():
    assert len(LIBRARY) == 120 - 1 + 10  # the ten ESAS scales stand for one group
    assert {row.type for row in ROWS.measurements} == set(Measurement.Type.values)
    assert all(row.formula for row in ROWS.measurements if row.type == Measurement.Type.COMPUTED)


@pytest.mark.parametrize(
    ("key", "raw", "kept"),
    [
        ("temp_c", "36.5", Decimal("36.5")),
        ("temp_c", " ３６．５ ", Decimal("36.5")),
        ("temp_c", 37, Decimal("37.0")),
        ("temp_c", "30", Decimal("30.0")),
        ("temp_c", "45.0", Decimal("45.0")),
        ("pulse_bpm", "72", 72),
        ("pulse_bpm", 72.0, 72),
        ("stoma_height_mm", "-5", -5),
        ("barthel", "65", 65),
        ("temp_site", "腋温", "腋温"),
        ("wagner", "3", "3"),
        ("skin_intact", "是", True),
        ("skin_intact", False, False),
        ("skin_intact", "on", True),
        ("pain_site", " 左膝，\x00夜间加重 ", "左膝，夜间加重"),
        ("tubes", ["紫帽 1 支", "黄帽 2 支"], "紫帽 1 支、黄帽 2 支"),
        ("cath_next_due", "2026-03-30", date(2026, 3, 30)),
        ("collected_at", "2026-03-02T09:30", datetime(2026, 3, 2, 9, 30, tzinfo=ZoneInfo("Asia/Shanghai"))),
        ("esas_1", "10", 10),
        ("braden_total", "23", None),
        ("temp_c", "", None),
        ("temp_c", "　", None),
        ("temp_c", None, None),
    ],
)
def test_a_plausible_answer_is_kept_in_its_own_type(key, raw, kept):
    value = clean(key, raw)

    assert value == kept
    assert type(value) is type(kept)


@pytest.mark.parametrize(
    ("key", "raw", "sentence"),
    [
        ("temp_c", "29.9", "请填写 30 到 45 之间的体温（℃）。"),
        ("temp_c", "45.1", "请填写 30 到 45 之间的体温（℃）。"),
        ("temp_c", "36.55", "体温请最多保留 1 位小数。"),
        ("temp_c", "发热", "请用数字填写体温（℃）。"),
        ("temp_c", "NaN", "请用数字填写体温（℃）。"),
        ("temp_c", "1e2", "请用数字填写体温（℃）。"),
        ("temp_c", True, "请用数字填写体温（℃）。"),
        ("glucose_mmol_l", "0.5", "请填写 0.6 到 33.3 之间的末梢血糖（mmol/L）。"),
        ("pulse_bpm", "72.5", "脉搏请填写整数（次/分）。"),
        ("barthel", "63", "Barthel 指数以 5 分为一档，请核对后再填写。"),
        ("temp_site", "腋下", "请在给出的选项中选择测温部位。"),
        ("skin_intact", "大概", "「皮肤完整」请选择是或否。"),
        ("pain_site", "痛" * 201, "疼痛部位请控制在 200 个字以内。"),
        ("cath_next_due", "下周三", "请选择下次更换日期的日期，例如 2026-03-02。"),
        ("collected_at", "2026-03-02", "请选择采集时间的日期和时间，例如 2026-03-02 09:30。"),
    ],
)
def test_an_implausible_answer_is_refused_at_its_field(key, raw, sentence):
    reason = clean(key, raw)

    assert isinstance(reason, Refusal)
    assert (reason.sentence, reason.field) == (sentence, key)


anything = st.one_of(
    st.text(),
    st.text(alphabet="0123456789.-+eE年月日:T ／（）①㎡"),
    st.none(),
    st.booleans(),
    st.integers(min_value=-(10**40), max_value=10**40),
    st.floats(),
    st.lists(st.text(), max_size=3),
    st.dates(),
    st.datetimes(),
)


@given(key=st.sampled_from(sorted(LIBRARY)), raw=anything)
def test_nothing_that_can_be_typed_makes_it_raise(key, raw):
    row = LIBRARY[key]

    value = measurements.clean(row, raw)

    if isinstance(value, Refusal):
        assert value.field == key
        assert value.sentence.endswith("。")
    elif isinstance(value, int | Decimal) and not isinstance(value, bool):
        assert row.minimum is None or value >= row.minimum
        assert row.maximum is None or value <= row.maximum
        measurements.alert(row, value)
    elif isinstance(value, str):
        assert "\x00" not in value
        assert len(value) <= 200


@given(raw=st.dictionaries(st.sampled_from(sorted(LIBRARY)), anything, max_size=12), number=st.integers(1, 19))
def test_a_whole_form_of_anything_is_answered(raw, number):
    values, refusals = measurements.clean_all(asks_of(number), raw)

    assert set(values) <= {ask.measurement.key for ask in asks_of(number)}
    assert all(reason.sentence for reason in refusals)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("temp_c", Decimal("37.2"), ""),
        ("temp_c", Decimal("37.3"), "体温 37.3 ℃，达到报警值 37.3 ℃，请关注。"),
        ("temp_c", Decimal("34.9"), "体温 34.9 ℃，低于报警值 35 ℃，请关注。"),
        ("spo2_pct", 93, ""),
        ("spo2_pct", 92, "血氧饱和度 92 %，低于报警值 93 %，请关注。"),
        ("spo2_pct", 87, "血氧饱和度 87 %，低于危急值 88 %，请立即联系医生。"),
        ("temp_c", Decimal("39.0"), "体温 39 ℃，达到危急值 39 ℃，请立即联系医生。"),
        ("consciousness", "清醒", ""),
        ("consciousness", "嗜睡", "意识为「嗜睡」，请关注。"),
        ("consciousness", "昏迷", "意识为「昏迷」，请立即联系医生。"),
        ("skin_intact", True, ""),
        ("skin_intact", False, "皮肤完整为「否」，请关注。"),
        ("temp_site", "腋温", ""),
    ],
)
def test_an_alarm_limit_speaks_when_it_is_reached(key, value, said):
    assert measurements.alert(LIBRARY[key], value) == said


@given(key=st.sampled_from(sorted(LIBRARY)), raw=anything)
def test_what_is_kept_reads_back_as_the_same_value(key, raw):
    value = measurements.clean(LIBRARY[key], raw)

    if value is None or isinstance(value, Refusal):
        return
    again = measurements.clean(LIBRARY[key], measurements.kept(value))
    assert again == value
    assert type(again) is type(value)
    assert len(measurements.kept(value)) <= 200
    assert measurements.severity(LIBRARY[key], again) in {"", measurements.ALERT, measurements.RED}


HOSTILE = (
    "NaN", "-inf", "Infinity", "1e400", "٣٧", "१२०", "３７．２℃", "37,5", "37.5℃", "0x1F", "−5", "--5", "5-", "1_000",
    "９" * 300, "0" * 5000, "\x00", "\ud800", "\u202e37", "<script>", "' OR 1=1 --", "🙂", "\r\n36.5\t", "½", "Ⅳ",
)  # fmt: skip


@pytest.mark.parametrize("key", sorted(LIBRARY))
def test_hostile_text_is_kept_as_itself_or_refused_in_a_sentence(key):
    for raw in (*HOSTILE, b"36.5", b"\xff\xfe", [], ["36.5"], {}, {"a": 1}, float("nan"), float("inf"), 10**400):
        value = clean(key, raw)

        if isinstance(value, Refusal):
            assert value.field == key
            assert value.sentence.endswith("。")
        elif value is not None:
            assert clean(key, measurements.kept(value)) == value


@pytest.mark.parametrize("row", [row for row in LIBRARY.values() if row.red_below or row.red_from or row.red_values])
def test_a_red_value_lies_beyond_the_alarm_limit(row):
    assert row.red_below is None or row.alert_below is None or row.red_below <= row.alert_below
    assert row.red_from is None or row.alert_from is None or row.red_from >= row.alert_from
    assert not set(row.red_values) & set(row.alert_values)
    assert {*row.red_values, *row.alert_values} <= {*row.options, True, False}


def test_vital_signs_are_never_carried_over():
    vital = {"temp_c", "pulse_bpm", "resp_rpm", "sbp_mmhg", "dbp_mmhg", "spo2_pct", "glucose_mmol_l", "consciousness"}

    carried = {key for key, row in LIBRARY.items() if row.carried}
    assert carried
    assert not carried & vital
    assert not [key for key in carried if measurements.severity(LIBRARY[key], Decimal("-1000")) == "red"]
    assert not [key for key in carried if LIBRARY[key].type in {"computed", "date", "datetime", "photo"}]


def test_every_rule_speaks_of_answers_that_exist():
    rules = relations.rules(DATA["cross_field_rules"])

    assert len({rule.code for rule in rules}) == len(rules)
    for rule in rules:
        assert relations.unknown_in(rule.expression, LIBRARY) == set()
        assert rule.severity in {relations.REFUSE, relations.WARN}
        assert relations.holds(rule.expression, {}, {}) is None or "given" in rule.expression


@given(
    rule=st.sampled_from(relations.rules(DATA["cross_field_rules"])),
    values=st.dictionaries(st.sampled_from(sorted(LIBRARY)), anything, max_size=8),
    earlier=st.dictionaries(st.sampled_from(sorted(LIBRARY)), anything, max_size=4),
)
def test_no_answers_make_a_rule_raise(rule, values, earlier):
    assert relations.holds(rule.expression, values, earlier) in {True, False, None}


@pytest.mark.parametrize(
    ("values", "earlier", "said"),
    [
        ({"picc_ext_cm": Decimal("7.0")}, {}, False),
        ({"picc_ext_cm": Decimal("7.0")}, {"picc_ext_cm": Decimal("5.5")}, False),
        ({"picc_ext_cm": Decimal("7.5")}, {"picc_ext_cm": Decimal("5.5")}, True),
        ({"arm_circ_cm": Decimal("25.0")}, {"arm_circ_cm": Decimal("28.0")}, True),
        ({"wound_area_cm2": Decimal(12)}, {"wound_area_cm2": Decimal(10)}, False),
        ({"wound_area_cm2": Decimal(13)}, {"wound_area_cm2": Decimal(10)}, True),
        ({"wound_area_cm2": Decimal(13)}, {"wound_area_cm2": Decimal(0)}, False),
        ({"temp_before": Decimal("38.9"), "temp_after_30": Decimal("38.9")}, {}, True),
        ({"spo2_pre": 96, "spo2_post": 92}, {}, True),
        ({"pain_nrs": 6, "pain_nrs_after": 7}, {}, True),
        ({"pain_nrs": 6, "pain_nrs_after": 2}, {}, False),
    ],
)
def test_a_change_that_deserves_a_word_is_remarked_and_never_blocks(values, earlier, said):
    assert bool(measurements.cautions(values, earlier)) is said
    assert measurements.cross(values) == []


@pytest.mark.parametrize(
    ("values", "codes"),
    [
        ({"wound_len_cm": Decimal(4), "wound_wid_cm": Decimal(4)}, []),
        ({"wound_len_cm": Decimal(3), "wound_wid_cm": Decimal(4)}, ["measurement.wound_width"]),
        ({"cath_changed_on": date(2026, 3, 2), "cath_next_due": date(2026, 3, 30)}, []),
        ({"cath_changed_on": date(2026, 3, 2), "cath_next_due": date(2026, 3, 2)}, ["measurement.cath_next_due"]),
        ({"sbp_mmhg": 120, "dbp_mmhg": 80}, []),
        ({"sbp_mmhg": 80, "dbp_mmhg": 80}, ["measurement.bp_order"]),
        ({"sbp_mmhg": 120}, []),
        ({"tissue_red_pct": 60, "tissue_yellow_pct": 40}, []),
        ({"tissue_red_pct": 60, "tissue_yellow_pct": 30}, ["measurement.tissue_total"]),
        ({"glucose_flag": "LO"}, []),
        ({"glucose_flag": "HI", "glucose_mmol_l": Decimal("33.3")}, ["measurement.glucose_flag"]),
        ({"glucose_flag": "数值", "glucose_mmol_l": Decimal("6.1")}, []),
        ({"ng_check": "无法确认", "feed_ml": 0}, []),
        ({"ng_check": "无法确认", "feed_ml": 200}, ["measurement.feed_unconfirmed"]),
    ],
)
def test_answers_that_contradict_each_other_are_refused(values, codes):
    assert [reason.code for reason in measurements.cross(values)] == codes


def test_a_specimen_cannot_arrive_before_it_was_taken_and_a_late_one_is_remarked():
    taken, early, late = (clean("collected_at", f"2026-03-02 {hour}:30") for hour in ("09", "08", "12"))

    assert [r.field for r in measurements.cross({"collected_at": taken, "handed_over_at": early})] == ["handed_over_at"]
    assert measurements.cross({"collected_at": taken, "handed_over_at": late}) == []
    assert measurements.cautions({"collected_at": taken, "handed_over_at": late}) == [
        "标本送达超过 2 小时，请向检验科说明。"
    ]


def test_computed_values_are_worked_out_and_wait_for_what_they_need():
    braden = {key: 2 for key in LIBRARY if key.startswith("braden_") and key != "braden_total"}

    assert measurements.compute(LIBRARY["braden_total"], braden) == 12
    assert measurements.band(LIBRARY["braden_total"], 12) == "高度"
    assert measurements.compute(LIBRARY["braden_total"], {"braden_sensory": 2}) is None
    area = {"wound_len_cm": Decimal("2.5"), "wound_wid_cm": Decimal("1.5")}
    assert measurements.compute(LIBRARY["wound_area_cm2"], area) == Decimal("3.8")
    body = {"weight_kg": Decimal("70.0"), "height_cm": Decimal("175.0")}
    assert measurements.compute(LIBRARY["bmi"], body) == Decimal("22.9")
    assert measurements.compute(LIBRARY["bmi"], {**body, "height_cm": Decimal(0)}) is None
    assert measurements.compute(LIBRARY["pd_uf_ml"], {"pd_out_ml": 2300, "pd_in_ml": 2000}) == 300


@pytest.mark.parametrize(
    "formula", ["__import__('os')", "a.b", "a ** 99", "a if a else a", "a +", "missing + 1", "f(a)"]
)
def test_a_formula_is_arithmetic_on_known_keys_and_nothing_else(formula):
    assert not measurements.can_compute(formula, {"a"})
    assert measurements.compute(Measurement(key="x", type="computed", formula="a.b"), {"a": 1}) is None


def test_a_reading_beyond_the_meter_excuses_the_missing_number():
    asks = asks_of(10)

    assert measurements.clean_all(asks, {"glucose_flag": "HI", "glucose_timing": "随机"})[1] == []
    _, refusals = measurements.clean_all(asks, {"glucose_timing": "随机"})
    assert [reason.sentence for reason in refusals] == ["请填写末梢血糖。"]


def test_a_question_that_does_not_arise_is_not_missing():
    ask = ItemMeasurement(measurement=LIBRARY["wagner"], required=True)

    assert measurements.missing([ask], {"wound_type": "外伤"}) == []
    assert len(measurements.missing([ask], {"wound_type": "糖尿病足"})) == 1


def test_a_whole_form_is_cleaned_completed_and_judged_together():
    raw = {"temp_c": "36.8", "pulse_bpm": "70", "resp_rpm": "16", "sbp_mmhg": "80", "dbp_mmhg": "120"}

    values, refusals = measurements.clean_all(asks_of(14), raw)

    assert values["temp_c"] == Decimal("36.8")
    assert [reason.code for reason in refusals] == ["measurement.bp_order"]
