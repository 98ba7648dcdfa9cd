"""Each rule of eligibility: it lets through, it stops alone, and the day on which it changes its mind."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from django.utils import timezone

from institutions.settings import defaults
from nurses import rules
from nurses.rules import Candidate, Item, Registry, Visit

CENTRE, ELSEWHERE = 7, 8
DAY = date(2026, 3, 2)
YESTERDAY, TOMORROW = DAY - timedelta(days=1), DAY + timedelta(days=1)
PICC = Item("PD2024-12", "PICC维护", certificates=(("picc", "PICC维护培训合格证明", "002 五(二)2"),))
CATHETER = Item("PD2024-06", "女性导尿", patient_sex="female")


def at(hour, minute=0, day=DAY):
    return timezone.make_aware(datetime.combine(day, time(hour, minute)))


VISIT = Visit(
    organisation_id=CENTRE,
    starts_at=at(10),
    ends_at=at(11),
    items=(PICC,),
    patient_sex="female",
    settings=defaults(),
    key="this",
)
NURSE = Candidate(
    user_id=1,
    nurse_id=1,
    name="顾晓雯",
    clinical_since=date(2014, 7, 1),
    title="supervisor",
    certificate_expires_on=date(2028, 1, 1),
    affiliations=((CENTRE, "registered", date(2024, 2, 1), None),),
    registry=Registry(found=True, checked_on=date(2025, 12, 1), recheck_due=date(2026, 12, 1)),
    certificates={"picc": (date(2024, 1, 1), date(2027, 1, 1))},
    trainings={"safety": date(2026, 9, 1), "skills": date(2026, 9, 1)},
    insurances={
        "liability": (date(2026, 1, 1), date(2026, 12, 31)),
        "medical_accident": (date(2026, 1, 1), date(2026, 12, 31)),
        "personal_accident": (date(2026, 1, 1), date(2026, 12, 31)),
    },
    shifts=((at(8), at(18)),),
)


def setting(**changed):
    return replace(VISIT, settings={**defaults(), **{f"nurse.{key}": value for key, value in changed.items()}})


# One nurse, or one visit, for each rule that it alone fails.
FAILS_ALONE = {
    "nurse.post": (replace(NURSE, affiliations=()), VISIT),
    "nurse.years": (replace(NURSE, clinical_since=date(2023, 2, 1)), VISIT),
    "nurse.title": (replace(NURSE, title="nurse"), VISIT),
    "nurse.registry": (replace(NURSE, registry=None), VISIT),
    "nurse.licence": (replace(NURSE, certificate_expires_on=YESTERDAY), VISIT),
    "nurse.exclusion": (replace(NURSE, exclusions=(("不良执业行为", date(2026, 1, 5)),)), VISIT),
    "nurse.certificate": (replace(NURSE, certificates={}), VISIT),
    "nurse.training": (replace(NURSE, trainings={}), VISIT),
    "nurse.insurance": (replace(NURSE, insurances={}), VISIT),
    "nurse.sex_of_patient": (NURSE, replace(VISIT, items=(CATHETER,), patient_sex="male")),
    "nurse.shift": (replace(NURSE, shifts=()), VISIT),
    "nurse.overlap": (replace(NURSE, bookings=((at(10, 30), at(11, 30), "other"),)), VISIT),
    "nurse.daily_cap": (replace(NURSE, bookings=((at(14), at(15), "other"),)), setting(daily_cap=1)),
}
CLAUSES = {
    "nurse.post": "002 五(二)2；004 三(一)",
    "nurse.years": "002 五(二)2",
    "nurse.title": "002 五(二)2",
    "nurse.registry": "002 五(二)2",
    "nurse.licence": "护士条例",
    "nurse.exclusion": "002 五(二)2；004 三(一)",
    "nurse.certificate": "002 五(二)2",
    "nurse.training": "002 五(七)1(2)",
    "nurse.insurance": "002 五(九)2；004 三(八)",
    "nurse.sex_of_patient": "002 附件6",
    "nurse.shift": "000 五(十六)",
    "nurse.overlap": "000 五(十六)",
    "nurse.daily_cap": "000 五(十六)",
}


def test_a_nurse_in_good_standing_may_be_sent():
    assert rules.why_not(NURSE, VISIT) == []
    assert rules.warnings(NURSE, VISIT) == []


@pytest.mark.clause("002 五(二)2", "004 三(八)")
@pytest.mark.parametrize("code", FAILS_ALONE)
def test_each_rule_stops_alone_with_its_clause_and_a_whole_sentence(code):
    (refusal,) = rules.why_not(*FAILS_ALONE[code])

    assert (refusal.code, refusal.clause) == (code, CLAUSES[code])
    assert refusal.sentence.endswith("。")


def test_there_is_a_failing_case_for_every_rule():
    assert list(FAILS_ALONE) == [f"nurse.{rule.__name__}" for rule in rules.RULES]


def test_everything_that_fails_is_listed_in_the_order_of_the_rules():
    worst = Candidate(
        user_id=2,
        nurse_id=2,
        name="新护士",
        clinical_since=date(2025, 7, 1),
        title="nurse",
        certificate_expires_on=YESTERDAY,
        exclusions=(("不良执业行为", YESTERDAY),),
        bookings=((at(10), at(11), "other"),),
    )
    visit = replace(setting(daily_cap=1), items=(PICC, CATHETER), patient_sex="male")

    assert [refusal.code for refusal in rules.why_not(worst, visit)] == list(FAILS_ALONE)


# --- post ---


@pytest.mark.clause("002 五(二)2", "002 五(一)")
@pytest.mark.parametrize(
    ("affiliation", "may"),
    [
        ((CENTRE, "registered", DAY, DAY), True),
        ((CENTRE, "filed", DAY, None), True),
        ((CENTRE, "registered", TOMORROW, None), False),
        ((CENTRE, "registered", date(2024, 1, 1), YESTERDAY), False),
        ((ELSEWHERE, "registered", date(2024, 1, 1), None), False),
    ],
)
def test_the_post_counts_at_this_centre_from_its_first_to_its_last_day(affiliation, may):
    nurse = replace(NURSE, affiliations=(affiliation,))

    assert (rules.post(nurse, VISIT) is None) is may


@pytest.mark.clause("004 三(一)")
def test_a_district_may_allow_registered_nurses_only():
    filed = replace(NURSE, affiliations=((CENTRE, "filed", DAY, None),))

    refusal = rules.post(filed, setting(affiliation="registered_only"))

    assert refusal.sentence == "在本中心备案而非注册，本区只允许派出注册护士。"
    assert rules.post(NURSE, setting(affiliation="registered_only")) is None


@pytest.mark.clause("000 五(十九)", "001 二(四)26")
def test_a_care_assistant_is_never_offered_a_nursing_item():
    refusal = rules.post(replace(NURSE, care_assistant=True), VISIT)

    assert (refusal.code, refusal.clause) == ("nurse.post", "000 五(十九)")


# --- years and title ---


@pytest.mark.clause("002 五(二)2", "004 三(一)")
@pytest.mark.parametrize(
    ("since", "sentence"),
    [
        (date(2021, 3, 2), None),
        (date(2021, 3, 3), "临床护理工作 4 年，未满 5 年。"),
        (date(2023, 2, 1), "临床护理工作 3 年，未满 5 年。"),
        (date(2026, 3, 2), "临床护理工作 0 年，未满 5 年。"),
        (date(2026, 9, 1), "临床护理工作 0 年，未满 5 年。"),
    ],
)
def test_five_years_are_full_on_the_day_itself(since, sentence):
    refusal = rules.years(replace(NURSE, clinical_since=since), VISIT)

    assert (refusal and refusal.sentence) == sentence


def test_years_are_counted_on_the_day_of_the_visit_not_today():
    nurse = replace(NURSE, clinical_since=date(2021, 3, 3))
    next_day = replace(VISIT, starts_at=at(10, day=TOMORROW), ends_at=at(11, day=TOMORROW))

    assert rules.years(nurse, VISIT) is not None
    assert rules.years(nurse, next_day) is None


def test_the_day_of_a_visit_is_a_day_in_shanghai():
    """Half past midnight here is still yesterday in UTC."""
    early = replace(VISIT, starts_at=at(0, 30), ends_at=at(1))

    assert early.day == DAY


@pytest.mark.clause("002 五(二)2", "004 三(一)")
@pytest.mark.parametrize(
    ("title", "asked", "may"),
    [
        ("nurse", "practitioner", False),
        ("practitioner", "practitioner", True),
        ("chief", "practitioner", True),
        ("practitioner", "supervisor", False),
    ],
)
def test_titles_stand_in_order(title, asked, may):
    assert (rules.title(replace(NURSE, title=title), setting(min_title=asked)) is None) is may


# --- registry, licence, exclusion ---


@pytest.mark.clause("002 五(二)2", "004 三(一)")
@pytest.mark.parametrize(
    ("known", "word"),
    [
        (Registry(True, date(2025, 3, 2), DAY), None),
        (Registry(True, date(2025, 3, 1), YESTERDAY), "复核"),
        (Registry(False, date(2026, 2, 1), date(2027, 2, 1)), "查询不到"),
        (None, "尚未"),
    ],
)
def test_the_registry_look_up_must_have_found_her_and_be_fresh(known, word):
    refusal = rules.registry(replace(NURSE, registry=known), VISIT)

    assert (refusal is None) if word is None else word in refusal.sentence


@pytest.mark.clause("护士条例")
def test_the_licence_holds_through_its_last_day():
    assert rules.licence(replace(NURSE, certificate_expires_on=DAY), VISIT) is None
    refusal = rules.licence(replace(NURSE, certificate_expires_on=YESTERDAY), VISIT)
    assert refusal.sentence == "护士执业证书于2026年3月1日到期。"


@pytest.mark.clause("004 三(一)")
def test_an_exclusion_bites_from_its_first_day():
    assert rules.exclusion(replace(NURSE, exclusions=(("不良执业行为", DAY),)), VISIT) is not None
    assert rules.exclusion(replace(NURSE, exclusions=(("不良执业行为", TOMORROW),)), VISIT) is None


# --- certificates, trainings, insurances ---


@pytest.mark.clause("002 五(二)2")
@pytest.mark.parametrize(
    ("dates", "word"),
    [
        ((DAY, DAY), None),
        ((date(2020, 1, 1), YESTERDAY), "到期"),
        ((TOMORROW, date(2027, 1, 1)), "起才生效"),
        (None, "没有取得"),
    ],
)
def test_a_special_certificate_must_hold_on_the_day(dates, word):
    nurse = replace(NURSE, certificates={"picc": dates} if dates else {})

    refusal = rules.certificate(nurse, VISIT)

    assert (refusal is None) if word is None else word in refusal.sentence


def test_every_item_that_asks_for_a_certificate_is_named():
    dialysis = Item("PD2024-03", "腹透管维护", certificates=(("pd", "腹膜透析培训合格证明", "002 五(二)2"),))

    refusal = rules.certificate(replace(NURSE, certificates={}), replace(VISIT, items=(PICC, dialysis)))

    assert "PICC维护" in refusal.sentence
    assert "腹透管维护" in refusal.sentence


def test_an_item_that_asks_for_none_needs_none():
    assert rules.certificate(replace(NURSE, certificates={}), replace(VISIT, items=(CATHETER,))) is None


@pytest.mark.clause("002 五(七)1(2)", "004 五(三)")
def test_both_trainings_must_be_in_date():
    fresh_until_today = replace(NURSE, trainings={"safety": DAY, "skills": DAY})
    assert rules.training(fresh_until_today, VISIT) is None

    refusal = rules.training(replace(NURSE, trainings={"safety": YESTERDAY}), VISIT)
    assert refusal.sentence == "执业安全教育于2026年3月1日到期，没有业务知识技能培训合格记录。"


@pytest.mark.clause("002 五(九)2", "004 三(八)")
def test_each_of_the_three_insurances_must_cover_the_day():
    lapsed = {**NURSE.insurances, "liability": (date(2025, 1, 1), YESTERDAY)}
    coming = {**NURSE.insurances, "personal_accident": (TOMORROW, date(2027, 1, 1))}

    assert rules.insurance(replace(NURSE, insurances=lapsed), VISIT).sentence == "责任险于2026年3月1日到期。"
    assert rules.insurance(replace(NURSE, insurances=coming), VISIT).sentence == "人身意外险自2026年3月3日起生效。"


@pytest.mark.clause("004 三(八)")
def test_a_district_may_choose_to_be_warned_of_missing_insurance_only():
    uninsured, visit = replace(NURSE, insurances={}), setting(insurance="warn")

    assert rules.why_not(uninsured, visit) == []
    assert [refusal.code for refusal in rules.warnings(uninsured, visit)] == ["nurse.insurance"]


# --- item 6 ---


@pytest.mark.clause("002 附件-6")
def test_catheterisation_is_for_women_only():
    assert rules.sex_of_patient(NURSE, replace(VISIT, items=(CATHETER,), patient_sex="female")) is None
    refusal = rules.sex_of_patient(NURSE, replace(VISIT, items=(PICC, CATHETER), patient_sex="male"))
    assert refusal.sentence == "「女性导尿」仅限女性服务对象。"


# --- shift, overlap, cap ---


@pytest.mark.clause("000 五(十六)")
@pytest.mark.parametrize(
    ("shifts", "may"),
    [
        ([(at(10), at(11))], True),
        ([(at(10, 1), at(18))], False),
        ([(at(8), at(10, 59))], False),
        ([(at(8), at(10, 30)), (at(10, 30), at(14))], True),
        ([(at(8), at(10, 29)), (at(10, 30), at(14))], False),
    ],
)
def test_the_whole_visit_lies_inside_the_work(shifts, may):
    assert (rules.shift(replace(NURSE, shifts=tuple(shifts)), VISIT) is None) is may


def test_leave_beats_a_shift():
    away = replace(NURSE, leaves=((at(10, 59), at(12)),))
    back = replace(NURSE, leaves=((at(11), at(12)), (at(8), at(10))))

    assert "请假" in rules.shift(away, VISIT).sentence
    assert rules.shift(back, VISIT) is None


@pytest.mark.clause("000 五(十六)")
@pytest.mark.parametrize(
    ("booking", "may"),
    [
        ((at(8), at(9, 40), "other"), True),
        ((at(8), at(9, 41), "other"), False),
        ((at(11, 20), at(12), "other"), True),
        ((at(11, 19), at(12), "other"), False),
        ((at(9), at(12), "other"), False),
        ((at(10), at(11), "this"), True),
    ],
)
def test_travel_fits_between_two_visits(booking, may):
    assert (rules.overlap(replace(NURSE, bookings=(booking,)), VISIT) is None) is may


@pytest.mark.clause("000 五(十六)")
def test_the_cap_counts_the_other_visits_of_that_day():
    planned = tuple((at(8 + n), at(8 + n, 10), n) for n in range(2))
    nurse = replace(
        NURSE, bookings=(*planned, (at(10), at(11), "this"), (at(9, day=TOMORROW), at(10, day=TOMORROW), 9))
    )

    assert rules.daily_cap(nurse, setting(daily_cap=3)) is None
    assert rules.daily_cap(nurse, setting(daily_cap=2)).sentence == "2026年3月2日已安排 2 次上门，达到每日 2 次的上限。"
