"""Texts and the signatures under them."""

from datetime import timedelta

import pytest

from accounts.roles import Role
from audit.models import Outbox
from institutions import services as institutions
from kernel.refusals import Hidden, NotYours, Refused, Stale
from patients import selectors, services, texts
from patients.models import Consent, PaperText
from tests.world import persons, places
from tests.world.persons import proxy_of
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
def myself(centre):
    return persons.with_account()


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

    assert (first.version, second.version, first.sha256) == (1, 2, texts.digest("第一版"))
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
    text = PaperText(kind="consent", sha256=texts.digest("x"))

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
