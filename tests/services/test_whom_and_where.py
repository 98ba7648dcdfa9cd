"""Who is served, by which institution, after whose look: the promises around the chain of 002 五(六)."""

from datetime import date, timedelta

import pytest

from accounts import services as accounts
from accounts.models import Organization
from accounts.roles import Role
from catalog import selectors as catalogue
from catalog import services as catalog
from catalog.models import Item
from clinical import services as clinical
from clinical.services.prescriptions import Wanted
from institutions import selectors as institutions
from institutions import services as institution_services
from institutions.models import Filing, Town
from kernel.refusals import Hidden, Invalid, Refused, Unmet
from orders import access, doors, services
from orders.lifecycle import OrderStatus as S
from orders.lifecycle import RequestStatus as Q
from orders.models import ServiceRequest
from patients import services as patients
from patients.models import Group
from tests import world
from tests.world import persons, places, traces
from tests.world.chain import assess, fresh

pytestmark = pytest.mark.django_db


def apply(t, **changed):
    wish = {
        "patient": t.patient, "centre": t.centre, "wish": "请护士上门换药", "wished_from": t.now + timedelta(days=1),
        "wished_to": t.now + timedelta(days=1, hours=2), "by": t.actor(Role.PROXY), "now": t.now, **changed,
    }  # fmt: skip
    return services.submit(**wish)


# --- institutions ---


@pytest.mark.clause("002 三(三)")
def test_every_paper_of_an_order_belongs_to_the_one_institution_that_answers_for_it():
    t = world.town()

    order = world.order(t, at=S.COMPLETED)

    answerable = {
        order.centre, order.request.centre, order.prescription.centre, order.prescription.assessment.centre,
        order.visit_record.centre, order.consent.organisation, order.agreement.organisation,
    }  # fmt: skip
    assert answerable == {t.centre}
    acts = traces.events().filter(object_type="orders.order", object_id=str(order.pk))
    assert set(acts.values_list("organisation_id", flat=True)) == {t.centre.pk}


@pytest.mark.clause("002 三(三)", "004 三(一)")
def test_an_institution_without_licence_and_filing_takes_no_request():
    t = world.town()
    bare = places.bare_centre(t.district, name="洋泾")

    with pytest.raises(Unmet) as refused:
        apply(t, centre=bare)

    assert {r.code for r in refused.value.reasons} == {"centre.licence", "centre.filing", "centre.jurisdiction"}


@pytest.mark.clause("004 二(三)")
def test_a_non_public_provider_serves_once_the_same_facts_hold():
    t = world.town()
    provider = accounts.create_organisation(
        kind=Organization.Kind.PROVIDER, name="示范护理站", short_name="示范护理站", parent=t.district, by=world.SETUP,
        now=t.now,
    )  # fmt: skip
    town = Town.objects.get(pk=places.WEIFANG)
    assert institutions.why_not_serve(provider.pk, places.TODAY, town.pk)

    places.licence(provider)
    places.approved_filing(provider, mode=Filing.Mode.COMMUNITY)
    institution_services.assign_town(
        organisation=provider, town=town, starts_on=date(2024, 2, 1), by=world.SETUP, now=t.now
    )

    assert apply(t, centre=provider).centre == provider


@pytest.mark.clause("002 五(四)")
def test_a_provider_without_a_lead_hospital_says_where_to_go():
    t = world.town()
    row = world.request(t, at=Q.ASSESSING)
    assess(t, row, "refer")
    Organization.objects.filter(pk=t.centre.pk).update(parent=t.district)
    act = {"request_id": row.pk, "reason": "需专科处理", "by": t.actor(Role.DOCTOR), "now": t.now}

    with pytest.raises(Invalid) as nowhere:
        services.refer(**act)
    done = services.refer(**act, advice="请到区中心医院伤口门诊就诊")

    assert [(one.code, one.field) for one in nowhere.value.reasons] == [("referral.advice", "advice")]
    assert (done.status, done.referred_to) == (Q.REFERRED, None)
    assert done.outcome_advice == "请到区中心医院伤口门诊就诊"


@pytest.mark.clause("002 四")
def test_a_centre_is_a_tenant_of_its_own():
    t = world.town()
    order = world.order(t, at=S.AWAITING_DISPATCH)
    elsewhere = places.centre(t.hospital, (places.LUJIAZUI,), name="陆家嘴")

    for role in (Role.DISPATCHER, Role.DOCTOR, Role.NURSE, Role.CENTRE_ADMIN):
        stranger = places.staff(elsewhere, role)
        assert not access.orders_visible_to(stranger).exists()
        assert not access.requests_visible_to(stranger).exists()
        with pytest.raises(Hidden):
            services.cancel(order_id=order.pk, reason="看一看", by=stranger, now=t.now)
    assert fresh(order).status == S.AWAITING_DISPATCH


@pytest.mark.clause("004 五(三)")
def test_a_commission_sees_its_own_district_and_a_lead_hospital_its_own_alliance():
    t = world.town()
    order = world.order(t, at=S.ACCEPTED)
    other_district = places.district(name="别区卫生健康委")
    other_hospital = accounts.create_organisation(
        kind=Organization.Kind.HOSPITAL, name="另一医院", short_name="另一医院", parent=t.district, by=world.SETUP,
        now=t.now,
    )  # fmt: skip

    for role in (Role.SUPERVISOR, Role.REVIEWER):
        assert list(access.orders_visible_to(t.actor(role))) == [order]
        assert not doors.ORDERS.chances(doors.ORDERS._locked(order.pk), t.actor(role))
    for place, role in ((other_district, Role.SUPERVISOR), (other_hospital, Role.REVIEWER)):
        assert not access.orders_visible_to(places.staff(place, role)).exists()


# --- people ---


@pytest.mark.clause("002 五(一)", "002 五(三)", "004 引言", "004 三(二)", "000 四(十二)")
def test_whoever_is_served_belongs_to_a_group_that_the_document_names():
    t = world.town()
    named = {"高龄老年人", "失能老年人", "康复期患者", "终末期患者", "出院患者", "其他行动不便者"}
    assert set(Group.labels) == named

    for group in Group.values:
        assert (
            apply(t, patient=persons.patient(group=group), channel="phone", by=t.actor(Role.DISPATCHER)).patient.group
            == group
        )
    for group in ("", "rich"):
        with pytest.raises(Invalid) as refused:
            persons.patient(group=group)
        assert refused.value.clause == "002 五(三)"


@pytest.mark.clause("002 五(四)", "003 二(二)5六")
def test_the_family_doctor_contract_and_the_home_bed_stand_in_the_patients_record():
    t = world.town()
    patient = persons.patient(family_doctor_contract=None, home_bed=None)

    patients.correct(
        patient_id=patient.pk, family_doctor_contract=True, home_bed=False, by=t.actor(Role.DOCTOR), now=t.now
    )

    patient.refresh_from_db()
    assert (patient.family_doctor_contract, patient.home_bed) == (True, False)


@pytest.mark.clause("002 五(三)")
def test_care_is_given_at_home_or_at_the_institution():
    t = world.town()

    order = world.order(t, at=S.AWAITING_CONSENT, place="institution")

    assert (order.request.place, order.place) == ("institution", "institution")


@pytest.mark.clause("000 五(十九)", "001 二(四)26")
def test_a_care_assistant_neither_takes_an_order_nor_writes_in_its_record():
    t = world.town()
    order = world.order(t, at=S.IN_SERVICE)
    assistant = places.staff(t.centre, Role.CARE_ASSISTANT)

    assert not access.orders_visible_to(assistant).exists()
    with pytest.raises(Hidden):
        services.finish(order_id=order.pk, by=assistant, now=t.now)
    with pytest.raises(Hidden):
        clinical.write_note(
            record_id=order.visit_record_id, note="已协助翻身", next_step="stop", by=assistant, now=t.now
        )


# --- from the application to the prescription ---


@pytest.mark.clause("002 五(一)", "002 五(六)1", "002 五(四)")
def test_a_request_goes_from_the_application_to_the_first_order_and_every_act_is_on_record():
    t = world.town()

    request = world.request(t, at=Q.PRESCRIBED)

    assert (request.channel, request.received_by) == (ServiceRequest.Channel.ONLINE, t.users[Role.DISPATCHER])
    assert request.status_since == t.now
    line = request.prescription.lines.get()
    assert (line.item, line.times, line.frequency) == (t.item(14), 3, "weekly")
    assert request.prescription.valid_until == places.TODAY + timedelta(days=90)
    assert request.orders.get().status == S.AWAITING_CONSENT
    told = {
        "orders.servicerequest": ["request_submitted", "request_received", "assessment_planned", "prescribed"],
        "clinical.assessment": ["assessment_planned", "assessment_departed", "assessment_arrived", "assessment_signed"],
    }
    for kind, steps in told.items():
        acts = traces.events().filter(object_type=kind, kind="act").order_by("id").values_list("action", flat=True)
        named = [action.split(".")[1] for action in acts]
        assert [step for step in named if step in steps] == steps


@pytest.mark.clause("002 五(七)1(3)", "004 三(四)")
def test_an_unsuitable_assessment_ends_the_request_with_reason_and_advice():
    t = world.town()
    request = world.request(t, at=Q.ASSESSING)
    assess(t, request, "unsuitable")
    go = {"request_id": request.pk, "by": t.actor(Role.DOCTOR), "now": t.now}

    with pytest.raises(Unmet) as refused:
        services.prescribe(lines=[Wanted(t.item(14), 1, "once")], valid_until=places.TODAY + timedelta(days=30), **go)
    with pytest.raises(Refused):
        services.find_unsuitable(reason=" ", **go)
    ended = services.find_unsuitable(reason="病情不稳定", advice="请到医院就诊", **go)

    assert (refused.value.code, refused.value.clause) == ("assessment.result", "002 五(七)1(3)")
    assert (ended.status, ended.outcome_reason, ended.outcome_advice) == (Q.UNSUITABLE, "病情不稳定", "请到医院就诊")
    assert not ended.orders.exists()


# --- catalogue ---


@pytest.mark.clause("000 三(九)", "002 五(五)")
def test_nursing_of_chinese_medicine_is_added_as_data_and_ordered_like_any_item():
    t = world.town()
    cupping = catalog.add_item(
        edition_id=t.edition.pk, category_number=5, name="耳穴贴压", family=Item.Family.TCM, risk=Item.Risk.LOW,
        duration_min=30, steps=["评估耳部皮肤", "贴压并指导按压"], clause="000 三(九)", reason="专家论证通过",
        by=world.SETUP, now=t.now,
    )  # fmt: skip
    assert catalogue.why_not_item(t.centre.pk, cupping, places.TODAY)[0].code == "catalog.not_offered"
    catalog.opt_in(organisation=t.centre, item_id=cupping.pk, by=world.SETUP, now=t.now)

    order = world.order(t, at=S.COMPLETED, numbers=(cupping.number,), times=1)

    assert [line.item for line in order.lines.all()] == [cupping]
