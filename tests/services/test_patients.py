"""Patients on record: who may put them there, who keeps the record true, who acts for them."""

from datetime import date, timedelta

import pytest

from accounts.roles import Role
from audit.models import Outbox
from institutions.models import Town
from kernel.refusals import Hidden, Invalid, NotYours, Refused
from patients import access, privacy, selectors, services
from patients.models import Address, Patient, Proxy
from patients.services import people
from tests.world import persons, places, traces
from tests.world.persons import proxy_of
from tests.world.places import NOW, SETUP, TODAY

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def district():
    return places.district()


@pytest.fixture
def centre(district):
    return places.centre(district)


@pytest.fixture
def myself(centre):
    return persons.with_account()


def codes(refused):
    return [reason.code for reason in refused.value.reasons]


# --- registration ---


@pytest.mark.clause("002 五(八)")
def test_a_registration_seals_what_is_private_and_can_be_found_again(centre):
    facts = persons.facts()

    patient = services.register(**facts, by=places.staff(centre, Role.DISPATCHER), now=NOW)

    patient.refresh_from_db()
    assert (patient.birth_date, patient.sex) == (date(1943, 5, 17), "female")
    assert facts["identity_number"].encode() not in bytes(patient.identity_sealed)
    assert privacy.identity_number(patient) == facts["identity_number"]
    assert privacy.phone(patient) == facts["phone"]
    assert privacy.contact_phone(patient) == facts["contact_phone"]
    assert privacy.address_line(selectors.current_address(patient.pk)) == facts["address"]
    assert selectors.find_by_identity("resident_id", f" {facts['identity_number'].lower()} ", TODAY) == patient
    assert list(selectors.find_by_phone(facts["phone"], TODAY)) == [patient]
    assert selectors.find_by_identity("resident_id", "1", TODAY) is None
    assert not selectors.find_by_phone("12", TODAY).exists()


@pytest.mark.clause("002 五(七)2(2)")
def test_the_trace_of_a_registration_holds_no_private_value(centre):
    facts = persons.facts()
    patient = services.register(**facts, by=places.staff(centre, Role.DISPATCHER), now=NOW)

    event = traces.act("patients.registered")

    assert (event.subject_id, event.role) == (str(patient.pk), "dispatcher")
    written = f"{event.data} {event.reason} {Outbox.objects.get(event_type='patients.registered').payload}"
    for private in (facts["name"], facts["identity_number"], facts["phone"], facts["address"]):
        assert private not in written


@pytest.mark.clause("002 五(八)")
def test_only_the_format_is_proved_by_a_registration(centre):
    standing = selectors.identity_standing(persons.patient())

    assert standing.format.passed
    assert (standing.original, standing.compared, standing.seen) == (None, None, False)


def test_every_wrong_field_is_named_at_once(centre):
    wrong = persons.facts(
        name=" ", identity_number="310199194305170022", phone="12345", group="rich", address="", contact_phone="1"
    )

    with pytest.raises(Invalid) as no:
        services.register(**wrong, by=SETUP, now=NOW)

    assert set(no.value.field_errors) == {"name", "identity_number", "phone", "group", "address", "contact_phone"}
    assert not Patient.objects.exists()


def test_birth_and_sex_must_agree_with_the_number(centre):
    with pytest.raises(Invalid) as no:
        persons.patient(birth_date=date(1943, 5, 18), sex="male")

    assert codes(no) == ["identity.birth", "identity.sex"]


@pytest.mark.clause("003 二(一)1一")
def test_a_passport_says_neither_birth_nor_sex_so_both_are_asked(centre):
    passport = {"identity_kind": "passport", "identity_number": "E12345678"}

    with pytest.raises(Invalid) as no:
        persons.patient(**passport)
    assert set(no.value.field_errors) == {"birth_date", "sex"}

    patient = persons.patient(**passport, birth_date=date(1950, 1, 2), sex="male")
    assert (patient.birth_date, patient.sex) == (date(1950, 1, 2), "male")


def test_a_landline_is_a_telephone_too(centre):
    patient = persons.patient(phone="021-5800 0001")

    assert privacy.phone(patient) == "02158000001"


def test_a_child_needs_a_guardian_who_can_be_called(centre):
    child = {"born": date(2015, 6, 1), "group": "convalescent"}

    with pytest.raises(Invalid) as no:
        persons.patient(**child, contact_name="", contact_phone="")

    assert codes(no) == ["patient.guardian"]
    assert persons.patient(**child, contact_name="沈家明").contact_name == "沈家明"


def test_nobody_is_registered_twice_and_a_family_is_not_told_who_it_is(centre):
    known = persons.facts(name="王秀英")
    services.register(**known, by=SETUP, now=NOW)
    again = persons.facts(identity_number=known["identity_number"])

    with pytest.raises(Refused) as to_family:
        services.register_for_family(**again, relation="女儿", by=persons.family(), now=NOW)
    with pytest.raises(Refused) as to_staff:
        services.register(**again, by=places.staff(centre, Role.DISPATCHER), now=NOW)

    assert codes(to_family) == codes(to_staff) == ["patient.known"]
    assert "王" not in to_family.value.sentence
    assert "王*英" in to_staff.value.sentence


def test_of_two_desks_registering_one_person_at_once_the_second_hears_so(centre, monkeypatch):
    """The look before the write is not what decides: the database's own constraint is."""
    known = persons.facts()
    services.register(**known, by=SETUP, now=NOW)
    monkeypatch.setattr(people, "_demand_unknown", lambda *looked_too_early: None)

    with pytest.raises(Refused) as no:
        services.register(**known, by=places.staff(centre, Role.DISPATCHER), now=NOW)

    assert codes(no) == ["patient.known"]
    assert Patient.objects.count() == 1


def test_the_page_of_the_household_register_is_the_same_person_as_the_card(centre):
    child = persons.facts(born=date(2012, 6, 1), identity_kind="household_register")
    services.register(**child, by=SETUP, now=NOW)

    with pytest.raises(Refused) as no:
        services.register(**{**child, "identity_kind": "resident_id"}, by=SETUP, now=NOW)

    assert codes(no) == ["patient.known"]


def test_a_family_registers_itself_once(centre):
    me = persons.family()

    patient = services.register_for_family(**persons.facts(), relation="本人", by=me, now=NOW)

    assert patient.user_id == me.user_id
    assert persons.family(patient.user).patients == {"patient": frozenset({patient.pk})}
    with pytest.raises(Refused) as no:
        services.register_for_family(**persons.facts(), relation="本人", by=me, now=NOW)
    assert codes(no) == ["patient.self_known"]


@pytest.mark.clause("002 五(八)")
def test_whoever_registers_a_relative_acts_for_her_for_a_year(centre):
    me = persons.family()

    patient = services.register_for_family(**persons.facts(), relation="儿子", by=me, now=NOW)

    proxy = Proxy.objects.get()
    assert (proxy.patient, proxy.user_id, proxy.relation) == (patient, me.user_id, "儿子")
    for day, acts in ((TODAY, True), (proxy.expires_on, True), (proxy.expires_on + timedelta(days=1), False)):
        patients, scopes = selectors.links(proxy.user, day)
        assert (patient.pk in patients.get("proxy", ())) is acts
        assert scopes.get(patient.pk, frozenset()) == (frozenset(Proxy.Scope.values) if acts else frozenset())


def test_staff_register_at_the_desk_and_families_on_their_own_page(centre):
    with pytest.raises(NotYours):
        services.register(**persons.facts(), by=persons.family(), now=NOW)
    with pytest.raises(NotYours):
        services.register_for_family(
            **persons.facts(), relation="本人", by=places.staff(centre, Role.DISPATCHER), now=NOW
        )


# --- corrections ---


def test_a_family_corrects_phone_and_contact_but_not_what_forbids_a_visit(centre):
    me = persons.family()
    patient = services.register_for_family(**persons.facts(), relation="本人", by=me, now=NOW)
    me = persons.family(patient.user)

    services.correct(patient_id=patient.pk, phone="15400009999", allergies="青霉素", by=me, now=LATER)

    patient.refresh_from_db()
    assert (privacy.phone(patient), patient.phone_tail, patient.allergies) == ("15400009999", "9999", "青霉素")
    assert list(selectors.find_by_phone("15400009999", TODAY)) == [patient]
    assert traces.act("patients.corrected").data == {"fields": ["allergies", "phone"]}
    with pytest.raises(NotYours):
        services.correct(patient_id=patient.pk, facts=["持续输液"], by=me, now=LATER)
    with pytest.raises(NotYours):
        services.correct(patient_id=patient.pk, identity_tail="0000", by=SETUP, now=LATER)


def test_staff_of_another_jurisdiction_do_not_find_the_patient(district, centre):
    elsewhere = places.centre(district, towns=(places.LUJIAZUI,), name="陆家嘴")
    patient = persons.patient()

    services.correct(
        patient_id=patient.pk, facts=["跌倒高风险"], reason="上门时评估", by=places.staff(centre, Role.NURSE), now=LATER
    )
    with pytest.raises(Hidden):
        services.correct(patient_id=patient.pk, conditions="高血压", by=places.staff(elsewhere, Role.NURSE), now=LATER)
    with pytest.raises(Hidden):
        services.correct(patient_id=patient.pk, conditions="高血压", by=persons.family(), now=LATER)


@pytest.mark.clause("004 三(三)")
def test_what_forbids_a_visit_is_neither_set_down_nor_taken_back_without_a_reason(centre):
    patient, nurse = persons.patient(), places.staff(centre, Role.NURSE)
    act = {"patient_id": patient.pk, "by": nurse, "now": LATER}

    for reason in ("", "  "):
        with pytest.raises(Invalid) as no:
            services.correct(facts=["甲类传染病"], reason=reason, **act)
        assert [(one.code, one.field) for one in no.value.reasons] == [("reason.missing", "reason")]
    patient.refresh_from_db()
    assert patient.facts == []

    services.correct(facts=["甲类传染病"], reason=" 上门时看到隔离通知 ", **act)
    assert traces.act("patients.corrected").reason == "上门时看到隔离通知"
    services.correct(facts=["甲类传染病"], conditions="高血压", **act)  # the same facts once more are no change
    with pytest.raises(Invalid):
        services.correct(facts=[], **act)


def test_a_changed_address_is_a_new_row_and_the_old_one_stays(centre):
    patient = persons.patient()
    old = selectors.current_address(patient.pk)

    new = services.change_address(
        patient_id=patient.pk, town=Town.objects.get(pk=places.LUJIAZUI), address="梧桐里 5 号", by=SETUP, now=LATER
    )

    assert selectors.current_address(patient.pk) == new
    assert Address.objects.get(pk=old.pk).is_current is False
    assert privacy.address_line(Address.objects.get(pk=old.pk)) == "芦荻路 12 弄 3 号 401 室"


# --- proxies ---


@pytest.mark.clause("002 五(八)")
def test_the_patient_gives_and_takes_the_right_to_act(myself):
    patient, me = myself

    proxy = proxy_of(patient, me)

    assert persons.family(proxy.user).scopes_for(patient.pk) == {"apply", "sign"}
    services.end_proxy(proxy_id=proxy.pk, by=me, now=LATER)
    assert persons.family(proxy.user).patients == {}
    with pytest.raises(Refused) as no:
        services.end_proxy(proxy_id=proxy.pk, by=me, now=LATER)
    assert codes(no) == ["proxy.ended"]


def test_a_proxy_cannot_pass_the_right_on_but_may_give_it_up(myself):
    patient, me = myself
    proxy = proxy_of(patient, me)
    daughter = persons.family(proxy.user)

    with pytest.raises(NotYours):
        proxy_of(patient, daughter)
    with pytest.raises(Hidden):
        proxy_of(patient, persons.family())
    services.end_proxy(proxy_id=proxy.pk, by=daughter, now=LATER)
    assert Proxy.objects.get(pk=proxy.pk).ended_by_id == daughter.user_id


def test_one_account_acts_once_at_a_time_and_a_lapsed_right_can_be_given_anew(myself):
    patient, me = myself
    proxy = proxy_of(patient, me)

    with pytest.raises(Refused) as no:
        proxy_of(patient, me, user=proxy.user)
    assert codes(no) == ["proxy.held"]

    long_after = NOW + timedelta(days=200)
    again = services.add_proxy(
        patient_id=patient.pk, username=proxy.user.username, relation="女儿", scopes=["sign"],
        expires_on=long_after.date() + timedelta(days=9), by=me, now=long_after,
    )  # fmt: skip
    assert again.pk != proxy.pk


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"scopes": []}, "scopes"),
        ({"scopes": ["everything"]}, "scopes"),
        ({"expires_on": TODAY - timedelta(days=1)}, "expires_on"),
        ({"relation": ""}, "relation"),
    ],
)
def test_a_right_to_act_names_relation_purpose_and_end(myself, changed, field):
    with pytest.raises(Invalid) as no:
        proxy_of(*myself, **changed)

    assert list(no.value.field_errors) == [field]


def test_nobody_is_a_proxy_of_himself_and_an_unknown_account_is_said_so(myself):
    patient, me = myself
    with pytest.raises(Invalid) as no:
        proxy_of(patient, me, user=patient.user)
    assert codes(no) == ["proxy.self"]
    with pytest.raises(Invalid) as no:
        services.add_proxy(
            patient_id=patient.pk, username="nobody", relation="女儿", scopes=["sign"], expires_on=TODAY, by=me, now=NOW
        )
    assert codes(no) == ["proxy.account"]


def test_staff_link_an_account_to_whom_they_registered_by_phone(centre):
    patient, user = persons.patient(), places.person("沈玉兰")
    desk = places.staff(centre, Role.DISPATCHER)

    services.link_account(patient_id=patient.pk, user=user, by=desk, now=NOW)

    assert persons.family(user).patients == {"patient": frozenset({patient.pk})}
    with pytest.raises(Refused) as no:
        services.link_account(patient_id=persons.patient().pk, user=user, by=desk, now=NOW)
    assert codes(no) == ["patient.account_taken"]
    with pytest.raises(NotYours):
        services.link_account(patient_id=patient.pk, user=user, by=persons.family(user), now=NOW)


def test_hats_and_visible_to_agree_for_everybody(myself, centre):
    patient, me = myself
    other = persons.patient()
    daughter = persons.family(proxy_of(patient, me).user)

    for actor in (me, daughter, persons.family(), places.staff(centre, Role.NURSE), SETUP):
        seen = set(access.visible_to(actor))
        for row in (patient, other):
            assert (row in seen) is bool(access.hats(actor, row))
    assert [row.current_addresses[0].town_id for row in selectors.household(daughter)] == [places.WEIFANG]
