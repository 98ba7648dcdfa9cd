"""Editions, offerings and the negative list, on a real database."""

import copy
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.roles import Role
from catalog import loading, selectors, services
from catalog.models import Edition, Item, Measurement, NegativeEntry, Offering
from kernel.refusals import Hidden, Invalid, NotNow, NotYours, Refused
from tests.world import places, traces
from tests.world.places import LUJIAZUI, NOW, SETUP, TODAY

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def district():
    return places.district()


@pytest.fixture
def edition(district):
    return places.edition(district)


@pytest.fixture
def centre(district, edition):
    return places.offering_centre(district, edition)


@pytest.fixture
def manager(centre):
    return places.staff(centre, Role.CENTRE_ADMIN)


@pytest.fixture
def supervisor(district):
    return places.staff(district, Role.SUPERVISOR)


def item(edition, number):
    return edition.items.get(number=number)


def codes(centre, item, on=TODAY, facts=()):
    return [reason.code for reason in selectors.why_not_item(centre.pk, item, on, facts)]


def next_data():
    data = copy.deepcopy(loading.read())
    data["edition"] |= {"title": "浦东新区项目清单（第二批）", "issued": "2026-03-02"}
    data["items"] = data["items"][:18]
    return data


# --- editions -----------------------------------------------------------------------------------------------------


@pytest.mark.clause("002 五(五)", "002 附件-4", "002 附件-11", "002 附件-14", "002 附件-19")
def test_the_first_edition_has_its_items_steps_and_the_documents_wording(edition):
    rows = list(selectors.items(edition.pk))

    assert len(rows) == 19
    assert edition.categories.count() == 8
    assert [step.text for step in rows[13].steps.all()] == [
        "评估患者情况", "体温、脉搏、呼吸及血压的正确测量", "测量数据解释及相关知识指导", "体温计消毒等",
    ]  # fmt: skip
    assert "脉博" in rows[13].source_text
    assert [ask.measurement.key for ask in rows[13].asks.all() if ask.required] == [
        "temp_c", "pulse_bpm", "resp_rpm", "sbp_mmhg", "dbp_mmhg",
    ]  # fmt: skip
    assert [ask.measurement.key for ask in rows[18].asks.all()][2:12] == [f"esas_{n}" for n in range(1, 11)]
    assert rows[10].takes_specimen
    assert rows[3].needs_guidance


@pytest.mark.clause("002 五(二)2")
def test_the_document_itself_asks_a_certificate_for_two_items(edition):
    asked = {row.name: [(d.kind_id, d.clause) for d in row.demands.all()] for row in selectors.items(edition.pk)}

    assert {name: demands for name, demands in asked.items() if demands} == {
        "腹透管维护": [("pd", "002 五(二)2")],
        "PICC维护": [("picc", "002 五(二)2")],
    }
    assert set(selectors.certificate_kinds().values_list("pk", flat=True)) == {"pd", "picc", "wound_ostomy", "hospice"}


@pytest.mark.clause("002 附件-6")
def test_catheterisation_is_for_women_only(edition):
    assert [(row.number, row.patient_sex) for row in edition.items.exclude(patient_sex="")] == [(6, "female")]
    assert item(edition, 6).patient_sex_clause == "002 附件 项目6③"


def test_reading_an_edition_costs_the_same_for_one_item_and_for_all(edition):
    def read(rows):
        with CaptureQueriesContext(connection) as spent:
            for row in rows:
                str(row.category), list(row.steps.all()), [str(d.kind) for d in row.demands.all()]
                [ask.measurement.label for ask in row.asks.all()]
        return len(spent)

    one, all_ = read(selectors.items(edition.pk).filter(number=1)), read(selectors.items(edition.pk))

    assert one == all_


@pytest.mark.clause("002 五(五)")
def test_a_new_edition_closes_the_former_the_day_before_and_keeps_what_centres_decided(
    district, edition, centre, manager, supervisor
):
    services.opt_out(organisation=centre, item_id=item(edition, 2).pk, reason="缺少专科护士", by=manager, now=NOW)
    start = TODAY + 30 * DAY

    new = services.publish_edition(district=district, data=next_data(), effective_from=start, by=supervisor, now=NOW)

    edition.refresh_from_db()
    assert edition.effective_to == start - DAY
    assert selectors.edition_in_force(district.pk, start - DAY) == edition
    assert selectors.edition_in_force(district.pk, start) == new
    assert len(selectors.offered_items(centre.pk, start - DAY)) == 18
    lines = {line.item.number: line for line in selectors.offerings(centre.pk, start)}
    assert len(lines) == 18
    assert [number for number, line in lines.items() if not line.offered] == [2]
    assert lines[2].reason == "缺少专科护士"
    assert codes(centre, item(edition, 1), start) == ["catalog.edition"]
    assert codes(centre, item(new, 1), start) == []
    assert codes(centre, item(new, 1), start - DAY) == ["catalog.edition", "catalog.not_offered"]


def test_an_edition_that_begins_before_the_present_one_is_refused(district, edition):
    for start in (edition.effective_from, edition.effective_from - DAY):
        with pytest.raises(NotNow) as told:
            services.publish_edition(district=district, data=next_data(), effective_from=start, by=SETUP, now=NOW)
        assert told.value.code == "edition.overlap"
    assert Edition.objects.count() == 1


def test_a_person_does_not_publish_for_the_past_or_for_another_district(district, edition, supervisor, manager):
    new = {"district": district, "data": next_data(), "now": NOW}
    with pytest.raises(Invalid):
        services.publish_edition(**new, effective_from=TODAY - DAY, by=supervisor)
    with pytest.raises(NotYours):
        services.publish_edition(**new, effective_from=TODAY + DAY, by=manager)
    elsewhere = places.staff(places.district(name="别区卫生健康委"), Role.SUPERVISOR)
    with pytest.raises(NotYours):
        services.publish_edition(**new, effective_from=TODAY + DAY, by=elsewhere)


def test_data_that_contradict_themselves_are_refused_whole(district):
    def spoilt(**change):
        data = next_data()
        data["items"][0].update(change)
        return data

    wrong_item = copy.deepcopy(loading.read()["items"][0]["ours"]) | {"measurements": ["unheard_of"]}
    broken_formula = next_data()
    next(m for m in broken_formula["measurements"] if m["key"] == "bmi")["formula"] = "open('x')"
    for data in (
        spoilt(category_no=9), spoilt(family_ours="x"), spoilt(steps=[]), spoilt(no=2), spoilt(ours=wrong_item),
        spoilt(required_ours=["temp_c"]), spoilt(patient_sex_ours="x"), broken_formula,
    ):  # fmt: skip
        with pytest.raises(Invalid) as told:
            services.publish_edition(district=district, data=data, effective_from=TODAY, by=SETUP, now=NOW)
        assert told.value.code == "edition.data"
    assert not Edition.objects.exists()


@pytest.mark.clause("002 五(五)", "004 三(三)")
def test_adding_an_item_is_data_and_needs_an_appraisal(district, edition, supervisor):
    new = {
        "edition_id": edition.pk, "category_number": 5, "name": "居家跌倒风险评估", "family": Item.Family.REHAB,
        "risk": Item.Risk.LOW, "duration_min": 30, "steps": ["评估居家环境", "指导防跌倒"], "clause": "002 五(五)",
        "measurements": ["morse", "barthel"], "required": ["morse"], "by": supervisor, "now": NOW,
    }  # fmt: skip
    with pytest.raises(Invalid):
        services.add_item(**new, reason="")

    added = services.add_item(**new, reason="专家论证通过")

    assert (added.number, added.code) == (20, "PD2024-20")
    assert [ask.required for ask in selectors.item(added.pk).asks.all()] == [True, False]
    with pytest.raises(Invalid):
        services.add_item(**new, reason="专家论证通过")
    for wrong in ({"family": "x"}, {"measurements": ["x"]}, {"category_number": 99}, {"steps": []}, {"name": ""}):
        with pytest.raises(Invalid):
            services.add_item(**{**new, "name": "另一项", **wrong}, reason="专家论证通过")
    assert Item.objects.count() == 20


@pytest.mark.clause("002 五(二)2", "000 三(八)", "001 二(二)7")
def test_the_commission_may_ask_a_certificate_of_another_item(edition, supervisor):
    wound = item(edition, 2)
    services.require_certificate(
        item_id=wound.pk, kind_code="wound_ostomy", clause="区卫生健康委通知", by=supervisor, now=NOW
    )
    services.require_certificate(
        item_id=wound.pk, kind_code="new", kind_name="新资质", clause="区卫生健康委通知", by=supervisor, now=NOW
    )

    assert [d.kind.name for d in selectors.item(wound.pk).demands.all()] == ["新资质", "伤口造口专科护士或造口治疗师"]
    with pytest.raises(NotNow):
        services.require_certificate(item_id=wound.pk, kind_code="new", clause="通知", by=supervisor, now=NOW)
    with pytest.raises(Invalid):
        services.require_certificate(item_id=wound.pk, kind_code="other", clause="通知", by=supervisor, now=NOW)


def test_a_later_edition_corrects_the_bounds_of_the_library(district, edition):
    data = next_data()
    next(m for m in data["measurements"] if m["key"] == "temp_c")["max"] = 44.0

    services.publish_edition(district=district, data=data, effective_from=TODAY + DAY, by=SETUP, now=NOW)

    assert Measurement.objects.get(pk="temp_c").maximum == 44


# --- offerings ----------------------------------------------------------------------------------------------------


@pytest.mark.clause("002 五(七)1(1)")
def test_a_centre_offers_everything_in_one_act_and_says_why_it_leaves_one_out(edition, centre, manager):
    assert len(selectors.offered_items(centre.pk, TODAY)) == 19
    with pytest.raises(Invalid) as told:
        services.opt_out(organisation=centre, item_id=item(edition, 9).pk, reason=" ", by=manager, now=NOW)
    assert told.value.clause == "002 五(七)1(1)"

    services.opt_out(
        organisation=centre, item_id=item(edition, 9).pk, reason="暂无 PICC 资质护士。", starts_on=TODAY + DAY,
        by=manager, now=NOW,
    )  # fmt: skip

    assert codes(centre, item(edition, 9), TODAY) == []
    (reason,) = selectors.why_not_item(centre.pk, item(edition, 9), TODAY + DAY)
    assert (reason.code, reason.clause) == ("catalog.not_offered", "002 五(七)1(1)")
    assert reason.sentence == "潍坊目前没有开展「PICC维护」，原因：暂无 PICC 资质护士。"
    assert selectors.offering_counts(edition.pk, TODAY + DAY)[item(edition, 9).pk] == 0


def test_an_item_without_a_decision_is_not_offered(district, edition):
    undecided = places.centre(district, (LUJIAZUI,), name="陆家嘴")

    assert codes(undecided, item(edition, 1)) == ["catalog.not_offered"]
    assert len(selectors.offerings(undecided.pk, TODAY)) == 19
    assert selectors.offered_items(undecided.pk, TODAY) == []


def test_a_decision_may_be_changed_on_its_own_day_and_followed_later(edition, centre, manager):
    nine = item(edition, 9).pk
    change = {"organisation": centre, "item_id": nine, "by": manager}
    with pytest.raises(NotNow):
        services.opt_in(**change, now=NOW)

    services.opt_out(**change, reason="设备检修", now=NOW)
    services.opt_in(**change, now=NOW)
    services.opt_out(**change, reason="设备检修", now=NOW + DAY)
    services.opt_in(**change, starts_on=TODAY + 5 * DAY, now=NOW + DAY)

    history = Offering.objects.filter(item=nine).order_by("starts_on").values_list("offered", "starts_on", "ends_on")
    assert list(history) == [
        (True, TODAY, TODAY),
        (False, TODAY + DAY, TODAY + 4 * DAY),
        (True, TODAY + 5 * DAY, None),
    ]
    with pytest.raises(NotNow) as told:
        services.opt_out(**change, reason="设备检修", starts_on=TODAY + 2 * DAY, now=NOW + DAY)
    assert told.value.code == "offering.later"


def test_only_the_centres_own_administrator_decides_and_only_on_its_districts_items(district, edition, centre, manager):
    other = places.centre(district, (LUJIAZUI,), name="陆家嘴")
    elsewhere = places.district(name="别区卫生健康委")
    theirs = places.edition(elsewhere)

    with pytest.raises(NotYours):
        services.opt_in(organisation=other, item_id=item(edition, 1).pk, by=manager, now=NOW)
    with pytest.raises(Hidden):
        services.opt_in(organisation=centre, item_id=item(theirs, 1).pk, by=manager, now=NOW)
    with pytest.raises(Hidden):
        services.opt_in_all(organisation=centre, edition_id=theirs.pk, by=manager, now=NOW)
    with pytest.raises(Invalid):
        services.opt_out(
            organisation=centre, item_id=item(edition, 1).pk, reason="缺人", starts_on=TODAY - DAY, by=manager, now=NOW
        )


def test_an_item_of_a_closed_edition_is_offered_no_more(district, edition, centre, manager):
    start = TODAY + DAY
    services.publish_edition(district=district, data=next_data(), effective_from=start, by=SETUP, now=NOW)

    with pytest.raises(Refused) as told:
        services.opt_out(organisation=centre, item_id=item(edition, 1).pk, reason="缺人", by=manager, now=NOW + DAY)
    assert (told.value.code, told.value.clause) == ("catalog.edition", "002 五(五)")


def test_asking_about_many_items_costs_as_much_as_asking_about_one(edition, centre):
    rows = list(selectors.items(edition.pk))

    def cost(asked):
        with CaptureQueriesContext(connection) as spent:
            assert not any(selectors.why_not_items(centre.pk, asked, TODAY).values())
        return len(spent)

    assert cost(rows[:1]) == cost(rows)


def test_without_an_edition_nothing_is_offered(district):
    centre = places.centre(district)

    assert selectors.offerings(centre.pk, TODAY) == []
    assert selectors.edition_in_force(district.pk, TODAY) is None


# --- negative list ------------------------------------------------------------------------------------------------


@pytest.mark.clause("004 三(三)")
def test_the_negative_list_forbids_a_service_in_the_applicants_own_words(district, supervisor):
    services.add_negative_entry(
        district=district, kind=NegativeEntry.Kind.SERVICE, text="静脉输液", reason="需要抢救条件",
        advice="请到社区卫生服务中心输液", starts_on=TODAY, by=supervisor, now=NOW,
    )  # fmt: skip

    (reason,) = selectors.why_not_wished(district.pk, ["想请护士上门 静脉输液"], [], TODAY)

    assert (reason.code, reason.clause) == ("catalog.negative", "004 三(三)")
    assert reason.sentence == "「静脉输液」在负面清单内，不能上门办理：需要抢救条件。请到社区卫生服务中心输液。"
    assert selectors.why_not_wished(district.pk, ["静脉输液"], [], TODAY - DAY) == []
    assert selectors.why_not_wished(district.pk, ["静脉血采集"], ["曾经静脉输液"], TODAY) == []


@pytest.mark.clause("004 三(三)", "004 三(二)")
def test_the_negative_list_forbids_a_visit_by_what_is_known_of_the_patient(district, edition, centre):
    loading.load_negative_list(district, starts_on=TODAY, by=SETUP, now=NOW)

    assert codes(centre, item(edition, 14), facts=["高血压", "急性胸痛半小时"]) == ["catalog.negative"]
    assert codes(centre, item(edition, 14), facts=["高血压"]) == []
    assert [row for row in selectors.items(edition.pk) if codes(centre, row)] == []
    assert loading.load_negative_list(district, starts_on=TODAY, by=SETUP, now=NOW) == []


def test_an_entry_of_the_negative_list_ends_on_its_last_day(district, supervisor, manager):
    entry = services.add_negative_entry(
        district=district, kind=NegativeEntry.Kind.PATIENT_FACT, text="甲类传染病", reason="需要隔离",
        advice="请到定点医院就诊", starts_on=TODAY, by=supervisor, now=NOW,
    )  # fmt: skip
    with pytest.raises(NotYours):
        services.end_negative_entry(entry_id=entry.pk, ends_on=TODAY, reason="调整", by=manager, now=NOW)
    with pytest.raises(Invalid):
        services.end_negative_entry(entry_id=entry.pk, ends_on=TODAY, reason="", by=supervisor, now=NOW)

    services.end_negative_entry(entry_id=entry.pk, ends_on=TODAY, reason="调整", by=supervisor, now=NOW)

    assert selectors.negative_entries(district.pk, TODAY) == [entry]
    assert selectors.negative_entries(district.pk, TODAY + DAY) == []
    with pytest.raises(NotNow):
        services.end_negative_entry(entry_id=entry.pk, ends_on=TODAY + DAY, reason="调整", by=supervisor, now=NOW + DAY)


def test_an_entry_says_what_why_and_what_instead(district, supervisor):
    with pytest.raises(Invalid) as told:
        services.add_negative_entry(
            district=district, kind="x", text="针", reason="", advice="", starts_on=TODAY, by=supervisor, now=NOW
        )
    assert set(told.value.field_errors) == {"kind", "text", "reason", "advice"}


def test_every_act_on_the_catalogue_is_in_the_trace(district, edition, centre, manager):
    services.opt_out(organisation=centre, item_id=item(edition, 9).pk, reason="缺人", by=manager, now=NOW)

    acts = (
        traces.events()
        .filter(action__startswith="catalog.")
        .order_by("id")
        .values_list("action", "organisation_id", "reason")
    )
    assert list(acts) == [
        ("catalog.edition_published", district.pk, ""),
        ("catalog.opted_in_all", centre.pk, ""),
        ("catalog.opted_out", centre.pk, "缺人"),
    ]
