"""Patients on record: who may put them there, what is proved of them, who acts for them, what they signed."""

from datetime import date, timedelta

import pytest

from accounts.roles import Role
from audit.models import Outbox
from institutions import services as institutions
from institutions.models import Town
from kernel.refusals import Hidden, Invalid, NotYours, Refused, Stale
from patients import access, privacy, selectors, services, texts
from patients.models import Address, Consent, IdentityCheck, PaperText, Patient, Proxy
from patients.services import people
from patients.services.consents import digest
from tests.world import persons, places, traces
from tests.world.places import NOW, SETUP, TODAY

pytestmark = pytest.mark.django_db

INK = [{"points": [{"x": 10, "y": 12}, {"x": 40, "y": 60}, {"x": 80, "y": 30}]}]
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def district():
    return places.district()


@pytest.fixture
def centre(district):
    return places.centre(district)


@pytest.fixture
def consent_text(district):
    return publish(district)


def publish(district, kind="consent", words=None, on=TODAY, by=SETUP):
    return services.publish_text(
        district=district, kind=kind, text=words or texts.first(kind), effective_on=on, by=by, now=NOW
    )


def sign(patient, centre, text, by, **changed):
    given = {
        "kind": text.kind,
        "shown_sha256": text.sha256,
        "item_codes": ["PD2024-01"],
        "signer_name": patient.name,
        "capacity": "self",
        "method": "glass",
        "strokes": INK,
        **changed,
    }
    return services.sign(patient_id=patient.pk, organisation_id=centre.pk, by=by, now=NOW, **given)


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

    services.correct(patient_id=patient.pk, facts=["跌倒高风险"], by=places.staff(centre, Role.NURSE), now=LATER)
    with pytest.raises(Hidden):
        services.correct(patient_id=patient.pk, conditions="高血压", by=places.staff(elsewhere, Role.NURSE), now=LATER)
    with pytest.raises(Hidden):
        services.correct(patient_id=patient.pk, conditions="高血压", by=persons.family(), now=LATER)


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


@pytest.fixture
def myself(centre):
    """A patient with an own account, and the account as it acts."""
    patient = services.register_for_family(**persons.facts(), relation="本人", by=persons.family(), now=NOW)
    return patient, persons.family(patient.user)


def proxy_of(patient, by, user=None, **changed):
    given = {
        "relation": "女儿",
        "scopes": ["apply", "sign"],
        "expires_on": TODAY + timedelta(days=90),
        "user": user or places.person("沈佳"),
        **changed,
    }
    return services.add_proxy(patient_id=patient.pk, by=by, now=NOW, **given)


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


# --- identity ---


def check(patient, by, **changed):
    given = {"kind": "original", "passed": True, "source": "上门查看原件", **changed}
    return services.record_identity_check(patient_id=patient.pk, by=by, now=LATER, **given)


@pytest.mark.clause("002 五(八)")
@pytest.mark.parametrize("role", [Role.DISPATCHER, Role.DOCTOR, Role.NURSE, Role.CENTRE_ADMIN])
def test_staff_of_the_serving_centre_record_that_they_saw_the_original(centre, role):
    patient, actor = persons.patient(), places.staff(centre, role)

    check(patient, actor)

    standing = selectors.identity_standing(patient)
    assert standing.original.checked_by_id == actor.user_id
    assert (standing.seen, standing.compared) == (True, None)


@pytest.mark.clause("004 三(八)")
def test_a_comparison_by_hand_leaves_evidence(centre):
    patient, desk = persons.patient(), places.staff(centre, Role.DISPATCHER)

    with pytest.raises(Invalid) as no:
        check(patient, desk, kind="police", source="公安窗口")
    assert codes(no) == ["identity.evidence"]

    check(patient, desk, kind="police", source="公安窗口", note="回执 20260302-17")
    assert selectors.identity_standing(patient).compared.passed


def test_a_failed_check_says_what_differs(centre):
    patient, desk = persons.patient(), places.staff(centre, Role.DISPATCHER)

    with pytest.raises(Invalid):
        check(patient, desk, passed=False)
    check(patient, desk, passed=False, note="照片不是本人")

    assert selectors.identity_standing(patient).seen is False


def test_the_format_is_checked_by_the_platform_and_by_nobody_else(centre):
    with pytest.raises(Invalid):
        check(persons.patient(), places.staff(centre, Role.DISPATCHER), kind="format")


def test_families_cannot_vouch_for_themselves(myself):
    with pytest.raises(NotYours):
        check(*myself)


def test_a_corrected_number_starts_its_proofs_anew(centre):
    patient, desk = persons.patient(), places.staff(centre, Role.DISPATCHER)
    check(patient, desk)
    right = persons.citizen_number(499, born=date(1944, 1, 9), sex="male")

    services.correct_identity(
        patient_id=patient.pk, name="沈玉南", identity_kind="resident_id", identity_number=right,
        reason="登记时看错证件", by=desk, now=LATER + timedelta(hours=1),
    )  # fmt: skip

    patient.refresh_from_db()
    assert (patient.name, patient.sex, patient.birth_date) == ("沈玉南", "male", date(1944, 1, 9))
    assert selectors.find_by_identity("resident_id", right, TODAY) == patient
    assert selectors.identity_standing(patient).seen is False
    assert IdentityCheck.objects.filter(patient=patient).count() == 3


def test_a_number_is_not_corrected_into_another_persons(centre):
    one, other = persons.patient(), persons.patient()

    with pytest.raises(Refused) as no:
        services.correct_identity(
            patient_id=one.pk, name="沈玉兰", identity_kind="resident_id",
            identity_number=privacy.identity_number(other), reason="更正", by=SETUP, now=LATER,
        )  # fmt: skip

    assert codes(no) == ["patient.known"]


# --- looks ---


@pytest.mark.clause("002 五(八)")
@pytest.mark.parametrize("field", ["identity", "phone", "contact_phone", "address"])
def test_a_sealed_value_is_shown_to_staff_who_say_why(centre, field):
    facts = persons.facts()
    patient = services.register(**facts, by=SETUP, now=NOW)

    shown = services.reveal(
        patient_id=patient.pk, field=field, reason="电话核实住址", by=places.staff(centre, Role.NURSE), now=LATER
    )

    assert shown.endswith(facts["identity_number" if field == "identity" else field])
    event = traces.act("patients.revealed")
    assert (event.data, event.reason, event.subject_id) == ({"field": field}, "电话核实住址", str(patient.pk))


@pytest.mark.clause("002 五(八)")
def test_no_reason_no_look_and_no_look_from_elsewhere(district, centre):
    patient = persons.patient()
    elsewhere = places.staff(places.centre(district, towns=(), name="川沙"), Role.NURSE)

    with pytest.raises(Invalid) as no:
        services.reveal(patient_id=patient.pk, field="phone", reason="看 看", by=SETUP, now=NOW)
    assert codes(no) == ["reveal.reason"]
    with pytest.raises(Hidden):
        services.reveal(patient_id=patient.pk, field="phone", reason="电话核实住址", by=elsewhere, now=NOW)
    assert not traces.acts("patients.revealed")


# --- texts and signatures ---


@pytest.mark.clause("002 五(七)1(4)")
@pytest.mark.parametrize("kind", ["consent", "agreement"])
def test_the_first_texts_cover_what_the_document_asks(kind):
    words = texts.first(kind)

    for asked in ("服务内容", "流程", "责任和权利", "可能出现的风险", "120"):
        assert asked in words


def test_the_commission_publishes_texts_and_nobody_else(district, centre):
    supervisor = places.staff(district, Role.SUPERVISOR)

    first = publish(district, words="第一版", by=supervisor)
    second = publish(district, words="第二版", on=TODAY + timedelta(days=7), by=supervisor)

    assert (first.version, second.version, first.sha256) == (1, 2, digest("第一版"))
    assert selectors.text_in_force(district.pk, "consent", TODAY) == first
    assert selectors.text_in_force(district.pk, "consent", TODAY + timedelta(days=7)) == second
    assert selectors.text_in_force(district.pk, "agreement", TODAY) is None
    for by, words, on in (
        (places.staff(centre, Role.CENTRE_ADMIN), "第三版", TODAY),
        (supervisor, "第二版", TODAY),
        (supervisor, " ", TODAY),
        (supervisor, "第三版", TODAY - timedelta(days=1)),
    ):
        with pytest.raises(Refused):
            publish(district, words=words, on=on, by=by)


@pytest.mark.clause("002 五(七)1(4)")
def test_a_patient_signs_and_the_exact_text_is_kept(myself, centre, consent_text):
    patient, me = myself

    consent = sign(patient, centre, consent_text, me, item_codes=["PD2024-02", "PD2024-01"], device="Pixel")

    assert (consent.shown_sha256, consent.text) == (consent_text.sha256, consent_text)
    assert consent.item_codes == ["PD2024-01", "PD2024-02"]
    assert (consent.signer_id, consent.witness_id) == (me.user_id, None)
    assert consent.valid_until == TODAY + timedelta(days=365)
    assert selectors.valid_consent(patient.pk, centre.pk, "consent", ["PD2024-02"], TODAY) == consent


@pytest.mark.clause("002 五(七)1(4)")
def test_a_consent_carries_only_what_it_covers(myself, district, centre, consent_text):
    patient, me = myself
    consent = sign(patient, centre, consent_text, me, valid_until=TODAY + timedelta(days=30))
    other = places.bare_centre(district, name="川沙")

    def valid(centre=centre, items=("PD2024-01",), on=TODAY, kind="consent"):
        return selectors.valid_consent(patient.pk, centre.pk, kind, items, on)

    assert valid() == valid(on=consent.valid_until) == consent
    assert valid(on=consent.valid_until + timedelta(days=1)) is None
    assert valid(items=["PD2024-01", "PD2024-02"]) is None
    assert valid(centre=other) is None
    assert valid(kind="agreement") is None
    publish(district, words="新版本", on=TODAY + timedelta(days=3))
    assert valid() == consent
    assert valid(on=TODAY + timedelta(days=3)) is None


@pytest.mark.clause("004 三(七)")
def test_the_agreement_is_signed_apart_and_names_no_items(myself, district, centre):
    patient, me = myself
    agreement = publish(district, kind="agreement")

    signed = sign(patient, centre, agreement, me, item_codes=[], method="typed", strokes=[])

    assert selectors.valid_consent(patient.pk, centre.pk, "agreement", ["PD2024-01"], TODAY) == signed


@pytest.mark.clause("002 五(七)1(4)")
def test_a_text_that_changed_while_it_was_read_is_not_signed(myself, district, centre, consent_text):
    publish(district, words="新版本")

    with pytest.raises(Stale) as no:
        sign(myself[0], centre, consent_text, myself[1])

    assert codes(no) == ["consent.stale_text"]
    assert no.value.sentence == "文本已更新，请重新阅读后签署。"
    assert no.value.clause == "002 五(七)1(4)"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"strokes": []}, "consent.no_strokes"),
        ({"strokes": [{"points": [{"x": 1, "y": 1}] * 40_000}]}, "consent.ink"),
        ({"method": "paper", "strokes": []}, "consent.no_picture"),
        ({"item_codes": []}, "consent.items"),
        ({"signer_name": "沈家明"}, "consent.name"),
        ({"signer_name": ""}, "form.required"),
        ({"method": "telepathy"}, "consent.method"),
        ({"capacity": "guardian"}, "consent.capacity"),
        ({"valid_until": TODAY - timedelta(days=1)}, "consent.until"),
        ({"valid_until": TODAY + timedelta(days=366)}, "consent.until"),
    ],
)
def test_a_signature_that_proves_nothing_is_not_taken(myself, centre, consent_text, changed, code):
    with pytest.raises(Refused) as no:
        sign(myself[0], centre, consent_text, myself[1], **changed)

    assert codes(no) == [code]
    assert not Consent.objects.exists()


def test_a_proxy_signs_only_within_its_scope(myself, centre, consent_text):
    patient, me = myself
    signs = persons.family(proxy_of(patient, me).user)
    applies = persons.family(proxy_of(patient, me, scopes=["apply"]).user)
    facts = {"signer_name": "沈佳", "capacity": "proxy"}

    assert sign(patient, centre, consent_text, signs, **facts).capacity == "proxy"
    with pytest.raises(NotYours) as no:
        sign(patient, centre, consent_text, applies, **facts)
    assert codes(no) == ["proxy.scope"]
    with pytest.raises(Refused) as no:
        sign(patient, centre, consent_text, signs, signer_name=patient.name, capacity="self")
    assert codes(no) == ["consent.capacity"]
    with pytest.raises(Hidden):
        sign(patient, centre, consent_text, persons.family(), **facts)


def test_staff_bear_witness_to_a_signature_on_glass(centre, consent_text):
    patient, nurse = persons.patient(), places.staff(centre, Role.NURSE)

    consent = sign(patient, centre, consent_text, nurse)

    assert (consent.signer_id, consent.witness_id) == (None, nurse.user_id)
    with pytest.raises(Refused) as no:
        sign(patient, centre, consent_text, nurse, method="typed", strokes=[])
    assert codes(no) == ["consent.needs_account"]


def test_a_witness_works_at_the_centre_and_the_platform_alone_is_none(district, centre, consent_text):
    patient = persons.patient()
    stranger = places.post(places.bare_centre(district, name="川沙"), Role.NURSE).user
    nurse = places.post(centre, Role.NURSE).user

    for witness, code in ((stranger, "consent.witness"), (None, "consent.signer")):
        with pytest.raises(Refused) as no:
            sign(patient, centre, consent_text, SETUP, witness=witness)
        assert codes(no) == [code]
    assert sign(patient, centre, consent_text, SETUP, witness=nurse).witness == nurse


def test_nothing_is_signed_before_a_text_is_published(myself, centre):
    text = PaperText(kind="consent", sha256=digest("x"))

    with pytest.raises(Refused) as no:
        sign(myself[0], centre, text, myself[1])

    assert codes(no) == ["consent.no_text"]


@pytest.mark.clause("002 五(七)1(4)")
def test_a_consent_is_taken_back_once_and_those_who_follow_hear_of_it(myself, centre, consent_text):
    patient, me = myself
    consent = sign(patient, centre, consent_text, me)

    services.withdraw_consent(consent_id=consent.pk, reason="暂时不需要了", by=me, now=LATER)

    assert selectors.valid_consent(patient.pk, centre.pk, "consent", ["PD2024-01"], TODAY) is None
    told = Outbox.objects.get(event_type="patients.consent_withdrawn").payload
    assert (told["consent"], told["patient"], told["items"]) == (str(consent.pk), str(patient.pk), ["PD2024-01"])
    with pytest.raises(Refused) as no:
        services.withdraw_consent(consent_id=consent.pk, reason="再说一次", by=me, now=LATER)
    assert codes(no) == ["consent.withdrawn"]


def test_a_consent_is_taken_back_by_those_concerned_only(district, myself, centre, consent_text):
    patient, me = myself
    consent = sign(patient, centre, consent_text, me)
    applies = persons.family(proxy_of(patient, me, scopes=["apply"]).user)
    elsewhere = places.staff(places.bare_centre(district, name="川沙"), Role.DISPATCHER)

    for by, kind in ((applies, NotYours), (elsewhere, Hidden), (persons.family(), Hidden)):
        with pytest.raises(kind):
            services.withdraw_consent(consent_id=consent.pk, reason="暂时不需要了", by=by, now=LATER)
    services.withdraw_consent(
        consent_id=consent.pk, reason="家属来电撤回", by=places.staff(centre, Role.DISPATCHER), now=LATER
    )


def test_the_longest_validity_is_the_districts_choice(district, myself, centre, consent_text):
    institutions.choose_setting(
        district=district, key="consent.validity_days", value=30, effective_on=TODAY, reason="试点期", by=SETUP, now=NOW
    )

    assert sign(myself[0], centre, consent_text, myself[1]).valid_until == TODAY + timedelta(days=30)
