"""Verbs and reads of institutions, on a real database."""

from datetime import date, timedelta

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.roles import Role
from audit.models import Outbox
from institutions import access, loading, selectors, services
from institutions.models import Filing, RuleSet, Setting, Town
from institutions.settings import SETTINGS, judge
from kernel.actors import ANONYMOUS
from kernel.refusals import Hidden, Invalid, NotNow, NotYours
from tests.world import places, traces
from tests.world.places import LUJIAZUI, NOW, SETUP, TODAY, WEIFANG

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def district():
    return places.district()


@pytest.fixture
def centre(district):
    return places.centre(district)


@pytest.fixture
def supervisor(district, centre):
    return places.staff(district, Role.SUPERVISOR)


@pytest.fixture
def manager(centre):
    return places.staff(centre, Role.CENTRE_ADMIN)


def codes(centre, on=TODAY, town=WEIFANG):
    return [reason.code for reason in selectors.why_not_serve(centre.pk, on, town)]


# --- standing -----------------------------------------------------------------------------------------------------


@pytest.mark.clause("002 五(二)1")
def test_a_centre_with_licence_filing_and_town_may_serve(centre):
    assert codes(centre) == []


@pytest.mark.clause("002 五(二)1", "004 三(一)")
def test_a_centre_is_opened_step_by_step_by_itself_and_the_commission(district):
    bare = places.bare_centre(district)
    manager, supervisor = places.staff(bare, Role.CENTRE_ADMIN), places.staff(district, Role.SUPERVISOR)
    assert codes(bare) == ["centre.licence", "centre.filing", "centre.jurisdiction"]

    services.record_licence(
        organisation=bare, number="PDY00000131011512D1102", scope="护理", issued_on=date(2024, 1, 1),
        expires_on=date(2029, 1, 1), by=manager, now=NOW,
    )  # fmt: skip
    filed = services.file_mode(organisation=bare, mode=Filing.Mode.ROUNDS, by=manager, now=NOW)
    services.assign_town(organisation=bare, town=Town.objects.get(pk=WEIFANG), starts_on=TODAY, by=supervisor, now=NOW)
    assert codes(bare) == ["centre.filing"]
    services.decide_filing(filing_id=filed.pk, approve=True, by=supervisor, now=NOW)

    assert codes(bare) == []
    assert codes(bare, town=LUJIAZUI) == ["centre.jurisdiction"]


@pytest.mark.clause("002 五(二)1")
def test_a_suspended_centre_may_not_serve_until_the_stop_is_lifted(centre, supervisor):
    row = services.suspend(
        organisation=centre, starts_on=TODAY, reason="消毒隔离不合格", clause="002 五(七)2(2)", by=supervisor, now=NOW
    )
    assert codes(centre) == ["centre.suspended"]
    with pytest.raises(NotNow):
        services.suspend(
            organisation=centre, starts_on=TODAY + DAY, reason="再次", clause="002 五(七)2(2)", by=supervisor, now=NOW
        )

    services.lift_suspension(suspension_id=row.pk, reason="整改合格", by=supervisor, now=NOW + DAY)

    assert codes(centre) == ["centre.suspended"]
    assert codes(centre, TODAY + DAY) == []
    with pytest.raises(NotNow):
        services.lift_suspension(suspension_id=row.pk, reason="整改合格", by=supervisor, now=NOW + DAY)


def test_a_lifted_stop_does_not_stand_in_the_way_of_a_new_one(centre, supervisor):
    order = {"organisation": centre, "starts_on": TODAY, "reason": "消毒隔离不合格", "clause": "002 五(七)2(2)"}
    first = services.suspend(**order, by=supervisor, now=NOW)
    services.lift_suspension(suspension_id=first.pk, reason="误办", by=supervisor, now=NOW)

    services.suspend(**order, by=supervisor, now=NOW)

    assert codes(centre) == ["centre.suspended"]


def test_a_suspension_needs_reason_clause_and_a_day_that_has_not_passed(centre, supervisor):
    good = {"organisation": centre, "starts_on": TODAY, "reason": "抽查不合格", "clause": "002 五(七)2(2)"}
    for wrong in (
        {"reason": " "}, {"clause": ""}, {"starts_on": TODAY - DAY}, {"ends_on": TODAY - DAY},
    ):  # fmt: skip
        with pytest.raises(Invalid) as told:
            services.suspend(**{**good, **wrong}, by=supervisor, now=NOW)
        assert told.value.field_errors


@pytest.mark.clause("002 五(二)1")
def test_withdrawing_the_only_filing_closes_the_centre_from_today(centre, manager):
    filed = Filing.objects.get(organisation=centre)

    services.withdraw_filing(filing_id=filed.pk, reason="暂停家庭病床", by=manager, now=NOW + DAY)

    assert codes(centre, TODAY) == []
    assert codes(centre, TODAY + DAY) == ["centre.filing"]
    services.file_mode(organisation=centre, mode=filed.mode, by=manager, now=NOW + DAY)


def test_a_mode_is_filed_once_and_decided_once(centre, manager, supervisor):
    with pytest.raises(NotNow):
        services.file_mode(organisation=centre, mode=Filing.Mode.HOME_BED, by=manager, now=NOW)
    filed = services.file_mode(organisation=centre, mode=Filing.Mode.ROUNDS, by=manager, now=NOW)
    with pytest.raises(Invalid):
        services.decide_filing(filing_id=filed.pk, approve=False, by=supervisor, now=NOW)
    assert [
        row.pk for row in selectors.filings_to_decide(supervisor.orgs_as(Role.SUPERVISOR) and centre.parent_id)
    ] == [filed.pk]

    services.decide_filing(filing_id=filed.pk, approve=False, note="人员不足", by=supervisor, now=NOW)

    assert not selectors.filings_to_decide(centre.parent_id)
    with pytest.raises(NotNow):
        services.decide_filing(filing_id=filed.pk, approve=True, by=supervisor, now=NOW)
    services.file_mode(organisation=centre, mode=Filing.Mode.ROUNDS, by=manager, now=NOW)


@pytest.mark.clause("002 五(二)1")
def test_a_released_town_is_served_to_its_last_day(centre, supervisor):
    row = centre.jurisdictions.get()
    with pytest.raises(Invalid):
        services.release_town(jurisdiction_id=row.pk, ends_on=TODAY - DAY, reason="调整", by=supervisor, now=NOW)

    services.release_town(jurisdiction_id=row.pk, ends_on=TODAY + DAY, reason="辖区调整", by=supervisor, now=NOW)

    assert codes(centre, TODAY + DAY) == []
    assert codes(centre, TODAY + 2 * DAY) == ["centre.jurisdiction"]


def test_a_town_is_assigned_once_at_a_time(centre, supervisor):
    with pytest.raises(NotNow):
        services.assign_town(
            organisation=centre, town=Town.objects.get(pk=WEIFANG), starts_on=TODAY, by=supervisor, now=NOW
        )


def test_a_licence_is_refused_with_every_wrong_field(centre, manager):
    with pytest.raises(Invalid) as told:
        services.record_licence(
            organisation=centre, number="12", scope="", issued_on=TODAY, expires_on=TODAY, by=manager, now=NOW
        )
    assert set(told.value.field_errors) == {"number", "scope", "expires_on"}


# --- who ----------------------------------------------------------------------------------------------------------


def test_a_centre_does_not_approve_itself_and_the_commission_does_not_apply_for_it(centre, manager, supervisor):
    filed = services.file_mode(organisation=centre, mode=Filing.Mode.ROUNDS, by=manager, now=NOW)
    with pytest.raises(NotYours):
        services.decide_filing(filing_id=filed.pk, approve=True, by=manager, now=NOW)
    with pytest.raises(NotYours):
        services.file_mode(organisation=centre, mode=Filing.Mode.COMMUNITY, by=supervisor, now=NOW)


@pytest.mark.clause("004 五(三)")
def test_nobody_acts_for_another_centre_or_district(district, centre, manager):
    other = places.centre(district, (LUJIAZUI,), name="陆家嘴")
    elsewhere = places.district(name="别区卫生健康委")
    stranger = places.staff(elsewhere, Role.SUPERVISOR)

    with pytest.raises(NotYours):
        services.save_profile(organisation=other, introduction="您好", by=manager, now=NOW)
    with pytest.raises(NotYours):
        services.suspend(organisation=centre, starts_on=TODAY, reason="抽查", clause="002", by=stranger, now=NOW)
    with pytest.raises(NotYours):
        services.suspend(organisation=centre, starts_on=TODAY, reason="抽查", clause="002", by=ANONYMOUS, now=NOW)
    with pytest.raises(Hidden):
        services.lift_suspension(suspension_id=0, reason="抽查", by=stranger, now=NOW)


def test_the_two_ways_to_ask_who_sees_an_institution_agree(district, centre, manager, supervisor):
    other = places.centre(district, (LUJIAZUI,), name="陆家嘴")
    for actor in (manager, supervisor, places.staff(other, Role.NURSE), ANONYMOUS):
        seen = set(access.visible_to(actor).values_list("pk", flat=True))
        assert seen == {place.pk for place in (district, centre, other) if access.hats(actor, place)}


def test_every_act_is_in_the_trace_and_in_the_outbox(centre, supervisor):
    row = services.suspend(
        organisation=centre, starts_on=TODAY, reason="抽查不合格", clause="002 五(七)2(2)", by=supervisor, now=NOW
    )

    acts = traces.events().filter(action="institutions.suspended")
    assert list(acts.values_list("object_id", "organisation_id", "actor_id", "role", "reason")) == [
        (str(row.pk), centre.pk, supervisor.id, "supervisor", "抽查不合格")
    ]
    assert Outbox.objects.get(event_type="institutions.suspended").payload["starts_on"] == "2026-03-02"


# --- public list --------------------------------------------------------------------------------------------------


@pytest.mark.clause("004 五(三)", "002 五(二)1")
def test_the_public_list_shows_who_may_serve_with_the_supervision_phone(district, centre):
    places.bare_centre(district, name="洋泾")

    (line,) = selectors.serving_centres(district.pk, TODAY)

    assert line.organisation.pk == centre.pk
    assert line.profile.supervision_phone == "021-58880000"
    assert line.modes == ("家庭病床",)
    assert [town.name for town in line.towns] == ["潍坊新村街道"]


def test_the_public_list_costs_the_same_for_one_centre_and_for_many(district, centre):
    def cost():
        with CaptureQueriesContext(
            connection,
        ) as spent:
            selectors.serving_centres(district.pk, TODAY)
            selectors.centre_for_town(district.pk, WEIFANG, TODAY)
        return len(spent)

    one = cost()
    for number in range(4):
        places.centre(district, (WEIFANG, LUJIAZUI), name=f"第{number}")

    assert cost() == one


def test_the_centre_that_bears_the_towns_name_comes_first(district):
    places.centre(district, (WEIFANG,), name="北蔡")
    own = places.centre(district, (WEIFANG,), name="潍坊")
    places.bare_centre(district, name="花木")

    found = selectors.centre_for_town(district.pk, WEIFANG, TODAY)

    assert [centre.short_name for centre in found] == ["潍坊", "北蔡"]
    assert found[0].pk == own.pk
    assert selectors.centre_for_town(district.pk, LUJIAZUI, TODAY) == []
    assert selectors.centre_for_town(district.pk, "000", TODAY) == []


def test_the_towns_are_loaded_once(district):
    assert selectors.towns().count() == 36
    assert loading.load_district(loading.read(), by=SETUP, now=NOW) == []
    with pytest.raises(Hidden):
        services.add_towns(towns=[], by=places.staff(district, Role.SUPERVISOR), now=NOW)


@pytest.mark.clause("004 五(一)", "004 三(六)")
def test_a_profile_refuses_what_cannot_be_shown_or_called(centre, manager):
    with pytest.raises(Invalid) as told:
        services.save_profile(
            organisation=centre, supervision_phone="没有", introduction="长" * 301, platform_kind="x",
            by=manager, now=NOW,
        )  # fmt: skip
    assert set(told.value.field_errors) == {"supervision_phone", "introduction", "platform_kind"}

    services.save_profile(
        organisation=centre, supervision_phone="12320", responsible_person="顾明", responsible_department="护理部",
        platform_kind="third_party", platform_note="三级等保，专人运维", by=manager, now=NOW,
    )  # fmt: skip
    profile = selectors.serving_centres(centre.parent_id, TODAY)[0].profile
    assert (profile.responsible_person, profile.responsible_department) == ("顾明", "护理部")
    assert (profile.get_platform_kind_display(), profile.platform_note) == ("第三方平台", "三级等保，专人运维")


@pytest.mark.clause("004 五(三)")
def test_the_commission_keeps_its_own_supervision_phone(district, manager, supervisor):
    services.save_profile(organisation=district, supervision_phone="021-50000000", by=supervisor, now=NOW)

    assert district.profile.supervision_phone == "021-50000000"
    with pytest.raises(NotYours):
        services.save_profile(organisation=district, supervision_phone="12345", by=manager, now=NOW)


# --- rule sets ----------------------------------------------------------------------------------------------------


@pytest.mark.clause("002 五(七)1(1)", "004 三(五)")
def test_the_ten_management_systems_are_listed_with_the_missing_ones(centre, manager):
    for text in ("第一版", "第二版"):
        services.publish_rule_set(
            organisation=centre, kind=RuleSet.Kind.WASTE, text=text, effective_on=TODAY, by=manager, now=NOW
        )

    lines = selectors.rule_sets(centre.pk)

    assert len(lines) == 10
    (present,) = [line for line in lines if line.rule_set]
    assert (present.label, present.rule_set.version, present.rule_set.text) == ("医疗废物处置流程", 2, "第二版")
    assert len(present.rule_set.sha256) == 64


@pytest.mark.clause("002 五(七)1(1)")
def test_staff_acknowledge_a_version_once_and_strangers_do_not(district, centre, manager):
    rule_set = services.publish_rule_set(
        organisation=centre, kind=RuleSet.Kind.RISK, text="正文", effective_on=TODAY, by=manager, now=NOW
    )
    nurse, stranger = places.staff(centre, Role.NURSE), places.staff(district, Role.AUDITOR)
    assert selectors.unread_rule_sets(nurse.user_id, centre.pk) == [rule_set]

    first = services.acknowledge(rule_set_id=rule_set.pk, by=nurse, now=NOW)

    assert services.acknowledge(rule_set_id=rule_set.pk, by=nurse, now=NOW + DAY).pk == first.pk
    assert selectors.unread_rule_sets(nurse.user_id, centre.pk) == []
    with pytest.raises(NotYours):
        services.acknowledge(rule_set_id=rule_set.pk, by=stranger, now=NOW)


def test_a_rule_set_needs_a_kind_and_a_text(centre, manager):
    for wrong in ({"kind": "x", "text": "正文"}, {"kind": RuleSet.Kind.RISK, "text": "  "}):
        with pytest.raises(Invalid):
            services.publish_rule_set(organisation=centre, effective_on=TODAY, by=manager, now=NOW, **wrong)


@pytest.mark.clause("004 三(七)")
def test_the_agreement_with_a_platform_is_kept_with_its_hash(centre, manager):
    with pytest.raises(Invalid) as told:
        services.record_platform_agreement(
            organisation=centre, counterparty="", duties="", signed_on=TODAY, expires_on=TODAY, by=manager, now=NOW
        )
    assert len(told.value.reasons) == 3

    row = services.record_platform_agreement(
        organisation=centre, counterparty="某平台公司", duties="责权利约定", signed_on=TODAY,
        expires_on=TODAY + 365 * DAY, by=manager, now=NOW,
    )  # fmt: skip
    assert selectors.papers(centre.pk)["agreements"] == [row]


# --- settings -----------------------------------------------------------------------------------------------------


def test_a_setting_has_its_default_until_the_day_it_is_chosen(district, supervisor):
    services.choose_setting(
        district=district, key="nurse.daily_cap", value=6, effective_on=TODAY + DAY, reason="减轻负担",
        by=supervisor, now=NOW,
    )  # fmt: skip

    assert selectors.setting(district.pk, "nurse.daily_cap", TODAY) == 8
    assert selectors.setting(district.pk, "nurse.daily_cap", TODAY + DAY) == 6
    assert selectors.settings_on(district.pk, TODAY)["nurse.daily_cap"] == 8
    assert selectors.settings_on(district.pk, TODAY + DAY)["nurse.daily_cap"] == 6
    assert set(selectors.settings_on(district.pk, TODAY)) == set(SETTINGS)


def test_a_choice_may_be_replaced_until_its_day_begins(district, supervisor):
    def choose(value, now=NOW):
        return services.choose_setting(
            district=district, key="nurse.daily_cap", value=value, effective_on=TODAY + DAY, reason="调整",
            by=supervisor, now=now,
        )  # fmt: skip

    choose(6)
    choose(7)
    assert Setting.objects.get().value == 7
    with pytest.raises(NotNow):
        choose(5, NOW + DAY)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("nurse.unknown", 1),
        ("nurse.daily_cap", "8"),
        ("nurse.daily_cap", True),
        ("nurse.daily_cap", 0),
        ("nurse.min_years", 4),
        ("nurse.insurance", "ignore"),
        ("nurse.min_title", "nurse"),
        ("nurse.affiliation", ["registered_only"]),
        ("request.emergency_words", []),
        ("request.emergency_words", ["胸痛", 1]),
        ("request.emergency_words", "胸痛"),
    ],
)
def test_a_setting_refuses_an_unknown_key_or_a_value_that_does_not_fit(district, supervisor, key, value):
    with pytest.raises(Invalid):
        services.choose_setting(
            district=district, key=key, value=value, effective_on=TODAY, reason="调整", by=supervisor, now=NOW
        )


def test_a_setting_refuses_the_past_and_a_missing_reason(district, supervisor, manager):
    choice = {"district": district, "key": "nurse.daily_cap", "value": 6, "now": NOW}
    with pytest.raises(Invalid) as told:
        services.choose_setting(**choice, effective_on=TODAY - DAY, reason="", by=supervisor)
    assert set(told.value.field_errors) == {"effective_on", "reason"}
    with pytest.raises(NotYours):
        services.choose_setting(**choice, effective_on=TODAY, reason="调整", by=manager)


@pytest.mark.clause("002 五(二)2")
def test_every_default_fits_its_own_declaration():
    assert not [reason for key, row in SETTINGS.items() if (reason := judge(key, row.default))]
    assert SETTINGS["nurse.min_years"].default == 5


@pytest.mark.parametrize("app", ["accounts", "institutions", "catalog"])
def test_the_admin_shows_and_never_writes(app, rf):
    request = rf.get("/")
    ours = [site for model, site in admin.site._registry.items() if model._meta.app_label == app]
    assert ours
    for site in ours:
        assert not site.has_add_permission(request)
        assert not site.has_change_permission(request)
        assert not site.has_delete_permission(request)
        assert site.actions is None
