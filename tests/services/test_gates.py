"""Refused aloud, with the clause: edition, standing, jurisdiction, consent, prescription, emergency."""

from datetime import timedelta

import pytest

from accounts import services as accounts
from accounts.roles import Role
from audit import delivery
from audit.models import Due
from catalog import services as catalog
from clinical import services as clinical
from clinical.models import Prescription
from clinical.services.prescriptions import Wanted
from institutions import services as institutions
from kernel.refusals import Refused, Stale
from nurses import services as nurses
from orders import services
from orders.lifecycle import OrderStatus as S
from orders.lifecycle import RequestStatus as Q
from orders.models import Order, ServiceRequest
from patients import services as patients
from patients.models import Address, Consent
from tests import world
from tests.world import persons, places
from tests.world.chain import assess, complete_record, fresh

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def submit(t, **changed):
    wish = {
        "patient": t.patient, "centre": t.centre, "wish": "请护士上门换药", "wished_from": t.now + timedelta(days=1),
        "wished_to": t.now + timedelta(days=1, hours=2), "by": t.actor(Role.PROXY), "now": t.now, **changed,
    }  # fmt: skip
    return services.submit(**wish)


def reasons(call):
    with pytest.raises(Refused) as refused:
        call()
    return {r.code: r.clause for r in refused.value.reasons}


@pytest.mark.clause(
    "002 五(五)",
    "002 五(三)",
    "003 二(六)18",
    "002 五(七)2(1)",
    "002 附件-1",
    "002 附件-2",
    "002 附件-3",
    "002 附件-4",
    "002 附件-5",
    "002 附件-6",
    "002 附件-7",
    "002 附件-8",
    "002 附件-9",
    "002 附件-10",
    "002 附件-11",
    "002 附件-12",
    "002 附件-13",
    "002 附件-14",
    "002 附件-15",
    "002 附件-16",
    "002 附件-17",
    "002 附件-18",
    "002 附件-19",
)
@pytest.mark.parametrize("number", range(1, 20))
def test_each_of_the_19_items_is_ordered_and_finished_with_its_own_steps(number):
    t = world.town()

    order = world.order(t, at=S.COMPLETED, numbers=(number,), times=1)

    done = {entry.step_id for entry in order.visit_record.step_entries.all() if entry.done}
    assert done == {step.pk for step in t.item(number).steps.all()}
    assert order.visit_record.content_sha256
    assert fresh(order.request).status == Q.CLOSED


@pytest.mark.clause("002 五(七)2(1)", "002 五(七)1(1)")
@pytest.mark.parametrize("number", range(1, 20))
def test_a_visit_cannot_be_left_while_a_step_of_the_item_is_unanswered(number):
    t = world.town()
    order = world.order(t, at=S.IN_SERVICE, numbers=(number,), times=1)
    complete_record(t, order, t.now + timedelta(days=1, hours=2))
    order.visit_record.step_entries.first().delete()
    by = t.actor(Role.NURSE)
    clinical.write_note(record_id=order.visit_record_id, note="已完成", next_step="stop", by=by, now=t.now)

    found = reasons(lambda: services.finish(order_id=order.pk, by=by, now=t.now + timedelta(days=1, hours=2)))

    assert "record.incomplete" in found


@pytest.mark.clause("002 五(五)")
def test_an_item_outside_the_edition_in_force_cannot_be_prescribed():
    t = world.town()
    request = world.request(t, at=Q.ASSESSING)
    assess(t, request)
    edition = t.edition
    edition.effective_to = places.TODAY - timedelta(days=1)
    edition.save(update_fields=["effective_to"])

    found = reasons(
        lambda: services.prescribe(
            request_id=request.pk, lines=[Wanted(t.item(14), 1, "once")], by=t.actor(Role.DOCTOR), now=t.now,
            valid_until=places.TODAY + timedelta(days=30),
        )
    )  # fmt: skip

    assert found["catalog.edition"] == "002 五(五)"


@pytest.mark.clause("002 五(七)1(1)")
def test_an_item_the_centre_opted_out_of_is_refused_with_its_reason():
    t = world.town()
    catalog.opt_out(organisation=t.centre, item_id=t.item(14).pk, reason="设备维修", by=world.SETUP, now=t.now)
    request = world.request(t, at=Q.SUBMITTED)

    found = reasons(lambda: services.receive(request_id=request.pk, by=t.actor(Role.DISPATCHER), now=t.now))

    assert found["catalog.not_offered"] == "002 五(七)1(1)"


@pytest.mark.clause("002 五(二)1")
def test_a_suspended_centre_receives_nothing_and_sends_nobody():
    t = world.town()
    request = world.request(t, at=Q.SUBMITTED)
    neighbour = persons.patient(name="陆美珍")
    institutions.suspend(
        organisation=t.centre, starts_on=places.TODAY, reason="整改", clause="002 五(二)1", by=world.SETUP, now=t.now
    )

    assert "centre.suspended" in reasons(
        lambda: services.receive(request_id=request.pk, by=t.actor(Role.DISPATCHER), now=t.now)
    )
    assert "centre.suspended" in reasons(
        lambda: submit(t, patient=neighbour, channel="phone", by=t.actor(Role.DISPATCHER))
    )


@pytest.mark.clause("002 五(二)1")
def test_an_address_outside_the_jurisdiction_is_refused():
    t = world.town()
    Address.objects.filter(patient=t.patient).update(town=places.LUJIAZUI)

    assert reasons(lambda: submit(t))["centre.jurisdiction"] == "002 五(二)1"


@pytest.mark.clause("002 三(一)", "004 二(一)", "003 二(一)1一")
@pytest.mark.parametrize("channel", ServiceRequest.Channel.values)
def test_every_channel_passes_the_same_gates(channel):
    t = world.town()
    Address.objects.filter(patient=t.patient).update(town=places.LUJIAZUI)
    by = t.actor(Role.PROXY if channel == "online" else Role.DISPATCHER)

    assert "centre.jurisdiction" in reasons(lambda: submit(t, channel=channel, by=by))


@pytest.mark.clause("002 三(一)")
@pytest.mark.parametrize(("role", "channel"), [(Role.PROXY, "phone"), (Role.DISPATCHER, "online")])
def test_the_channel_says_truly_who_applied(role, channel):
    t = world.town()

    assert "request.channel" in reasons(lambda: submit(t, channel=channel, by=t.actor(role)))


@pytest.mark.clause("003 二(一)1三")
def test_emergency_words_stop_the_form_and_name_120():
    t = world.town()

    with pytest.raises(Refused) as refused:
        submit(t, wish="老人突然胸痛，喘不上气")

    assert "120" in refused.value.sentence
    assert ServiceRequest.objects.count() == 0


@pytest.mark.clause("004 三(三)")
def test_a_wish_on_the_negative_list_is_refused_with_advice():
    t = world.town()
    catalog.add_negative_entry(
        district=t.district, kind="service", text="静脉输液", reason="居家输液风险高", advice="请到中心门诊",
        clause="004 三(三)", starts_on=places.TODAY, by=world.SETUP, now=t.now,
    )  # fmt: skip

    assert "catalog.negative" in reasons(lambda: submit(t, wish="想请护士上门静脉输液"))


@pytest.mark.clause("002 五(七)1(4)", "004 三(七)")
def test_nobody_is_sent_without_consent():
    t = world.town()
    order = world.order(t, at=S.AWAITING_DISPATCH)
    Consent.objects.filter(pk=order.consent_id).update(valid_until=places.TODAY)

    found = reasons(
        lambda: services.offer(
            order_id=order.pk, nurse_id=t.nurse.pk, planned_start=t.now + timedelta(days=1, hours=1),
            by=t.actor(Role.DISPATCHER), now=t.now,
        )
    )  # fmt: skip

    assert found["order.consent"] == "002 五(七)1(4)"


@pytest.mark.clause("002 五(七)1(4)")
def test_a_text_that_changed_meanwhile_must_be_read_again():
    t = world.town()
    order = world.order(t, at=S.AWAITING_CONSENT)

    with pytest.raises(Stale) as refused:
        world.sign(t, order.pk, shown={"consent": "0" * 64, "agreement": "0" * 64})

    assert refused.value.code == "consent.stale_text"
    assert Consent.objects.count() == 0


@pytest.mark.clause("002 五(七)1(4)")
def test_a_withdrawn_consent_stops_undone_orders_at_once():
    t = world.town()
    order = world.order(t, at=S.ACCEPTED)

    services.withdraw_consent(consent_id=order.consent_id, reason="不想做了", by=t.actor(Role.PROXY), now=t.now)

    assert fresh(order).status == S.CANCELLED
    assert order.prescription.lines.get().times_used == 0


@pytest.mark.clause("002 五(四)")
def test_an_expired_prescription_sends_nobody():
    t = world.town()
    order = world.order(t, at=S.AWAITING_DISPATCH)
    Prescription.objects.filter(pk=order.prescription_id).update(valid_until=places.TODAY)

    found = reasons(
        lambda: services.offer(
            order_id=order.pk, nurse_id=t.nurse.pk, planned_start=t.now + timedelta(days=1, hours=1),
            by=t.actor(Role.DISPATCHER), now=t.now,
        )
    )  # fmt: skip

    assert found["prescription.not_valid"] == "002 五(四)"


@pytest.mark.clause("002 五(八)")
def test_a_document_that_did_not_match_sends_nobody_until_it_is_cleared_up():
    t = world.town()
    order = world.order(t, at=S.AWAITING_DISPATCH)
    seen = {"patient_id": order.patient_id, "kind": "original", "source": "上门查看原件", "by": t.actor(Role.DOCTOR)}
    offer = {"order_id": order.pk, "nurse_id": t.nurse.pk, "planned_start": t.now + timedelta(days=1, hours=1),
             "by": t.actor(Role.DISPATCHER), "now": t.now}  # fmt: skip

    patients.record_identity_check(**seen, passed=False, note="照片不是本人", now=t.now + timedelta(minutes=1))

    assert reasons(lambda: services.offer(**offer)) == {"patient.original": "002 五(八)"}
    patients.record_identity_check(**seen, passed=True, now=t.now + timedelta(minutes=2))
    assert services.offer(**offer).status == S.OFFERED


@pytest.mark.clause("002 五(七)1(3)", "002 五(四)")
def test_no_prescription_outlasts_the_assessment_that_it_rests_on():
    t = world.town()
    request = world.request(t, at=Q.ASSESSING)
    assess(t, request)  # holds for 180 days
    request.assessment.refresh_from_db()
    last = request.assessment.valid_until
    type(request.assessment).objects.filter(pk=request.assessment_id).update(valid_until=places.TODAY + 30 * DAY)
    wish = {
        "request_id": request.pk,
        "lines": [Wanted(t.item(14), 1, "once")],
        "by": t.actor(Role.DOCTOR),
        "now": t.now,
    }

    found = reasons(lambda: services.prescribe(**wish, valid_until=places.TODAY + 31 * DAY))

    assert last == places.TODAY + 180 * DAY
    assert found == {"prescription.after_assessment": "002 五(七)1(3)"}
    done = services.prescribe(**wish, valid_until=places.TODAY + 30 * DAY)
    assert done.prescription.valid_until == places.TODAY + 30 * DAY


@pytest.mark.clause("002 五(六)1")
def test_a_doctor_at_a_closed_door_leaves_the_visit_to_another_day_or_another_doctor():
    t = world.town()
    request = world.request(t, at=Q.ASSESSING)
    act = {"assessment_id": request.assessment_id, "now": t.now}
    clinical.depart(by=t.actor(Role.DOCTOR), **act)
    start = t.now + timedelta(days=1)

    clinical.replan_assessment(
        doctor=t.users[Role.DOCTOR], planned_start=start, planned_end=start + timedelta(hours=1),
        by=t.actor(Role.DISPATCHER), **act,
    )  # fmt: skip

    row = fresh(request.assessment)
    assert (row.status, row.departed_at, row.planned_start) == ("planned", None, start)
    clinical.depart(by=t.actor(Role.DOCTOR), **act)
    clinical.arrive(by=t.actor(Role.DOCTOR), **act)
    with pytest.raises(Refused):  # somebody is at the bedside
        clinical.replan_assessment(
            doctor=t.users[Role.DOCTOR], planned_start=start, planned_end=start + timedelta(hours=1),
            by=t.actor(Role.DISPATCHER), **act,
        )  # fmt: skip


@pytest.mark.clause("002 五(七)1(3)", "004 三(四)", "002 五(四)")
def test_without_a_signed_suitable_assessment_nothing_is_prescribed():
    t = world.town()
    request = world.request(t, at=Q.ASSESSING)

    found = reasons(
        lambda: services.prescribe(
            request_id=request.pk, lines=[Wanted(t.item(14), 1, "once")], by=t.actor(Role.DOCTOR), now=t.now,
            valid_until=places.TODAY + timedelta(days=30),
        )
    )  # fmt: skip

    assert found["assessment.unsigned"] == "002 五(七)1(3)"


@pytest.mark.clause("002 附件-6")
def test_catheterisation_is_never_prescribed_for_a_man():
    t = world.town(sex_in_number="male")
    request = world.request(t, at=Q.ASSESSING)
    assess(t, request)

    found = reasons(
        lambda: services.prescribe(
            request_id=request.pk, lines=[Wanted(t.item(6), 1, "once")], by=t.actor(Role.DOCTOR), now=t.now,
            valid_until=places.TODAY + timedelta(days=30),
        )
    )  # fmt: skip

    assert "item.patient_sex" in found


@pytest.mark.clause("002 五(八)", "000 三(七)")
def test_two_identifiers_are_checked_at_the_door():
    t = world.town()
    order = world.order(t, at=S.EN_ROUTE)

    found = reasons(
        lambda: services.check_in(
            order_id=order.pk, identifiers=["name"], by=t.actor(Role.NURSE), now=t.now + timedelta(days=1, hours=1)
        )
    )

    assert "checkin.identifiers" in found


@pytest.mark.clause("002 五(八)")
def test_a_far_away_check_in_is_flagged_and_never_blocks_care():
    t = world.town()
    Address.objects.filter(patient=t.patient).update(lon=121.51931, lat=31.22473)
    order = world.order(t, at=S.EN_ROUTE)

    row = services.check_in(
        order_id=order.pk, identifiers=["name", "phone"], lon=121.60, lat=31.30, accuracy_m=30,
        by=t.actor(Role.NURSE), now=t.now + timedelta(days=1, hours=1),
    )  # fmt: skip

    assert row.status == S.IN_SERVICE
    assert row.visit_record.far_away
    assert 9_000 < row.visit_record.distance_m < 13_000


@pytest.mark.clause("002 五(六)2")
def test_the_visit_code_confirms_and_five_wrong_tries_close_that_way():
    t = world.town()
    order = world.order(t, at=S.AWAITING_CONFIRMATION)
    by, later = t.actor(Role.NURSE), t.now + timedelta(days=1, hours=3)
    wrong = "000000" if order.visit_code != "000000" else "111111"

    codes = [reasons(lambda: services.confirm(order_id=order.pk, code=wrong, by=by, now=later)) for _ in range(5)]
    closed = reasons(lambda: services.confirm(order_id=order.pk, code=order.visit_code, by=by, now=later))

    assert all("confirm.code" in found for found in codes)
    assert "confirm.tries" in closed
    services.confirm(order_id=order.pk, by=t.actor(Role.PROXY), now=later)
    assert fresh(order).confirmed_how == Order.ConfirmedHow.FAMILY


@pytest.mark.clause("002 五(二)2", "004 三(一)")
def test_an_exclusion_pulls_back_every_undone_visit():
    t = world.town()
    order = world.order(t, at=S.ACCEPTED)
    nurses.exclude(nurse_id=t.nurse.pk, kind="不良执业行为", reason="冒签", evidence="通报", by=world.SETUP, now=t.now)
    delivery.sweep(older_than=timedelta(days=-9999))

    row = fresh(order)
    assert row.status == S.AWAITING_DISPATCH
    assert row.nurse is None


@pytest.mark.clause("002 五(八)")
def test_ending_a_post_pulls_back_visits_and_ends_sessions():
    t = world.town()
    order = world.order(t, at=S.OFFERED)
    epoch = t.nurse.user.session_epoch
    post = t.nurse.user.posts.get()
    accounts.end_post(post_id=post.pk, reason="离职", by=world.SETUP, now=t.now)
    delivery.sweep(older_than=timedelta(days=-9999))

    assert fresh(order).status == S.AWAITING_DISPATCH
    assert type(t.nurse.user).objects.get(pk=t.nurse.user.pk).session_epoch == epoch + 1
    assert not t.actor(Role.NURSE).orgs


@pytest.mark.clause("002 五(六)2")
def test_an_unanswered_offer_is_taken_back_by_its_due_row_once():
    t = world.town()
    order = world.order(t, at=S.OFFERED)
    early = delivery.run_due(now=order.accept_by - timedelta(minutes=1))
    late = delivery.run_due(now=order.accept_by + timedelta(seconds=1))
    again = delivery.run_due(now=order.accept_by + timedelta(seconds=2))

    # A minute before its end only the reminder was due.
    assert (early, late, again) == (1, 1, 0)
    assert Due.objects.get(kind="order.remind").outcome == "done"
    assert fresh(order).status == S.AWAITING_DISPATCH


@pytest.mark.clause("002 五(六)2")
@pytest.mark.clause("002 五(四)")
def test_a_prescription_expires_by_its_due_row_and_closes_what_is_over():
    t = world.town()
    served = world.order(t, at=S.COMPLETED, times=2)
    after = t.now + timedelta(days=91)

    delivery.run_due(now=after)

    assert fresh(served.prescription).status == "expired"
    assert fresh(served.request).status == Q.CLOSED


@pytest.mark.clause("002 五(四)")
def test_a_prescription_expires_although_a_visit_is_still_open():
    t = world.town()
    order = world.order(t, at=S.AWAITING_DISPATCH, times=2)

    delivery.run_due(now=t.now + timedelta(days=91))

    assert fresh(order.prescription).status == "expired"
    assert fresh(order.request).status == Q.PRESCRIBED


def test_stopping_a_prescription_closes_a_request_with_nothing_open():
    t = world.town()
    served = world.order(t, at=S.COMPLETED, times=2)
    by = t.actor(Role.DOCTOR)

    clinical.stop_prescription(prescription_id=served.prescription_id, reason="病情变化", by=by, now=t.now)
    delivery.sweep(older_than=timedelta(days=-9999))

    assert fresh(served.request).status == Q.CLOSED


def test_silence_for_three_days_is_confirmed_and_marked_silent():
    t = world.town()
    order = world.order(t, at=S.AWAITING_CONFIRMATION)
    delivery.run_due(now=order.finished_at + timedelta(hours=72, minutes=1))

    assert fresh(order).confirmed_how == Order.ConfirmedHow.SILENT


@pytest.mark.clause("002 五(六)2", "000 二(三)")
def test_a_completed_order_is_rated_once_by_its_family():
    t = world.town()
    order = world.order(t, at=S.COMPLETED)
    answers = {"on_time": 5, "explained": 5, "asked": 4, "observed": 5}
    by = t.actor(Role.PROXY)

    services.rate(order_id=order.pk, answers=answers, comment="很细心", by=by, now=t.now)

    assert "rating.once" in reasons(lambda: services.rate(order_id=order.pk, answers=answers, by=by, now=t.now))
    assert "rating.family" in reasons(
        lambda: services.rate(order_id=order.pk, answers=answers, by=t.actor(Role.DISPATCHER), now=t.now)
    )


@pytest.mark.clause("002 五(八)")
def test_a_proxy_without_the_scope_cannot_sign():
    t = world.town()
    order = world.order(t, at=S.AWAITING_CONSENT)
    friend = places.person("邻居")
    patients.add_proxy(
        patient_id=t.patient.pk, user=friend, relation="邻居", scopes=["apply"],
        expires_on=places.TODAY + timedelta(days=30), by=world.SETUP, now=t.now,
    )  # fmt: skip

    assert "proxy.scope" in reasons(lambda: world.sign(t, order.pk, by=persons.family(friend), signer_name="邻居"))
