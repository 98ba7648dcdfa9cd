"""Every operation runs at the same moment as itself: one wins, the other hears why."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import connection

from accounts.roles import Role
from clinical.models import PrescriptionLine
from clinical.services.prescriptions import Wanted
from kernel.refusals import Refused
from orders import services
from orders.lifecycle import COMPANION_LIVE, SEATED
from orders.lifecycle import OrderStatus as S
from orders.lifecycle import RequestStatus as Q
from orders.models import Companion, Order, OrderStep, ServiceRequest
from orders.services import companions
from patients import services as patients
from tests import world
from tests.world import persons, places
from tests.world.chain import assess, walk

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts):
    """Run the acts in threads that start together; return what each gave or was refused with."""
    start = Barrier(len(acts))

    def run(act):
        try:
            start.wait(10)
            return act()
        except Refused as no:
            return no
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def refusals(outcomes):
    return [o for o in outcomes if isinstance(o, Refused)]


def test_two_dispatchers_cannot_both_offer_one_order():
    t = world.town()
    order = world.order(t, at=S.AWAITING_DISPATCH)
    rivals = [t.nurse, persons.nurse(t.centre, name="陈洁")]
    start = t.now + timedelta(days=1, hours=1)
    by = t.actor(Role.DISPATCHER)

    outcomes = at_once(
        *(
            lambda n=n: services.offer(order_id=order.pk, nurse_id=n.pk, planned_start=start, by=by, now=t.now)
            for n in rivals
        )
    )

    assert len(refusals(outcomes)) == 1
    assert "不能" in refusals(outcomes)[0].sentence
    assert OrderStep.objects.filter(order=order, name="offer").count() == 1


def test_one_nurse_is_never_seated_twice_at_the_same_time():
    t = world.town()
    first = world.order(t, at=S.AWAITING_DISPATCH)
    mine, t.patient = t.patient, persons.patient(name="陆美珍")
    patients.add_proxy(
        patient_id=t.patient.pk, user=t.users[Role.PROXY], relation="亲属", scopes=["apply", "sign", "manage"],
        expires_on=places.TODAY + timedelta(days=300), by=world.SETUP, now=t.now,
    )  # fmt: skip
    second = world.order(t, at=S.AWAITING_DISPATCH)
    t.patient = mine
    start, by = t.now + timedelta(days=1, hours=1), t.actor(Role.DISPATCHER)

    outcomes = at_once(
        *(
            lambda o=o: services.offer(order_id=o.pk, nurse_id=t.nurse.pk, planned_start=start, by=by, now=t.now)
            for o in (first, second)
        )
    )

    assert [no.code for no in refusals(outcomes)] == ["nurse.overlap"]
    assert Order.objects.filter(nurse=t.nurse, status__in=SEATED).count() == 1


def test_a_recall_and_an_accept_at_the_same_moment_leave_one_truth():
    t = world.town()
    order = world.order(t, at=S.OFFERED)
    desk, nurse = t.actor(Role.DISPATCHER), t.actor(Role.NURSE)

    at_once(
        lambda: services.accept(order_id=order.pk, by=nurse, now=t.now),
        lambda: services.recall(order_id=order.pk, reason="护士请假", by=desk, now=t.now),
    )

    names = list(OrderStep.objects.filter(order=order).order_by("pk").values_list("name", flat=True))
    assert world.fresh(order).status == S.AWAITING_DISPATCH
    assert names[-1] == "recall"


def test_of_two_nurses_accepting_only_the_one_it_was_offered_to_wins():
    t = world.town()
    order = world.order(t, at=S.OFFERED)
    rival = persons.family(persons.nurse(t.centre, name="陈洁").user)

    won, lost = at_once(
        lambda: services.accept(order_id=order.pk, by=t.actor(Role.NURSE), now=t.now),
        lambda: services.accept(order_id=order.pk, by=rival, now=t.now),
    )

    assert world.fresh(order).status == S.ACCEPTED
    assert won.pk == order.pk
    assert lost.code == "not_found"


def test_two_presses_of_accept_count_once():
    t = world.town()
    order = world.order(t, at=S.OFFERED)
    nurse = t.actor(Role.NURSE)

    outcomes = at_once(*(lambda: services.accept(order_id=order.pk, by=nurse, now=t.now) for _ in range(2)))

    assert len(refusals(outcomes)) == 1
    assert OrderStep.objects.filter(order=order, name="accept").count() == 1


@pytest.mark.clause("002 五(四)")
def test_the_last_time_left_goes_to_one_of_two():
    t = world.town()
    request = world.request(t, at=Q.PRESCRIBED, times=2)
    line = request.prescription.lines.get()
    start, by = t.now + timedelta(days=2), t.actor(Role.DISPATCHER)

    outcomes = at_once(
        *(
            lambda h=h: services.create(
                request=request, prescription=request.prescription, line_ids=[line.pk],
                window_start=start + timedelta(hours=h), window_end=start + timedelta(hours=h + 2), by=by, now=t.now,
            )
            for h in range(4)
        )
    )  # fmt: skip

    assert {no.code for no in refusals(outcomes)} <= {"prescription.no_times", "prescription.not_valid"}
    assert len(refusals(outcomes)) == 3
    assert PrescriptionLine.objects.get(pk=line.pk).times_left == 0


def test_two_doctors_signing_for_one_request_make_one_prescription():
    t = world.town()
    request = world.request(t, at=Q.ASSESSING)
    assess(t, request)
    by = t.actor(Role.DOCTOR)
    lines = [Wanted(item=t.item(14), times=2, frequency="weekly")]

    outcomes = at_once(
        *(
            lambda: services.prescribe(
                request_id=request.pk, lines=lines, valid_until=places.TODAY + timedelta(days=30), by=by, now=t.now
            )
            for _ in range(2)
        )
    )

    assert len(refusals(outcomes)) == 1
    assert Order.objects.filter(request=request).count() == 1


def test_one_receipt_pressed_eight_times_makes_one_request():
    t = world.town()
    receipt, by = uuid4(), t.actor(Role.PROXY)
    wish = {
        "patient": t.patient, "centre": t.centre, "wish": "请护士上门换药",
        "wished_from": t.now + timedelta(days=1), "wished_to": t.now + timedelta(days=1, hours=2),
    }  # fmt: skip

    outcomes = at_once(*(lambda: services.submit(**wish, by=by, now=t.now, receipt=receipt) for _ in range(8)))

    assert not refusals(outcomes)
    assert len({o.pk for o in outcomes}) == 1
    assert ServiceRequest.objects.count() == 1


def test_the_same_receipt_for_something_else_is_refused():
    t = world.town()
    order = world.order(t, at=S.OFFERED)
    receipt, by = uuid4(), t.actor(Role.NURSE)
    services.accept(order_id=order.pk, by=by, now=t.now, receipt=receipt)

    again = services.accept(order_id=order.pk, by=by, now=t.now, receipt=receipt)
    with pytest.raises(Refused) as no:
        services.give_back(order_id=order.pk, reason="发烧", by=by, now=t.now, receipt=receipt)

    assert again.pk == order.pk
    assert no.value.code == "receipt.reused"


def test_a_nurse_who_gave_back_and_repeats_hears_done():
    t = world.town()
    order = world.order(t, at=S.ACCEPTED)
    receipt, by = uuid4(), t.actor(Role.NURSE)
    services.give_back(order_id=order.pk, reason="发烧", by=by, now=t.now, receipt=receipt)

    again = services.give_back(order_id=order.pk, reason="发烧", by=by, now=t.now, receipt=receipt)

    assert again.status == S.AWAITING_DISPATCH
    assert OrderStep.objects.filter(order=order, name="give_back").count() == 1


def test_a_first_and_a_second_seat_of_one_nurse_at_one_hour_are_judged_one_after_the_other():
    t = world.town()
    second = persons.nurse(t.centre, name="陈洁")
    led = world.order(t, at=S.AWAITING_DISPATCH)
    by = t.actor(Role.DISPATCHER)
    companions.require_two(order_id=led.pk, reason="翻身须两人", by=by, now=t.now)
    led = walk(t, led, S.ACCEPTED)
    t.patient = persons.patient(name="陆美珍")
    patients.add_proxy(
        patient_id=t.patient.pk, user=t.users[Role.PROXY], relation="亲属", scopes=["apply", "sign", "manage"],
        expires_on=places.TODAY + timedelta(days=300), by=world.SETUP, now=t.now,
    )  # fmt: skip
    own = world.order(t, at=S.AWAITING_DISPATCH)

    outcomes = at_once(
        lambda: companions.offer_companion(order_id=led.pk, nurse_id=second.pk, by=by, now=t.now),
        lambda: services.offer(order_id=own.pk, nurse_id=second.pk, planned_start=led.planned_start, by=by, now=t.now),
    )

    assert [no.code for no in refusals(outcomes)] == ["nurse.overlap"]
    assert Order.objects.filter(nurse=second).count() + Companion.objects.filter(nurse=second).count() == 1


def test_a_recall_and_the_second_nurse_s_yes_at_the_same_moment_leave_nobody_seated():
    t = world.town()
    second = persons.nurse(t.centre, name="陈洁")
    order, by = world.order(t, at=S.ACCEPTED), t.actor(Role.DISPATCHER)
    companions.require_two(order_id=order.pk, reason="翻身须两人", by=by, now=t.now)
    seat = companions.offer_companion(order_id=order.pk, nurse_id=second.pk, by=by, now=t.now)
    her = persons.family(second.user)

    at_once(
        lambda: companions.accept(companion_id=seat.pk, by=her, now=t.now),
        lambda: services.recall(order_id=order.pk, reason="护士请假", by=by, now=t.now),
    )

    assert world.fresh(order).status == S.AWAITING_DISPATCH
    assert not Companion.objects.filter(status__in=COMPANION_LIVE).exists()


def test_two_dispatchers_seat_one_second_nurse():
    t = world.town()
    rivals = [persons.nurse(t.centre, name=name) for name in ("陈洁", "徐静")]
    order, by = world.order(t, at=S.ACCEPTED), t.actor(Role.DISPATCHER)
    companions.require_two(order_id=order.pk, reason="翻身须两人", by=by, now=t.now)

    outcomes = at_once(
        *(lambda n=n: companions.offer_companion(order_id=order.pk, nurse_id=n.pk, by=by, now=t.now) for n in rivals)
    )

    assert [no.code for no in refusals(outcomes)] == ["companion.seated"]
    assert Companion.objects.get().order_id == order.pk
