"""What is proved of a person's identity, and how a sealed value is looked at."""

from datetime import date, timedelta

import pytest

from accounts.roles import Role
from kernel.refusals import Hidden, Invalid, NotYours, Refused
from patients import privacy, selectors, services
from patients.models import IdentityCheck
from tests.world import persons, places, traces
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
